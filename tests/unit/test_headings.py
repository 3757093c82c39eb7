"""What headings say of a question: which section is linked, and which article is called as was asked."""

from types import SimpleNamespace

import numpy as np
import pytest

from indexing.analysis import stem
from indexing.engines.entries import Content, IndexedPassage, PassageCosines
from indexing.queries import parse_keywords
from search_api.query.asked import asked, content_stems
from search_api.search.present import Highlighter
from search_api.search.relevance import load
from search_api.search.sections import Headings, best_passage

TITLE = "Side effects of ketamine"
HEADINGS = ("", "Nausea and vomiting", "Call 911 or go to the emergency room", "How long side effects last")
PASSAGES = tuple(IndexedPassage(heading, "", f"text {number}", "") for number, heading in enumerate(HEADINGS))
RARE = {"nausea": 1, "sick": 1, "q7312": 1, "session": 50}
WEIGHTS, KNOWN = load().headings, load().questions


def question(text, synonyms=None):
    vocabulary = SimpleNamespace(
        frequency=lambda word: next((n for each, n in RARE.items() if word.startswith(each)), 5)
    )
    return asked(text, vocabulary, 50, synonyms or {}, field=())


class OneArticle:
    """A candidate whose passages are equally near to every question, but for those in `cosines`."""

    def __init__(self, cosines=(0.4, 0.4, 0.4, 0.4), passages=PASSAGES, questions=None):
        self.cosines = np.array(cosines, dtype=np.float32)
        self.questions = np.array(questions or [0.0] * len(passages), dtype=np.float32)
        self.passages = passages

    def content(self, position):
        return Content("side-effects", 1, b"", TITLE, None, self.passages)

    def passage_cosines(self, positions):
        return [PassageCosines(self.cosines, self.questions) for _ in positions]


def chosen(text, *, cosines=(0.4, 0.4, 0.4, 0.4), synonyms=None, questions=None):
    candidates = OneArticle(cosines, questions=questions)
    headings = Headings(question(text, synonyms), candidates, {}, WEIGHTS, KNOWN)
    return best_passage(candidates, 0, candidates.content(0), headings).heading


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("nausea", "Nausea and vomiting"),
        ("ketamine and vomiting", "Nausea and vomiting"),
        ("how long do the side effects last", "How long side effects last"),
        ("when do i call 911", "Call 911 or go to the emergency room"),
    ],
)
def test_the_heading_that_says_what_was_asked_is_linked(text, heading):
    assert chosen(text) == heading


def test_what_stands_for_a_word_counts_as_the_word():
    assert chosen("feeling sick", synonyms={("sick",): (("nausea",),)}) == "Nausea and vomiting"


@pytest.mark.parametrize("text", ["side effects", "what are the side effects", "ketamine side effects"])
def test_an_article_whose_title_says_it_all_is_linked_at_its_top(text):
    assert chosen(text, cosines=(0.2, 0.3, 0.6, 0.5)) == ""


def test_the_section_that_is_known_to_answer_is_linked():
    assert chosen("how long till i can eat again", questions=(0.0, 0.0, 0.0, 0.9)) == "How long side effects last"


def test_a_known_question_that_is_far_tells_nothing():
    cosines = (0.2, 0.6, 0.1, 0.2)
    assert chosen("queasy", cosines=cosines, questions=(0.0, 0.0, 0.0, KNOWN.since)) == "Nausea and vomiting"


def test_an_emergency_is_no_answer_to_what_is_common():
    assert chosen("feeling strange afterwards", cosines=(0.2, 0.3, 0.9, 0.2)) != "Call 911 or go to the emergency room"


def test_meaning_decides_where_no_heading_helps():
    assert chosen("queasy", cosines=(0.2, 0.6, 0.1, 0.2)) == "Nausea and vomiting"


