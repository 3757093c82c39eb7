"""How alike two texts are: by meaning, by their rare words, by what they are tagged with, and letter by letter."""

import itertools
import math
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from indexing.analysis import STOP_WORDS, stem
from indexing.cards import ArticleCard
from indexing.embedders.base import Vector
from indexing.engines.base import Content, Words
from indexing.queries import words_of

_MOST_TERMS = 128
"""The heaviest terms of a text: as good as all of them for telling neighbours, at a fixed price."""
_BUCKETS = 1 << 16
_TITLE_WEIGHT = 3
_SHINGLE_WORDS = 4
_SAME_TEXT = 0.5
"""Shared shingles of the shorter text, from which on two articles tell one story."""
_SAME_VECTOR = 0.97
NEAR_VECTOR = 0.8
"""Texts further apart than this are not compared shingle by shingle."""

Label = tuple[str, str]
"""Attribute and value, such as ("condition", "ptsd")."""
Terms = tuple[NDArray[np.int64], NDArray[np.float32]]
"""Hashed stems and their weights, of Euclidean length 1."""


class Profile(Struct, frozen=True):
    """What is compared of one article."""

    id: str
    revision: int
    known_words: int
    """How many words its library knew when their weights were taken."""
    title: str
    card: ArticleCard
    vector: Vector
    terms: Terms
    labels: frozenset[Label]
    tags: frozenset[str]
    shingles: frozenset[int]


def profile(content: Content, vector: Vector, words: Words, documents: int) -> Profile:
    """The profile of an article in a library of `documents`."""
    body = [word for passage in content.passages for word in words_of(passage.text)]
    headings = [word for heading in {passage.heading for passage in content.passages} for word in words_of(heading)]
    title = words_of(content.title)
    labels = content.attributes.labels
    return Profile(
        id=content.id,
        revision=content.revision,
        known_words=len(words),
        title=content.title,
        card=msgspec.json.decode(content.card, type=ArticleCard),
        vector=vector,
        terms=weighted_terms([*title * _TITLE_WEIGHT, *headings, *body], words, documents),
        labels=frozenset((name, value) for name in ("condition", "treatment") for value in labels.get(name, ())),
        tags=frozenset(labels.get("tag", ())),
        shingles=_shingles(body),
    )


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
    heaviest = sorted(weights.items(), key=lambda item: -item[1])[:_MOST_TERMS]
    length = math.sqrt(sum(weight**2 for _, weight in heaviest)) or 1.0
    return (
        np.fromiter((zlib.crc32(term.encode()) % _BUCKETS for term, _ in heaviest), dtype=np.int64),
        np.fromiter((weight / length for _, weight in heaviest), dtype=np.float32),
    )


class TermTable:
    """The terms of several texts, for comparing others with all of them."""

    def __init__(self, texts: Sequence[Terms]) -> None:
        self._ends = np.cumsum([len(buckets) for buckets, _ in texts], dtype=np.int64)
        self._starts = np.concatenate([[0], self._ends[:-1]]).astype(np.int64)
        nothing = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        self._buckets = np.concatenate([buckets for buckets, _ in texts] or [nothing[0]])
        self._weights = np.concatenate([weights for _, weights in texts] or [nothing[1]])

    def cosines(self, terms: Terms) -> NDArray[np.float32]:
        """The cosine of one text's terms to those of each."""
        dense = np.zeros(_BUCKETS, dtype=np.float32)
        dense[terms[0]] = terms[1]
        return self.products(dense)

    def products(self, dense: NDArray[np.float32]) -> NDArray[np.float32]:
        """The inner product of each with a weight for every bucket."""
        sums = np.concatenate([[0.0], np.cumsum(dense[self._buckets] * self._weights, dtype=np.float64)])
        found: NDArray[np.float32] = (sums[self._ends] - sums[self._starts]).astype(np.float32)
        return found


class TermCentre:
    """The mean of the terms of many texts."""

    def __init__(self, texts: Sequence[Terms], *, trust: float = 1.0) -> None:
        self._trust = trust
        self._dense = np.zeros(_BUCKETS, dtype=np.float32)
        for buckets, weights in texts:
            self._dense[buckets] += weights / len(texts)
        self._square = max(float(self._dense @ self._dense), 1e-9)

    def share(self, terms: Terms) -> float:
        """How much one text has of what all have in common: 1 for their mean."""
        return self._trust * float(self._dense[terms[0]] @ terms[1]) / self._square

    def common(self, table: TermTable) -> NDArray[np.float32]:
        """The cosine that a text of share 1 has to each of the table by what all have in common."""
        return table.products(self._dense)


def shared_label_weights(
    labels: Collection[Label], others: Sequence[Profile], rarity: Mapping[Label, float]
) -> NDArray[np.float32]:
    """For each other the sum of the rarities of the conditions and treatments that it shares."""
    wanted = frozenset(labels)
    found = np.zeros(len(others), dtype=np.float32)
    for place, other in enumerate(others):
        if shared := wanted & other.labels:
            found[place] = sum([rarity.get(label, 1.0) for label in shared])
    return found


def shared_tags(tags: Collection[str], others: Sequence[Profile]) -> NDArray[np.float32]:
    """For each other the share of tags in common (Jaccard)."""
    wanted = frozenset(tags)
    found = np.zeros(len(others), dtype=np.float32)
    for place, other in enumerate(others):
        if shared := wanted & other.tags:
            found[place] = len(shared) / (len(wanted) + len(other.tags) - len(shared))
    return found


def tell_one_story(one: Profile, other: Profile) -> bool:
    """Whether two articles are one, at two addresses or slightly edited."""
    cosine = float(one.vector @ other.vector)
    if cosine < NEAR_VECTOR:
        return False
    if cosine >= _SAME_VECTOR or words_of(one.title) == words_of(other.title):
        return True
    shorter = min(len(one.shingles), len(other.shingles))
    return shorter > 0 and len(one.shingles & other.shingles) / shorter >= _SAME_TEXT


def _shingles(words: Sequence[str]) -> frozenset[int]:
    """Hashes of every run of four words (Broder, 1997); they mean something in this process only."""
    runs = zip(*(itertools.islice(words, start, None) for start in range(_SHINGLE_WORDS)), strict=False)
    return frozenset(map(hash, runs))
