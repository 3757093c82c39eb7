"""Exact nearest neighbours over vectors kept as float16, in memory or in files that are mapped.

NumKong compares float16 at memory speed, without the GIL: at 50,000 x 384 in an eighth of the time of a float32
product, with the same ten nearest. Approximate indexes save little at this size and miss neighbours.
"""

import itertools
from collections.abc import Iterator, Sequence

import numkong
import numpy as np
from numpy.typing import NDArray

from indexing.embedders.base import Vector, Vectors
from indexing.engines.entries import Scores

Rows = NDArray[np.float16]
_SHORT = 8_192
"""A shorter run of rows in memory is copied when others come behind it; one of a file never is."""
_AT_ONCE = 16
"""Vectors that are compared together: their cosines would fill the memory."""
_BLOCK = 65_536
"""Rows that are compared together: NumKong answers in float64, which is copied. Asked for float32 (`out_dtype`) it
takes fifty times as long."""
_GROUP = 16

_Found = tuple[NDArray[np.int64], Scores]
"""Row numbers and their cosines."""


class VectorMatrix:
    """Rows of unit vectors; appending gives a new matrix that shares what did not change."""

    def __init__(self, dimensions: int, parts: tuple[Rows, ...] = ()) -> None:
        self._dimensions = dimensions
        self._parts = parts
        self._starts = [0, *itertools.accumulate(map(len, parts))]

    def __len__(self) -> int:
        """How many rows there are."""
        return self._starts[-1]

    def appended(self, rows: Rows) -> "VectorMatrix":
        """A matrix with `rows` behind these."""
        if not len(rows):
            return self
        kept = self._parts
        if kept and len(kept[-1]) < _SHORT and not isinstance(kept[-1], np.memmap):
            kept, rows = kept[:-1], np.concatenate([kept[-1], rows])
        return VectorMatrix(self._dimensions, (*kept, rows))

    def beginning_with(self, rows: Rows) -> "VectorMatrix":
        """The same matrix, whose first rows are these: a file that is mapped in place of memory."""
        behind = [part[max(len(rows) - start, 0) :] for part, start in zip(self._parts, self._starts, strict=False)]
        matrix = VectorMatrix(self._dimensions, (rows,) if len(rows) else ())
        for part in behind:
            matrix = matrix.appended(part)
        return matrix

    def up_to(self, count: int) -> "VectorMatrix":
        """A matrix of the first `count` rows."""
        return self.between(0, count)

    def between(self, start: int, end: int) -> "VectorMatrix":
        """A matrix of rows `start` to `end`."""
        parts = zip(self._parts, self._starts, strict=False)
        kept = ((part, first) for part, first in parts if first < end and start < first + len(part))
        return VectorMatrix(self._dimensions, tuple(part[max(start - first, 0) : end - first] for part, first in kept))

    def cosines(self, vector: Vector) -> Scores:
        """The cosine of every row to `vector`, which is rounded to float16 as the rows are."""
        cosines: Scores = self._compared(vector[None, :])[0]
        return cosines

    def nearest(self, vector: Vector, *, limit: int, allowed: NDArray[np.bool_] | None = None) -> _Found:
        """Row numbers and cosines of the nearest rows, nearest first; `allowed` marks the rows that count."""
        return nearest(self.cosines(vector), limit, allowed)

    def nearest_many(
        self, vectors: Vectors, *, limit: int, allowed: NDArray[np.bool_] | None = None
    ) -> Sequence[_Found]:
        """The same for several vectors."""
        parts = (vectors[start : start + _AT_ONCE] for start in range(0, len(vectors), _AT_ONCE))
        return [nearest(cosines, limit, allowed) for part in parts for cosines in self._compared(part)]

    def _compared(self, vectors: Vectors) -> Vectors:
        """The cosines of every row to each of `vectors`: shape (vectors, rows)."""
        queries = np.ascontiguousarray(vectors, dtype=np.float16)
        cosines = np.empty((len(vectors), len(self)), dtype=np.float32)
        for block, start in self._blocks():
            cosines[:, start : start + len(block)] = numkong.cdist(queries, block, "dot")
        return cosines

    def mean(self, allowed: NDArray[np.bool_]) -> Vector:
        """The mean of the rows that `allowed` marks; zeros when there are none."""
        total = np.zeros(self._dimensions, dtype=np.float64)
        for block, start in self._blocks():
            total += block[allowed[start : start + len(block)]].sum(axis=0, dtype=np.float32)
        mean: Vector = (total / max(int(allowed.sum()), 1)).astype(np.float32)
        return mean

    def _blocks(self) -> Iterator[tuple[Rows, int]]:
        """Some rows at a time, each with where it begins."""
        for part, start in zip(self._parts, self._starts, strict=False):
            for within in range(0, len(part), _BLOCK):
                yield part[within : within + _BLOCK], start + within

    def row(self, number: int) -> Vector:
        """One row as float32. Raises IndexError."""
        for part, start in zip(self._parts, self._starts, strict=False):
            if start <= number < start + len(part):
                vector: Vector = part[number - start].astype(np.float32)
                return vector
        raise IndexError(number)


def nearest(cosines: Scores, limit: int, allowed: NDArray[np.bool_] | None = None) -> _Found:
    """Which of `cosines` are the greatest, greatest first, and they themselves; `allowed` marks those that count."""
    if allowed is None:
        rows = np.flatnonzero(cosines >= _reached_by(cosines, limit))
    else:
        rows = np.flatnonzero(allowed)
        rows = rows[cosines[rows] >= _reached_by(cosines[rows], limit)]
    order = np.argsort(-cosines[rows], kind="stable")[:limit]
    return rows[order], cosines[rows[order]]


def _reached_by(values: Scores, limit: int) -> float:
    """What at least `limit` of `values` reach, and few more: the `limit`-th of the greatest of groups."""
    groups = len(values) // _GROUP
    if groups < limit:
        return float("-inf")
    greatest = values[: groups * _GROUP].reshape(_GROUP, groups).max(axis=0)
    return float(np.partition(greatest, groups - limit)[groups - limit])
