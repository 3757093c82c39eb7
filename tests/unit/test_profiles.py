"""Two texts that tell one story share their runs of words, however long they are."""

import random

import numpy as np
import pytest

from search_api.recommend.profiles import _shared, _shingles

WORDS = [f"word{number}" for number in range(3_000)]


def text(rng, length):
    return [rng.choice(WORDS) for _ in range(length)]


@pytest.mark.parametrize("length", [40, 290, 320, 1_200])
def test_an_edited_text_is_told_from_one_that_shares_a_quarter(length):
    rng = random.Random(length)
    words = text(rng, length)
    edited = [rng.choice(WORDS) if place % 25 == 0 else word for place, word in enumerate(words)]
    quoting = [*words[: length // 4], *text(rng, length - length // 4)]
    own = _shingles(words)
    assert _shared(own, _shingles(edited)) > 0.6
    assert _shared(own, _shingles(quoting)) < 0.45


def test_a_text_within_a_longer_one_is_found_though_of_that_one_some_are_kept():
    rng = random.Random(1)
    words = text(rng, 200)
    longer = _shingles([*words, *text(rng, 600)])
    assert len(longer) < 300
    assert _shared(_shingles(words), longer) == 1.0


def test_a_text_of_a_few_words_shares_nothing():
    assert _shared(_shingles(["a", "b"]), _shingles(["a", "b"])) == 0.0
    assert len(_shingles([])) == 0
    assert _shingles([]).dtype == np.uint32
