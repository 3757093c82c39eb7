"""What is compared of an article, and whether two tell one story."""

import itertools
import zlib
from collections.abc import Sequence

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from indexing.cards import ArticleCard
from indexing.engines.base import Words
from indexing.engines.entries import Content
from indexing.queries import words_of
from search_api.recommend.terms import Terms, weighted_terms

_TITLE_WEIGHT = 3
_SHINGLE_WORDS = 4
_MOST_SHINGLES, _SHINGLES_OF = 300, 4
"""Of a text with more, one in so many is kept, the same ones of every text: shares are then nearly those of all."""
_SAME_TEXT = 0.5
"""Shared shingles of the shorter text, from which on two articles tell one story."""
_SAME_COSINE = 0.97
NEAR_COSINE = 0.8
"""Articles further apart than this are not compared shingle by shingle."""

Shingles = NDArray[np.uint32]
Label = tuple[str, str]
"""Attribute and value, such as ("condition", "ptsd")."""


class Profile(Struct, frozen=True):
    """One revision of an article, beside its vector."""

    id: str
    revision: int
    known_words: int
    """How many words its library knew when their weights were taken."""
    title: str
    title_words: tuple[str, ...]
    card: ArticleCard
    terms: Terms
    labels: frozenset[Label]
    tags: frozenset[str]
    shingles: Shingles
    """Hashes of runs of words, each once, in order; of a long text some of them."""


def profile(content: Content, words: Words, documents: int) -> Profile:
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
        title_words=tuple(title),
        card=msgspec.json.decode(content.card, type=ArticleCard),
        terms=weighted_terms([*title * _TITLE_WEIGHT, *headings, *body], words, documents),
        labels=frozenset((name, value) for name in ("condition", "treatment") for value in labels.get(name, ())),
        tags=frozenset(labels.get("tag", ())),
        shingles=_shingles(body),
    )


def tell_one_story(one: Profile, other: Profile, cosine: float) -> bool:
    """Whether two articles are one, at two addresses or slightly edited; `cosine` is that of their vectors."""
    if cosine < NEAR_COSINE:
        return False
    if cosine >= _SAME_COSINE or one.title_words == other.title_words:
        return True
    return _shared(one.shingles, other.shingles) >= _SAME_TEXT


def _shared(one: Shingles, other: Shingles) -> float:
    """The share of the shorter text's shingles that the other has, among those that are kept of long texts."""
    if _is_thinned(one) or _is_thinned(other):
        one, other = _thinned(one), _thinned(other)
    shorter = min(len(one), len(other))
    return len(np.intersect1d(one, other, assume_unique=True)) / shorter if shorter else 0.0


def _is_thinned(shingles: Shingles) -> bool:
    return not (shingles % _SHINGLES_OF).any()


def _thinned(shingles: Shingles) -> Shingles:
    """Those that `_SHINGLES_OF` divides (Broder, 1997, "0 mod m")."""
    kept: Shingles = shingles[shingles % _SHINGLES_OF == 0]
    return kept


def _shingles(words: Sequence[str]) -> Shingles:
    """Hashes of runs of four words (Broder, 1997), the same in every process."""
    runs = zip(*(itertools.islice(words, start, None) for start in range(_SHINGLE_WORDS)), strict=False)
    every: Shingles = np.unique(np.array([zlib.crc32(" ".join(run).encode()) for run in runs], dtype=np.uint32))
    return every if len(every) <= _MOST_SHINGLES else _thinned(every)
