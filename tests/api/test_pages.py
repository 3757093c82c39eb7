"""What visitors and search engines get: start page, results by tab, clinics, articles, Spanish, well-known files."""

import gzip
import json
import re
from urllib.parse import parse_qs, quote_plus, urlencode

import pytest
from selectolax.lexbor import LexborHTMLParser

from deploy.us_places import places
from indexing.errors import EngineUnavailable
from indexing.places import STATES
from indexing.text import folded
from search_api.pages.assets import assets
from search_api.pages.texts import Texts
from search_api.search.service import SearchService
from tests.conftest import article, clinic, index_all, store

OWN = {"Sec-Fetch-Site": "same-origin"}
SPANISH = {"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"}
PAGES = ["/", "/?q=trauma", "/?type=clinic&near=Austin,+TX", "/clinics/dallas", "/compare?compare=dallas&compare=aspen"]
PAGES += ["/read/ptsd", "/about/how", "/about/privacy", "/help/crisis", "/related?article=ptsd", "/nowhere"]


BEYOND_THE_MAP = {"PR", "GU", "VI"}


def page(service, path, **headers):
    return service.client.get(path, headers={"Accept": "text/html", **headers})


def linked_data(text):
    (found,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, flags=re.DOTALL)
    return json.loads(found)


def titles(text):
    return [re.sub(r"<.*?>", "", each).strip() for each in re.findall(r"<h2[^>]*><a data-hit.*?</h2>", text, re.DOTALL)]


def test_the_start_page_opens_two_doors_and_counts_nothing(filled):
    text = page(filled, "/").text
    assert "Understand ketamine" in text
    assert "Find a clinic near you" in text
    assert len(re.findall(r'class="card topic"', text)) == 6
    assert not re.search(r"\d+ results", text)
    assert linked_data(text)["potentialAction"]["@type"] == "SearchAction"


def test_the_start_page_is_there_before_anything_is_indexed(service):
    assert "Understand ketamine" in page(service, "/").text
    assert page(service, "/?q=ketamine").status_code == 200


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/?q=trauma+flashbacks", "article"),
        ("/?q=clinics+near+austin", "clinic"),
        ("/?q=trauma+flashbacks&type=clinic", "clinic"),
        ("/?insurance=aetna", "clinic"),
        ("/?condition=ptsd", "article"),
    ],
)
def test_the_tab_is_that_of_the_intent_unless_one_is_chosen(filled, path, shown):
    text = page(filled, path).text
    (current,) = re.findall(r'<a data-stay href="[^"]*" aria-current="page">(\w+)', text)
    assert current == {"article": "Articles", "clinic": "Clinics"}[shown]
    kinds = set(re.findall(r'<li class="hit of-(\w+)"', text))
    assert kinds <= {shown}
    assert len(re.findall(r'class="number">\d+</span></a>', text)) == 2


@pytest.mark.parametrize("path", ["/?q=trauma+flashbacks", "/?q=clinics+near+austin", "/?condition=ptsd", "/?q=!!!"])
def test_a_page_without_a_chosen_tab_searches_once_and_shows_what_its_tab_shows(filled, path, monkeypatch):
    asked, search = [], SearchService.search
    monkeypatch.setattr(SearchService, "search", lambda *given, **named: asked.append(1) or search(*given, **named))
    text = page(filled, path).text
    assert len(asked) == 1
    tabs = re.findall(r'<a data-stay href="([^"]*)" aria-current="page">', text)
    for chosen in tabs:
        assert titles(page(filled, chosen.replace("&amp;", "&")).text) == titles(text)
    assert bool(tabs) == (path != "/?q=!!!")


def test_a_tab_counts_what_its_page_shows(filled):
    answer = filled.client.get("/v1/search", params={"q": "ketamine", "type": "clinic"}).json()
    text = page(filled, "/?q=ketamine&type=clinic").text
    assert f'Clinics <span class="number">{answer["total"]}</span>' in text