@pytest.mark.parametrize(("opening", "heading"), [(0.45, "Nausea and vomiting"), (0.6, "")])
def test_what_says_a_little_of_everything_waits_for_a_section_that_is_almost_as_near(opening, heading):
    assert chosen("queasy", cosines=(opening, 0.4, 0.1, 0.2)) == heading


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [("nausea and vomiting", 1.0, 1.0), ("vomiting", 0.4, 0.9), ("insurance", 0.0, 0.0), ("room", 0.1, 0.5)],
)
def test_nearness_is_one_for_the_same_words_and_none_without_a_shared_one(text, least, most):
    assert least <= Headings(question(text), OneArticle(), {}, WEIGHTS, KNOWN).nearness(0) <= most


def test_a_title_of_the_form_that_is_asked_for_counts():
    titles = {frozenset(map(stem, ("side", "effects"))): 0.85}
    assert Headings(question("zoloft"), OneArticle(), titles, WEIGHTS, KNOWN).nearness(0) > 0.5
    assert Headings(question("zoloft"), OneArticle(), {}, WEIGHTS, KNOWN).nearness(0) == 0.0


def test_small_words_say_nothing_unless_there_are_no_others():
    assert content_stems("How long does it last?") == {"last"}
    assert content_stems("What is it?") == {"what", "is", "it"}


def passage_of(text, texts, cosines):
    """Which of some passages without headings is shown."""
    passages = tuple(IndexedPassage("", "", each, "") for each in texts)
    candidates = OneArticle(cosines, passages)
    found = best_passage(candidates, 0, candidates.content(0), Headings(question(text), candidates, {}, WEIGHTS, KNOWN))
    return passages.index(found)


WRITTEN = [
    ("reunion", "Réunion"), ("réunion", "REUNION"), ("izmir", "İzmir"), ("flutter", "\ufb02utter"),
    ("affix", "a\ufb03x"), ("lorvane", "ＬＯＲＶＡＮＥ"), ("tesk", "𝕿𝖊𝖘𝖐"), ("λόγος", "ΛΟΓΟΣ"), ("λογοσ", "λόγος"),
    ("couldn't've", "couldn’t’ve"), ("7450", "7,450"), ("nhs", "N.H.S."), ("gross", "groß"),
    ("reentry", "re‐entry"), ("balancing", "bal\u00adance"),
]  # fmt: skip


@pytest.mark.parametrize(("typed", "written"), WRITTEN)
def test_a_word_is_found_in_its_passage_and_marked_however_it_is_written(typed, written):
    texts = ["Rest and water.", "A quiet room.", f"Here: {written}, once.", "The way home."]
    assert passage_of(typed, texts, (0.0, 0.0, 0.0, 0.0)) == 2
    marked = Highlighter(parse_keywords(typed), {}).snippet(texts[2])
    assert marked.replace("</mark> <mark>", " ") == f"Here: <mark>{written}</mark>, once."


def test_an_unfinished_word_is_found_where_no_passage_holds_it_whole():
    assert passage_of("lorva", ["Rest.", "Of lorvane.", "Home."], (0.0, 0.0, 0.0)) == 1
    assert passage_of("lorva", ["Rest.", "Of lorvane.", "A lorva."], (0.0, 0.0, 0.0)) == 2


@pytest.mark.parametrize("text", ["q7312", "what about q7312 before a session", "q7312 and water"])
def test_the_passage_with_the_rare_word_is_shown_before_what_is_near_in_meaning(text):
    texts = ["Before a session rest.", "Drink water before it.", "The code is Q7312.", "Water again."]
    assert passage_of(text, texts, (0.6, 0.5, 0.3, 0.4)) == 2


def test_a_word_of_every_article_does_not_outweigh_the_meaning():
    texts = ["Rest for a day.", "Drink water.", "After a session go home.", "Sleep."]
    assert passage_of("how long is a session", texts, (0.7, 0.3, 0.3, 0.3)) == 0
    assert question("session").rarity == (0.0,)
