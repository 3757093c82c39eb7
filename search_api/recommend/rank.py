"""Which candidates fit the interests, and in which order they are shown."""

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from search_api.recommend.columns import ProfileColumns, Rows
from search_api.recommend.corpus import Facts
from search_api.recommend.interests import Interest
from search_api.recommend.priors import popularity, priors
from search_api.recommend.profiles import NEAR_COSINE, Label, Profile, tell_one_story

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

    def __init__(self, columns: ProfileColumns, rows: Rows, facts: Facts) -> None:
        self._columns = columns
        self._rows = rows
        self._facts = facts
        self._vectors = columns.vectors(rows)
        self._square = float(facts.centre @ facts.centre)
        self._shares = self._vectors @ facts.centre
        """What each has of the centre."""
        self._distances = self._distance(self._shares)

    def __len__(self) -> int:
        """The number of candidates."""
        return len(self._rows)

    def profile(self, position: int) -> Profile:
        """One candidate."""
        return self._columns.profiles[int(self._rows[position])]

    def _distance(self, shares: NDArray[np.float32]) -> NDArray[np.float32]:
        """How far unit vectors are from the centre."""
        squares = np.maximum(1 + self._square - 2 * shares, np.float32(1e-6))
        distances: NDArray[np.float32] = np.sqrt(squares)
        return distances

    def _around_centre(self, cosines: NDArray[np.float32], share: float, distance: float) -> NDArray[np.float32]:
        """What the cosines of the candidates to one vector are as seen from the centre."""
        moved = cosines - self._shares + (self._square - share)
        result: NDArray[np.float32] = moved / (self._distances * distance)
        return result

    def fits(self, interests: Sequence[Interest]) -> Fits:
        """How well each candidate answers each interest."""
        if interests[0].kind == "start":
            return self._start_fits()
        return np.array([self._fit(interest, self._facts.rarity) for interest in interests], dtype=np.float64)

    def _fit(self, interest: Interest, rarity: Mapping[Label, float]) -> NDArray[np.float32]:
        columns, rows = self._columns, self._rows
        label_weight = _LABELS if interest.kind in {"article", "text"} else _LABELS_SOUGHT
        fit = _TERMS * columns.products(rows, self._facts.terms.away(interest.terms))
        if interest.vector is not None:
            shares = interest.vector[None, :] @ self._facts.centre
            cosines = self._vectors @ interest.vector
            fit += self._around_centre(cosines, float(shares[0]), float(self._distance(shares)[0]))
        if interest.labels:
            fit += columns.labels.sums(
                rows, {label: label_weight * rarity.get(label, 1.0) for label in interest.labels}
            )
        if interest.tags:
            fit += _TAGS * columns.tags.overlaps(rows, interest.tags)
        result: NDArray[np.float32] = np.minimum(np.maximum(fit / _SCALE, 0.0), 1.0)
        return result

    def _start_fits(self) -> Fits:
        """For a newcomer: half how much an article is read, half how much of the whole site it is about."""
        breadth = self._shares / max(float(np.sqrt(self._square)), 1e-9)
        return np.clip((popularity(self._columns, self._rows) + breadth) / 2, 0.0, 1.0).reshape(1, -1)

    def choose(
        self, found: Fits, interests: Sequence[Interest], *, read: Rows, pinned: int, limit: int, diversity: float
    ) -> list[Choice]:
        """Up to `limit` candidates in the order to be shown; the first `pinned` ones stand before all others.

        An interest that has been answered counts less in what follows (explicit diversification, Santos,
        Macdonald and Ounis, 2010), so that two interests share the list; what resembles a chosen one counts
        less by `diversity` (maximal marginal relevance, Carbonell and Goldstein, 1998); one story appears once,
        and none that was read.
        """
        diversity = min(diversity, _MOST_DIVERSITY)
        prior = priors(self._columns, self._rows)
        weights = _shares(np.array([interest.weight for interest in interests]))
        fit = weights @ found + prior
        scores = fit.clip(0.0, 1.0)
        closed = np.where(found.max(axis=0) >= _LEAST_FIT, 0.0, -np.inf)
        likeness = np.zeros(len(self), dtype=np.float32)
        nearest = (self._vectors @ self._columns.vectors(read).T).max(axis=1, initial=0.0)
        told = read.tolist()
        chosen: list[Choice] = []
        while True:
            is_pinned = len(chosen) < pinned
            worth = (1 - diversity) * fit - diversity * likeness + closed
            best = len(chosen) if is_pinned else int(worth.argmax())
            if not is_pinned and closed[best] < 0:
                return chosen
            closed[best] = -np.inf
            if not is_pinned and nearest[best] >= NEAR_COSINE and self._is_told(best, told):
                continue
            chosen.append(Choice(best, float(scores[best])))
            if len(chosen) == limit:
                return chosen
            told.append(self._rows[best])
            cosines = self._vectors @ self._vectors[best]
            nearest = np.maximum(nearest, cosines)
            turned = self._around_centre(cosines, float(self._shares[best]), float(self._distances[best]))
            likeness = np.maximum(likeness, turned)
            if len(interests) > 1:
                weights = _shares(weights * (1 - found[:, best]))
                fit = weights @ found + prior

    def _is_told(self, position: int, told: Sequence[int]) -> bool:
        """Whether one of the rows of `told` tells the story of a candidate already."""
        cosines = self._columns.vectors(np.array(told)) @ self._vectors[position]
        profile = self.profile(position)
        return any(
            tell_one_story(profile, self._columns.profiles[row], float(cosine))
            for row, cosine in zip(told, cosines, strict=True)
        )


def _shares(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    total = float(weights.sum())
    return weights / total if total > 0 else np.full(len(weights), 1 / len(weights))
