import pytest

from indexing.knowledge.phrases import Phrases
from indexing.queries import words_of

PHRASES = Phrases(
    {
        tuple(words_of(said)): (tuple(words_of(meant)),)
        for said, meant in (
            ("cant stop crying", "tearful"),
            ("losing my hair", "hair loss"),
            ("give it to my", "sharing"),
            ("nursing", "breastfeeding"),
            ("trip", "dissociation"),
        )
    }
)


def meant(text):
    return {" ".join(run): " ".join(others[0]) for run, others in PHRASES.meant_by(words_of(text)).items()}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I couldn't stop crying", {"couldnt stop crying": "tearful"}),
        ("she cannot stop crying", {"cannot stop crying": "tearful"}),
        ("he just didn't really stop crying", {"didnt really stop crying": "tearful"}),
        ("is he losing his hair", {"losing his hair": "hair loss"}),
        ("she lost hair", {"lost hair": "hair loss"}),
        ("give it to your son", {"give it to your": "sharing"}),
        ("two trips", {"trips": "dissociation"}),
        ("i tripped", {"tripped": "dissociation"}),
    ],
)
def test_a_phrase_is_found_in_other_forms(text, found):
    assert meant(text) == found


@pytest.mark.parametrize("text", ["cant stop crying", "stop crying", "give it to you", "a nurse", "hair", ""])
def test_the_phrase_itself_and_what_only_looks_like_one_are_left(text):
    assert meant(text) == {}
