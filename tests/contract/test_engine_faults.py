"""The embedded engine against what disks and processes do."""

import contextlib
import gc
import os
import resource
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from indexing.engines.embedded.engine import EmbeddedEngine
from indexing.errors import EngineBusy, EngineUnavailable
from tests.conftest import ROOT
from tests.contract.test_engine import STAMP, document, ids


def test_a_second_writer_is_refused_and_a_dead_one_gives_way(tmp_path):
    first, second = EmbeddedEngine(tmp_path), EmbeddedEngine(tmp_path)
    generation = first.create_generation("article", STAMP)
    first.promote(generation)
    with pytest.raises(EngineBusy):
        second.write(generation, [document("a")])
    first.close()
    second.write(generation, [document("a")])
    assert ids(second) == ["a"]
    second.close()


def test_a_full_disk_loses_nothing_that_was_committed_and_recovers_without_restart(tmp_path):
    engine = EmbeddedEngine(tmp_path)
    generation = engine.create_generation("article", STAMP)
    engine.promote(generation)
    engine.write(generation, [document("before", "Before")])
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    previous = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        for bytes_left in (0, 200, 700, 1_500):
            journal = tmp_path / "article" / generation.name / "journal"
            resource.setrlimit(resource.RLIMIT_FSIZE, (journal.stat().st_size + bytes_left, limit[1]))
            with pytest.raises(EngineUnavailable):
                engine.write(generation, [document("during", "During " + "words " * 2_000)])
            assert "before" in ids(engine)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, previous)
    for n in range(4):
        engine.write(generation, [document(f"after{n}", "After")])
    engine.write(generation, [document("during", "During")])
    assert ids(engine) == ["after0", "after1", "after2", "after3", "before", "during"]
    assert ids(engine, "after") == ["after0", "after1", "after2", "after3"]
    engine.close()


def test_a_damaged_journal_is_seen_and_what_can_be_read_is_kept(tmp_path):
    engine = EmbeddedEngine(tmp_path)
    generation = engine.create_generation("article", STAMP)
    engine.promote(generation)
    for n in range(9):
        engine.write(generation, [document(f"d{n}", f"Number {n}")])
    engine.close()
    journal = tmp_path / "article" / generation.name / "journal"
    damaged = bytearray(journal.read_bytes())
    damaged[len(damaged) // 2] ^= 0xFF
    journal.write_bytes(damaged)
    engine = EmbeddedEngine(tmp_path)
    with pytest.raises(EngineUnavailable, match="damaged"):
        engine.revisions(generation)
    repaired = engine.live_generation("article")
    assert repaired != generation
    held = engine.revisions(repaired, [f"d{n}" for n in range(9)])
    assert 0 < len(held) < 9
    engine.write(repaired, [document(f"d{n}", f"Number {n}", revision=2) for n in range(9)])
    assert len(ids(engine)) == 9
    engine.close()


def test_damage_in_a_generation_that_is_being_built_leaves_the_live_one_alone(tmp_path):
    engine = EmbeddedEngine(tmp_path)
    live = engine.create_generation("article", STAMP)
    engine.promote(live)
    engine.write(live, [document("kept")])
    building = engine.create_generation("article", STAMP)
    engine.write(building, [document(f"d{n}") for n in range(5)])
    engine.close()
    journal = tmp_path / "article" / building.name / "journal"
    journal.write_bytes(journal.read_bytes()[:100])
    engine = EmbeddedEngine(tmp_path)
    with pytest.raises(EngineUnavailable, match="damaged"):
        engine.revisions(building)
    assert engine.live_generation("article") == live
    assert list(engine.generations("article")) == [live]
    assert ids(engine) == ["kept"]
    engine.close()


def test_promotions_leave_no_files_open(tmp_path):
    engine = EmbeddedEngine(tmp_path)
    for _ in range(8):
        previous = engine.live_generation("article")
        generation = engine.create_generation("article", STAMP)
        engine.write(generation, [document("a")])
        engine.promote(generation)
        assert ids(engine) == ["a"]
        if previous is not None:
            engine.discard(previous)
    gc.collect()
    deleted = [path for path in _open_files() if str(tmp_path) in path and "(deleted)" in path]
    assert deleted == []
    engine.close()


def _open_files():
    found = []
    for descriptor in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            found.append(os.readlink(f"/proc/self/fd/{descriptor}"))
    return found


WRITER = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from indexing.engines.embedded.engine import EmbeddedEngine
    from tests.contract.test_engine import document
    engine = EmbeddedEngine(Path(sys.argv[1]))
    generation = engine.live_generation("article")
    for n in range(100_000):
        same = document("same", "Same", f"turn{n}", revision=n + 1)
        engine.write(generation, [document(f"d{n:06}", f"Number {n}", f"word{n}"), same])
        print(n, flush=True)
    """
)


@pytest.mark.parametrize("seconds", [0.5, 0.9, 1.3])
def test_killing_the_writer_at_any_moment_loses_nothing_that_had_landed(tmp_path, seconds):
    engine = EmbeddedEngine(tmp_path)
    generation = engine.create_generation("article", STAMP)
    engine.promote(generation)
    engine.close()
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    writer = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environment)
    assert writer.stdout is not None
    last = int(writer.stdout.readline())
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        last = int(writer.stdout.readline())
    writer.kill()
    last = max([last, *(int(line) for line in writer.stdout.read().split())])
    writer.wait()
    writer.stdout.close()
    engine = EmbeddedEngine(tmp_path)
    landed = ids(engine)
    assert set(landed) >= {f"d{n:06}" for n in range(last + 1)} | {"same"}
    assert len(landed) == len(set(landed))
    engine.write(generation, [document("new", "New", "afterwards")])
    assert ids(engine, f"word{last} ") == [f"d{last:06}"]
    assert ids(engine, f"turn{last - 1} ") == []
    assert ids(engine, "afterwards") == ["new"]
    engine.close()
