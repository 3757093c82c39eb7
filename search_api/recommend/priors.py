"""What speaks for an article whatever a reader is interested in."""

import math

import numpy as np
from numpy.typing import NDArray

from search_api.recommend.columns import ProfileColumns, Rows

_POPULARITY_WEIGHT = 0.04
_FRESHNESS_WEIGHT = 0.01
"""Between equals what is read more and what is newer stands first; more than that cost relevance."""


def priors(columns: ProfileColumns, rows: Rows) -> NDArray[np.float64]:
    """Small additions to how well each of the rows fits."""
    return _POPULARITY_WEIGHT * popularity(columns, rows) + _FRESHNESS_WEIGHT * _recency(columns, rows)


def popularity(columns: ProfileColumns, rows: Rows) -> NDArray[np.float64]:
    """Popularity on a scale of 0 to 1: logarithms, as shares of the greatest."""
    logarithms = columns.popularity(rows)
    shares: NDArray[np.float64] = logarithms / max(float(logarithms.max(initial=0.0)), math.log(2))
    return shares


def _recency(columns: ProfileColumns, rows: Rows) -> NDArray[np.float64]:
    """When each was published, on a scale from the oldest (0, and those without a date) to the newest (1) of them."""
    moments = columns.published(rows)
    oldest = np.fmin.reduce(moments, initial=math.inf)
    newest = np.fmax.reduce(moments, initial=-math.inf)
    span = max(float(newest - oldest), 1.0)
    shares: NDArray[np.float64] = np.fmax((moments - min(oldest, newest)) / span, 0.0)
    return shares
