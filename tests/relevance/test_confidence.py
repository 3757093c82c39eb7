"""Whether visitors are told that nothing answers, on lists that the weights did not learn."""

from pathlib import Path

import pytest

from search_api.confidence.__main__ import questions_of, trusted
from search_api.search.requests import SearchRequest
from tests.conftest import SHARED_DATA

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
