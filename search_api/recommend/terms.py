"""The words that tell texts apart, as weighted terms."""

import math
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from indexing.analysis import STOP_WORDS, stem
from indexing.engines.base import Words

MOST_TERMS = 128
"""The heaviest terms of a text: as good as all of them for telling neighbours, at a fixed price."""
BUCKETS = 1 << 16

Terms = tuple[NDArray[np.int32], NDArray[np.float32]]
"""Hashed stems and their weights, of Euclidean length 1."""
NO_TERMS: Terms = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32)


def weighted_terms(text: Iterable[str], words: Words, documents: int) -> Terms:
    """The heaviest terms of a run of folded words: (1 + ln tf) ln(N / df) (Salton and Buckley, 1988), summed by stem.

    Words of one document only say nothing about likeness and are left out.
    """
    weights: dict[str, float] = {}
    for word, count in Counter(text).items():
        if word in STOP_WORDS or len(word) < 3:
            continue
        frequency = words.frequency(word)
        if 1 < frequency < documents:
            stemmed = stem(word)
            weight = (1 + math.log(count)) * math.log(documents / frequency)
            weights[stemmed] = weights.get(stemmed, 0.0) + weight
    heaviest = sorted(weights.items(), key=lambda item: -item[1])[:MOST_TERMS]
    length = math.sqrt(sum(weight**2 for _, weight in heaviest)) or 1.0
    return (
        np.fromiter((zlib.crc32(term.encode()) % BUCKETS for term, _ in heaviest), dtype=np.int32),
        np.fromiter((weight / length for _, weight in heaviest), dtype=np.float32),
    )


class TermCentre:
    """The mean of the terms of many texts."""

    def __init__(self, texts: Sequence[Terms], *, trust: float = 1.0) -> None:
        self._trust = trust
        self._dense = np.zeros(BUCKETS + 1, dtype=np.float32)
        for buckets, weights in texts:
            self._dense[buckets] += weights / len(texts)
        self._square = max(float(self._dense @ self._dense), 1e-9)

    def away(self, terms: Terms) -> NDArray[np.float32]:
        """A weight for every bucket: those of one text, less what it has in common with all."""
        buckets, weights = terms
        share = self._trust * float(self._dense[buckets] @ weights) / self._square
        dense: NDArray[np.float32] = self._dense * np.float32(-share)
        dense[buckets] += weights
        return dense
