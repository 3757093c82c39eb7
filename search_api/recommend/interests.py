"""What somebody is interested in, drawn from what they read, wrote, or look for."""

from typing import Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from indexing.embedders.base import Vector, Vectors
from search_api.recommend.profiles import Label
from search_api.recommend.terms import NO_TERMS, Terms

NEWEST_COUNTS = 0.8
"""Each older article read counts this much of the next newer one."""

Kind = Literal["article", "text", "clinic", "label", "start"]


class Interest(Struct, frozen=True):
    """One thing that somebody is interested in."""

    kind: Kind
    weight: float
    vector: Vector | None
    """None where only words are known."""
    terms: Terms
    labels: frozenset[Label] = frozenset()
    tags: frozenset[str] = frozenset()
    probes: Vectors | None = None
    """Further vectors whose neighbours are looked at: the passages of a text."""


START = Interest("start", 1.0, None, NO_TERMS)
"""Of somebody of whom nothing is known."""


def recency_weights(count: int) -> NDArray[np.float64]:
    """Weights of `count` articles read, the last one the newest."""
    return np.power(NEWEST_COUNTS, np.arange(count)[::-1])
