"""Fusion: which candidates are shown, and in which order.

A convex combination of the legs' measurements, each scaled by min-max over the best thousand. It keeps
how much better a document is, which ranks alone (reciprocal rank fusion) throw away; see
deploy/docs/decisions/0070-convex-fusion.md for what was tried and measured.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from indexing.cosines import Cosines
from indexing.engines.base import Candidates
from indexing.engines.retrieval import Legs, MatchRule
from indexing.queries import Near
from search_api.search.relevance import HeadingWeights, Priors, Relevance
from search_api.search.requests import Mode, checked_since
from search_api.search.sections import Headings

Values = NDArray[np.float64]

_SHARES = frozenset({"title_coverage", "has_all_words"})
"""Measurements that are between 0 and 1 as they come."""
_SCALED_OVER = 1_000
_QUESTION = "question_cosine"

_KNEE = 0.98
"""From which score on what is added counts less and less, so that what is best by several reasons keeps its order."""
_BROWSED_SCORE = 0.5
"""Of everything that passes the filters, where no words were left to compare."""


class Part(Struct, frozen=True):
    """What one index found: `is_asked` is False where it only browsed its filters."""

    candidates: Candidates
    is_asked: bool
    has_vector: bool
    near: Near | None = None
    span: tuple[float, float] = (0.0, 1.0)
    """The range of its scores: one index can be put before another where the question seeks what it holds."""
    keeps_all: bool = False
    """Whether words only order what passes the filters."""
    is_preferred: bool = False
    """Whether `near` only says what comes first: then nearness weighs more."""
    fits: Values | None = None
    """Of each candidate, how many of several wishes of which one is enough it meets, as a share."""
    pinned: tuple[int, ...] = ()
    """Places of candidates that editors put first, in their order."""
    headings: Headings | None = None
    """Those of the candidates, where a question is compared with them."""
    sure_cosine: float = 1.0
    """From which cosine on nearness is trusted fully, in the recipe of its vector."""


class Ranking(Struct, frozen=True):
    """Scores (0-1) of all candidates, in the order of the candidates, and which of them are hits by which leg."""

    scores: Values
    by_keyword: NDArray[np.bool_]
    by_vector: NDArray[np.bool_]
    by_filter: NDArray[np.bool_]
    """Those that are shown whatever their words: nothing was asked, or the filters said what was sought."""
    pinned: NDArray[np.int64]
    """Places of what editors put first, in their order."""
    measured: Mapping[str, Values]
    """What the engine measured of each candidate, by name."""
    contributions: Mapping[str, Values]
    """What each measurement and each prior adds to the score, before the span of the index is applied."""

    @property
    def by_pin(self) -> NDArray[np.bool_]:
        """Which candidates editors put first."""
        marks = np.zeros(len(self.scores), dtype=np.bool_)
        marks[self.pinned] = True
        return marks

    @property
    def hits(self) -> NDArray[np.bool_]:
        """The candidates that are shown on some page."""
        hits: NDArray[np.bool_] = self.by_keyword | self.by_vector | self.by_filter | self.by_pin
        return hits


def legs_of(mode: Mode) -> Legs:
    """By what documents may match in a mode."""
    return Legs(words=mode != "semantic", meaning=mode != "keyword")


def match_rule(relevance: Relevance, mode: Mode, cosines: Cosines | None) -> MatchRule:
    """When a document answers in a mode; `cosines` are those of the recipe that its index has a vector for."""
    if mode == "keyword" or cosines is None:
        return MatchRule(idf_share=relevance.match.idf_share_by_words_alone)
    return MatchRule(idf_share=relevance.match.idf_share, cosine=cosines.match, question=relevance.questions.match)


def rank(parts: Sequence[Part], mode: Mode, relevance: Relevance) -> Ranking:
    """Rank the candidates of several indexes as one list."""
    by_meaning = relevance.meaning
    measured = {name: _column(parts, name) for name in (*relevance.keywords, *by_meaning, _QUESTION)}
    known = relevance.questions.share * measured[_QUESTION]
    compared = {**measured, "passage_cosine": np.maximum(measured["passage_cosine"], known)}
    asked = _each(parts, [part.is_asked for part in parts]).astype(np.bool_)
    kept = _each(parts, [part.keeps_all or not part.is_asked for part in parts]).astype(np.bool_)
    weights = _weights(relevance, mode, has_vector=any(part.has_vector for part in parts))
    whole = max(sum(weights.values()), 1.0)
    trust = dict.fromkeys(by_meaning, _trust(_nearest(compared), min((p.sure_cosine for p in parts), default=1.0)))
    shares = {
        name: trust.get(name, 1.0) * weight / whole * (compared[name] if name in _SHARES else scaled(compared[name]))
        for name, weight in weights.items()
    }
    priors = _priors(parts, relevance.priors)
    own = sum(shares.values(), np.zeros(len(asked)))
    shares["question"] = relevance.questions.lift * relevance.questions.sureness(measured[_QUESTION]) * (1.0 - own)
    shares["heading"] = _called_so(parts, own + shares["question"], relevance.headings)
    total = sum(shares.values())
    low, high = (_each(parts, [part.span[end] for part in parts]) for end in (0, 1))
    plain = np.where(asked, total, _BROWSED_SCORE)
    scores = low + (high - low) * _bounded(plain + sum(priors.values()))
    nowhere = np.zeros(len(asked), dtype=np.bool_)
    legs = legs_of(mode)
    return Ranking(
        scores=scores,
        by_keyword=_marks(parts, "by_words") & asked if legs.words else nowhere,
        by_vector=_marks(parts, "by_meaning") & asked if legs.meaning else nowhere,
        by_filter=kept,
        pinned=_pinned(parts),
        measured=measured,
        contributions={**shares, **priors},
    )


def _bounded(totals: Values) -> Values:
    """Scores below 1 in the order of `totals`, which may exceed it: the same up to `_KNEE`, then ever closer."""
    room = 1.0 - _KNEE
    return np.where(totals > _KNEE, 1.0 - room * np.exp((_KNEE - totals) / room), totals)


def _weights(relevance: Relevance, mode: Mode, *, has_vector: bool) -> Mapping[str, float]:
    """Of each measurement that counts in a mode."""
    if mode == "semantic":
        return relevance.meaning if has_vector else {}
    if mode == "keyword" or not has_vector:
        return relevance.words_alone
    return {**relevance.keywords, **relevance.meaning}


def _called_so(parts: Sequence[Part], scores: Values, weights: HeadingWeights) -> Values:
    """What the best of each index gain by a heading that says what was asked; see `sections.Headings`."""
    gains, start = np.zeros(len(scores)), 0
    for part in parts:
        own = scores[start : start + len(part.candidates)]
        if part.headings is not None:
            for place in np.argsort(-own, kind="stable")[: weights.articles].tolist():
                gains[start + place] = weights.lift * part.headings.nearness(place) ** 2 * (1.0 - own[place])
        start += len(own)
    return gains


def _each(parts: Sequence[Part], values: Sequence[float]) -> Values:
    """The value of its index for every candidate."""
    return np.repeat(np.array(values, dtype=np.float64), [len(part.candidates) for part in parts])


def _nearest(measured: Mapping[str, Values]) -> Values:
    """Of each candidate the cosine of what is nearest of it."""
    nearest: Values = np.maximum(measured["passage_cosine"], measured["title_cosine"])
    return nearest


def _trust(nearest: Values, sure: float) -> float:
    """How much the meaning counts, 0-1: below a `sure` best hit less and less, since most likely a name is sought."""
    return min(float(nearest.max(initial=0.0)) / sure, 1.0) ** 2


def _pinned(parts: Sequence[Part]) -> NDArray[np.int64]:
    starts = np.cumsum([0, *(len(part.candidates) for part in parts)])
    return np.array(
        [start + place for start, part in zip(starts, parts, strict=False) for place in part.pinned], dtype=np.int64
    )


def _column(parts: Sequence[Part], name: str) -> Values:
    column: Values = np.concatenate([getattr(part.candidates, name) for part in parts]).astype(np.float64)
    return column


def _marks(parts: Sequence[Part], name: str) -> NDArray[np.bool_]:
    marks: NDArray[np.bool_] = np.concatenate([getattr(part.candidates, name) for part in parts]).astype(np.bool_)
    return marks


def scaled(values: Values) -> Values:
    """Min-max over the best thousand non-zero values; what lies below them is 0."""
    found = values[values > 0]
    if not len(found):
        return values
    if len(found) > _SCALED_OVER:
        found = np.partition(found, -_SCALED_OVER)[-_SCALED_OVER:]
    low, high = found.min(), found.max()
    if high == low:
        return (values > 0).astype(np.float64)
    shares: Values = np.clip((values - low) / (high - low), 0.0, 1.0)
    return shares


def _priors(parts: Sequence[Part], weights: Priors) -> dict[str, Values]:
    """Small additions for what is read much, what is new and what is near: they decide between equals."""
    popularity = np.concatenate([part.candidates.numbers("popularity") for part in parts])
    published = np.concatenate([part.candidates.numbers("published_at") for part in parts])
    nearness = np.concatenate([_nearness(part, weights) for part in parts])
    return {
        "popularity": weights.popularity * _share(np.log1p(np.nan_to_num(popularity))),
        "freshness": weights.freshness * _share(np.nan_to_num(published)),
        "nearness": nearness,
        "checked": -weights.unchecked * np.concatenate([_unchecked(part) for part in parts]),
        "fit": weights.fit * np.concatenate([_fits(part) for part in parts]),
    }


def _fits(part: Part) -> Values:
    return np.zeros(len(part.candidates)) if part.fits is None else part.fits


def _unchecked(part: Part) -> Values:
    """1 for what was not checked lately, where anything beside it was."""
    is_current = np.nan_to_num(part.candidates.numbers("checked_at")) >= checked_since()
    return (~is_current).astype(np.float64) if is_current.any() else np.zeros(len(is_current))


def _nearness(part: Part, weights: Priors) -> Values:
    if part.near is None:
        return np.zeros(len(part.candidates))
    miles = np.nan_to_num(part.candidates.distances(part.near.lat, part.near.lng), nan=np.inf)
    weight = weights.preferred_place if part.is_preferred else weights.nearness
    return weight * np.clip(1 - miles / part.near.radius_miles, 0.0, 1.0)


def _share(values: Values) -> Values:
    highest = values.max(initial=0.0)
    return values / highest if highest > 0 else values
