import numpy as np
import pytest

from indexing.engines.vectors import VectorMatrix, nearest

DIMENSIONS = 24


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def some_rows(count, seed=5):
    return unit(np.random.default_rng(seed).normal(size=(count, DIMENSIONS))).astype(np.float16)


def made_of(rows, *cuts):
    matrix = VectorMatrix(DIMENSIONS)
    for part in np.split(rows, cuts):
        matrix = matrix.appended(part)
    return matrix


ROWS = some_rows(20_000)
CUTS = (9_000, 9_100, 13_000)


def true_cosines(query):
    return ROWS.astype(np.float32) @ query.astype(np.float16).astype(np.float32)


def test_cosines_are_those_of_every_row_however_it_came():
    query = unit(np.random.default_rng(6).normal(size=(1, DIMENSIONS)))[0]
    assert made_of(ROWS, *CUTS).cosines(query) == pytest.approx(true_cosines(query), abs=1e-6)


@pytest.mark.parametrize("limit", [1, 7, 800, 50_000])
@pytest.mark.parametrize("share", [None, 0.5, 0.01, 0.0])
def test_the_nearest_are_the_greatest_cosines_in_their_order(limit, share):
    generator = np.random.default_rng(7)
    queries = unit(generator.normal(size=(20, DIMENSIONS)))
    allowed = None if share is None else generator.random(len(ROWS)) < share
    matrix = made_of(ROWS, *CUTS)
    for query, (rows, cosines) in zip(queries, matrix.nearest_many(queries, limit=limit, allowed=allowed), strict=True):
        every = true_cosines(query)
        counted = np.arange(len(ROWS)) if allowed is None else np.flatnonzero(allowed)
        wanted = counted[np.argsort(-every[counted], kind="stable")[:limit]]
        assert cosines == pytest.approx(every[wanted], abs=1e-6)
        assert every[rows] == pytest.approx(every[wanted], abs=1e-6)
        alone, _ = matrix.nearest(query, limit=limit, allowed=allowed)
        assert alone.tolist() == rows.tolist()


def test_of_equals_the_first_rows_are_taken():
    rows, cosines = nearest(np.full(400, 0.5, dtype=np.float32), 5)
    assert rows.tolist() == [0, 1, 2, 3, 4]
    assert cosines.tolist() == [0.5] * 5


def test_without_rows_nothing_is_near():
    queries = unit(np.ones((40, DIMENSIONS)))
    assert [len(rows) for rows, _ in VectorMatrix(DIMENSIONS).nearest_many(queries, limit=3)] == [0] * 40


def test_a_matrix_shares_what_did_not_change():
    before = made_of(ROWS[:13_000], *CUTS[:2])
    after = before.appended(ROWS[13_000:])
    query = ROWS[3].astype(np.float32)
    assert len(before.cosines(query)) == 13_000
    assert len(after.cosines(query)) == len(after) == 20_000


@pytest.mark.parametrize("count", [0, 50, 9_050, 20_000, 21_000])
def test_the_first_rows_can_be_those_of_a_file(tmp_path, count):
    whole = np.concatenate([ROWS, some_rows(1_000, seed=9)])
    whole.tofile(tmp_path / "rows")
    held = made_of(ROWS, *CUTS)
    mapped = np.memmap(tmp_path / "rows", dtype="<f2", mode="r", shape=(count, DIMENSIONS)) if count else ROWS[:0]
    matrix = held.beginning_with(mapped)
    assert len(matrix) == max(count, 20_000)
    assert len(matrix.up_to(9_060)) == 9_060
    assert (matrix.up_to(9_060).row(9_059) == ROWS[9_059].astype(np.float32)).all()
    assert (matrix.row(9_199) == ROWS[9_199].astype(np.float32)).all()
    query = ROWS[11].astype(np.float32)
    assert (matrix.cosines(query)[:20_000] == held.cosines(query)).all()
    assert (matrix.between(8_990, 9_200).cosines(query) == held.cosines(query)[8_990:9_200]).all()


def test_rows_of_a_file_are_not_copied_when_others_come(tmp_path):
    ROWS[:50].tofile(tmp_path / "rows")
    mapped = np.memmap(tmp_path / "rows", dtype="<f2", mode="r", shape=(50, DIMENSIONS))
    matrix = VectorMatrix(DIMENSIONS).beginning_with(mapped).appended(ROWS[50:60]).appended(ROWS[60:70])
    assert [np.shares_memory(part, mapped) for part in matrix._parts] == [True, False]


def test_the_mean_is_of_the_rows_that_count():
    allowed = np.random.default_rng(8).random(len(ROWS)) < 0.3
    expected = ROWS[allowed].astype(np.float32).mean(axis=0)
    assert made_of(ROWS, *CUTS).mean(allowed) == pytest.approx(expected, abs=1e-5)
    assert (VectorMatrix(DIMENSIONS).mean(np.zeros(0, dtype=np.bool_)) == 0).all()


def test_rows_that_are_not_there_are_an_error():
    with pytest.raises(IndexError):
        made_of(ROWS[:5]).row(5)
