from bisect import bisect_left

import pytest

from indexing.packed_texts import PackedTexts

TEXTS = ["", "Añasco", "Dallas", "Dallastown", "St. Paul", "allas"]


def test_texts_are_those_that_were_packed():
    packed = PackedTexts.of(TEXTS)
    assert list(packed) == TEXTS
    assert [packed[number] for number in range(len(packed))] == TEXTS
    with pytest.raises(IndexError):
        packed[len(TEXTS)]
    assert list(PackedTexts.of([])) == []


def test_a_text_is_found_whole():
    packed = PackedTexts.of(TEXTS)
    assert [packed.number_of(text) for text in TEXTS] == list(range(len(TEXTS)))
    assert [packed.number_of(text) for text in ("Dalla", "las", "Paul", "St.", "Dallast")] == [None] * 5
    assert PackedTexts.of([]).number_of("") is None


def test_texts_in_order_can_be_searched():
    packed = PackedTexts.of(sorted(TEXTS))
    assert [bisect_left(packed, text) for text in sorted(TEXTS)] == list(range(len(TEXTS)))


def test_a_text_of_two_lines_is_refused():
    with pytest.raises(ValueError, match="line feed"):
        PackedTexts.of(["a\nb"])
    assert PackedTexts.of(["a", "b"]).number_of("a\nb") is None
