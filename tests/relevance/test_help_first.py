"""In a crisis and an emergency help comes first on every surface: over all lines of the test lists that are heard.

Only counts are told, never a text. Suggestions are answered by rules alone, and so count where these speak.
"""

from collections import Counter

import pytest

from indexing.taxonomy import Taxonomy
from tests.relevance.test_safety import LISTS

pytestmark = pytest.mark.timeout(900)

DANGER = {"crisis", "emergency"}
FIRST = 5


def needed(answer):
    return any(notice["kind"] in DANGER and notice["level"] == "full" for notice in answer["notices"])


def leads(hits):
    """Whether the first is a help page and no clinic stands among the first five."""
    return bool(hits) and hits[0]["help"] and all(hit["type"] != "clinic" for hit in hits[:FIRST])


def completes(found):
    urls = [each["url"] or "" for each in found[:FIRST]]
    return bool(found) and is_help(found[0]) and not any("/clinics/" in url for url in urls)


def is_help(each):
    return "/help/" in each["url"] or each.get("id") in HELP or each["url"].rsplit("/", 1)[-1] in HELP


HELP = {id for ids in Taxonomy().help_pages.values() for id in ids}


@pytest.mark.parametrize("language", ["en", "es"])
def test_help_leads_wherever_it_is_heard(demo, language):
    heard, first = Counter(), Counter()
    for each in LISTS:
        if each.language != language or each.kind not in DANGER:
            continue
        found = demo.call("GET", "/v1/search", q=each.text)
        suggested = demo.call("GET", "/v1/suggest", q=each.text)
        if needed(found):
            heard["search"] += 1
            first["search"] += leads(found["hits"])
            answer = demo.call("POST", "/v1/recommendations", {"text": each.text})
            heard["recommendations"] += 1
            first["recommendations"] += needed(answer) and is_help(answer["recommendations"][0])
        if needed(suggested):
            heard["suggest"] += 1
            first["suggest"] += completes(suggested["suggestions"])
    print(language, {surface: f"{first[surface]} of {heard[surface]}" for surface in heard})
    assert heard["search"] >= 0.8 * sum(each.language == language and each.kind in DANGER for each in LISTS)
    assert heard["suggest"] >= 0.5 * heard["search"]
    assert first == heard
