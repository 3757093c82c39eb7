"""What speaks for an article whatever a reader is interested in."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from search_api.recommend.corpus import Facts
from search_api.recommend.interests import Interest
from search_api.recommend.likeness import Profile
from search_api.recommend.rank import Fits

_POPULARITY_WEIGHT = 0.04
_FRESHNESS_WEIGHT = 0.01
"""Between equals what is read more and what is newer stands first; more than that cost relevance."""


def priors(candidates: Sequence[Profile]) -> NDArray[np.float64]:
    """Small additions to how well each candidate fits."""
    return _POPULARITY_WEIGHT * _popularity(candidates) + _FRESHNESS_WEIGHT * _recency(candidates)


def start(facts: Facts) -> Interest:
    """The interest of somebody of whom nothing is known."""
    nothing = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
    return Interest("start", 1.0, facts.centre, nothing)


def start_fits(candidates: Sequence[Profile], facts: Facts) -> Fits:
    """For a newcomer: half how much an article is read, half how much of the whole site it is about."""
    length = max(float(np.linalg.norm(facts.centre)), 1e-9)
    breadth = np.stack([candidate.vector for candidate in candidates]) @ facts.centre / length
    return np.clip((_popularity(candidates) + breadth) / 2, 0.0, 1.0).reshape(1, -1)


def _recency(candidates: Sequence[Profile]) -> NDArray[np.float64]:
    """When each was published, on a scale from the oldest (0) to the newest (1) of them."""
    moments = np.array(
        [each.card.published_at.timestamp() if each.card.published_at else np.nan for each in candidates]
    )
    if np.isnan(moments).all():
        return np.zeros(len(candidates))
    oldest, newest = np.nanmin(moments), np.nanmax(moments)
    shares: NDArray[np.float64] = np.nan_to_num((moments - oldest) / max(float(newest - oldest), 1.0))
    return shares


def _popularity(candidates: Sequence[Profile]) -> NDArray[np.float64]:
    """Popularity on a scale of 0 to 1: logarithms, as shares of the greatest."""
    logarithms = np.log1p([max(candidate.card.popularity, 0.0) for candidate in candidates])
    shares: NDArray[np.float64] = logarithms / max(float(logarithms.max(initial=0.0)), math.log(2))
    return shares