def test_what_nothing_answers_is_said_and_what_is_near_is_shown(filled):
    seen = set()
    for words in ("trauma flashbacks", "bladder", "heavy metal bands", "pizza with nausea", "zzz"):
        answer = filled.client.get("/v1/search", params={"q": words}).json()
        text = page(filled, f"/?q={words}").text
        is_told = "Nothing here answers this" in text
        assert is_told == (not answer["confident"] and answer["total"] > 0), words
        assert not is_told or ("What we have nearby" in text and '<li class="hit' in text)
        seen.add(is_told)
    assert seen == {True, False}


def test_in_a_crisis_help_leads_and_both_types_stay(filled):
    text = page(filled, "/?q=i+want+to+die").text
    assert text.index('href="tel:988"') < text.index('<li class="hit')
    assert 'aria-current="page"' not in text


def test_a_place_that_is_not_known_keeps_the_list_and_offers_others(filled):
    text = page(filled, "/?type=clinic&near=Austn,+TX&sort=distance").text
    assert "do not know the place “Austn, TX”" in text
    assert "near=Austin" in text
    assert len(titles(text)) == 3
    assert "within 50 miles of Austn" not in text


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("near=32.75,-97.10&radius_miles=60&area=map", "Map area near Dallas, TX"),
        ("near=30.27,-97.74", "Your location (Austin, TX)"),
        ("near=27.00,-92.00", "Your location"),
    ],
)
def test_a_point_stands_in_the_form_as_a_person_knows_it_and_is_sent_again_as_itself(filled, address, shown):
    text = page(filled, f"/?type=clinic&{address}").text
    form = LexborHTMLParser(text)
    assert form.css_first("#near").attributes["value"] == shown
    fields = [
        (each.attributes["name"], each.attributes["value"]) for each in form.css("input[form=ktc-search][type=hidden]")
    ]
    again = page(filled, f"/?{urlencode([*fields, ('near', shown), ('radius_miles', '70')])}").text
    point = parse_qs(address)["near"][0]
    assert f"near={quote_plus(point)}&amp;radius_miles=70" in again
    assert shown in again
    elsewhere = page(filled, f"/?{urlencode([*fields, ('near', 'Austin, TX'), ('radius_miles', '70')])}").text
    assert 'id="near" name="near" type="text" maxlength="200" value="Austin, TX"' in elsewhere
    assert "area=map" not in elsewhere
    assert point.partition(",")[0] not in elsewhere


@pytest.mark.parametrize("path", ["/?q=trauma", "/?q=trauma&page=99", "/?near=Nowhereville", "/?tag=nothing"])
@pytest.mark.parametrize("is_away", [False, True])
def test_a_page_has_one_first_heading_whether_or_not_the_search_answers(filled, path, is_away, monkeypatch):
    if is_away:
        monkeypatch.setattr(SearchService, "search", _away)
    text = page(filled, path).text
    assert len(re.findall("<h1[ >]", text)) == 1
    assert ("cannot answer at the moment" in text) is is_away


def _away(*_):
    raise EngineUnavailable("the engine is away")


def test_badges_answer_what_was_asked(filled):
    text = page(filled, "/?q=clinics+that+take+aetna+under+%24450+in+texas").text
    badges = re.findall(r'<li class="badge (\w+)">.*?</span>([^<]+)</li>', text)
    assert ("yes", "Takes Aetna") in badges
    assert ("yes", "In budget") in badges
    other = page(filled, "/?type=clinic&near=Dallas,+TX&radius_miles=250&language=spanish").text
    assert ("yes", "Speaks Spanish") in re.findall(r'<li class="badge (\w+)">.*?</span>([^<]+)</li>', other)


def test_understood_wishes_stand_in_the_form(filled):
    text = page(filled, "/?q=clinics+near+austin+that+take+aetna+under+%24500").text
    assert re.search(r'name="near"[^>]*value="Austin, TX"', text)
    assert re.search(r'name="price_max"[^>]*value="500"', text)
    assert re.search(r'name="insurance" value="aetna" checked', text)
    assert 'name="seen" value="insurance:aetna"' in text


