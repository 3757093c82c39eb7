"""A question to an index, and when a document answers it."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from indexing.embedders.base import Vector
from indexing.queries import Filters, KeywordQuery


class MatchRule(Struct, frozen=True):
    """When a document answers a question: a predicate on the document alone, whatever else is found or filtered.

    It holds words (or what stands for them) that carry `idf_share` of the question's information, and every
    phrase; or the cosine of its title or of its best passage reaches `cosine`, or that of a question that it is
    known to answer reaches `question`.
    """

    idf_share: float = 0.0
    """0: any word."""
    cosine: float = -1.0
    """-1: everything, if it has a vector."""
    question: float = 1.0
    """1: nothing but the very question."""


class Taught(Struct, frozen=True):
    """A document that answers what is asked, beside what its index knows: how near a question of it is, 0-1."""

    id: str
    section: str
    """The heading of what answers; empty: all of it does."""
    cosine: float


class Retrieval(Struct, frozen=True):
    """A question to one index; with neither keywords nor vector it browses everything that passes the filters."""

    keywords: KeywordQuery | None = None
    vector: Vector | None = None
    filters: Filters = Filters()
    keeps_all: bool = False
    """Whether everything that passes the filters is a candidate, and words and vector only tell which fits better."""
    always: tuple[str, ...] = ()
    """Ids that are candidates whatever was asked, as long as they pass `always_within`."""
    always_within: Filters = Filters()
    never: frozenset[str] = frozenset()
    """Ids that are no candidates."""
    synonyms: Mapping[tuple[str, ...], Sequence[tuple[str, ...]]] = {}
    """Runs of words with what they stand for as well, beside those that the engine knows."""
    match: MatchRule = MatchRule()
    taught: tuple[Taught, ...] = ()


class Legs(Struct, frozen=True):
    """By what a document may match."""

    words: bool = True
    meaning: bool = True
