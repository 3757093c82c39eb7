"""The worker's part, without a broker: what happens when things go wrong in the middle."""

import shutil
import threading
import time

import pytest

from indexing.bootstrap import Parts
from indexing.content import outbox as outbox_module
from indexing.engines.base import Retrieval
from indexing.errors import EmbedderUnavailable, EngineBusy, EngineUnavailable
from indexing.queries import parse_keywords
from tests.conftest import article, index_all, store
from workers.drain import Drain


@pytest.fixture
def drain(parts):
    made = Drain(parts)
    yield made
    made.stop()


def due_at_once(parts):
    with parts.database.write() as connection:
        connection.exec_driver_sql("UPDATE outbox SET due_at = 0, claimed_until = 0")


def found(parts, text):
    return list(parts.engine.retrieve("article", Retrieval(keywords=parse_keywords(text))).ids)


def failing(monkeypatch, target, name, error, times=10**9):
    """Make calls fail the first `times` times, then work for real."""
    real, calls = getattr(target, name), []

    def call(*args, **kwargs):
        calls.append(args)
        if len(calls) <= times:
            raise error
        return real(*args, **kwargs)

    monkeypatch.setattr(target, name, call)
    return calls


def test_draining_indexes_what_waits_in_its_lane_only(parts, drain):
    store(parts, "article", article("edit", "Edited"), lane="live")
    store(parts, "article", article("bulk", "Loaded"), lane="bulk")
    assert drain.drain("live") == 1
    assert found(parts, "edited loaded") == ["edit"]
    assert drain.drain("bulk") == 1
    assert found(parts, "edited loaded") == ["bulk", "edit"]


@pytest.mark.parametrize("error", [EngineUnavailable("disk full"), EmbedderUnavailable("no model")])
def test_an_outage_postpones_work_and_blames_no_document(parts, drain, monkeypatch, error):
    store(parts, "article", article("a", "Waiting"))
    target, name = (parts.engine, "write") if isinstance(error, EngineUnavailable) else (parts.cache, "embed")
    failing(monkeypatch, target, name, error, times=20)
    for _ in range(20):
        assert drain.drain("live") == 0
        due_at_once(parts)
    assert parts.store.counts("article").failed == 0
    assert drain.drain("live") == 1
    assert found(parts, "waiting") == ["a"]


def test_a_document_that_keeps_failing_is_set_aside_with_its_reason_and_harms_nobody(parts, drain, monkeypatch):
    composer = parts.synchroniser._composer
    real = composer.compose

    def compose(document, revision):
        if document.id == "poison":
            raise ValueError("injected")
        return real(document, revision)

    monkeypatch.setattr(composer, "compose", compose)
    job = store(parts, "article", article("poison", "Bad"), article("good", "Good"))
    drain.drain("live")
    assert found(parts, "good") == ["good"]
    for _ in range(10):
        due_at_once(parts)
        drain.drain("live")
    counts = parts.store.counts("article")
    assert (counts.failed, counts.waiting, counts.indexed) == (1, 0, 1)
    state = parts.jobs.get(job)
    assert state.state == "failed"
    assert [(failure.id, failure.error) for failure in state.failed_documents] == [("poison", "ValueError: injected")]
    monkeypatch.undo()
    assert parts.outbox.retry(job) == 1
    assert drain.drain("live") == 1
    assert parts.store.counts("article").failed == 0


def test_a_document_on_which_workers_die_is_set_aside_alone(parts):
    store(parts, "article", article("deadly", "Bad"), article("good", "Good"))
    for _ in range(outbox_module.MAX_ATTEMPTS + 3):
        parts.outbox.claim("dying worker", lanes=("live",), limit=1)
        due_at_once(parts)
    index_all(parts)
    (failure,) = parts.outbox.failed()
    assert (failure.id, failure.error) == ("deadly", "the worker died each time it tried this document")
    assert found(parts, "good") == ["good"]