def test_no_control_lies(filled):
    without = page(filled, "/?q=clinics&type=clinic").text
    assert 'name="radius_miles"' not in without
    assert '<option value="distance"' not in without
    of_articles = page(filled, "/?q=trauma&type=article").text
    assert 'name="near"' not in of_articles.split('id="filters"')[1].split("</section>")[0]


def test_who_wrote_and_reviewed_an_article_is_told_everywhere(service):
    dates = {"published_at": "2025-02-01T00:00:00Z", "updated_at": "2026-08-03T00:00:00Z"}
    reviewed = {"author": "A. Writer", "reviewed_by": "Dr. B. Reader", "reviewed_at": "2026-08-01T00:00:00Z"}
    sources = [{"title": "A study", "url": "https://studies.example/1"}, {"title": "A book"}]
    body = "<h2>One</h2><p>Zebra text.</p><h2>Two</h2><p>Quagga text.</p><h2>Three</h2><p>More.</p>"
    sent = article("z", "Zebras", body, **dates, **reviewed, sources=sources, language="es") | {"url": "/read/z"}
    store(service.parts, "article", sent)
    index_all(service.parts)
    (hit,) = service.client.get("/v1/search", params={"q": "quagga"}).json()["hits"]
    told = {name: hit[name] for name in ("author", "reviewed_by", "updated_at", "reviewed_at", "language")}
    assert told == {**reviewed, "updated_at": dates["updated_at"], "language": "es"}
    results = page(service, "/?q=quagga").text
    assert "Updated August 2026" in results
    assert "reviewed by Dr. B. Reader" in results
    address = re.search(r'href="(/read/z\?[^"]*)"', results)[1].replace("&amp;", "&")
    assert address == "/read/z?q=quagga&at=two#two"
    text = page(service, address.partition("#")[0]).text
    assert 'href="/?q=quagga"' in text
    assert re.search(r'<h2 id="two" class="found">Two</h2>\s*<p class="found">Quagga', text)
    assert re.search(r"<p>Zebra", text)
    assert '<article class="article" lang="es">' in text
    assert "A study</a>" in text
    data = linked_data(text)
    assert (data["@type"], data["lastReviewed"], data["reviewedBy"]["name"]) == (
        "MedicalWebPage",
        "2026-08-01",
        "Dr. B. Reader",
    )
    assert [each["text"] for each in data.get("citation", []) if isinstance(each, dict)] == []


@pytest.mark.parametrize("at", ["nowhere", '"><script>', "x" * 5_000])
def test_a_passage_that_is_not_there_marks_nothing(filled, at):
    answer = filled.client.get("/read/ptsd", params={"at": at, "q": '"><script>alert(1)</script>'})
    assert (answer.status_code, 'class="found"' in answer.text, "<script>alert" in answer.text) == (200, False, False)


