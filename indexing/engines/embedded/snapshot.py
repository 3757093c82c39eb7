"""One state of one generation, as searches see it: immutable, made anew after each commit."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from indexing.embedders.base import Vector, Vectors
from indexing.engines.base import Content, FacetCount, Generation, Retrieval, Scores, Title, Words
from indexing.engines.embedded.attributes import AttributeView, LabelView, Mask
from indexing.engines.embedded.journal import FrameHead, JournalReader
from indexing.engines.embedded.keywords import CompiledQuery, Hits, KeywordSearcher, Synonyms, compile_query
from indexing.engines.embedded.vectors import VectorMatrix
from indexing.queries import Filters
from indexing.words import Vocabulary

NEAREST_PASSAGES = 1_000
"""How many passages the vector leg measures: enough for every page that is ever looked at."""
NEAREST_DOCUMENTS = 1_000
KEYWORD_PASSAGES = 1_000


class Slot(Struct, frozen=True):
    """A document's entry in the journal and its first passage row."""

    head: FrameHead
    body_start: int
    body_length: int
    first_row: int


class Snapshot(Struct, frozen=True):
    """Everything that answers a search, at one commit."""

    generation: Generation
    position: int
    """How many bytes of the journal it has seen."""
    slots: Sequence[Slot]
    slot_of_id: Mapping[str, int]
    live: Mask
    by_id: NDArray[np.int64]
    """Slots in the order of their ids."""
    slot_of_row: NDArray[np.int32]
    attributes: AttributeView
    title_words: LabelView
    titles: VectorMatrix
    documents: VectorMatrix
    passages: VectorMatrix
    document_keywords: KeywordSearcher
    passage_keywords: KeywordSearcher
    vocabulary: Vocabulary
    journal: JournalReader
    synonyms: Synonyms

    @property
    def size(self) -> int:
        """Slots, dead ones included."""
        return len(self.live)

    def retrieve(self, retrieval: Retrieval) -> "EmbeddedCandidates":
        """The candidates of a question."""
        allowed = self.live & self.attributes.passing(retrieval.filters)
        for _, slot in self._slots_of(retrieval.never):
            allowed[slot] = False
        scores = _SlotScores(self.size)
        found = np.zeros(self.size, dtype=np.bool_)
        if retrieval.keywords is not None:
            query = compile_query(retrieval.keywords, self.vocabulary, self.synonyms)
            allowed &= ~self._marked(self.document_keywords.holding_excluded(query))
            if query.phrases:
                allowed &= self._marked(self.document_keywords.holding_phrases(query))
            self._measure_words(query, allowed, scores, found)
        if retrieval.vector is not None:
            is_filtered = _selects(retrieval.filters)
            self._measure_vector(retrieval.vector, allowed, scores, found, is_filtered=is_filtered)
        if retrieval.keywords is None and retrieval.vector is None:
            found = allowed
        if retrieval.always:
            fitting = self.live & self.attributes.passing(retrieval.always_within)
            for id, slot in self._slots_of(retrieval.always):
                found[slot] = found[slot] or (fitting[slot] and id not in retrieval.never)
        return EmbeddedCandidates(self, self.by_id[found[self.by_id]], scores)

    def _measure_words(self, query: CompiledQuery, allowed: Mask, scores: "_SlotScores", found: Mask) -> None:
        any_word = self._kept(self.document_keywords.matching(query), allowed)
        found[any_word.numbers] = True
        scores.keyword[any_word.numbers] = any_word.scores
        if len(query.terms) > 1:
            scores.has_all_words |= allowed & self._marked(self.document_keywords.holding_every_word(query))
        else:
            scores.has_all_words[any_word.numbers] = True
        self._cover_titles(query, scores)
        hits = self.passage_keywords.matching(query, limit=KEYWORD_PASSAGES)
        known = hits.numbers < len(self.slot_of_row)
        scores.passages = Hits(hits.numbers[known], hits.scores[known])
        np.maximum.at(scores.passage_keyword, self.slot_of_row[scores.passages.numbers], scores.passages.scores)

    def _marked(self, slots: NDArray[np.int64]) -> Mask:
        mask = np.zeros(self.size, dtype=np.bool_)
        mask[slots[slots < self.size]] = True
        return mask

    def _kept(self, hits: Hits, allowed: Mask) -> Hits:
        known = hits.numbers < self.size
        numbers, scores = hits.numbers[known], hits.scores[known]
        kept = allowed[numbers]
        return Hits(numbers[kept], scores[kept])

    def _measure_vector(
        self, vector: Vector, allowed: Mask, scores: "_SlotScores", found: Mask, *, is_filtered: bool
    ) -> None:
        selective = is_filtered or not allowed.all()
        rows, cosines = self.passages.nearest(
            vector, limit=NEAREST_PASSAGES, allowed=allowed[self.slot_of_row] if selective else None
        )
        slots = self.slot_of_row[rows]
        found[slots] = True
        best, first = np.unique(slots, return_index=True)
        scores.passage_cosine[best] = cosines[first]
        cosines = cosines.copy()
        cosines[first] = 0.0
        np.maximum.at(scores.passage_support, slots, cosines)
        for matrix, target in ((self.titles, scores.title_cosine), (self.documents, scores.document_cosine)):
            near, near_cosines = matrix.nearest(vector, limit=NEAREST_DOCUMENTS, allowed=allowed if selective else None)
            target[near] = near_cosines
            found[near] = True

    def title_list(self) -> tuple[Title, ...]:
        """The titles of all documents, ordered by id."""
        popularity = np.nan_to_num(self.attributes.numbers["popularity"])
        return tuple(
            Title(self.slots[slot].head.id, self.slots[slot].head.title, float(popularity[slot])) for slot in self.by_id
        )

    # As a Library

    @property
    def version(self) -> str:
        """See Library."""
        return f"{self.generation.name}.{self.position}"

    @property
    def words(self) -> Words:
        """See Library."""
        return self.vocabulary

    def __len__(self) -> int:
        """See Library."""
        return len(self.by_id)

    def ids(self) -> Sequence[str]:
        """See Library."""
        return [self.slots[slot].head.id for slot in self.by_id]

    def numbers(self, attribute: str) -> NDArray[np.float64]:
        """See Library."""
        return self.attributes.numbers[attribute][self.by_id]

    def contents(self, ids: Collection[str]) -> Mapping[str, Content]:
        """See Library."""
        return {id: self.content_of(slot) for id, slot in self._slots_of(ids)}

    def revisions(self, ids: Collection[str]) -> Mapping[str, int]:
        """See Library."""
        return {id: self.slots[slot].head.revision for id, slot in self._slots_of(ids)}

    def vectors(self, ids: Collection[str]) -> Mapping[str, Vector]:
        """See Library."""
        return {id: self.documents.row(slot) for id, slot in self._slots_of(ids)}

    def mean_vector(self) -> Vector:
        """See Library."""
        return self.documents.mean(self.live)

    def nearest(self, vectors: Vectors, *, limit: int) -> Sequence[Sequence[str]]:
        """See Library."""
        allowed = None if self.live.all() else self.live
        found = self.documents.nearest_many(vectors, limit=limit, allowed=allowed)
        return [[self.slots[slot].head.id for slot in slots] for slots, _ in found]

    def _slots_of(self, ids: Collection[str]) -> Iterator[tuple[str, int]]:
        return ((id, self.slot_of_id[id]) for id in ids if id in self.slot_of_id)

    def content_of(self, slot: int) -> Content:
        """What is stored of a document."""
        entry = self.slots[slot]
        return self.journal.content(entry.head, entry.body_start, entry.body_length)

    def _cover_titles(self, query: CompiledQuery, scores: "_SlotScores") -> None:
        """Robertson-Sparck Jones idf, as BM25 uses it, of the query's known words that stand in the title."""
        total = max(self.document_keywords.size, 1)
        whole = 0.0
        for term in query.terms:
            frequency = max(self.document_keywords.frequency(stemmed) for stemmed in term.variants)
            if not frequency:
                continue
            information = math.log(1 + (max(total - frequency, 0) + 0.5) / (frequency + 0.5))
            whole += information
            holding = self.title_words.any_of(tuple(term.variants), self.size)
            scores.title_coverage[holding] += information
        if whole:
            scores.title_coverage /= whole


