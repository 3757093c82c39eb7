"""What headings say of a question: which section of an article answers, and whether one is called as was asked.

Late interaction over token vectors was tried in its place and added nothing to it; see
deploy/docs/decisions/0108-headings-choose-the-section.md.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from indexing.analysis import analysed
from indexing.engines.base import Candidates
from indexing.engines.entries import Content, IndexedPassage, Scores
from search_api.query.asked import Asked, Stems, content_stems
from search_api.search.relevance import HeadingWeights, QuestionWeights

_SENDS_AWAY = frozenset({"911", "112", "emergenc", "urgencia"})
"""Stems of headings that send the reader to an emergency room: shown where that is asked, not as what is common."""
_LONG_STEM = 4
"""Letters of a stem that others may continue."""
_KEPT_PASSAGES = 4_096
"""About 5 MB."""
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
    words: float
    """The share of the question's words, each counted alike."""

    @property
    def nearness(self) -> float:
        """1 for the question's own words, 0 for no word in common; one telling word of several is not near."""
        return min(self.coverage, self.words) * self.precision


_NO_FIT = HeadingFit(0.0, 0.0, 0.0)


class Headings:
    """The headings of candidates beside one question. Used by one thread."""

    def __init__(
        self,
        question: Asked,
        candidates: Candidates,
        titles: Mapping[Stems, float],
        weights: HeadingWeights,
        known: QuestionWeights,
    ) -> None:
        """`titles`: the stems of what a title says that the question asks for by its form, and how near it then is."""
        self.question = question
        self._weights = weights
        self._known = known
        self._titles = titles
        self._stems = question.stems
        self._anything = question.anything
        self._sought = [(_Run.of(own), tuple(map(_Run.of, others))) for own, *others in question.meant]
        self._candidates = candidates
        self._fits: dict[str, HeadingFit] = {}
        self._nearness: dict[int, float] = {}
        self._scores: dict[int, Scores] = {}

    def fit(self, heading: str) -> HeadingFit:
        """Of one heading."""
        if (known := self._fits.get(heading)) is None:
            known = self._fits[heading] = self._fit(content_stems(heading))
        return known

    def _fit(self, stems: Stems) -> HeadingFit:
        if stems.isdisjoint(self._anything):
            return _NO_FIT
        held = self.question.held(stems)
        shared = len(stems & self._stems)
        return HeadingFit(self.question.share(held), shared / max(len(stems), 1), sum(held) / max(len(held), 1))

    def says_all(self, heading: str) -> bool:
        """Whether a heading says all of a question that is of the field: `diabetes` under "If you have diabetes"."""
        is_of_the_field = self.question.share(self.question.field) >= 1.0
        return is_of_the_field and self.fit(heading).coverage >= 1.0

    def nearness(self, position: int) -> float:
        """Of the candidate's heading that is nearest to the question, or of its title."""
        if (known := self._nearness.get(position)) is None:
            content = self._candidates.content(position)
            headings = {passage.heading for passage in content.passages}
            known = max((self.fit(heading).nearness for heading in headings), default=0.0)
            known = self._nearness[position] = max(known, self._by_form(content.title))
        return known

    def _by_form(self, title: str) -> float:
        """How near a title is because questions of such a form ask for it; 0 where they do not."""
        stems = content_stems(title)
        return max((near for said, near in self._titles.items() if said <= stems), default=0.0)

    def scores(self, position: int, content: Content) -> Scores:
        """How well each passage of a candidate answers: nearest in meaning, under the heading that says so, in words.

        The first leads where the title holds every word that was asked and no heading says mostly that.
        """
        if (known := self._scores.get(position)) is None:
            known = self._scores[position] = self._scored(position, content)
        return known

    def _scored(self, position: int, content: Content) -> Scores:
        question, weights, passages = self.question, self._weights, content.passages
        fits = [self.fit(passage.heading) for passage in passages]
        (near,) = self._candidates.passage_cosines([position])
        scores = near.own + _by_headings(question, passages, fits, weights)
        scores += self._known.section * self._known.sureness(near.known)
        scores += _by_words(self._sought, question.rarity, passages, weights)
        is_whole = question.stems <= content_stems(content.title) or self._by_form(content.title) >= weights.meant
        if is_whole and max(fit.nearness for fit in fits) < weights.named:
            scores[0] = scores.max() + _LEADS
        return scores