def test_a_clinic_has_a_page_with_everything(service):
    hours = [
        {"day": "tuesday", "opens": "09:00", "closes": "17:00"},
        {"day": "monday", "opens": "10:00", "closes": "12:00"},
    ]
    told = {
        "description": "<p>We listen & <b>take time</b>.</p><script>alert(1)</script>",
        "phone": "(512) 555-0100", "website": "https://clinic.example/", "email": "a@clinic.example", "hours": hours,
        "insurance": ["aetna"], "languages": ["English", "Farsi"],
        "providers": [{"name": "Mira </script>", "credentials": "MD"}],
        "price_min": 400, "price_max": 500, "verified": {"phone": {"on": "2026-11-01", "by": "clinic"}},
    }  # fmt: skip
    store(service.parts, "clinic", clinic("c", "Calm </script><b>Clinic", **told))
    index_all(service.parts)
    text = page(service, "/clinics/c?q=calm&type=clinic").text
    for part in ("Aetna", "Farsi", ", MD", "$400 to $500", 'href="tel:5125550100"', "November 1, 2026", "take time"):
        assert part in text, part
    assert text.index("Monday") < text.index("Tuesday")
    assert "<b>Clinic" not in text
    assert "alert(1)" not in text
    assert 'href="/?q=calm&amp;type=clinic"' in text
    data = linked_data(text)
    assert (data["@type"], data["telephone"], data["address"]["addressLocality"]) == (
        "MedicalClinic",
        told["phone"],
        "Austin",
    )
    assert data["openingHoursSpecification"][0]["dayOfWeek"] == "Monday"
    public = service.client.get("/v1/clinics/c/public").json()
    assert (public["insurance"], public["languages"]) == (["aetna"], ["English", "Farsi"])
    assert public["checked"]["on"] == "2026-11-01"
    hit = service.client.get("/v1/search", params={"q": "calm", "type": "clinic"}).json()["hits"][0]
    assert (hit["detail_url"], hit["providers"][0]["credentials"]) == ("/clinics/c", "MD")
    assert hit["description"].startswith("We listen")


@pytest.mark.parametrize(
    "path", ["/clinics/nowhere", "/v1/clinics/nowhere/public", "/clinics/hidden", "/about/nothing"]
)
def test_what_is_not_published_has_no_page(service, path):
    store(service.parts, "clinic", clinic("hidden", "Hidden Clinic", status="draft"))
    answer = page(service, path)
    assert answer.status_code == 404
    assert "988" in answer.text


