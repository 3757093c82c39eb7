"""Exact nearest neighbours over vectors kept as float16.

faiss scans float16 at memory speed: at 50,000 x 384 about a quarter of the time of a float32 product,
with the same ten nearest. Approximate indexes save little at this size and miss neighbours.
"""

from collections.abc import Iterator, Sequence
from typing import Any, cast

import faiss
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from indexing.embedders.base import Vector, Vectors

_SEALED_ROWS = 8_192
_MOST_SEGMENTS = 8
_MANY = 32
"""From this many vectors on, one product of matrices is faster than as many scans."""
_AT_ONCE = 128
"""More are taken one part after the other: their scores would fill the memory."""
_GROUP = 16
_FIRST_LOOK = 1_000
_FURTHER = 16
"""Times as many rows, where all that were looked at are near. For faiss a range costs 20 times what the nearest do."""

faiss.omp_set_num_threads(1)


_Found = tuple[NDArray[np.int64], NDArray[np.float32]]
"""Row numbers and their cosines."""


class _Segment(Struct, frozen=True):
    """A run of rows that changes no more; `rows` is a view of what faiss holds."""

    index: faiss.IndexScalarQuantizer
    rows: NDArray[np.float16]
    start: int
    size: int


class VectorMatrix:
    """Rows of unit vectors; appending gives a new matrix that shares what did not change."""

    def __init__(self, dimensions: int, segments: tuple[_Segment, ...] = ()) -> None:
        self._dimensions = dimensions
        self._segments = segments

    def appended(self, rows: NDArray[np.float16]) -> "VectorMatrix":
        """A matrix with `rows` behind these."""
        if not len(rows):
            return self
        kept: tuple[_Segment, ...] = self._segments
        if len(kept) > _MOST_SEGMENTS:
            rows, kept = np.concatenate([*(segment.rows for segment in kept), rows]), ()
        elif kept and kept[-1].size < _SEALED_ROWS:
            kept, rows = kept[:-1], np.concatenate([kept[-1].rows, rows])
        start = kept[-1].start + kept[-1].size if kept else 0
        return VectorMatrix(self._dimensions, (*kept, self._segment(rows, start)))

    def _segment(self, rows: NDArray[np.float16], start: int) -> _Segment:
        """The codes of faiss are the rows as they are: copied once, without single precision in between."""
        index = faiss.IndexScalarQuantizer(self._dimensions, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        index.codes.resize(rows.nbytes)
        codes = faiss.rev_swig_ptr(index.codes.data(), rows.nbytes).view("<f2").reshape(rows.shape)
        codes[:], index.ntotal = rows, len(rows)
        return _Segment(index, cast(NDArray[np.float16], codes), start, len(rows))

    def nearest(self, vector: Vector, *, limit: int, allowed: NDArray[np.bool_] | None = None) -> _Found:
        """Row numbers and cosines of the nearest rows, nearest first; `allowed` marks the rows that count."""
        return self.nearest_many(vector[None, :], limit=limit, allowed=allowed)[0]

    def nearest_many(self, vectors: Vectors, *, limit: int, allowed: NDArray[np.bool_] | None = None) -> list[_Found]:
        """The same for several vectors in one pass over the rows."""
        queries = np.ascontiguousarray(vectors, dtype=np.float32)
        found: list[_Found] = []
        for start in range(0, len(queries), _AT_ONCE):
            found += self._nearest_of(queries[start : start + _AT_ONCE], limit, allowed)
        return found

    def _nearest_of(self, queries: Vectors, limit: int, allowed: NDArray[np.bool_] | None) -> list[_Found]:
        is_worth_it = len(queries) >= _MANY and limit * _GROUP <= _SEALED_ROWS
        search = _multiplied if is_worth_it else _scanned
        found: list[list[_Found]] = [[] for _ in queries]
        for segment in self._segments:
            marks = None if allowed is None else allowed[segment.start :][: segment.size]
            for of_each in search(segment, queries, limit, marks):
                for own, part in zip(found, of_each, strict=True):
                    own.append(part)
        return [_best(own, limit) for own in found]

    def reaching(self, vector: Vector, least: float, *, limit: int = 0) -> _Found:
        """Row numbers and cosines of all rows whose cosine reaches `least`, and of at least `limit`, nearest first."""
        looked_at = max(limit, _FIRST_LOOK)
        while True:
            rows, cosines = self.nearest(vector, limit=looked_at)
            if len(rows) < looked_at or cosines[-1] < least:
                break
            looked_at *= _FURTHER
        kept = max(limit, int(np.searchsorted(-cosines, -least, side="right")))
        return rows[:kept], cosines[:kept]

    def mean(self, allowed: NDArray[np.bool_]) -> Vector:
        """The mean of the rows that `allowed` marks; zeros when there are none."""
        total = np.zeros(self._dimensions, dtype=np.float64)
        for segment in self._segments:
            marks = allowed[segment.start : segment.start + segment.size]
            total += segment.rows[marks].sum(axis=0, dtype=np.float32)
        mean: Vector = (total / max(int(allowed.sum()), 1)).astype(np.float32)
        return mean

    def row(self, number: int) -> Vector:
        """One row as float32."""
        vector: Vector = self.rows(number, number + 1)[0]
        return vector

    def rows(self, start: int, end: int) -> NDArray[np.float32]:
        """Rows `start` to `end` as float32, shape (end - start, dimensions)."""
        parts = [
            segment.rows[max(start - segment.start, 0) : end - segment.start].astype(np.float32)
            for segment in self._segments
            if segment.start < end and start < segment.start + segment.size
        ]
        if not parts:
            raise IndexError(start)
        return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _scanned(
    segment: _Segment, queries: Vectors, limit: int, allowed: NDArray[np.bool_] | None
) -> Iterator[list[_Found]]:
    """The nearest rows of a segment for each query, by scans of faiss."""
    parameters = None if allowed is None else _allowing(np.packbits(allowed, bitorder="little"))
    scores, rows = segment.index.search(queries, min(limit, segment.size), params=parameters)
    yield [(own[own >= 0] + segment.start, found[own >= 0]) for own, found in zip(rows, scores, strict=True)]


def _multiplied(
    segment: _Segment, queries: Vectors, limit: int, allowed: NDArray[np.bool_] | None
) -> Iterator[list[_Found]]:
    """The same by products of matrices, block by block, with a few more rows than are wanted."""
    for start in range(0, segment.size, _SEALED_ROWS):
        block = segment.index.reconstruct_n(start, min(_SEALED_ROWS, segment.size - start))
        scores = queries @ block.T
        if allowed is not None:
            scores[:, ~allowed[start : start + len(block)]] = -np.inf
        rows = [np.flatnonzero(own >= least) for own, least in zip(scores, _least(scores, limit), strict=True)]
        yield [(own + (segment.start + start), found[own]) for own, found in zip(rows, scores, strict=True)]


def _least(scores: NDArray[np.float32], limit: int) -> NDArray[np.float32]:
    """For each row what at least `limit` of its columns reach, and few more: the `limit`-th of groups' maxima."""
    groups = scores.shape[1] // _GROUP
    if groups < limit:
        return np.full(len(scores), np.finfo(np.float32).min)
    maxima = scores[:, : groups * _GROUP].reshape(len(scores), _GROUP, groups).max(axis=1)
    least: NDArray[np.float32] = np.partition(maxima, groups - limit, axis=1)[:, groups - limit]
    return np.maximum(least, np.finfo(np.float32).min)


def _best(found: Sequence[_Found], limit: int) -> _Found:
    """The best of several parts, best first."""
    if not found:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
    rows, scores = found[0] if len(found) == 1 else map(np.concatenate, zip(*found, strict=True))
    order = np.argsort(-scores, kind="stable")[:limit]
    return rows[order], scores[order]


def _allowing(bits: NDArray[np.uint8]) -> faiss.SearchParameters:
    """faiss adds this signature at run time, where its type stubs do not see it."""
    selector = cast(Any, faiss.IDSelectorBitmap)(bits)
    return cast(faiss.SearchParameters, cast(Any, faiss.SearchParameters)(sel=selector))
