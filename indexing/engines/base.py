"""The seam between the service and a search engine.

An engine finds candidates by keyword and by vector and measures them; which of them are shown, and in
which order, is decided once for all engines in `search_api.search`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from indexing.documents import DocumentType
from indexing.embedders.base import Vector, Vectors
from indexing.fingerprints import IndexStamp
from indexing.queries import Filters, KeywordQuery

Scores = NDArray[np.float32]


class Attributes(Struct, frozen=True):
    """What a document can be filtered, counted and sorted by; labels map a value to what a person reads."""

    labels: Mapping[str, Mapping[str, str]] = {}
    flags: Mapping[str, bool] = {}
    numbers: Mapping[str, float] = {}


class IndexedPassage(Struct, frozen=True):
    """A passage as it is shown: the section it stands in and its text."""

    heading: str
    anchor: str
    text: str
    context: str


class IndexedDocument(Struct, frozen=True):
    """Everything that an engine keeps of one document."""

    id: str
    revision: int
    title: str
    headings: tuple[str, ...]
    names: tuple[str, ...]
    """Further words to be found by: labels, synonyms, places, people."""
    card: bytes
    """What a hit shows beside its passage, as JSON; engines do not look inside."""
    attributes: Attributes
    passages: tuple[IndexedPassage, ...]
    title_vector: Vector
    document_vector: Vector
    passage_vectors: Vectors


class Removal(Struct, frozen=True):
    """A document that must not be found any more, as of `revision`."""

    id: str
    revision: int


class Generation(Struct, frozen=True):
    """One build of one index."""

    index: DocumentType
    name: str
    stamp: IndexStamp


class Content(Struct, frozen=True):
    """What is stored of a document for showing it."""

    id: str
    revision: int
    card: bytes
    title: str
    attributes: Attributes
    passages: tuple[IndexedPassage, ...]


class FacetCount(Struct, frozen=True):
    """How many documents carry a value."""

    value: str
    label: str
    count: int


class MatchRule(Struct, frozen=True):
    """When a document answers a question: a predicate on the document alone, whatever else is found or filtered.

    It holds words (or what stands for them) that carry `idf_share` of the question's information, and every
    phrase; or the cosine of its title or of its best passage reaches `cosine`.
    """

    idf_share: float = 0.0
    """0: any word."""
    cosine: float = -1.0
    """-1: everything, if it has a vector."""


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


class Legs(Struct, frozen=True):
    """By what a document may match."""

    words: bool = True
    meaning: bool = True


class Candidates(Protocol):
    """Documents that match a question and pass its filters, ordered by id, of one state of one generation.

    Arrays have one entry a candidate. A score of 0 means "not among what this leg found"; cosines are
    of the leg's nearest only, lower ones read 0.
    """

    def __len__(self) -> int:
        """The number of candidates."""
        ...

    @property
    def ids(self) -> Sequence[str]:
        """The documents' ids."""
        ...

    def positions(self, ids: Sequence[str]) -> list[int]:
        """Where those of `ids` stand that are candidates, in the order of `ids`."""
        ...

    by_words: NDArray[np.bool_]
    """Which match by their words."""
    by_meaning: NDArray[np.bool_]
    """Which match by their meaning."""
    keyword_score: Scores
    """BM25 of the whole document, fields weighted."""
    passage_keyword_score: Scores
    """BM25 of its best passage."""
    has_all_words: NDArray[np.bool_]
    """Whether every word of the query (or a variant) occurs in the document."""
    title_coverage: Scores
    """The share of the query's information (idf) that the title holds, or who and where a listing names, 0-1."""
    passage_cosine: Scores
    passage_support: Scores
    """Cosine of the second-best passage."""
    title_cosine: Scores
    document_cosine: Scores

    def numbers(self, attribute: str) -> NDArray[np.float64]:
        """An attribute's value for each candidate; NaN where it has none."""
        ...

    def distances(self, lat: float, lng: float) -> NDArray[np.float64]:
        """Great-circle miles from a point for each candidate; NaN where it has no place."""
        ...

    def facets(self, attribute: str, filters: Filters, legs: Legs) -> list[FacetCount]:
        """Counts of an attribute's values, most frequent first, in what matches by one of `legs`.

        `filters` take the place of the question's own: without the one on the attribute, each count is the total
        of the same search with that value chosen.
        """
        ...

    def content(self, position: int) -> Content:
        """What is stored of the candidate at `position`."""
        ...

    def passage_cosines(self, position: int, vector: Vector) -> Scores:
        """The cosine of every passage of a candidate to `vector`."""
        ...

    def passage_keyword_scores(self, position: int) -> Scores:
        """The keyword score of every passage of a candidate, as a share (0-1) of the best passage of all."""
        ...


class Title(Struct, frozen=True):
    """A document as a completion shows it."""

    id: str
    title: str
    popularity: float


