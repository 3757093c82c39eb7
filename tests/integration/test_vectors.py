import numpy as np
import pytest

from indexing.engines import vectors as vectors_module
from indexing.engines.vectors import VectorMatrix

DIMENSIONS = 24


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def matrix(monkeypatch):
    """Several segments and several blocks a segment."""
    monkeypatch.setattr(vectors_module, "_SEALED_ROWS", 300)
    monkeypatch.setattr(vectors_module, "_GROUP", 4)
    monkeypatch.setattr(vectors_module, "_AT_ONCE", 36)
    rows = unit(np.random.default_rng(5).normal(size=(1_700, DIMENSIONS))).astype(np.float16)
    found = VectorMatrix(DIMENSIONS)
    for start in (0, 900, 1_000, 1_250):
        found = found.appended(rows[start : {0: 900, 900: 1_000, 1_000: 1_250}.get(start)])
    return found


@pytest.mark.parametrize("limit", [1, 7, 80, 5_000])
@pytest.mark.parametrize("share", [None, 0.5, 0.01, 0.0])
def test_many_vectors_find_what_each_finds_alone(matrix, limit, share):
    generator = np.random.default_rng(6)
    queries = unit(generator.normal(size=(70, DIMENSIONS)))
    allowed = None if share is None else generator.random(1_700) < share
    together = matrix.nearest_many(queries, limit=limit, allowed=allowed)
    for query, (rows, cosines) in zip(queries, together, strict=True):
        alone, alone_cosines = matrix.nearest(query, limit=limit, allowed=allowed)
        assert len(rows) == min(limit, 1_700 if allowed is None else allowed.sum())
        assert cosines == pytest.approx(alone_cosines, abs=1e-6)
        assert set(rows) == set(alone)


def test_without_rows_nothing_is_near():
    queries = unit(np.ones((40, DIMENSIONS)))
    assert [len(rows) for rows, _ in VectorMatrix(DIMENSIONS).nearest_many(queries, limit=3)] == [0] * 40


@pytest.mark.parametrize("least", [-1.0, 0.0, 0.2, 0.5, 0.99])
@pytest.mark.parametrize("limit", [0, 40, 2_000])
def test_everything_that_reaches_a_cosine_is_found_and_as_much_as_is_wanted(matrix, monkeypatch, least, limit):
    monkeypatch.setattr(vectors_module, "_FIRST_LOOK", 10)
    query = unit(np.random.default_rng(8).normal(size=(1, DIMENSIONS)))[0]
    everything, cosines = matrix.nearest(query, limit=1_700)
    rows, found = matrix.reaching(query, least, limit=limit)
    wanted = max(int((cosines >= least).sum()), min(limit, 1_700))
    assert rows.tolist() == everything[:wanted].tolist()
    assert found.tolist() == cosines[:wanted].tolist()
