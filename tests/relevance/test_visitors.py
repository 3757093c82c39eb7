"""What visitors type, in lists that were written before the words were chosen; on the sample with the real model."""

import os
import re
from pathlib import Path

import pytest

from indexing.taxonomy import Taxonomy
from search_api.curation.curation import Curation
from search_api.pages.texts import Texts
from search_api.search.requests import SearchRequest
from search_api.search.suggest import Suggester
from search_api.suggest.asked import questions
from search_api.visitors_evaluation import place_of, place_of_article, rows, understand
from tests.conftest import SHARED_DATA

pytestmark = pytest.mark.timeout(600)

DATA = Path(__file__).with_name("data")
VISITORS = Path(os.environ.get("SHARED_DATA", SHARED_DATA)) / "visitors"


def lists(own, shared):
    """Our own list, and the development half of the shared one where it is at hand."""
    return [path for path in (DATA / own, VISITORS / shared) if path.exists()]


@pytest.mark.parametrize("path", lists("visitor_clinic_searches.tsv", "clinics.tsv"), ids=lambda path: path.stem)
def test_clinic_searches_are_understood_and_no_filter_is_made_up(sample_search, path):
    found = [understand(sample_search, *row) for row in rows(path)]
    assert len(found) >= 40
    assert not [each.query for each in found if each.unasked]
    assert not [each.query for each in found if not each.clinics]
    assert sum(each.is_complete for each in found) >= 0.95 * len(found), [each for each in found if each.missed]


@pytest.fixture(scope="module")
def suggester(sample_parts):
    return Suggester(
        engine=sample_parts.engine,
        taxonomy=sample_parts.taxonomy,
        gazetteer=sample_parts.gazetteer,
        curation=Curation(sample_parts.curation),
    )


@pytest.mark.parametrize("path", lists("visitor_beginnings.tsv", "suggestions.tsv"), ids=lambda path: path.stem)
def test_beginnings_are_completed_with_what_is_meant(suggester, path):
    places = [place_of(suggester.suggest(typed, limit=8), expected) for typed, expected, _ in rows(path)]
    assert len(places) >= 30
    assert sum(place == 0 for place in places) >= 0.85 * len(places)
    assert sum(place is not None and place < 3 for place in places) >= 0.95 * len(places)


def test_spanish_beginnings_are_completed_in_spanish_and_lead_to_what_is_meant(suggester, sample_search):
    places, astray = [], []
    for typed, expected, wanted in rows(DATA / "spanish_beginnings.tsv"):
        offered = suggester.suggest(typed, limit=8, spoken="es")
        places.append(place_of(offered, expected))
        if places[-1] is None or not leads_to(offered[places[-1]], wanted, sample_search):
            astray.append((typed, [each.text for each in offered]))
    assert len(places) >= 60
    assert sum(place == 0 for place in places) >= 0.95 * len(places)
    assert sum(place is not None and place < 3 for place in places) >= 0.98 * len(places)
    assert astray == []


def leads_to(completion, wanted, search):
    """Whether what a completion opens is wanted: articles by id, `near:` a place, or `clinics`."""
    if completion.url is not None:
        return completion.url.endswith(tuple(f"/{id}" for id in wanted.split("|")))
    text = completion.text
    if completion.kind == "place":
        text = Texts("es")("box-place-search", text=text)
    answer = search.search(SearchRequest(text=text, spoken="es"))
    if wanted.startswith("near:"):
        return answer.query.interpreted["near"]["label"] == wanted.removeprefix("near:")
    if wanted == "clinics":
        return answer.intent == "clinic"
    articles = search.search(SearchRequest(text=text, types=("article",), spoken="es")).hits[:3]
    return not set(wanted.split("|")).isdisjoint(hit.id for hit in articles)


def test_topics_in_spanish_find_what_they_find_in_english(sample_search):
    """The best article of the English label is among the first three of the Spanish one."""
    taxonomy, texts = Taxonomy(), Texts("es")
    astray = []
    for facet in ("treatment", "condition"):
        for each in taxonomy.entries(facet):
            said = texts.label(facet, each.slug, each.label)
            found = [
                [hit.id for hit in sample_search.search(SearchRequest(text=text, types=("article",))).hits[:3]]
                for text in (each.label, said)
            ]
            if found[0][0] not in found[1]:
                astray.append((said, found))
    assert astray == []


@pytest.mark.parametrize(
    "typed", ["mi", "es", "se", "al", "in", "scam", "fibr", "my son", "can i wor", "los angeles ke"]
)
def test_who_types_english_is_completed_in_english(suggester, typed):
    assert not [each for each in suggester.suggest(typed, limit=8) if each.text.startswith("¿")]


def test_a_spanish_text_is_completed_in_spanish_whatever_the_browser_prefers(suggester):
    assert suggester.suggest("ansiedad", limit=8)[0].text == "Ansiedad"
    assert suggester.suggest("cuánto cu", limit=8)[0].text.startswith("¿Cuánto cuesta")
    assert suggester.suggest("how much", limit=8, spoken="es")[0].text.startswith("How much")


def test_brands_ages_and_spanish_find_their_articles(sample_search):
    places = [
        place_of_article(sample_search.search(SearchRequest(text=query, types=("article",))), expected)[0]
        for query, _, expected in rows(DATA / "visitor_questions.tsv")
    ]
    assert sum(place == 0 for place in places) >= 0.75 * len(places)
    assert sum(place is not None and place < 3 for place in places) >= 0.9 * len(places)


def test_what_is_asked_most_leads_to_the_article_and_its_right_section(sample_search, hold):
    judged = [
        place_of_article(sample_search.search(SearchRequest(text=query, types=("article",))), expected)
        for query, _, expected in rows(DATA / "head_queries.tsv")
    ]
    assert len(judged) >= 40
    hold("head queries, article first", sum(place == 0 for place, _ in judged) / len(judged))
    hold("head queries, right section", sum(is_right for _, is_right in judged) / len(judged))


@pytest.mark.parametrize(
    "text", ["what are the side effects", "side effects", "nausea", "is it dangerous", "bad reaction", "heart"]
)
def test_an_emergency_section_is_no_answer_to_what_is_common(sample_search, text):
    hit = sample_search.search(SearchRequest(text=text, types=("article",))).hits[0]
    assert hit.section is None or not re.search(r"911|emergency", hit.section.heading, re.IGNORECASE)


def test_the_sites_own_headings_lead_to_themselves(sample_parts, sample_search, hold):
    library = sample_parts.engine.library("article")
    contents = library.contents([title.id for title in library.titles])
    headings = [
        (id, heading)
        for id, content in sorted(contents.items())
        for heading in dict.fromkeys(passage.heading for passage in content.passages if passage.heading)
    ][::6]
    answers = [
        (id, heading, sample_search.search(SearchRequest(text=heading, types=("article",), per_page=3)).hits)
        for id, heading in headings
    ]
    first = [(hits[0].section, heading) for id, heading, hits in answers if hits and hits[0].id == id]
    hold("headings typed, own article first", len(first) / len(answers), margin=0.02)
    own = [section for section, heading in first if section is not None and section.heading == heading]
    hold("headings typed, own section first", len(own) / len(answers), margin=0.02)


def test_every_common_question_leads_to_its_article(sample_search):
    assert len(questions()) >= 150
    astray = []
    for question, ids in questions():
        found = [hit.id for hit in sample_search.search(SearchRequest(text=question, types=("article",))).hits[:3]]
        if not set(ids) & set(found):
            astray.append((question, ids, found))
    assert len(astray) <= 0.04 * len(questions()), astray