class Words(Protocol):
    """The words of an index and in how many documents each occurs."""

    def __len__(self) -> int:
        """How many different words there are."""
        ...

    def frequency(self, word: str) -> int:
        """Documents that hold the folded word; 0 for an unknown one."""
        ...

    def completions(self, prefix: str, *, limit: int) -> Sequence[str]:
        """Words that begin with `prefix`, most frequent first."""
        ...

    def divided(self, word: str) -> tuple[str, str] | None:
        """The two words that a compound is made of, where both are known; None where it is none."""
        ...

    def corrections(self, word: str, *, limit: int, prefix: bool = False) -> Sequence[tuple[str, int]]:
        """Known words within the allowed edits of an unknown `word`, with their edits, likeliest first.

        One edit from 5 letters, two from 9, none in words with digits; with `prefix` the word may be
        unfinished.
        """
        ...


class Library(Protocol):
    """The documents of one state of one generation, for comparing them with one another."""

    @property
    def version(self) -> str:
        """Another one after every commit and every promotion."""
        ...

    @property
    def generation(self) -> Generation:
        """The generation that this is a state of."""
        ...

    @property
    def words(self) -> Words:
        """The words of its documents."""
        ...

    def __len__(self) -> int:
        """The number of documents."""
        ...

    def ids(self) -> Sequence[str]:
        """The ids of all documents, in order."""
        ...

    def numbers(self, attribute: str) -> NDArray[np.float64]:
        """An attribute of all documents, in the order of `ids`; NaN where one has none."""
        ...

    def contents(self, ids: Collection[str]) -> Mapping[str, Content]:
        """What is stored of those of `ids` that exist."""
        ...

    def revisions(self, ids: Collection[str]) -> Mapping[str, int]:
        """The revisions of those of `ids` that exist."""
        ...

    def vectors(self, ids: Collection[str]) -> Mapping[str, Vector]:
        """The document vectors of those of `ids` that exist."""
        ...

    def mean_vector(self) -> Vector:
        """The mean of all document vectors, not of length 1; zeros without documents."""
        ...

    def nearest(self, vectors: Vectors, *, limit: int) -> Sequence[Sequence[str]]:
        """For each row the ids of the documents whose vectors are nearest, nearest first, all rows in one pass."""
        ...


class SearchEngine(Protocol):
    """Indexes of documents in generations. Thread-safe.

    A write has landed and is found on return; writes are idempotent, an older revision never replaces a
    newer one, and nothing of an older revision is left behind. Readers see a commit whole or not at all.
    Errors are EngineUnavailable and its kin; no type or error of a vendor passes.
    """

    def open_for_writing(self) -> None:
        """Make sure that this process may write. Raises EngineBusy where another one does."""
        ...

    def create_generation(self, index: DocumentType, stamp: IndexStamp) -> Generation:
        """A new empty generation beside the live one."""
        ...

    def generations(self, index: DocumentType) -> Sequence[Generation]:
        """Every generation, oldest first."""
        ...

    def live_generation(self, index: DocumentType) -> Generation | None:
        """The generation that searches read."""
        ...

    def promote(self, generation: Generation) -> None:
        """Make a generation live in one step; readers see the old one or this one."""
        ...

    def discard(self, generation: Generation) -> None:
        """Delete a generation. Refuses the live one with Conflict."""
        ...

    def revisions(self, generation: Generation, ids: Collection[str] | None = None) -> Mapping[str, int]:
        """The revision that the generation holds of each of `ids` (all by default) it knows, removals included."""
        ...

    def write(self, generation: Generation, documents: Iterable[IndexedDocument | Removal]) -> None:
        """Replace and remove documents in one commit."""
        ...

    def count(self, generation: Generation) -> int:
        """The number of documents in a generation."""
        ...

    def verify(self, generation: Generation) -> None:
        """Raise Inconsistent where searches would not see every document and passage that was written."""
        ...

    def retrieve(self, index: DocumentType, retrieval: Retrieval) -> Candidates:
        """Candidates from the live generation. Raises EngineUnavailable when there is none."""
        ...

    def retrieve_together(self, retrievals: Mapping[DocumentType, Retrieval]) -> Mapping[DocumentType, Candidates]:
        """The same from several indexes, for little more than one costs."""
        ...

    def retrieve_from(self, generation: Generation, retrievals: Sequence[Retrieval]) -> Sequence[Candidates]:
        """Candidates for each question from any generation, to try one before it is promoted.

        The generation is read once for all of them and not kept.
        """
        ...

    def library(self, index: DocumentType) -> Library:
        """The live generation as it is now; it stays so while it is held."""
        ...

    def titles(self, index: DocumentType) -> "Sequence[Title]":
        """The titles of the live generation; the same object as long as nothing was committed."""
        ...

    def vocabulary(self, index: DocumentType) -> "Words":
        """The words of the live generation, for completion and correction."""
        ...

    def check(self) -> None:
        """Raise EngineUnavailable when searches cannot be answered."""
        ...

    def close(self) -> None:
        """Stop background work and release files."""
        ...
