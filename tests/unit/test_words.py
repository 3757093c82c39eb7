import pytest

from indexing.words import Vocabulary, WordSet, allowed_edits

vocabulary = Vocabulary(
    [
        ("ketamine", 90),
        ("spravato", 20),
        ("fibromyalgia", 5),
        ("fibrosis", 1),
        ("pain", 40),
        ("esketamine", 9),
        ("30mg", 2),
    ]
)


@pytest.mark.parametrize(
    ("word", "edits"), [("iv", 0), ("pain", 0), ("dizzy", 1), ("ketamine", 1), ("depresion", 2), ("50mgs12", 0)]
)
def test_edits_grow_with_length_and_never_touch_numbers(word, edits):
    assert allowed_edits(word) == edits


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("ketamne", "ketamine"), ("spravatto", "spravato"), ("fybromyalgia", "fibromyalgia"), ("esketmine", "esketamine")],
)
def test_misspelt_words_lead_to_the_word_meant(typed, meant):
    assert vocabulary.corrections(typed, limit=1)[0][0] == meant


def test_short_words_and_numbers_are_taken_as_typed():
    assert vocabulary.corrections("pian", limit=3) == ()
    assert vocabulary.corrections("40mg", limit=3) == ()


def test_completions_may_mend_shorter_words():
    assert vocabulary.corrections("pian", limit=1, least_letters=4) == (("pain", 1),)
    assert vocabulary.corrections("spar", limit=1, prefix=True, least_letters=4)[0][0] == "spravato"


def test_an_unfinished_misspelt_word_is_still_completed():
    assert vocabulary.corrections("fybrom", limit=1, prefix=True)[0][0] == "fibromyalgia"


def test_completions_come_most_frequent_first():
    assert vocabulary.completions("fibr", limit=5) == ["fibromyalgia", "fibrosis"]


def test_a_set_of_words_knows_its_own_and_no_others():
    words = [f"word{number}" for number in range(5_000)]
    held = WordSet(words[::2])
    assert len(held) == 2_500
    assert [word for word in words if word in held] == words[::2]
    assert held.issuperset(["word0", "word2"])
    assert not held.issuperset(["word0", "word1"])
    assert "x" not in WordSet([])
