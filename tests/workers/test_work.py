"""The worker's part, without a broker: what happens when things go wrong in the middle."""

import shutil
import threading
import time

import pytest

from indexing.bootstrap import Parts
from indexing.content import outbox as outbox_module
from indexing.engines.retrieval import Retrieval
from indexing.errors import EmbedderUnavailable, EngineBusy, EngineUnavailable
from indexing.queries import parse_keywords
from tests.conftest import article, index_all, store
from tests.working import working
from workers.clock import Clock
from workers.duties import Duty, indexing
from workers.schedule import UPKEEP, Schedule
from workers.work import Slice, Work


@pytest.fixture
def work(parts):
    made = Work(parts)
    yield made
    made.stop()


def due_at_once(parts):
    with parts.database.write() as connection:
        connection.exec_driver_sql("UPDATE outbox SET due_at = 0, claimed_until = 0")


def found(parts, text):
    return list(parts.engine.retrieve({"article": Retrieval(keywords=parse_keywords(text))})["article"].ids)


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


def test_a_slice_indexes_what_waits_in_its_lane_only(parts, work):
    store(parts, "article", article("edit", "Edited"), lane="live")
    store(parts, "article", article("bulk", "Loaded"), lane="bulk")
    assert work.index("live").done == 1
    assert found(parts, "edited loaded") == ["edit"]
    assert work.index("bulk").done == 1
    assert found(parts, "edited loaded") == ["bulk", "edit"]


@pytest.mark.parametrize("error", [EngineUnavailable("disk full"), EmbedderUnavailable("no model")])
def test_an_outage_postpones_work_and_blames_no_document(parts, work, monkeypatch, error):
    store(parts, "article", article("a", "Waiting"))
    target, name = (parts.engine, "write") if isinstance(error, EngineUnavailable) else (parts.cache, "embed")
    failing(monkeypatch, target, name, error, times=20)
    for _ in range(20):
        assert work.index("live").done == 0
        due_at_once(parts)
    assert parts.store.counts("article").failed == 0
    assert work.index("live").done == 1
    assert found(parts, "waiting") == ["a"]


def test_a_document_that_keeps_failing_is_set_aside_with_its_reason_and_harms_nobody(parts, work, monkeypatch):
    composer = parts.synchroniser._composer
    real = composer.compose

    def compose(document, revision):
        if document.id == "poison":
            raise ValueError("injected")
        return real(document, revision)

    monkeypatch.setattr(composer, "compose", compose)
    job = store(parts, "article", article("poison", "Bad"), article("good", "Good"))
    work.index("live")
    assert found(parts, "good") == ["good"]
    for _ in range(10):
        due_at_once(parts)
        work.index("live")
    counts = parts.store.counts("article")
    assert (counts.failed, counts.waiting, counts.indexed) == (1, 0, 1)
    state = parts.jobs.get(job)
    assert state.state == "failed"
    assert [(failure.id, failure.error) for failure in state.failed_documents] == [("poison", "ValueError: injected")]
    monkeypatch.undo()
    assert parts.outbox.retry(job) == 1
    assert work.index("live").done == 1
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


def test_work_of_a_dead_worker_is_taken_over_when_its_claim_ends(parts, work, monkeypatch):
    monkeypatch.setattr(outbox_module, "LEASE_SECONDS", 0.3)
    store(parts, "article", article("a", "Orphan"))
    assert len(parts.outbox.claim("dead", lanes=("live",), limit=5)) == 1
    assert work.index("live").done == 0
    time.sleep(0.35)
    assert work.index("live").done == 1


def test_an_edit_during_indexing_is_indexed_too(parts, work):
    store(parts, "article", article("a", "First"))
    claims = parts.outbox.claim("slow", lanes=("live",), limit=5)
    store(parts, "article", article("a", "Second"))
    parts.outbox.finish(claims)
    assert parts.store.counts("article").waiting == 1
    assert work.index("live").done == 1
    assert found(parts, "second") == ["a"]


def test_a_thawed_worker_cannot_bring_an_older_text_back(parts, work):
    store(parts, "article", article("a", "Old text"))
    old = parts.store.get("article", "a")
    store(parts, "article", article("a", "New text"))
    work.index("live")
    composed = parts.synchroniser._composer.compose(old.document, old.revision)
    vectors = parts.cache.embed(parts.embedder, composed.texts)
    parts.engine.write(parts.engine.live_generation("article"), [composed.with_vectors(vectors)])
    assert found(parts, "old") == []
    assert found(parts, "new") == ["a"]


def test_unchanged_text_is_never_encoded_again(parts, work, monkeypatch):
    store(parts, "article", article("a", "Same", "<p>Same text.</p>"))
    work.index("live")
    calls = failing(monkeypatch, parts.embedder, "embed_documents", AssertionError("encoded again"))
    store(parts, "article", article("a", "Same", "<p>Same text.</p>", popularity=5))
    assert work.index("live").done == 1
    assert calls == []


