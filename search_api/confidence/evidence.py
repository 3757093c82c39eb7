"""What speaks for and against the first article as the answer to a question: numbers between 0 and about 1."""

import numpy as np
from numpy.typing import NDArray

from indexing.engines.base import Candidates
from indexing.engines.entries import IndexedPassage
from search_api.query.asked import Asked, stems_of

NAMES = (
    "nearest", "title_cosine", "document_cosine", "title_coverage", "every_word", "known", "covered", "ahead",
    "brevity", "rarity", "field", "agreement", "out_of_scope",
)  # fmt: skip
"""The order of the evidence in every file of weights."""
Evidence = NDArray[np.float64]

_COMPARED = 10
"""The hit that the nearest one is measured against."""
_MANY_WORDS = 8
_RAREST = 10.0
"""About what a word tells that none of 10,000 documents holds."""


def evidence(
    question: Asked, candidates: Candidates, first: int, title: str, passage: IndexedPassage, leaning: float
) -> Evidence:
    """The numbers named in NAMES, of the candidate at `first` and its best passage; `leaning`: see Scope."""
    nearest = np.maximum.reduce([candidates.passage_cosine, candidates.title_cosine, candidates.question_cosine])
    ranked = np.sort(nearest)[::-1]
    behind = float(ranked[min(_COMPARED, len(ranked) - 1)])
    covered = question.coverage(stems_of(f"{title} {passage.heading} {passage.text}"))
    return np.array(
        [
            nearest[first],
            candidates.title_cosine[first],
            candidates.document_cosine[first],
            candidates.title_coverage[first],
            candidates.has_all_words[first],
            question.share(question.known),
            covered,
            nearest[first] - behind,
            1.0 - min(len(question.words), _MANY_WORDS) / _MANY_WORDS,
            max(question.weights, default=0.0) / _RAREST,
            question.share(question.field),
            covered * nearest[first],
            leaning,
        ]
    )
