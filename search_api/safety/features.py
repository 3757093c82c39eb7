"""What the classifier counts of a text: hashed parts of words, words and pairs of words, and concepts."""

import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from search_api.safety.tokens import words_in_order

BUCKETS = 65_536
_SHORTEST, _LONGEST = 3, 5
"""Letters of the parts of words that are counted."""
_MOST_WORDS = 100
_OF_PARTS = 0.7
"""The length of the vector of parts of words; that of words, and that of concepts, is 1."""

Values = NDArray[np.float32]
Places = NDArray[np.int64]


def features(text: str, concepts: Sequence[str], rarity: Values) -> tuple[Places, Values]:
    """The buckets that a text fills, and how much.

    `rarity` is the logarithm of how many texts there are for each that fills a bucket; rare parts and words count
    for more.
    """
    parts, words, meant = buckets(text, concepts)
    places = np.fromiter((*parts, *words, *meant), np.int64, len(parts) + len(words) + len(meant))
    counts = np.fromiter((*parts.values(), *words.values(), *meant.values()), np.float32, len(places))
    ends = len(parts), len(parts) + len(words)
    values = np.log1p(counts)
    values[: ends[1]] *= rarity[places[: ends[1]]]
    for block, length in zip(np.split(values, ends), (_OF_PARTS, 1.0, 1.0), strict=True):
        block *= length / max(float(np.linalg.norm(block)), 1e-9)
    return places, values


def buckets(text: str, concepts: Sequence[str]) -> tuple[Counter[int], Counter[int], Counter[int]]:
    """How often buckets are filled: by parts of words, by words and their pairs, and by concepts, which count once."""
    words = [word.encode() for word in words_in_order(text)[:_MOST_WORDS]]
    meant = dict.fromkeys(each.encode() for each in concepts)
    return Counter(_hashed(_parts(words))), Counter(_hashed(_words(words))), Counter(dict.fromkeys(_hashed(meant), 1))


def _hashed(parts: Iterable[bytes]) -> Iterator[int]:
    return (zlib.crc32(part) % BUCKETS for part in parts)


def _parts(words: Sequence[bytes]) -> Iterator[bytes]:
    for word in words:
        framed = b"<" + word + b">"
        for length in range(_SHORTEST, _LONGEST + 1):
            for start in range(len(framed) - length + 1):
                yield framed[start : start + length]


def _words(words: Sequence[bytes]) -> Iterator[bytes]:
    for word in words:
        yield b"<" + word + b">"
    for first, second in pairwise(words):
        yield first + b" " + second