def test_an_index_that_was_lost_comes_back_by_itself(parts, work, tmp_path):
    store(parts, "article", article("a", "Kept"), article("gone", "Gone"))
    work.index("live")
    parts.engine.close()
    for path in sorted((tmp_path / "engine").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    del parts.__dict__["engine"], parts.__dict__["synchroniser"]
    parts.synchroniser.sweep()
    assert work.index("bulk").done == 2
    assert found(parts, "kept") == ["a"]


def test_an_index_that_was_deleted_under_a_running_service_comes_back(parts, work, tmp_path):
    store(parts, "article", article("a", "Kept"))
    work.index("live")
    assert found(parts, "kept") == ["a"]
    shutil.rmtree(tmp_path / "engine" / "article")
    parts.synchroniser.sweep()
    assert work.index("bulk").done == 1
    assert len(parts.engine.revisions(parts.engine.live_generation("article"))) == 1
    assert found(parts, "kept") == ["a"]


def test_documents_that_the_index_lost_are_found_by_comparing_revisions(parts, work):
    store(parts, "article", article("a", "First"), article("b", "Second"))
    work.index("live")
    with parts.database.write() as connection:
        connection.exec_driver_sql("UPDATE documents SET revision = 7, indexed_revision = 7 WHERE id = 'b'")
    assert parts.synchroniser.sweep() == 1
    work.index("bulk")
    assert parts.engine.revisions(parts.engine.live_generation("article"), ["b"]) == {"b": 7}


def test_a_second_worker_takes_no_work_that_it_could_not_do(parts, work, tmp_path):
    second = Parts(parts.settings)
    store(parts, "article", article("a", "Wanted"))
    with pytest.raises(EngineBusy):
        Work(second).index("live")
    assert work.index("live").done == 1
    second.close()


def test_without_a_queue_the_clock_does_what_is_due(parts, work):
    with working(parts, work):
        store(parts, "article", article("a", "Silent"))
        for _ in range(100):
            if parts.store.counts("article").indexed:
                break
            threading.Event().wait(0.05)
    assert found(parts, "silent") == ["a"]


def test_a_slice_ends_and_says_that_more_waits(parts, work, monkeypatch):
    monkeypatch.setattr("workers.work.SLICE_SECONDS", 0.0)
    store(parts, "article", *(article(f"a{number}", "Many") for number in range(20)))
    assert work.index("live") == Slice(0, goes_on=True)
    monkeypatch.undo()
    assert work.index("live") == Slice(20, goes_on=False)


def test_what_is_due_is_one_duty_each_and_upkeep_is_begun_by_one_worker(parts):
    schedule, other = Schedule(parts), Schedule(parts)
    assert {duty.task for duty in schedule.first()} == UPKEEP.keys() - {"checkpoint"}
    assert list(schedule.due()) == [Duty("checkpoint")]
    assert list(schedule.due()) == list(other.due()) == []
    store(parts, "article", article("a", "Edited"))
    job = parts.jobs.open_reindex("article", reembed=False)
    assert list(schedule.due()) == [indexing("live"), Duty("reindex", (job,))]
    with parts.database.write() as connection:
        connection.exec_driver_sql("UPDATE upkeep SET begun_at = 0 WHERE task = 'prune'")
    assert Duty("prune") in list(schedule.due())
    assert Duty("prune") not in list(other.due())


def test_a_queue_that_refuses_is_asked_once_a_tick_and_a_duty_is_done_once_at_a_time(parts):
    asked, done, going_on = [], [], threading.Event()

    def refuse(duty):
        asked.append(duty)
        raise ConnectionError

    def perform(duty):
        done.append(duty)
        going_on.wait(10)

    clock = Clock(Schedule(parts), send=refuse, perform=perform, heard_at=lambda: 0.0, tick_seconds=0.01)
    store(parts, "article", article("a", "Edited"))
    clock.start()
    while len(asked) < 3:
        time.sleep(0.01)
    going_on.set()
    clock.stop()
    assert len(set(asked)) < len(UPKEEP)
    assert done.count(indexing("live")) == 1


@pytest.mark.parametrize("is_heard", [True, False])
def test_what_was_sent_and_not_heard_is_done_here(parts, is_heard):
    sent, done = [], []
    heard_at = time.monotonic if is_heard else lambda: 0.0
    clock = Clock(Schedule(parts), send=sent.append, perform=done.append, heard_at=heard_at, tick_seconds=0.01)
    store(parts, "article", article("a", "Edited"))
    clock.start()
    while len([duty for duty in sent if duty == indexing("live")]) < 5:
        time.sleep(0.01)
    clock.stop()
    assert (indexing("live") in done) == (not is_heard)
