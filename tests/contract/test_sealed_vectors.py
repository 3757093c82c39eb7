"""Vectors that processes share, against edits, restarts and what disks do."""

import time

import numpy as np
import pytest

from indexing.engines.embedded import vector_files
from indexing.engines.embedded.engine import EmbeddedEngine
from tests.contract.test_engine import STAMP, Retrieval, document, ids

NUMBERS = range(40)


def titled(number, revision=1):
    return document(f"d{number:02}", f"Number {number} of revision {revision}", revision=revision)


def opened(folder, sealed_bytes=1):
    return EmbeddedEngine(folder, sealed_bytes=sealed_bytes)


@pytest.fixture
def filled(tmp_path):
    """A folder whose vectors are sealed with every commit."""
    engine = opened(tmp_path)
    generation = engine.create_generation("article", STAMP)
    engine.promote(generation)
    for number in NUMBERS:
        engine.write(generation, [titled(number)])
    engine.write(generation, [titled(3, 2), titled(5, 2)])
    engine.close()
    return tmp_path / "article" / generation.name / "vectors"


def nearest(engine):
    """What is nearest to each document, which rests on every vector."""
    library = engine.library("article")
    vectors = library.vectors([f"d{number:02}" for number in NUMBERS])
    found = library.nearest(np.stack([vectors[id] for id in sorted(vectors)]), limit=5)
    candidates = engine.retrieve({"article": Retrieval(vector=vectors["d07"])})["article"]
    return found, candidates.passage_cosine.tolist(), candidates.title_cosine.tolist()


def read_anew(folder):
    engine = opened(folder.parents[2])
    try:
        return nearest(engine)
    finally:
        engine.close()


def written_again(folder, numbers=range(40, 60)):
    """What a process sees that reads on while another one restarts and writes, and what one sees that comes later."""
    reader = opened(folder.parents[2])
    nearest(reader)
    writer = opened(folder.parents[2])
    live = writer.live_generation("article")
    for number in numbers:
        writer.write(live, [titled(number)])
    expected = nearest(writer)
    everything = ids(writer)
    writer.close()
    ends = time.monotonic() + 10
    while ids(reader) != everything and time.monotonic() < ends:
        time.sleep(0.05)
    assert {titled(number).id for number in numbers} <= set(ids(reader))
    assert nearest(reader) == expected
    reader.close()
    assert read_anew(folder) == expected


def test_sealed_vectors_are_those_of_the_journal(filled):
    shared = read_anew(filled)
    for file in filled.iterdir():
        file.unlink()
    filled.rmdir()
    assert read_anew(filled) == shared


def test_what_is_sealed_is_not_read_from_the_journal(filled, monkeypatch):
    monkeypatch.setattr(vector_files.JournalReader, "vectors", None)
    found, cosines, _ = read_anew(filled)
    assert len(found) == len(NUMBERS)
    assert max(cosines) == pytest.approx(1.0, abs=1e-3)


def test_readers_follow_what_is_sealed_while_they_read(filled):
    written_again(filled)


def test_bytes_behind_what_is_sealed_mean_nothing(filled):
    for name in ("titles", "passages"):
        with open(filled / name, "ab") as file:
            file.write(b"\x7b" * 777)
    written_again(filled)


@pytest.mark.parametrize("name", ["titles", "documents", "passages", "sealed.json"])
def test_a_file_that_is_gone_is_made_anew(filled, name):
    (filled / name).unlink()
    written_again(filled)
    assert (filled / name).exists()


@pytest.mark.parametrize("name", ["documents", "passages", "sealed.json"])
def test_a_file_that_is_cut_is_made_anew(filled, name):
    (filled / name).write_bytes((filled / name).read_bytes()[:9])
    written_again(filled)


def test_a_write_does_not_fail_where_vectors_cannot_be_sealed(filled):
    (filled / "titles").unlink()
    (filled / "titles").mkdir()
    engine = opened(filled.parents[2])
    engine.write(engine.live_generation("article"), [titled(40)])
    assert len(ids(engine)) == len(NUMBERS) + 1
    engine.close()
    (filled / "titles").rmdir()
    written_again(filled, range(41, 50))
