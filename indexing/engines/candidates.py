"""Candidates of a question as slots of a table."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from indexing.answered_questions import alike
from indexing.engines.attributes import Mask
from indexing.engines.entries import Content, FacetCount, PassageCosines, Scores
from indexing.engines.measurements import Measurements, PassageMeasurements
from indexing.engines.retrieval import Legs, Retrieval
from indexing.engines.table import DocumentTable
from indexing.queries import Filters


def candidates(
    table: DocumentTable, retrieval: Retrieval, eligible: Mask, scores: Measurements, passages: PassageMeasurements
) -> "TableCandidates":
    """What matches by any leg and passes the filters, and what is pinned."""
    passing = table.attributes.passing(retrieval.filters)
    found = table.matching(retrieval, eligible, scores, Legs()) & passing
    found |= table.pinned(retrieval, retrieval.always_within)
    return TableCandidates(table, table.by_id[found[table.by_id]], _Asked(retrieval, eligible, scores), passages)


class _Asked(Struct, frozen=True):
    """A question, which slots it may find, and what was measured of them."""

    retrieval: Retrieval
    eligible: Mask
    scores: Measurements


class TableCandidates:
    """See Candidates."""

    def __init__(
        self, table: DocumentTable, slots: NDArray[np.int64], asked: _Asked, passages: PassageMeasurements
    ) -> None:
        self._table = table
        self._slots = slots
        self._asked = asked
        self._passages = passages
        self._contents: dict[int, Content] = {}
        scores = asked.scores
        self.by_words: Mask = scores.by_words[slots] & asked.eligible[slots]
        self.by_meaning: Mask = scores.by_meaning[slots] & asked.eligible[slots]
        self.keyword_score: Scores = scores.keyword[slots]
        self.passage_keyword_score: Scores = scores.passage_keyword[slots]
        self.has_all_words: NDArray[np.bool_] = scores.has_all_words[slots]
        self.title_coverage: Scores = scores.title_coverage[slots]
        self.passage_cosine: Scores = scores.passage_cosine[slots]
        self.title_cosine: Scores = scores.title_cosine[slots]
        self.document_cosine: Scores = scores.document_cosine[slots]
        self.question_cosine: Scores = scores.question_cosine[slots]

    @property
    def ids(self) -> list[str]:
        """See Candidates."""
        return [self._table.id_of_slot[slot] for slot in self._slots]

    def __len__(self) -> int:
        """See Candidates."""
        return len(self._slots)

    def numbers(self, attribute: str) -> NDArray[np.float64]:
        """See Candidates."""
        return self._table.attributes.numbers[attribute][self._slots]

    def distances(self, lat: float, lng: float) -> NDArray[np.float64]:
        """See Candidates."""
        return self._table.attributes.distances(lat, lng)[self._slots]

    def facets(self, attribute: str, filters: Filters, legs: Legs) -> list[FacetCount]:
        """See Candidates."""
        table, asked = self._table, self._asked
        matching = table.matching(asked.retrieval, asked.eligible, asked.scores, legs)
        counted = matching & table.attributes.passing(filters)
        counted |= table.pinned(asked.retrieval, asked.retrieval.always_within.without(attribute))
        return table.attributes.counts(attribute, counted)

    def content(self, position: int) -> Content:
        """See Candidates."""
        if (known := self._contents.get(position)) is None:
            known = self._contents[position] = self._table.content_of(int(self._slots[position]))
        return known

    def passage_cosines(self, positions: Sequence[int]) -> list[PassageCosines]:
        """See Candidates."""
        slots = [int(self._slots[position]) for position in positions]
        measured = zip(slots, self._passages.cosines(slots), strict=True)
        return [PassageCosines(own, self._known(slot, len(own))) for slot, own in measured]

    def _known(self, slot: int, count: int) -> Scores:
        """Of each of a document's passages the cosine of the nearest question that it is known to answer."""
        table, asked = self._table, self._asked
        near = table.questions.of_passages(slot, asked.scores.of_questions, count)
        for told in asked.retrieval.taught:
            if told.section and table.slot_of_id.get(told.id) == slot:
                headings = [alike(passage.heading) for passage in table.content_of(slot).passages]
                of_section = np.array(headings) == alike(told.section)
                near[of_section] = np.maximum(near[of_section], told.cosine)
        return near