def test_a_report_needs_no_script_and_no_other_site_sends_one(filled):
    form = {"reason": "wrong_phone", "text": "rings nowhere"}
    answer = filled.client.post("/clinics/dallas/report", data=form, headers=OWN)
    assert (answer.status_code, "Thank you" in answer.text) == (200, True)
    (report,) = filled.client.get("/v1/reports", headers=filled.editor).json()["reports"]
    assert (report["document"], report["reason"]) == ("dallas", "wrong_phone")
    refused = filled.client.post("/clinics/dallas/report", data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert refused.status_code == 403
    assert len(filled.client.get("/v1/reports", headers=filled.editor).json()["reports"]) == 1


def test_up_to_three_clinics_are_compared_by_the_address(filled):
    text = page(filled, "/?type=clinic&compare=dallas").text
    assert "Compare (1 of 3)" in text
    text = page(filled, "/compare?compare=dallas&compare=aspen&compare=gone&compare=austin&q=x").text
    assert re.findall(r'<th scope="col" role="columnheader"><a href="([^"]+)"', text) == [
        "/clinics/dallas",
        "/clinics/aspen",
    ]
    assert "Not at the moment" in text
    assert 'href="/?q=x&amp;compare=dallas&amp;compare=aspen"' in text
    assert "Choose up to three" in page(filled, "/compare").text


@pytest.mark.parametrize("path", PAGES)
def test_pages_speak_spanish_to_who_prefers_it(filled, path):
    text = page(filled, path, **SPANISH).text
    assert '<html lang="es">' in text
    assert "988" in text
    shown = re.sub(r"<script.*?</script>|<[^>]*>", " ", text, flags=re.DOTALL)
    english = Texts("en")
    for key in (
        "skip-content",
        "footer-label",
        "how-link",
        "back-to-start",
        "not-advice",
        "search-label",
        "filters-title",
    ):
        assert english(key) not in shown, key
    assert '<html lang="en">' in page(filled, path).text


def test_a_spanish_topic_of_the_start_page_finds_articles(filled):
    topics = {folded(topic.label): topic.words for topic in Texts("es").topics()}
    assert len(titles(page(filled, f"/?q={topics['seguridad y efectos secundarios']}", **SPANISH).text)) >= 1


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_light_and_runs_nothing_inline(filled, path):
    answer = page(filled, path)
    files = re.findall(r'(?:src|href)="(/assets/[^"]+)"', answer.text)
    weight = len(gzip.compress(answer.content)) + sum(
        len(gzip.compress(filled.client.get(file).content)) for file in files
    )
    assert weight <= 60_000
    assert not re.search(r"<style|\sstyle=|\son(?:click|load|error|submit|focus|input)=", answer.text)
    inline = [each for each in re.findall(r"<script([^>]*)>", answer.text) if "src=" not in each]
    assert inline in ([], [' type="application/ld+json"'])
    others = re.findall(r'(?:src|srcset|data|poster)="(https?:[^"]+)"', answer.text)
    assert others == []


def test_robots_and_sitemap_name_our_pages(filled):
    robots = filled.client.get("/robots.txt").text
    assert "Disallow: /v1/" in robots
    (address,) = re.findall(r"^Sitemap: (.*)$", robots, re.MULTILINE)
    listed = re.findall(r"<loc>([^<]+)</loc>", filled.client.get(address).text)
    paths = [each.partition("testserver.local")[2] for each in listed]
    assert {"/", "/about/how", "/help/crisis", "/clinics/dallas"} <= set(paths)
    assert "/read/ptsd" not in paths  # its own page is the site's
    for path in paths:
        assert page(filled, path).status_code == 200


@pytest.mark.parametrize(
    "service",
    [{"public_url": "https://search.example/", "security_contact": "mailto:safe@site.example", "site_name": "A & B"}],
    indirect=True,
)
def test_well_known_files_say_what_the_settings_say(service):
    contact = service.client.get("/.well-known/security.txt").text
    assert "Contact: mailto:safe@site.example" in contact
    assert "Canonical: https://search.example/.well-known/security.txt" in contact
    description = service.client.get("/opensearch.xml").text
    assert 'template="https://search.example/?q={searchTerms}"' in description
    assert "<LongName>A &amp; B</LongName>" in description
    assert "A &amp; B" in page(service, "/").text


def test_nobody_is_named_where_nobody_is_set(service):
    assert service.client.get("/.well-known/security.txt").status_code == 404
    assert service.client.get("/site-logo").status_code == 404


def test_the_logo_stands_before_the_name(service, tmp_path):
    import msgspec
    from litestar.testing import TestClient

    from search_api.app import create_app  # a second application over the same services

    (tmp_path / "logo.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>')
    services = service.app.state.services
    services.parts.settings = msgspec.structs.replace(services.parts.settings, site_logo=str(tmp_path / "logo.svg"))
    client = TestClient(create_app(services))
    address = re.search(r'class="logo" src="([^"]+)" alt=""', client.get("/").text)[1]
    logo = client.get(address)
    assert logo.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in logo.headers["content-security-policy"]


def test_assets_of_other_makers_are_not_served():
    assert not any("vendor" in name or name.endswith((".toml", "LICENSE")) for name in assets())
    borders = [f"us-counties-{code.lower()}.svg" for code in STATES if code not in BEYOND_THE_MAP]
    assert sorted(name for name in assets() if name.endswith(".svg")) == sorted([*borders, "us-states.svg"])


def test_the_names_of_the_map_are_those_of_the_gazetteer():
    assert assets()["us-places.json"].content.decode() == places()


def test_borders_are_light_and_each_state_has_its_counties():
    drawn = {name: asset.content for name, asset in assets().items() if name.endswith(".svg")}
    assert {name: size for name, file in drawn.items() if (size := len(gzip.compress(file))) > 17_000} == {}
    near = {name: len(gzip.compress(file)) for name, file in drawn.items() if "counties" in name}
    assert max(near.values()) < 8_000
    states = re.findall(rb'<path id="(\w\w)" d="M', drawn["us-states.svg"])
    assert {code.decode() for code in states} == {code.lower() for code in STATES.keys() - BEYOND_THE_MAP}
    assert all(b'd="M' in file for file in drawn.values())
