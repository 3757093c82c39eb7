"""A copy of the store, and what is refused."""

import pytest

from indexing.bootstrap import Parts
from indexing.content.backup import back_up, restore
from indexing.content.database import Database
from indexing.errors import Conflict, NotFound
from indexing.settings import Settings
from tests.conftest import article, index_all, store


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
    assert other.engine.count(other.engine.live_generation("article")) == 2
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
    assert not (tmp_path / "other" / "content.db").exists()