def best_passage(candidates: Candidates, position: int, content: Content, headings: Headings | None) -> IndexedPassage:
    """The passage that answers: under the best heading, or without a question's `headings` the nearest in meaning."""
    passages = content.passages
    if len(passages) == 1:
        return passages[0]
    scores = candidates.passage_cosines([position])[0].own if headings is None else headings.scores(position, content)
    return passages[int(np.argmax(scores))]


@lru_cache(_KEPT_PASSAGES)
def _read(text: str) -> str:
    """A text as indexes read it, so that what matched is found in its passage too, however it is written."""
    return f" {analysed([text])} "


class _Run(Struct, frozen=True):
    """Stems that stand for a word of a question if a text holds all of them: as whole words, or as beginnings."""

    whole: tuple[str, ...]
    begun: tuple[str, ...]

    @classmethod
    def of(cls, stems: Stems) -> "_Run":
        """As they are looked for in texts that were read."""
        begun = tuple(f" {stem}" if len(stem) >= _LONG_STEM else f" {stem} " for stem in stems)
        return cls(tuple(f" {stem} " for stem in stems), begun)


_Sought = tuple[_Run, tuple[_Run, ...]]
"""A word of a question by its own stem, and what may stand for it."""


class _Texts:
    """The passages of an article, read: which of them hold words of a question."""

    def __init__(self, passages: Sequence[IndexedPassage]) -> None:
        self._texts = [_read(f"{passage.heading}\n{passage.text}") for passage in passages]
        self._joined = "".join(self._texts)

    def held(self, word: _Sought) -> tuple[list[bool], list[bool]]:
        """Which texts hold a word as it was typed, and which it or what stands for it.

        Of each, where none does: which hold words that begin so.
        """
        own, others = word
        typed = self._holding([own.whole])
        meant = _or(typed, self._holding([run.whole for run in others]))
        if not any(typed):
            typed = self._holding([own.begun])
        if not any(meant):
            meant = _or(typed, self._holding([run.begun for run in others]))
        return typed, meant

    def _holding(self, runs: Sequence[Sequence[str]]) -> list[bool]:
        """Which texts hold all of any of the runs; most words stand in none, which one look tells."""
        held = [False] * len(self._texts)
        for run in runs:
            if all([each in self._joined for each in run]):  # noqa: C419 - a list is faster
                held = _or(held, [all([each in text for each in run]) for text in self._texts])  # noqa: C419
        return held


def _or(one: Sequence[bool], other: Sequence[bool]) -> list[bool]:
    return [first or second for first, second in zip(one, other, strict=True)]


def _by_words(
    words: Sequence[_Sought], rarity: Sequence[float], passages: Sequence[IndexedPassage], weights: HeadingWeights
) -> Scores:
    """What words add to the score of their passages: all a little, as typed or meant; rare ones, as typed, much."""
    texts = _Texts(passages)
    held = [texts.held(word) for word in words]
    typed, meant = (np.array([each[way] for each in held], dtype=np.float32) for way in (0, 1))
    rare = np.array(rarity, dtype=np.float32) ** 2
    telling = _telling(typed)
    rarest = rare.max(initial=0.0, where=telling > 0)
    scores: Scores = weights.text * _share(meant, _telling(meant))
    scores += weights.rare * rarest * _share(typed, rare * telling)
    return scores


def _telling(held: NDArray[np.float32]) -> Scores:
    """How much each word tells the texts of an article apart (Robertson-Sparck Jones idf): nothing if none holds it."""
    counts, size = held.sum(axis=1), held.shape[1]
    return np.where(counts > 0, np.log1p((size - counts + 0.5) / (counts + 0.5)), 0.0).astype(np.float32)


def _share(held: NDArray[np.float32], tells: Scores) -> Scores:
    """Of each text the share (0-1) that it holds of what the words tell."""
    shares: Scores = (tells @ held / max(float(tells.sum()), 1e-9)).astype(np.float32)
    return shares


def _by_headings(
    question: Asked, passages: Sequence[IndexedPassage], fits: Sequence[HeadingFit], weights: HeadingWeights
) -> Scores:
    """What headings add to the score of their passages."""
    away = frozenset() if question.stems & _SENDS_AWAY else _SENDS_AWAY
    return np.array(
        [
            weights.coverage * fit.coverage
            + weights.precision * fit.precision
            - (0.0 if passage.heading else weights.opening)
            - (_OUT if content_stems(passage.heading) & away else 0.0)
            for passage, fit in zip(passages, fits, strict=True)
        ],
        dtype=np.float32,
    )
