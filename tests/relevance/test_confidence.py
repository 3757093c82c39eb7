"""The sentences that answer, and whether visitors are told that nothing does."""

import re
from pathlib import Path

import pytest

from search_api.confidence.__main__ import questions_of, trusted
from search_api.search.requests import SearchRequest
from search_api.visitors_evaluation import rows
from tests.conftest import SHARED_DATA

OWN_QUESTIONS = Path(__file__).with_name("data") / "visitor_questions.tsv"
OFF_TOPIC = Path(__file__).with_name("data") / "off_topic.txt"
ANSWERABLE = SHARED_DATA / "visitors" / "articles.tsv"


def test_questions_about_something_else_are_told_so(sample_search, hold):
    told = 1.0 - trusted(sample_search, questions_of(OFF_TOPIC))
    hold("off-topic questions told so", told, margin=0.04)


@pytest.mark.skipif(not ANSWERABLE.exists(), reason=f"the visitors' questions are not at {ANSWERABLE}")
def test_questions_that_are_answered_here_are_not_refused(sample_search, hold):
    hold("answerable questions trusted", trusted(sample_search, questions_of(ANSWERABLE)), margin=0.02)


@pytest.mark.parametrize("text", ["ketamine", "what is ketamine", "side effects", "ketamine clinics in Texas", ""])
def test_what_the_site_is_about_is_trusted(sample_search, text):
    assert sample_search.search(SearchRequest(text=text)).confident


@pytest.mark.parametrize("text", ["best pizza in town", "asdfgh", "weather tomorrow"])
def test_what_it_is_not_about_is_not(sample_search, text):
    assert not sample_search.search(SearchRequest(text=text)).confident


def test_an_answer_stands_on_the_page_word_for_word(sample_parts, sample_search):
    texts = [row.split("\t")[0] for row in OWN_QUESTIONS.read_text("utf-8").splitlines()[1:]]
    found = [answer for each in texts if (answer := sample_search.search(SearchRequest(text=each)).answer)]
    assert len(found) > len(texts) / 4
    contents = sample_parts.engine.library("article").contents([answer.id for answer in found])
    for answer in found:
        (passage,) = {
            p.text
            for p in contents[answer.id].passages
            if answer.text in p.text and p.heading == (answer.section or "")
        }
        assert passage
        assert answer.url.startswith(f"/read/{answer.id}")


def test_answers_come_from_the_right_section(sample_search, hold):
    judged = [
        (answer.id, answer.section or "", expected)
        for question, _, expected in rows(OWN_QUESTIONS)
        if (answer := sample_search.search(SearchRequest(text=question)).answer)
    ]
    hold("answers from a right section", sum(map(is_right, judged)) / len(judged), margin=0.05)


@pytest.mark.parametrize(
    "text", ["iv vs im ketamine", "best pizza in town", "ketamine clinics in Texas", "i want to die"]
)
def test_no_sentence_answers_a_comparison_a_search_for_clinics_or_a_crisis(sample_search, text):
    assert sample_search.search(SearchRequest(text=text)).answer is None


def is_right(judged):
    id, section, expected = judged
    options = [option.strip().partition("#") for option in expected.split(";")]
    return any(id == one and (not pattern or re.search(pattern, section, re.IGNORECASE)) for one, _, pattern in options)