def _selects(filters: Filters) -> bool:
    return filters != Filters()


class _SlotScores:
    """Measurements by slot, zero where a leg did not reach."""

    def __init__(self, size: int) -> None:
        self.passages = Hits.none()
        self.keyword = np.zeros(size, dtype=np.float32)
        self.passage_keyword = np.zeros(size, dtype=np.float32)
        self.has_all_words = np.zeros(size, dtype=np.bool_)
        self.title_coverage = np.zeros(size, dtype=np.float32)
        self.passage_cosine = np.zeros(size, dtype=np.float32)
        self.passage_support = np.zeros(size, dtype=np.float32)
        self.title_cosine = np.zeros(size, dtype=np.float32)
        self.document_cosine = np.zeros(size, dtype=np.float32)


class EmbeddedCandidates:
    """See Candidates."""

    def __init__(self, snapshot: Snapshot, slots: NDArray[np.int64], scores: _SlotScores) -> None:
        self._snapshot = snapshot
        self._slots = slots
        self._passages = scores.passages
        self.keyword_score: Scores = scores.keyword[slots]
        self.passage_keyword_score: Scores = scores.passage_keyword[slots]
        self.has_all_words: NDArray[np.bool_] = scores.has_all_words[slots]
        self.title_coverage: Scores = scores.title_coverage[slots]
        self.passage_cosine: Scores = scores.passage_cosine[slots]
        self.passage_support: Scores = scores.passage_support[slots]
        self.title_cosine: Scores = scores.title_cosine[slots]
        self.document_cosine: Scores = scores.document_cosine[slots]

    @property
    def ids(self) -> list[str]:
        """See Candidates."""
        return [self._snapshot.slots[slot].head.id for slot in self._slots]

    def __len__(self) -> int:
        """See Candidates."""
        return len(self._slots)

    def positions(self, ids: Sequence[str]) -> list[int]:
        """See Candidates."""
        slots = (self._snapshot.slot_of_id.get(id) for id in ids)
        found = (np.flatnonzero(self._slots == slot) for slot in slots if slot is not None)
        return [int(place[0]) for place in found if len(place)]

    def numbers(self, attribute: str) -> NDArray[np.float64]:
        """See Candidates."""
        return self._snapshot.attributes.numbers[attribute][self._slots]

    def distances(self, lat: float, lng: float) -> NDArray[np.float64]:
        """See Candidates."""
        return self._snapshot.attributes.distances(lat, lng)[self._slots]

    def facets(self, attribute: str, kept: NDArray[np.bool_]) -> list[FacetCount]:
        """See Candidates."""
        mask = np.zeros(self._snapshot.size, dtype=np.bool_)
        mask[self._slots[kept]] = True
        return self._snapshot.attributes.labels[attribute].counts(mask)

    def content(self, position: int) -> Content:
        """See Candidates."""
        return self._snapshot.content_of(int(self._slots[position]))

    def passage_cosines(self, position: int, vector: Vector) -> Scores:
        """See Candidates."""
        entry = self._snapshot.slots[int(self._slots[position])]
        rows = self._snapshot.passages.rows(entry.first_row, entry.first_row + entry.head.passages)
        result: Scores = rows @ vector
        return result

    def passage_keyword_scores(self, position: int) -> Scores:
        """See Candidates."""
        entry = self._snapshot.slots[int(self._slots[position])]
        scores = np.zeros(entry.head.passages, dtype=np.float32)
        rows = self._passages.numbers - entry.first_row
        own = (rows >= 0) & (rows < entry.head.passages)
        best = self._passages.scores.max(initial=0.0)
        if best > 0:
            scores[rows[own]] = self._passages.scores[own] / best
        return scores
