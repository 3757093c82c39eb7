"""One state of one generation, as searches see it: immutable, made anew after each commit."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from indexing.embedders.base import Vector
from indexing.engines.attributes import Mask
from indexing.engines.base import Content, Retrieval, Scores
from indexing.engines.embedded.journal import FrameHead, JournalReader
from indexing.engines.embedded.keywords import Hits, KeywordSearcher
from indexing.engines.table import NEAREST, DocumentTable, Measurements, TableCandidates, informations
from indexing.engines.terms import CompiledQuery, compile_query, joined
from indexing.engines.vectors import VectorMatrix
from indexing.queries import Filters

KEYWORD_PASSAGES = 1_000


class Slot(Struct, frozen=True):
    """A document's entry in the journal and its first passage row."""

    head: FrameHead
    body_start: int
    body_length: int
    first_row: int

    @property
    def id(self) -> str:
        """See DocumentHead."""
        return self.head.id

    @property
    def revision(self) -> int:
        """See DocumentHead."""
        return self.head.revision

    @property
    def title(self) -> str:
        """See DocumentHead."""
        return self.head.title


class Snapshot(DocumentTable, frozen=True):
    """Everything that answers a search, at one commit."""

    slots: Sequence[Slot]
    """The same as `heads`."""
    position: int
    """How many bytes of the journal it has seen."""
    slot_of_row: NDArray[np.int32]
    titles: VectorMatrix
    passages: VectorMatrix
    document_keywords: KeywordSearcher
    passage_keywords: KeywordSearcher
    journal: JournalReader

    @property
    def version(self) -> str:
        """See Library."""
        return f"{self.generation.name}.{self.position}.{len(self)}"

    def content_of(self, slot: int) -> Content:
        """See DocumentTable."""
        entry = self.slots[slot]
        return self.journal.content(entry.head, entry.body_start, entry.body_length)

    def retrieve(self, retrieval: Retrieval) -> TableCandidates:
        """The candidates of a question."""
        allowed = self.allowed(retrieval)
        scores = Measurements(self.size)
        hits = Hits.none()
        if retrieval.keywords is not None:
            query = compile_query(retrieval.keywords, self.vocabulary, joined(self.synonyms, retrieval.synonyms))
            allowed &= ~self._marked(self.document_keywords.holding_excluded(query))
            if query.phrases:
                allowed &= self._marked(self.document_keywords.holding_phrases(query))
            hits = self._measure_words(query, allowed, scores)
        if retrieval.vector is not None:
            is_filtered = retrieval.filters != Filters()
            self._measure_vector(retrieval.vector, allowed, scores, is_filtered=is_filtered)
        found = self.found(retrieval, allowed, scores)
        return TableCandidates(self, self.by_id[found[self.by_id]], scores, _RowMeasurements(self, hits))

    def _measure_words(self, query: CompiledQuery, allowed: Mask, scores: Measurements) -> Hits:
        any_word = self._kept(self.document_keywords.matching(query), allowed)
        scores.found[any_word.numbers] = True
        scores.keyword[any_word.numbers] = any_word.scores
        if len(query.terms) > 1:
            scores.has_all_words |= allowed & self._marked(self.document_keywords.holding_every_word(query))
        else:
            scores.has_all_words[any_word.numbers] = True
        searcher = self.document_keywords
        frequencies = [max(map(searcher.frequency, term.variants)) for term in query.terms]
        self.cover_titles(query, informations(frequencies, max(searcher.size, 1)), scores.title_coverage)
        hits = self.passage_keywords.matching(query, limit=KEYWORD_PASSAGES)
        known = hits.numbers < len(self.slot_of_row)
        hits = Hits(hits.numbers[known], hits.scores[known])
        np.maximum.at(scores.passage_keyword, self.slot_of_row[hits.numbers], hits.scores)
        self.prefer_exact(query, scores)
        return hits

    def holding(self, words: Sequence[str], found: NDArray[np.int64]) -> Mask:
        """See DocumentTable."""
        return self._marked(self.document_keywords.holding_words(words))

    def _marked(self, slots: NDArray[np.int64]) -> Mask:
        mask = np.zeros(self.size, dtype=np.bool_)
        mask[slots[slots < self.size]] = True
        return mask

    def _kept(self, hits: Hits, allowed: Mask) -> Hits:
        known = hits.numbers < self.size
        numbers, scores = hits.numbers[known], hits.scores[known]
        kept = allowed[numbers]
        return Hits(numbers[kept], scores[kept])

    def _measure_vector(self, vector: Vector, allowed: Mask, scores: Measurements, *, is_filtered: bool) -> None:
        selective = is_filtered or not allowed.all()
        rows, cosines = self.passages.nearest(
            vector, limit=NEAREST, allowed=allowed[self.slot_of_row] if selective else None
        )
        scores.add_passage_cosines(self.slot_of_row[rows], cosines)
        for matrix, target in ((self.titles, scores.title_cosine), (self.documents, scores.document_cosine)):
            near, near_cosines = matrix.nearest(vector, limit=NEAREST, allowed=allowed if selective else None)
            target[near] = near_cosines
            scores.found[near] = True


class _RowMeasurements(Struct, frozen=True):
    """See PassageMeasurements."""

    snapshot: Snapshot
    hits: Hits

    def cosines(self, slot: int, vector: Vector) -> Scores:
        """See PassageMeasurements."""
        entry = self.snapshot.slots[slot]
        result: Scores = self.snapshot.passages.rows(entry.first_row, entry.first_row + entry.head.passages) @ vector
        return result

    def keyword_scores(self, slot: int) -> Scores:
        """See PassageMeasurements."""
        entry = self.snapshot.slots[slot]
        scores = np.zeros(entry.head.passages, dtype=np.float32)
        rows = self.hits.numbers - entry.first_row
        own = (rows >= 0) & (rows < entry.head.passages)
        best = self.hits.scores.max(initial=0.0)
        if best > 0:
            scores[rows[own]] = self.hits.scores[own] / best
        return scores
