"""Whether a worker at fault is told from one that is only at work."""

import time

import pytest

from indexing.content.heartbeats import HeartbeatStore
from indexing.errors import EmbedderUnavailable
from tests.conftest import article, index_all, store
from tests.working import working
from workers.watch import WEDGED_SECONDS, Pulse, Watch
from workers.work import Work


class Clock:
    def __init__(self):
        self.now = 1_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def watch(parts, clock, tmp_path):
    made = Watch(
        "host-1",
        pulse=Pulse(clock),
        heartbeats=parts.heartbeats,
        alive_file=tmp_path / "alive",
        unanswered=lambda: made.messages,
        deaf_seconds=30,
        clock=clock,
    )
    made.messages = 0
    return made


def test_a_thread_without_progress_is_a_fault_and_one_with_progress_is_not(watch, clock):
    with watch._pulse.working():
        for _ in range(10):
            clock.now += WEDGED_SECONDS - 1
            assert watch.fault() is None
            watch._pulse.beat()
        clock.now += WEDGED_SECONDS + 1
        assert "no progress" in watch.fault()
    assert watch.fault() is None


def test_progress_reported_by_a_thread_that_never_signs_off_is_no_fault_later(watch, clock):
    watch._pulse.beat()
    with watch._pulse.working():
        with watch._pulse.working():
            watch._pulse.beat()
        clock.now += WEDGED_SECONDS + 1
        assert "no progress" in watch.fault()
    clock.now += 2 * WEDGED_SECONDS
    assert watch.fault() is None


def test_a_worker_that_has_rebuilt_and_encoded_is_idle_and_healthy_afterwards(parts, watch, clock):
    store(parts, "article", article("a", "Encoded again"))
    index_all(parts)
    job = parts.jobs.open_reindex("article", reembed=True)
    with working(parts, Work(parts, watch._pulse)):
        until = time.monotonic() + 60
        while parts.jobs.get(job).state != "succeeded" and time.monotonic() < until:
            time.sleep(0.05)
        assert parts.jobs.get(job).state == "succeeded"
        clock.now += 600
        assert watch.fault() is None


def test_unanswered_messages_are_a_fault_unless_some_are_heard(watch, clock):
    watch.messages = 3
    for _ in range(5):
        assert watch.fault() is None
        clock.now += 20
        watch._pulse.hear()
    clock.now += 31
    assert "unanswered" in watch.fault()
    watch.messages = 0
    assert watch.fault() is None
    watch.messages = 1
    assert watch.fault() is None


def test_a_broker_that_is_away_is_nobodys_deafness(watch, clock):
    watch.messages = 1
    assert watch.fault() is None
    watch._unanswered = lambda: 1 / 0
    clock.now += 100
    assert watch.fault() is None


def test_heartbeats_tell_workers_at_work_from_silent_ones(parts, monkeypatch):
    parts.heartbeats.beat("one")
    assert [(beat.worker, beat.is_alive) for beat in parts.heartbeats.all()] == [("one", True)]
    with parts.database.write() as connection:
        connection.exec_driver_sql("UPDATE heartbeats SET seen_at = seen_at - 60000000")
    parts.heartbeats.beat("two")
    assert [(beat.worker, beat.is_alive) for beat in parts.heartbeats.all()] == [("two", True), ("one", False)]
    parts.heartbeats.end("two")
    assert [beat.worker for beat in HeartbeatStore(parts.database).all()] == ["one"]


def test_only_claims_of_dead_processes_of_this_machine_are_taken_over(parts):
    from indexing.content.owners import _HOST

    for owner in (f"{_HOST}-999999999-1", "elsewhere-1-1"):
        store(parts, "article", article(f"a-{owner[:4].lower()}", "Orphan"))
        assert len(parts.outbox.claim(owner, lanes=("live",), limit=1)) == 1
    Work(parts).release_dead()
    assert parts.outbox.owners() == ["elsewhere-1-1"]


def test_doctor_names_what_is_wrong_and_what_to_do(parts):
    from workers.doctor import examine

    said = {finding.text: finding for finding in examine(parts)}
    assert any(text.startswith("no worker is at work") for text in said)
    assert any("no key has the scope" in text for text in said)
    assert all(finding.remedy for finding in said.values() if finding.level == "problem")
    parts.heartbeats.beat("here")
    parts.keys.create("editor", ["editor"])
    assert not [f for f in examine(parts) if f.level == "problem" and "GB" not in f.text]


def test_doctor_reports_a_part_that_cannot_be_looked_at(parts, monkeypatch):
    from workers import doctor

    def broken(_):
        raise EmbedderUnavailable("no such model")
        yield

    monkeypatch.setattr(doctor, "_model", broken)
    assert [f.text for f in doctor.examine(parts) if "no such model" in f.text]
