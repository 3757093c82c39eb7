"""What headings say of a question: which section of an article answers, and whether one is called as was asked.

Late interaction over token vectors was tried in its place and added nothing to it; see
deploy/docs/decisions/0108-headings-choose-the-section.md.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from indexing.embedders.base import Vector
from indexing.engines.base import Candidates, IndexedPassage, Scores
from search_api.query.asked import Asked, Stems, content_stems
from search_api.search.relevance import HeadingWeights

_SENDS_AWAY = frozenset({"911", "112", "emergenc", "urgencia"})
"""Stems of headings that send the reader to an emergency room: shown where that is asked, not as what is common."""
_LEADS = 0.01
"""How far an article's top is ahead where it leads."""
_OUT = 1.0
"""Taken from such a section: more than any other can be ahead."""


class HeadingFit(Struct, frozen=True):
    """How well a heading fits a question: the share (0-1) of the question that it says, in its words or others, and
    the share of its own words that were typed.
    """

    coverage: float
    precision: float

    @property
    def nearness(self) -> float:
        """1 for the question's own words, 0 for no word in common."""
        return self.coverage * self.precision


class Headings:
    """The headings of candidates beside one question. Used by one thread."""

    def __init__(
        self, question: Asked, candidates: Candidates, titles: Sequence[Stems], weights: HeadingWeights
    ) -> None:
        """`titles`: the stems of what a title says that the question asks for by its form."""
        self.question = question
        self._of_the_form = weights.of_the_form
        self._titles = titles
        self._stems = question.stems
        self._candidates = candidates
        self._nearness: dict[int, float] = {}

    def fit(self, heading: str) -> HeadingFit:
        """Of one heading."""
        stems = content_stems(heading)
        shared = len(stems & self._stems)
        return HeadingFit(self.question.coverage(stems), shared / max(len(stems), 1))

    def nearness(self, position: int) -> float:
        """Of the candidate's heading that is nearest to the question, or of its title."""
        if (known := self._nearness.get(position)) is None:
            content = self._candidates.content(position)
            known = max(self.fit(heading).nearness for heading in {passage.heading for passage in content.passages})
            if any(title <= content_stems(content.title) for title in self._titles):
                known = max(known, self._of_the_form)
            self._nearness[position] = known
        return known


def best_passage(
    candidates: Candidates,
    position: int,
    passages: Sequence[IndexedPassage],
    *,
    vector: Vector | None,
    weights: HeadingWeights,
    headings: Headings | None = None,
    title: str = "",
) -> IndexedPassage:
    """The passage that answers, by `passage_scores`."""
    if len(passages) == 1:
        return passages[0]
    scores = passage_scores(
        candidates, position, passages, vector=vector, weights=weights, headings=headings, title=title
    )
    return passages[int(np.argmax(scores))]


def passage_scores(
    candidates: Candidates,
    position: int,
    passages: Sequence[IndexedPassage],
    *,
    vector: Vector | None,
    weights: HeadingWeights,
    headings: Headings | None = None,
    title: str = "",
) -> Scores:
    """How well each passage answers: nearest in meaning, holding the words, under the heading that says so.

    The first leads where the `title` holds every word that was asked and no heading says mostly that.
    """
    cosines = 0.0 if vector is None else candidates.passage_cosines(position, vector)
    scores: Scores = cosines + weights.words * candidates.passage_keyword_scores(position)
    if headings is None:
        return scores
    fits = [headings.fit(passage.heading) for passage in passages]
    scores = scores + _by_headings(headings.question, passages, fits, weights)
    if headings.question.stems <= content_stems(title) and max(fit.nearness for fit in fits) < weights.named:
        scores[0] = scores.max() + _LEADS
    return scores


def _by_headings(
    question: Asked, passages: Sequence[IndexedPassage], fits: Sequence[HeadingFit], weights: HeadingWeights
) -> Scores:
    """What headings add to the score of their passages."""
    away = frozenset() if question.stems & _SENDS_AWAY else _SENDS_AWAY
    return np.array(
        [
            weights.coverage * fit.coverage
            + weights.precision * fit.precision
            - (_OUT if content_stems(passage.heading) & away else 0.0)
            for passage, fit in zip(passages, fits, strict=True)
        ],
        dtype=np.float32,
    )