def test_work_of_a_dead_worker_is_taken_over_when_its_claim_ends(parts, drain, monkeypatch):
    monkeypatch.setattr(outbox_module, "LEASE_SECONDS", 0.3)
    store(parts, "article", article("a", "Orphan"))
    assert len(parts.outbox.claim("dead", lanes=("live",), limit=5)) == 1
    assert drain.drain("live") == 0
    time.sleep(0.35)
    assert drain.drain("live") == 1


def test_an_edit_during_indexing_is_indexed_too(parts, drain):
    store(parts, "article", article("a", "First"))
    claims = parts.outbox.claim("slow", lanes=("live",), limit=5)
    store(parts, "article", article("a", "Second"))
    parts.outbox.finish(claims)
    assert parts.store.counts("article").waiting == 1
    assert drain.drain("live") == 1
    assert found(parts, "second") == ["a"]


def test_a_thawed_worker_cannot_bring_an_older_text_back(parts, drain):
    store(parts, "article", article("a", "Old text"))
    old = parts.store.get("article", "a")
    store(parts, "article", article("a", "New text"))
    drain.drain("live")
    composed = parts.synchroniser._composer.compose(old.document, old.revision)
    vectors = parts.cache.embed(parts.embedder, composed.texts)
    parts.engine.write(parts.engine.live_generation("article"), [composed.with_vectors(vectors)])
    assert found(parts, "old") == []
    assert found(parts, "new") == ["a"]


def test_unchanged_text_is_never_encoded_again(parts, drain, monkeypatch):
    store(parts, "article", article("a", "Same", "<p>Same text.</p>"))
    drain.drain("live")
    calls = failing(monkeypatch, parts.embedder, "embed_documents", AssertionError("encoded again"))
    store(parts, "article", article("a", "Same", "<p>Same text.</p>", popularity=5))
    assert drain.drain("live") == 1
    assert calls == []


def test_an_index_that_was_lost_comes_back_by_itself(parts, drain, tmp_path):
    store(parts, "article", article("a", "Kept"), article("gone", "Gone"))
    drain.drain("live")
    parts.engine.close()
    for path in sorted((tmp_path / "engine").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    del parts.__dict__["engine"], parts.__dict__["synchroniser"]
    parts.synchroniser.sweep()
    assert drain.drain("bulk") == 2
    assert found(parts, "kept") == ["a"]


def test_an_index_that_was_deleted_under_a_running_service_comes_back(parts, drain, tmp_path):
    store(parts, "article", article("a", "Kept"))
    drain.drain("live")
    assert found(parts, "kept") == ["a"]
    shutil.rmtree(tmp_path / "engine" / "article")
    parts.synchroniser.sweep()
    assert drain.drain("bulk") == 1
    assert parts.engine.count(parts.engine.live_generation("article")) == 1
    assert found(parts, "kept") == ["a"]


def test_documents_that_the_index_lost_are_found_by_comparing_revisions(parts, drain):
    store(parts, "article", article("a", "First"), article("b", "Second"))
    drain.drain("live")
    with parts.database.write() as connection:
        connection.exec_driver_sql("UPDATE documents SET revision = 7, indexed_revision = 7 WHERE id = 'b'")
    assert parts.synchroniser.sweep() == 1
    drain.drain("bulk")
    assert parts.engine.revisions(parts.engine.live_generation("article"), ["b"]) == {"b": 7}


def test_a_second_worker_takes_no_work_that_it_could_not_do(parts, drain, tmp_path):
    second = Parts(parts.settings)
    store(parts, "article", article("a", "Wanted"))
    with pytest.raises(EngineBusy):
        Drain(second).drain("live")
    assert drain.drain("live") == 1
    second.close()


def test_the_sweep_needs_no_bell(parts, drain, monkeypatch):
    monkeypatch.setattr("workers.drain.SWEEP_SECONDS", 0.05)
    drain.start_sweeping()
    store(parts, "article", article("a", "Silent"))
    for _ in range(100):
        if parts.store.counts("article").indexed:
            break
        threading.Event().wait(0.05)
    assert found(parts, "silent") == ["a"]
