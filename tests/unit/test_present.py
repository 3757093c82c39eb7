import re
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from indexing.queries import parse_keywords
from search_api.search.present import Highlighter

TAGS = re.compile(r"</?mark>")


def highlighter(text, synonyms=None):
    return Highlighter(parse_keywords(text), synonyms or {})


def test_inflections_synonyms_and_an_unfinished_word_are_marked():
    marks = highlighter("infusions keta", {("infusions",): (("drip",),)})
    assert marks.html("An infusion or drip of ketamine") == (
        "An <mark>infusion</mark> or <mark>drip</mark> of <mark>ketamine</mark>"
    )


def test_stop_words_are_not_marked_beside_others():
    assert highlighter("what is ketamine").html("what is it") == "what is it"


def test_a_snippet_shows_the_place_that_matches():
    text = "Nothing here. " * 40 + "The bladder can be harmed. " + "Nothing there. " * 40
    snippet = highlighter("bladder ").snippet(text)
    assert "<mark>bladder</mark>" in snippet
    assert snippet.startswith("… ")
    assert snippet.endswith(" …")


def test_a_snippet_shows_the_word_that_stands_once_before_those_that_stand_often():
    text = "Pulse and pressure are fine. " * 20 + "The code is Q7312. " + "Pressure and pulse again. " * 20
    assert "<mark>Q7312</mark>" in highlighter("pulse pressure q7312 ").snippet(text)


@given(st.text(), st.text())
def test_html_holds_the_text_and_nothing_but_marks(query, text):
    html = highlighter(query).html(text)
    without_marks = TAGS.sub("", html)
    assert "<" not in without_marks
    assert unescape(without_marks) == text


@given(st.text(), st.text(max_size=2_000))
def test_snippets_are_safe_and_short(query, text):
    snippet = TAGS.sub("", highlighter(query).snippet(text))
    assert "<" not in snippet
    assert len(unescape(snippet)) <= 280


def test_a_snippet_from_within_a_list_keeps_the_line_that_leads_it():
    items = "\n".join(f"- some thing number {n} to bring along" for n in range(20))
    highlighter = Highlighter(parse_keywords("zebra"), {})
    assert highlighter.snippet(f"Bring these:\n{items}\n- a zebra").startswith("Bring these: … ")
    assert "<mark>zebra</mark>" in highlighter.snippet(f"{items}\n- a zebra")
