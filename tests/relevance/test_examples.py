"""Whatever the README and the start page offer to try finds something sensible on the sample."""

import ast
import re
import urllib.request
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser

from deploy.sample.clinics import sample
from indexing.languages import language_value
from search_api.suggest.asked import questions
from tests.conftest import ROOT

pytestmark = pytest.mark.timeout(600)

README = (ROOT / "README.md").read_text("utf-8")
ASKED = re.findall(r"^curl '?http://127\.0\.0\.1:8000(/[^\s']+)", README, re.MULTILINE)
PYTHON = "\n".join(re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL))
FIRST = 5
"""Hits among which the article stands that answers a common question; the order is held in `test_visitors`."""
LEAST_CLINICS = 3
"""From which on a search for clinics needs no clinics that nearly fit."""


def called(name):
    """What the Python example gives to a method of the client."""
    for node in ast.walk(ast.parse(PYTHON)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name:
            given = [ast.literal_eval(each) for each in node.args]
            yield given, {each.arg: ast.literal_eval(each.value) for each in node.keywords}


def page_of(demo, path, language="en"):
    request = urllib.request.Request(
        f"http://127.0.0.1:{demo.port}{path}", headers={"Accept": "text/html", "Accept-Language": language}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return LexborHTMLParser(answer.read().decode())


def check(answer):
    assert answer["confident"], answer["query"]
    assert answer["query"]["corrected"] is None or answer["hits"]
    if answer["intent"] == "clinic":
        assert answer["totals"]["clinic"] >= LEAST_CLINICS
        assert answer["hits"][0]["type"] == "clinic"
    else:
        assert answer["hits"][0]["type"] == "article"


def test_the_readme_has_examples():
    assert len(ASKED) >= 2
    assert len(list(called("pages"))) == len(list(called("recommend"))) == 1


@pytest.mark.parametrize("address", ASKED)
def test_what_the_readme_asks_is_answered(demo, address):
    path, query = urlsplit(address)[2:4]
    answer = demo.call("GET", path, **{name: values[-1] for name, values in parse_qs(query).items()})
    if path == "/v1/search":
        check(answer)
        assert all(counted for counted in answer["facets"].values())
    else:
        assert len(answer["related"]) >= 3


def test_what_the_readme_asks_in_python_is_answered(demo):
    ((words,), options) = next(called("pages"))
    check(demo.call("GET", "/v1/search", q=words, **options))
    (_, context) = next(called("recommend"))
    answer = demo.call("POST", "/v1/recommendations", context)
    assert len(answer["recommendations"]) == context["limit"]
    assert (answer["unknown"], answer["unknown_labels"]) == ([], [])


@pytest.mark.parametrize("language", ["en", "es"])
def test_each_way_on_from_the_start_page_leads_to_something(demo, language):
    start = page_of(demo, "/", language)
    links = start.css(".topics a, .questions a, .door a[href^='/']")
    answering = dict(questions())
    assert len(links) >= 14
    for link in links:
        shown = page_of(demo, link.attributes["href"], language)
        hits = [hit.attributes["href"] for hit in shown.css(".hits h2 a")]
        heading = shown.css_first("h1").text()
        assert hits, heading
        assert "Nothing here" not in heading, heading
        assert "Nada aquí" not in heading, heading
        wanted = answering.get(link.text().strip())
        if wanted:
            assert any(id in hit for id in wanted for hit in hits[:FIRST]), (heading, hits[:FIRST])


def test_the_sample_shows_what_listings_tell_and_what_they_lack():
    found = list(sample(300))
    assert len(found) == 300
    assert len({language_value(language) for clinic in found for language in clinic["languages"]}) >= 10
    days = [[date.fromisoformat(check["on"]) for check in clinic.get("verified", {}).values()] for clinic in found]
    current = date.today() - timedelta(days=90)
    assert sum(not each for each in days) >= 3
    assert sum(bool(each) and max(each) < current for each in days) >= 3
    assert sum(bool(each) and max(each) >= current for each in days) >= 3
    assert sum("hours" in clinic for clinic in found) >= 3
    assert sum(clinic.get("price_min") is None for clinic in found) >= 3
