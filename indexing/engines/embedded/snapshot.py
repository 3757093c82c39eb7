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
from indexing.engines.table import NEAREST, DocumentTable, Measurements, TableCandidates, informations, match_weights
from indexing.engines.terms import CompiledQuery, compile_query, frequencies, joined
from indexing.engines.vectors import VectorMatrix

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
        eligible = self.eligible(retrieval)
        scores = Measurements(self.size)
        if retrieval.keywords is not None:
            query = compile_query(retrieval.keywords, self.vocabulary, joined(self.synonyms, retrieval.synonyms))
            eligible &= ~self._marked(self.document_keywords.holding_excluded(query))
            if query.phrases:
                eligible &= self._marked(self.document_keywords.holding_phrases(query))
            self._measure_words(query, retrieval.match.idf_share, scores)
        if retrieval.vector is not None:
            self._match_meaning(retrieval.vector, retrieval.match.cosine, scores)
            allowed = eligible & self.attributes.passing(retrieval.filters)
            self._measure_vector(retrieval.vector, allowed, scores)
        return self.candidates(retrieval, eligible, scores, _RowMeasurements(self, retrieval.vector))

    def _measure_words(self, query: CompiledQuery, idf_share: float, scores: Measurements) -> None:
        searcher = self.document_keywords
        any_word = self._known(searcher.matching(query))
        scores.keyword[any_word.numbers] = any_word.scores
        held, total = frequencies(query, searcher.frequency), max(searcher.size, 1)
        scores.has_all_words |= self._marked(searcher.holding_every_word(query))
        if len(query.terms) > 1:
            weights = match_weights(held, total)
            scores.by_words |= self._marked(searcher.holding_share(query, weights, idf_share))
        else:
            scores.by_words[any_word.numbers] = True
        self.cover_titles(query, informations(held, total), scores.title_coverage)
        hits = self.passage_keywords.matching(query, limit=KEYWORD_PASSAGES)
        known = hits.numbers < len(self.slot_of_row)
        hits = Hits(hits.numbers[known], hits.scores[known])
        np.maximum.at(scores.passage_keyword, self.slot_of_row[hits.numbers], hits.scores)
        self.prefer_exact(query, scores)

    def holding(self, words: Sequence[str], found: NDArray[np.int64]) -> Mask:
        """See DocumentTable."""
        return self._marked(self.document_keywords.holding_words(words))

    def _marked(self, slots: NDArray[np.int64]) -> Mask:
        mask = np.zeros(self.size, dtype=np.bool_)
        mask[slots[slots < self.size]] = True
        return mask

    def _known(self, hits: Hits) -> Hits:
        known = hits.numbers < self.size
        return Hits(hits.numbers[known], hits.scores[known])

    def _match_meaning(self, vector: Vector, least: float, scores: Measurements) -> None:
        scores.by_meaning[self.slot_of_row[self.passages.reaching(vector, least)[0]]] = True
        scores.by_meaning[self.titles.reaching(vector, least)[0]] = True

    def _measure_vector(self, vector: Vector, allowed: Mask, scores: Measurements) -> None:
        selective = not allowed.all()
        rows, cosines = self.passages.nearest(
            vector, limit=NEAREST, allowed=allowed[self.slot_of_row] if selective else None
        )
        scores.add_passage_cosines(self.slot_of_row[rows], cosines)
        for matrix, target in ((self.titles, scores.title_cosine), (self.documents, scores.document_cosine)):
            near, near_cosines = matrix.nearest(vector, limit=NEAREST, allowed=allowed if selective else None)
            target[near] = near_cosines


class _RowMeasurements(Struct, frozen=True):
    """See PassageMeasurements: all vectors are at hand."""

    snapshot: Snapshot
    vector: Vector | None

    def read(self, slots: Sequence[int]) -> None:
        """See PassageMeasurements."""

    def cosines(self, slot: int) -> Scores:
        """See PassageMeasurements."""
        entry = self.snapshot.slots[slot]
        if self.vector is None:
            return np.zeros(entry.head.passages, dtype=np.float32)
        rows = self.snapshot.passages.rows(entry.first_row, entry.first_row + entry.head.passages)
        result: Scores = rows @ self.vector
        return result
