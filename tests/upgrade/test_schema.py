"""An index of one version, met by the next: searches go on, edits are found, the rebuild ends it, nothing is lost."""

import os
import secrets

import msgspec
import pytest

from indexing.bootstrap import Parts
from indexing.engines.embedded.engine import EmbeddedEngine
from indexing.engines.retrieval import Retrieval
from indexing.errors import EngineUnavailable
from indexing.fingerprints import SCHEMA, IndexStamp
from indexing.queries import Filters, parse_keywords
from indexing.settings import Settings
from tests.conftest import article, clinic, index_all, rebuild_next, store

WITHOUT = {name: boost for name, boost in SCHEMA.document_fields if name != "names"}
EARLIER = {
    "a field was added": {"document_fields": tuple(WITHOUT.items())},
    "a field was removed": {"document_fields": (*SCHEMA.document_fields, ("subtitle", 2.0))},
    "a boost was changed": {"document_fields": (("title", 9.0), *SCHEMA.document_fields[1:])},
    "a passage field was removed": {"passage_fields": (*SCHEMA.passage_fields, ("caption", 1.0))},
    "a filter was added": {"labels": tuple(name for name in SCHEMA.labels if name != "city")},
    "a flag was removed": {"flags": (*SCHEMA.flags, "open_late")},
}


@pytest.fixture(params=["embedded", "meilisearch"])
def settings(request, tmp_path):
    if request.param == "embedded":
        return Settings(data_dir=tmp_path, embedder="hashing")
    if not os.environ.get("MEILI_URL"):
        pytest.skip("MEILI_URL names no Meilisearch")
    return Settings(
        data_dir=tmp_path,
        embedder="hashing",
        meili_url=os.environ["MEILI_URL"],
        meili_api_key=os.environ.get("MEILI_API_KEY", ""),
        meili_prefix=f"upgrade-{secrets.token_hex(4)}-",
    )


def found(parts, text, kind="article", **filters):
    retrieval = Retrieval(keywords=parse_keywords(f"{text} "), filters=Filters(**filters))
    return sorted(parts.engine.retrieve({kind: retrieval})[kind].ids)


def drop(parts):
    for index in ("article", "clinic"):
        live = parts.engine.live_generation(index)
        for generation in parts.engine.generations(index):
            if generation != live:
                parts.engine.discard(generation)


@pytest.fixture(params=EARLIER.values(), ids=[name.replace(" ", "-") for name in EARLIER])
def upgraded(request, settings):
    """Parts of this version over an index that a version with another schema built."""
    before = Parts(settings, schema=msgspec.structs.replace(SCHEMA, **request.param))
    before.synchroniser.sweep()
    store(before, "article", *(article(f"a-{n}", f"Earlier word{n}", "<p>Infusions.</p>") for n in range(8)))
    store(before, "clinic", clinic("austin", "Lone Star"), clinic("aspen", "Ridge", "Aspen", "CO", "81611"))
    index_all(before)
    before.close()
    parts = Parts(settings)
    yield parts
    drop(parts)
    parts.close()


def test_searches_go_on_and_edits_are_found_before_during_and_after_the_rebuild(upgraded):
    parts = upgraded
    assert found(parts, "earlier") == [f"a-{n}" for n in range(8)]
    assert found(parts, "ketamine clinic", "clinic", labels={"city": ("austin",)}) == ["austin"]
    parts.synchroniser.sweep()
    store(parts, "article", article("a-0", "Edited"), article("new", "Written later", "<p>Infusions.</p>"))
    index_all(parts)
    assert parts.outbox.waiting() == 0
    assert found(parts, "edited") == ["a-0"]
    assert found(parts, "written") == ["new"]
    assert "a-0" not in found(parts, "earlier")
    assert parts.rebuilder.request_if_outdated()
    store(parts, "article", article("a-1", "Edited meanwhile"))
    while rebuild_next(parts):
        pass
    index_all(parts)
    assert parts.engine.live_generation("article").stamp == parts.stamp
    assert found(parts, "edited") == ["a-0", "a-1"]
    assert found(parts, "infusions") == sorted(["new", *(f"a-{n}" for n in range(2, 8))])
    parts.synchroniser.sweep()
    assert parts.drift.all() == []
    assert not parts.rebuilder.request_if_outdated()


def test_a_claim_is_finished_only_when_the_live_generation_holds_it(upgraded, monkeypatch):
    """A promotion by another process between two steps leaves the edit waiting, and it is found afterwards."""
    parts = upgraded
    other = parts.engine.create_generation("article", parts.stamp)
    write = parts.engine.write

    def promoted_meanwhile(generation, documents):
        write(generation, documents)
        parts.engine.promote(other)

    monkeypatch.setattr(parts.engine, "write", promoted_meanwhile)
    monkeypatch.setattr(parts.synchroniser, "building", lambda _: [])
    store(parts, "article", article("a-0", "Edited"))
    parts.synchroniser.run_batch("one", lanes=("live",), limit=9)
    assert parts.outbox.waiting() == 1
    monkeypatch.undo()
    with parts.database.write() as connection:
        connection.exec_driver_sql("UPDATE outbox SET due_at = 0")
    index_all(parts)
    assert parts.outbox.waiting() == 0
    assert found(parts, "edited") == ["a-0"]


def test_nothing_is_taken_for_indexed_where_there_is_no_index(tmp_path):
    parts = Parts(Settings(data_dir=tmp_path, embedder="hashing"))
    store(parts, "article", article("a", "Waiting"))
    parts.synchroniser.run_batch("one", lanes=("live",), limit=9)
    assert parts.outbox.waiting() == 1
    with pytest.raises(EngineUnavailable):
        found(parts, "waiting")
    parts.close()


def test_a_stamp_without_a_schema_is_of_the_first_version():
    written = {"schema_version": 2, "passage_version": 1, "passage_tokens": 128, "recipe": "r", "dimensions": 4}
    stamp = msgspec.convert(written, type=IndexStamp)
    assert "language" not in stamp.schema.labels
    assert stamp.schema.document_boosts == {"title": 3.0, "headings": 1.5, "names": 1.5, "body": 1.0}


def test_an_index_keeps_the_boosts_that_it_was_made_with(tmp_path):
    engine = EmbeddedEngine(tmp_path)
    stamp = IndexStamp(2, 1, 128, "r", 4, msgspec.structs.replace(SCHEMA, document_fields=(("title", 9.0),)))
    generation = engine.create_generation("article", stamp)
    assert engine.generations("article")[0].stamp.schema.document_boosts == {"title": 9.0}
    engine.discard(generation)
    engine.close()
