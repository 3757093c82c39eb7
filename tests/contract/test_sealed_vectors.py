"""Vectors that processes share, against edits, restarts and what disks do."""

import json
import time

import numpy as np
import pytest

from indexing.engines.embedded import vector_files
from indexing.engines.embedded.engine import EmbeddedEngine
from indexing.errors import Inconsistent
from tests.contract.test_engine import STAMP, Retrieval, document, ids

NUMBERS = range(40)


def titled(number, revision=1):
    questions = [(-1, f"what is {number}"), (0, f"which revision is {number} {revision}")][: number % 3]
    title = f"Number {number} of revision {revision}"
    return document(f"d{number:02}", title, revision=revision, questions=questions)


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


def asked_nearest(engine, id):
    vector = engine.library("article").vectors([id])[id]
    return engine.retrieve({"article": Retrieval(vector=vector)})["article"]


def nearest(engine):
    """What is nearest to each document, which rests on every vector."""
    library = engine.library("article")
    vectors = library.vectors([f"d{number:02}" for number in NUMBERS])
    found = library.nearest(np.stack([vectors[id] for id in sorted(vectors)]), limit=5)
    candidates = asked_nearest(engine, "d07")
    cosines = (candidates.passage_cosine, candidates.title_cosine, candidates.question_cosine)
    return found, *(column.tolist() for column in cosines)


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


def are_true(folder):
    """Whether what is sealed says the same as the journal."""
    shared = read_anew(folder)
    for file in folder.iterdir():
        file.unlink()
    assert read_anew(folder) == shared


def test_sealed_vectors_are_those_of_the_journal(filled):
    are_true(filled)


def test_what_is_sealed_is_not_read_from_the_journal(filled, monkeypatch):
    monkeypatch.setattr(vector_files.JournalReader, "vectors", None)
    found, cosines, *_ = read_anew(filled)
    assert len(found) == len(NUMBERS)
    assert max(cosines) == pytest.approx(1.0, abs=1e-3)


def test_readers_follow_what_is_sealed_while_they_read(filled):
    written_again(filled)


def test_bytes_behind_what_is_sealed_mean_nothing(filled):
    for name in ("titles", "passages"):
        with open(filled / name, "ab") as file:
            file.write(b"\x7b" * 777)
    written_again(filled)


@pytest.mark.parametrize("name", ["titles", "documents", "passages", "questions", "sealed.json"])
def test_a_file_that_is_gone_is_made_anew(filled, name):
    (filled / name).unlink()
    written_again(filled)
    assert (filled / name).exists()


@pytest.mark.parametrize("name", ["documents", "passages", "questions", "sealed.json"])
def test_a_file_that_is_cut_is_made_anew(filled, name):
    (filled / name).write_bytes((filled / name).read_bytes()[:9])
    written_again(filled)


@pytest.mark.parametrize("name", ["titles", "documents", "passages", "questions", "sealed.json"])
@pytest.mark.parametrize("kept", [None, 9])
def test_a_file_that_is_lost_while_somebody_writes_is_made_anew(filled, name, kept):
    writer = opened(filled.parents[2])
    live = writer.live_generation("article")
    writer.write(live, [titled(40)])
    if kept is None:
        (filled / name).unlink()
    else:
        (filled / name).write_bytes((filled / name).read_bytes()[:kept])
    writer.write(live, [titled(41)])
    writer.close()
    are_true(filled)


def test_a_seal_beyond_the_journal_is_of_another_one(filled):
    journal = filled.parent / "journal"
    whole = journal.read_bytes()
    engine = opened(filled.parents[2])
    engine.write(engine.live_generation("article"), [titled(number, 3) for number in range(30)])
    ahead = {file.name: file.read_bytes() for file in filled.iterdir()}
    engine.close()
    for part in ("documents", "passages"):
        for file in (filled.parent / part).iterdir():
            file.unlink()
    journal.write_bytes(whole)
    for name, content in ahead.items():
        (filled / name).write_bytes(content)
    engine = opened(filled.parents[2])
    engine.write(engine.live_generation("article"), [titled(number, 4) for number in range(40)])
    engine.close()
    are_true(filled)


@pytest.mark.parametrize("seal", [b"{}", b"null", b'{"journal": 1, "slots": -1, "rows": -3}', b'{"slots": 9000000}'])
def test_a_seal_that_makes_no_sense_counts_for_nothing(filled, seal):
    (filled / "sealed.json").write_bytes(seal)
    written_again(filled)


def test_a_seal_of_the_version_before_is_replaced(filled):
    """It counted no known questions, and did not write them."""
    seal = json.loads((filled / "sealed.json").read_bytes())
    del seal["questions"]
    (filled / "sealed.json").write_text(json.dumps(seal))
    (filled / "questions").unlink()
    written_again(filled)
    assert json.loads((filled / "sealed.json").read_bytes())["questions"] > 0


def test_a_damaged_journal_is_searched_as_far_as_it_can_be_read(filled):
    journal = filled.parent / "journal"
    damaged = bytearray(journal.read_bytes())
    damaged[len(damaged) // 2 : len(damaged) // 2 + 4_000] = bytes(4_000)
    journal.write_bytes(damaged)
    reader = opened(filled.parents[2])
    found = asked_nearest(reader, "d01")
    assert 0 < len(found.ids) < len(NUMBERS)
    assert found.passage_cosine.max() == pytest.approx(1.0, abs=1e-3)
    reader.close()


def test_what_is_no_number_is_refused(filled):
    engine = opened(filled.parents[2])
    broken = titled(40)
    broken.passage_vectors[0, 3] = np.nan
    with pytest.raises(Inconsistent):
        engine.write(engine.live_generation("article"), [broken])
    engine.close()


def test_a_write_does_not_fail_where_vectors_cannot_be_sealed(filled):
    (filled / "titles").unlink()
    (filled / "titles").mkdir()
    engine = opened(filled.parents[2])
    engine.write(engine.live_generation("article"), [titled(40)])
    assert len(ids(engine)) == len(NUMBERS) + 1
    engine.close()
    (filled / "titles").rmdir()
    written_again(filled, range(41, 50))
