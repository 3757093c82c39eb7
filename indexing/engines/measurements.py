"""What is measured of documents in answer to a question, slot by slot."""

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from indexing.engines.entries import Scores


def informations(frequencies: Sequence[int], total: int) -> list[float]:
    """Robertson-Sparck Jones idf of each term, as BM25 uses it; 0 for a word that nothing holds."""
    return [
        math.log(1 + (max(total - frequency, 0) + 0.5) / (frequency + 0.5)) if frequency else 0.0
        for frequency in frequencies
    ]


def match_weights(frequencies: Sequence[int], total: int) -> list[float]:
    """What each term counts in a MatchRule: its information, and for a word that nothing holds that of the rarest.

    So a document that shares only a common word with a question about something else does not match it.
    """
    unknown = math.log(1 + (total + 0.5) / 0.5)
    return [information or unknown for information in informations(frequencies, total)]


class PassageMeasurements(Protocol):
    """How well single passages fit a question."""

    def cosines(self, slots: Sequence[int]) -> list[Scores]:
        """For each of `slots` one a passage of its document; zeros where no vector was asked for."""
        ...


class Measurements:
    """Measurements by slot, zero where a leg did not reach.

    `by_words` and `by_meaning` say of every slot whether it matches, also of those that filters keep out.
    """

    def __init__(self, size: int) -> None:
        self.keyword = np.zeros(size, dtype=np.float32)
        self.passage_keyword = np.zeros(size, dtype=np.float32)
        self.by_words = np.zeros(size, dtype=np.bool_)
        self.by_meaning = np.zeros(size, dtype=np.bool_)
        self.has_all_words = np.zeros(size, dtype=np.bool_)
        self.title_coverage = np.zeros(size, dtype=np.float32)
        self.passage_cosine = np.zeros(size, dtype=np.float32)
        self.title_cosine = np.zeros(size, dtype=np.float32)
        self.document_cosine = np.zeros(size, dtype=np.float32)
        self.question_cosine = np.zeros(size, dtype=np.float32)
        self.of_questions: Scores = np.empty(0, dtype=np.float32)
        """Of every known question its cosine."""

    def add_passage_cosines(self, slots: NDArray[np.int32], cosines: Scores) -> None:
        """Note passages' cosines: the best of each document."""
        np.maximum.at(self.passage_cosine, slots, cosines)

    def add_question_cosines(self, slots: NDArray[np.int32], cosines: Scores, least: float) -> None:
        """Note the cosines of known questions, of the document in each of `slots`; from `least` on it matches."""
        self.of_questions = cosines
        np.maximum.at(self.question_cosine, slots, cosines)
        self.by_meaning[slots[cosines >= least]] = True

    def add_taught(self, slot: int, cosine: float, least: float) -> None:
        """The same of a question that only this search knows."""
        self.question_cosine[slot] = max(self.question_cosine[slot], cosine)
        self.by_meaning[slot] |= cosine >= least
