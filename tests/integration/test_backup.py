"""A copy of the store, and what is refused."""

import contextlib
import os
import sqlite3
import subprocess
import sys

import pytest

from indexing.bootstrap import Parts
from indexing.content.backup import back_up, restore
from indexing.content.database import Database
from indexing.errors import Conflict, NotFound
from indexing.settings import Settings
from tests.conftest import ROOT, article, index_all, store


def test_a_restored_store_fills_an_empty_index_again(parts, tmp_path):
    store(parts, "article", article("a", "Kept"), article("b", "Also kept"))
    index_all(parts)
    copy, fresh = tmp_path / "copy.db", Settings(data_dir=tmp_path / "fresh", embedder="hashing")
    assert back_up(parts.database, copy) > 0
    store(parts, "article", article("late", "Written after the copy"))
    restore(copy, Database(fresh.store_url))
    other = Parts(fresh)
    other.synchroniser.sweep()
    index_all(other)
    assert len(other.engine.library("article").titles) == 2
    other.close()


def test_nothing_is_written_over_and_nothing_damaged_is_taken(parts, tmp_path):
    copy = tmp_path / "copy.db"
    back_up(parts.database, copy)
    with pytest.raises(Conflict, match="exists already"):
        back_up(parts.database, copy)
    with pytest.raises(Conflict, match="exists already"):
        restore(copy, parts.database)
    other = Database(f"sqlite:///{tmp_path / 'other' / 'content.db'}")
    with pytest.raises(NotFound):
        restore(tmp_path / "nowhere", other)
    broken = tmp_path / "broken.db"
    broken.write_bytes(copy.read_bytes()[:3_000])
    with pytest.raises(Conflict):
        restore(broken, other)
    foreign = tmp_path / "foreign.db"
    with contextlib.closing(sqlite3.connect(foreign)) as connection:
        connection.execute("CREATE TABLE documents (a)")
    with pytest.raises(Conflict, match="no copy of a content store"):
        restore(foreign, other)
    left = tmp_path / "other" / "content.db-wal"
    left.touch()
    with pytest.raises(Conflict, match=r"content\.db-wal exists already"):
        restore(copy, other)
    assert not (tmp_path / "other" / "content.db").exists()


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("indexing", ["backup", "copy.db"]),
        ("workers", ["doctor"]),
        ("workers", ["rollback"]),
        ("workers", ["watch", "x"]),
    ],
)
def test_a_look_at_a_wrong_folder_makes_nothing_there_and_says_so(tmp_path, module, arguments):
    environment = {**os.environ, "SEARCH_DATA_DIR": str(tmp_path / "nowhere"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", module, *arguments]
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.startswith("error: there is no content store at ")
    assert not (tmp_path / "nowhere").exists()


def test_doctor_tells_a_damaged_store(tmp_path):
    (tmp_path / "content.db").write_bytes(os.urandom(20_000))
    environment = {**os.environ, "SEARCH_DATA_DIR": str(tmp_path), "SEARCH_EMBEDDER": "hashing"}
    result = subprocess.run(
        [sys.executable, "-m", "workers", "doctor"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "restore the last backup" in result.stdout
    assert "Traceback" not in result.stderr
