"""Which candidates fit the interests, and in which order they are shown."""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from indexing.embedders.base import Vector, Vectors
from search_api.recommend.interests import Interest
from search_api.recommend.likeness import (
    NEAR_VECTOR,
    Label,
    Profile,
    TermCentre,
    TermTable,
    shared_label_weights,
    shared_tags,
    tell_one_story,
)

Fits = NDArray[np.float64]
"""Shape (interests, candidates): how well each candidate answers each interest, 0-1."""

_TERMS, _LABELS, _TAGS = 4.6, 0.27, 0.29
"""Weights beside a cosine of 1: rounded means of the best 30 of 800 mixes on the sample's judged lists."""
_LABELS_SOUGHT = 1.0
"""Where the labels themselves are what is sought."""
_SCALE = 2.4
"""Two articles on one subject reach about half of it."""
_MOST_DIVERSITY = 0.99
"""So that fit decides between equally different ones, and about the first."""
_LEAST_FIT = 0.04
"""Below is what any two articles of a site have in common."""


class Choice(Struct, frozen=True):
    """A chosen candidate: its place in the shortlist and how well it fits all interests, 0-1."""

    position: int
    score: float


class Shortlist:
    """The candidates of one request, compared around the centre of all articles.

    What the whole site is about says nothing about two of its articles, and without that step one broad
    article is everybody's neighbour.
    """

    def __init__(self, candidates: Sequence[Profile], centre: Vector, terms: TermCentre) -> None:
        self._centre = centre
        self._term_centre = terms
        self.candidates = candidates

    def __len__(self) -> int:
        """The number of candidates."""
        return len(self.candidates)

    @cached_property
    def vectors(self) -> Vectors:
        """The candidates' directions from the centre, shape (candidates, dimensions)."""
        return self.moved(np.stack([candidate.vector for candidate in self.candidates]))

    def moved(self, vectors: Vectors) -> Vectors:
        """Directions from the centre."""
        away = vectors - self._centre
        result: Vectors = away / np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-9)
        return result

    def fits(self, interests: Sequence[Interest], rarity: Mapping[Label, float]) -> Fits:
        """How well each candidate answers each interest."""
        table = TermTable([candidate.terms for candidate in self.candidates])
        common = self._term_centre.common(table)
        rows = []
        for interest in interests:
            fit = _TERMS * (table.cosines(interest.terms) - self._term_centre.share(interest.terms) * common)
            if interest.vector is not None:
                fit = fit + self.vectors @ self.moved(interest.vector[None, :])[0]
            label_weight = _LABELS if interest.kind in {"article", "text"} else _LABELS_SOUGHT
            fit = fit + label_weight * shared_label_weights(interest.labels, self.candidates, rarity)
            fit = fit + _TAGS * shared_tags(interest.tags, self.candidates)
            rows.append(np.clip(fit / _SCALE, 0.0, 1.0))
        return np.stack(rows).astype(np.float64)

    def choose(
        self,
        found: Fits,
        interests: Sequence[Interest],
        *,
        priors: NDArray[np.float64],
        pinned: int,
        limit: int,
        diversity: float,
    ) -> list[Choice]:
        """Up to `limit` candidates in the order to be shown; the first `pinned` ones stand before all others.

        An interest that has been answered counts less in what follows (explicit diversification, Santos,
        Macdonald and Ounis, 2010), so that two interests share the list; what resembles a chosen one counts
        less by `diversity` (maximal marginal relevance, Carbonell and Goldstein, 1998); one story appears once.
        """
        diversity = min(diversity, _MOST_DIVERSITY)
        weights = _shares(np.array([interest.weight for interest in interests]))
        scores = np.clip(weights @ found + priors, 0.0, 1.0)
        is_open = found.max(axis=0) >= _LEAST_FIT
        is_open[:pinned] = True
        likeness = np.zeros(len(self))
        chosen: list[Choice] = []
        while len(chosen) < limit and is_open.any():
            worth = (1 - diversity) * (weights @ found + priors) - diversity * np.maximum(likeness, 0.0)
            waits = is_open[:pinned].any()
            best = int(np.argmax(is_open)) if waits else int(np.argmax(np.where(is_open, worth, -np.inf)))
            is_open[best] = False
            told = (self.candidates[choice.position] for choice in chosen)
            if best >= pinned and any(tell_one_story(self.candidates[best], other) for other in told):
                continue
            chosen.append(Choice(best, float(scores[best])))
            likeness = np.maximum(likeness, self.vectors @ self.vectors[best])
            weights = _shares(weights * (1 - found[:, best]))
        return chosen


def without_read(candidates: Sequence[Profile], read: Sequence[Profile]) -> list[Profile]:
    """The candidates that do not tell the story of an article read once more."""
    if not read or not candidates:
        return list(candidates)
    cosines = np.stack([one.vector for one in candidates]) @ np.stack([other.vector for other in read]).T
    near = np.argwhere(cosines >= NEAR_VECTOR).tolist()
    told = {place for place, other in near if tell_one_story(candidates[place], read[other])}
    return [candidate for place, candidate in enumerate(candidates) if place not in told]


def _shares(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    total = float(weights.sum())
    return weights / total if total > 0 else np.full(len(weights), 1 / len(weights))
