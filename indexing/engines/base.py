"""The seam between the service and a search engine.

An engine finds candidates by keyword and by vector and measures them; which of them are shown, and in
which order, is decided once for all engines in `search_api.search`.
"""

import bisect
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from indexing.documents import DocumentType
from indexing.embedders.base import Vector, Vectors
from indexing.engines.entries import (
    Content,
    FacetCount,
    Generation,
    IndexedDocument,
    PassageCosines,
    Removal,
    Scores,
    Title,
)
from indexing.engines.retrieval import Legs, Retrieval
from indexing.fingerprints import IndexStamp
from indexing.queries import Filters


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
    title_cosine: Scores
    document_cosine: Scores
    question_cosine: Scores
    """Of the nearest question that it is known to answer; 0 where it has none."""

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

    def passage_cosines(self, positions: Sequence[int]) -> Sequence[PassageCosines]:
        """For each of `positions` how near its passages are to the question.

        Measured together and kept: asking for many first makes asking for one of them free.
        """
        ...


def positions_of(ids: Sequence[str], candidates: Candidates) -> tuple[int, ...]:
    """Where those of `ids` stand that are candidates, in the order of `ids`."""
    if not ids:
        return ()
    known = candidates.ids
    places = ((id, bisect.bisect_left(known, id)) for id in ids)
    return tuple(place for id, place in places if place < len(known) and known[place] == id)


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
    """The published documents of one state of one generation, for listing and comparing them."""

    @property
    def version(self) -> str:
        """Another one after every commit and every promotion, and when a document's day of publication comes."""
        ...

    @property
    def generation(self) -> Generation:
        """The generation that this is a state of."""
        ...

    @property
    def words(self) -> Words:
        """The words of its documents."""
        ...

    @property
    def titles(self) -> Sequence[Title]:
        """All documents, ordered by id; the same object as long as nothing was committed."""
        ...

    def revisions(self, ids: Collection[str]) -> Mapping[str, int]:
        """The revisions of those of `ids` that exist."""
        ...

    def contents(self, ids: Collection[str]) -> Mapping[str, Content]:
        """What is stored of those of `ids` that exist."""
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


class Retriever(Protocol):
    """Reads the live generation of every index. Thread-safe.

    Readers see a commit whole or not at all. Errors are EngineUnavailable and its kin; no type or error of a
    vendor passes.
    """

    def live_generation(self, index: DocumentType) -> Generation | None:
        """The generation that searches read."""
        ...

    def retrieve(self, retrievals: Mapping[DocumentType, Retrieval]) -> Mapping[DocumentType, Candidates]:
        """Candidates from live generations, for little more than one of them costs.

        Raises EngineUnavailable where one of the indexes has none.
        """
        ...

    def library(self, index: DocumentType) -> Library:
        """The live generation as it is now; it stays so while it is held. Raises EngineUnavailable without one."""
        ...

    def check(self) -> None:
        """Raise EngineUnavailable when searches cannot be answered."""
        ...


def titles_of(retriever: Retriever, index: DocumentType) -> Sequence[Title]:
    """The titles of an index, none where nothing was ever indexed; the same object until something changes."""
    return retriever.library(index).titles if retriever.live_generation(index) is not None else ()


class SearchEngine(Retriever, Protocol):
    """Indexes of documents in generations. Thread-safe.

    A write has landed and is found on return; writes are idempotent, an older revision never replaces a
    newer one, and nothing of an older revision is left behind.
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

    def verify(self, generation: Generation) -> None:
        """Raise Inconsistent where searches would not see every document and passage that was written."""
        ...

    def retrieve_from(self, generation: Generation, retrievals: Sequence[Retrieval]) -> Sequence[Candidates]:
        """Candidates for each question from any generation, to try one before it is promoted.

        The generation is read once for all of them and not kept.
        """
        ...

    def close(self) -> None:
        """Stop background work and release files."""
        ...
