"""Profiles in columns, so that one article is compared with many in a few array operations.

Rows are only ever added; who knows of a row may read it meanwhile.
"""

import math
import threading
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from indexing.embedders.base import Vector, Vectors
from search_api.recommend.profiles import Label, Profile
from search_api.recommend.terms import BUCKETS, MOST_TERMS

Rows = NDArray[np.intp]
"""Row numbers."""
_LEAST_ROWS = 64
_GROWTH = 4
"""A full matrix grows by this part of its rows: what is not filled yet is memory all the same."""
_Value = TypeVar("_Value", bound=Hashable)


class _Grid:
    """A matrix that grows with its rows; what a row does not fill holds `blank`."""

    def __init__(self, width: int, dtype: DTypeLike, blank: float = 0) -> None:
        self._blank = blank
        self._length = 0
        self.values = np.full((_LEAST_ROWS, width), blank, dtype=dtype)

    def append(self, row: Sequence[float] | NDArray[np.generic]) -> None:
        height, width = self.values.shape
        if self._length == height or len(row) > width:
            higher = height + max(height // _GROWTH, _LEAST_ROWS)
            self._grow(higher if self._length == height else height, max(width, len(row)))
        self.values[self._length, : len(row)] = row
        self._length += 1

    def _grow(self, height: int, width: int) -> None:
        grown = np.full((height, width), self._blank, dtype=self.values.dtype)
        grown[: self._length, : self.values.shape[1]] = self.values[: self._length]
        self.values = grown


class ValueColumn(Generic[_Value]):
    """Any number of values a row, from an open vocabulary."""

    def __init__(self) -> None:
        self._code_of: dict[_Value, int] = {}
        self._codes = _Grid(1, np.intp)
        self._counts = _Grid(1, np.float32)

    def append(self, values: Collection[_Value]) -> None:
        """Give the next row its values."""
        self._codes.append([self._code_of.setdefault(value, len(self._code_of) + 1) for value in values])
        self._counts.append([len(values)])

    def sums(self, rows: Rows, weights: Mapping[_Value, float]) -> NDArray[np.float32]:
        """For each row the sum of the weights of those values that it has."""
        if not weights:
            return np.zeros(len(rows), dtype=np.float32)
        codes = self._codes.values.take(rows, axis=0)
        dense = np.zeros(len(self._code_of) + 1, dtype=np.float32)
        for value, weight in weights.items():
            if code := self._code_of.get(value):
                dense[code] = weight
        found: NDArray[np.float32] = dense.take(codes).sum(axis=1)
        return found

    def overlaps(self, rows: Rows, values: Collection[_Value]) -> NDArray[np.float32]:
        """For each row the share of values in common (Jaccard)."""
        shared = self.sums(rows, dict.fromkeys(values, 1.0))
        result: NDArray[np.float32] = shared / np.maximum(len(values) + self._counts.values[rows, 0] - shared, 1.0)
        return result


class ProfileColumns:
    """Profiles and vectors of articles, a row for each revision that was seen."""

    def __init__(self) -> None:
        self.profiles: list[Profile] = []
        self.labels = ValueColumn[Label]()
        self.tags = ValueColumn[str]()
        self._row_of: dict[str, int] = {}
        self._vectors = _Grid(1, np.float16)
        self._buckets = _Grid(MOST_TERMS, np.int32, blank=BUCKETS)
        self._weights = _Grid(MOST_TERMS, np.float32)
        self._numbers = _Grid(2, np.float64)
        self._appending = threading.Lock()

    def __len__(self) -> int:
        """The number of rows, those of earlier revisions included."""
        return len(self.profiles)

    def latest(self, id: str) -> int | None:
        """The row of the revision of an article that was seen last."""
        return self._row_of.get(id)

    def append(self, profile: Profile, vector: Vector) -> int:
        """A row for a profile; its number."""
        card = profile.card
        published = card.published_at.timestamp() if card.published_at else math.nan
        with self._appending:
            self._vectors.append(vector)
            self._buckets.append(profile.terms[0])
            self._weights.append(profile.terms[1])
            self._numbers.append([math.log1p(max(card.popularity, 0.0)), published])
            self.labels.append(profile.labels)
            self.tags.append(profile.tags)
            self.profiles.append(profile)
            self._row_of[profile.id] = row = len(self.profiles) - 1
            return row

    def copied(self, rows: Iterable[int]) -> "ProfileColumns":
        """Columns of their own with some of the rows."""
        copy = ProfileColumns()
        for row in rows:
            copy.append(self.profiles[row], self._vectors.values[row])
        return copy

    def vectors(self, rows: Rows) -> Vectors:
        """Unit vectors, shape (rows, dimensions)."""
        vectors: Vectors = self._vectors.values.take(rows, axis=0).astype(np.float32)
        return vectors

    def products(self, rows: Rows, dense: NDArray[np.float32]) -> NDArray[np.float32]:
        """The inner product of each row's terms with a weight for every bucket."""
        buckets, weights = (grid.values.take(rows, axis=0) for grid in (self._buckets, self._weights))
        found: NDArray[np.float32] = np.vecdot(dense.take(buckets), weights)
        return found

    def popularity(self, rows: Rows) -> NDArray[np.float64]:
        """Logarithms of one plus the popularity."""
        found: NDArray[np.float64] = self._numbers.values[rows, 0]
        return found

    def published(self, rows: Rows) -> NDArray[np.float64]:
        """Moments of publication, in seconds since 1970; NaN where unknown."""
        found: NDArray[np.float64] = self._numbers.values[rows, 1]
        return found
