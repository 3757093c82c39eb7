"""One state of one generation, as searches see it: immutable, made anew after each commit."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from indexing.embedders.base import Vector
from indexing.engines.attributes import Mask
from indexing.engines.candidates import TableCandidates, candidates
from indexing.engines.embedded.journal import JournalReader
from indexing.engines.embedded.keywords import KeywordSearcher
from indexing.engines.entries import Content, Scores
from indexing.engines.matching import match_words
from indexing.engines.measurements import Measurements, informations, match_weights
from indexing.engines.retrieval import Retrieval
from indexing.engines.table import KEYWORD_DOCUMENTS, KEYWORD_PASSAGES, NEAREST, DocumentTable
from indexing.engines.terms import CompiledQuery, compile_query, frequencies, joined
from indexing.engines.vectors import VectorMatrix, nearest


class Slot(Struct, frozen=True, gc=False):
    """A document's place in the journal (see Entry) and its first passage row; its attributes stand in columns."""

    id: str
    revision: int
    title: str
    passages: int
    start: int
    head_length: int
    body_length: int
    first_row: int


class Snapshot(DocumentTable, frozen=True):
    """Everything that answers a search, at one commit."""

    slots: Sequence[Slot]
    """The same as `heads`."""
    position: int
    """How many bytes of the journal it has seen."""
    slot_of_row: NDArray[np.int32]
    passage_vectors: VectorMatrix
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
        return self.journal.content(entry.start, entry.head_length, entry.body_length)

    def retrieve(self, retrieval: Retrieval) -> TableCandidates:
        """The candidates of a question."""
        eligible = self.eligible(retrieval)
        scores = Measurements(self.size)
        passing = self.attributes.passing(retrieval.filters)
        if retrieval.keywords is not None:
            query = compile_query(retrieval.keywords, self.vocabulary, joined(self.synonyms, retrieval.synonyms))
            for run in query.excluded:
                eligible &= ~self._holding(run)
            for run in query.phrases:
                eligible &= self._holding(run)
            limit = KEYWORD_DOCUMENTS if passing.all() else None
            self._measure_words(query, retrieval.match.idf_share, limit, scores)
        if retrieval.vector is not None:
            self._measure_meaning(retrieval, retrieval.vector, eligible & passing, scores)
        return candidates(self, retrieval, eligible, scores, _RowMeasurements(self, retrieval.vector))

    def _measure_words(self, query: CompiledQuery, idf_share: float, limit: int | None, scores: Measurements) -> None:
        searcher = self.document_keywords
        hits = searcher.matching(query, limit=limit).below(self.size)
        scores.keyword[hits.numbers] = hits.scores
        held, total = frequencies(query, searcher.frequency), max(searcher.size, 1)
        match_words(query, self._holding, match_weights(held, total), idf_share, scores)
        self.cover_titles(query, informations(held, total), scores.title_coverage)
        hits = self.passage_keywords.matching(query, limit=KEYWORD_PASSAGES).below(len(self.slot_of_row))
        np.maximum.at(scores.passage_keyword, self.slot_of_row[hits.numbers], hits.scores)
        self.prefer_exact(query, scores)

    def holding(self, words: Sequence[str], found: NDArray[np.int64]) -> Mask:
        """See DocumentTable."""
        held = np.zeros(self.size, dtype=np.bool_)
        for word in words:
            held |= self.document_keywords.holding_word(word, self.size)
        return held

    def _holding(self, stems: tuple[str, ...]) -> Mask:
        return self.document_keywords.holding(stems, self.size)

    def _measure_meaning(self, retrieval: Retrieval, vector: Vector, allowed: Mask, scores: Measurements) -> None:
        """Which documents match, whatever the filters; and how near those are that are `allowed`."""
        cosines = self.passage_vectors.cosines(vector)
        scores.by_meaning[self.slot_of_row[cosines >= retrieval.match.cosine]] = True
        rows, near = nearest(cosines, NEAREST, None if allowed.all() else allowed[self.slot_of_row])
        scores.add_passage_cosines(self.slot_of_row[rows], near)
        self.measure_documents(retrieval, vector, allowed, scores)


class _RowMeasurements(Struct, frozen=True):
    """See PassageMeasurements: all vectors are at hand."""

    snapshot: Snapshot
    vector: Vector | None

    def cosines(self, slots: Sequence[int]) -> list[Scores]:
        """See PassageMeasurements."""
        return [self._of(slot) for slot in slots]

    def _of(self, slot: int) -> Scores:
        entry = self.snapshot.slots[slot]
        if self.vector is None:
            return np.zeros(entry.passages, dtype=np.float32)
        end = entry.first_row + entry.passages
        return self.snapshot.passage_vectors.between(entry.first_row, end).cosines(self.vector)
