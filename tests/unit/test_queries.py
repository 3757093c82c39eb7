from hypothesis import given
from hypothesis import strategies as st

from indexing.queries import MAX_WORDS, parse_keywords, words_of


def test_words_phrases_and_exclusions_are_told_apart():
    query = parse_keywords('ketamine "nasal spray" -price -"at home" dose')
    assert query.words == ("ketamine", "dose")
    assert query.phrases == (("nasal", "spray"),)
    assert query.excluded == (("price",), ("at", "home"))
    assert query.last_is_prefix


def test_a_hyphen_inside_a_word_excludes_nothing():
    assert parse_keywords("at-home treatment-resistant").words == ("at", "home", "treatment", "resistant")


def test_a_word_followed_by_a_space_is_finished():
    assert not parse_keywords("ketamine ").last_is_prefix


def test_accents_case_and_possessives_do_not_matter():
    assert words_of("Café PATIENT’S don't") == ["cafe", "patient", "dont"]


@given(st.text())
def test_any_text_is_a_query(text):
    query = parse_keywords(text)
    assert len(query.words) <= MAX_WORDS
    assert all(word == word.lower() for word in query.words)
