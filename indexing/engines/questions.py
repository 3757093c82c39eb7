"""The questions that documents are known to answer, as vectors in memory beside the table of either engine.

An article has some dozens of them, so all are compared with a question one by one, exactly.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from indexing.embedders.base import Vector
from indexing.engines.attributes import Column
from indexing.engines.entries import KnownQuestion, Scores
from indexing.engines.vectors import Rows, VectorMatrix


class StoredQuestion(Struct, frozen=True, array_like=True):
    """A known question as it is written: its vector as little-endian float16."""

    passage: int
    vector: bytes

    @classmethod
    def of(cls, question: KnownQuestion) -> "StoredQuestion":
        """As it is written."""
        return cls(question.passage, question.vector.astype("<f2").tobytes())


class QuestionView(Struct, frozen=True):
    """All known questions of a table, those of one document beside each other."""

    slots: NDArray[np.int32]
    """Of each question the slot of its document, ascending."""
    passages: NDArray[np.int32]
    """And the number of the passage that answers it, -1 for all of the document."""
    vectors: VectorMatrix

    def cosines(self, vector: Vector) -> Scores:
        """Of every known question the cosine to the one that is asked."""
        return self.vectors.cosines(vector)

    def of_passages(self, slot: int, cosines: Scores, count: int) -> Scores:
        """Of each of a document's `count` passages the greatest of `cosines` of a question that it answers, else 0.

        Zeros as well where there are no `cosines`, since nothing was compared.
        """
        greatest = np.zeros(count, dtype=np.float32)
        if not len(cosines):
            return greatest
        first, end = np.searchsorted(self.slots, [slot, slot + 1])
        passages = self.passages[first:end]
        is_told = (passages >= 0) & (passages < count)
        np.maximum.at(greatest, passages[is_told], cosines[first:end][is_told])
        return greatest


class QuestionColumns:
    """The growing columns behind the views. Used by one thread at a time."""

    def __init__(self, dimensions: int) -> None:
        self._dimensions = dimensions
        self._slots = Column(np.int32)
        self._passages = Column(np.int32)
        self._vectors = VectorMatrix(dimensions)

    def cut(self) -> None:
        """Let go of vectors that are mapped for more questions than there turned out to be."""
        self._vectors = self._vectors.up_to(self._slots.length)

    def map(self, rows: Rows) -> None:
        """Let a file take the place of the first vectors in memory, also of those that are still to come."""
        self._vectors = self._vectors.beginning_with(rows)

    def add(self, slot: int, questions: Sequence[StoredQuestion]) -> None:
        """Note those of one document; slots never decrease."""
        is_mapped = self._slots.length < len(self._vectors)
        for question in questions:
            self._slots.append(slot)
            self._passages.append(question.passage)
        if questions and not is_mapped:
            data = b"".join(question.vector for question in questions)
            self._vectors = self._vectors.appended(np.frombuffer(data, dtype="<f2").reshape(-1, self._dimensions))

    def view(self) -> QuestionView:
        """Those so far."""
        return QuestionView(self._slots.view(), self._passages.view(), self._vectors)
