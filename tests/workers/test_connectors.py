"""Connectors run under a lease by whichever worker comes first, and go on after one that died."""

import time
from pathlib import Path

import pytest

from indexing.bootstrap import Parts
from indexing.connectors.kinds import parse_settings, shown_settings
from indexing.content.connectors import LeaseLost
from indexing.content.owners import process_name
from tests.working import working
from workers.duties import Duty
from workers.schedule import Schedule
from workers.work import Work


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    content = tmp_path / "content"
    content.mkdir()
    for number in range(3):
        (content / f"page-{number}.md").write_text(f"---\ntitle: Page {number}\n---\nText on ketamine.\n")
    return content


@pytest.fixture
def connected(parts: Parts, folder: Path) -> Parts:
    allowed = Parts(type(parts.settings)(**{**_fields(parts), "connector_folders": str(folder.parent)}))
    settings = shown_settings(parse_settings("markdown", {"url": "https://example.org", "folder": str(folder)}))
    allowed.connectors.put("guide", "markdown", settings, {}, is_enabled=True, by="test")
    yield allowed
    allowed.close()


def _fields(parts: Parts) -> dict[str, object]:
    return {name: getattr(parts.settings, name) for name in parts.settings.__struct_fields__}


def stored(parts: Parts) -> int:
    return parts.store.counts("article").stored


def test_what_is_due_is_asked_for_once_and_a_task_does_it(connected: Parts) -> None:
    schedule, work = Schedule(connected), Work(connected)
    assert list(schedule._connectors()) == [Duty("connect", ("guide",))]
    assert list(schedule._connectors()) == [], "one message, however often the clock ticks"
    schedule.forget(Duty("connect", ("guide",)))
    assert list(schedule._connectors()) == [Duty("connect", ("guide",))], "what was done here is due again at once"
    assert stored(connected) == 0
    assert not work.connect("guide")
    assert stored(connected) == 3
    assert connected.connectors.due() == []


def test_without_a_queue_the_worker_reads_by_itself(connected: Parts) -> None:
    with working(connected):
        until = time.monotonic() + 30
        while stored(connected) < 3 and time.monotonic() < until:
            time.sleep(0.05)
    assert stored(connected) == 3


def test_one_at_a_time_and_a_dead_one_is_followed(connected: Parts) -> None:
    alive = f"{process_name()}-1"
    assert connected.connectors.claim("guide", alive) is not None
    assert connected.connectors.due() == []
    assert connected.runner.run_slice("guide", "another-1-1") is False
    assert stored(connected) == 0
    dead = f"{process_name().rpartition('-')[0]}-4194303-1"
    connected.connectors.release("guide", alive)
    assert connected.connectors.claim("guide", dead) is not None
    assert connected.connectors.due() == ["guide"], "its process is gone"
    connected.runner.run_until_idle("guide", "another-1-1")
    assert stored(connected) == 3


def test_who_lost_the_lease_keeps_nothing(connected: Parts) -> None:
    connected.connectors.claim("guide", "one-1-1")
    connected.connectors.put(
        "guide", "markdown", connected.connectors.get("guide").settings, {}, is_enabled=True, by="x"
    )
    with pytest.raises(LeaseLost):
        connected.connectors.save("guide", "one-1-1", cursor={})


def test_a_connector_that_is_off_or_unknown_does_not_run(connected: Parts) -> None:
    found = connected.connectors.get("guide")
    connected.connectors.put("guide", found.kind, found.settings, {}, is_enabled=False, by="test")
    assert connected.connectors.due() == []
    assert connected.runner.run_slice("guide", "one-1-1") is False
    assert connected.runner.run_slice("other", "one-1-1") is False


def test_a_source_that_fails_is_tried_later_and_later(connected: Parts, folder: Path) -> None:
    connected.runner.run_until_idle("guide", "one-1-1")
    folder.rename(folder.with_name("away"))
    dues = []
    for _ in range(3):
        before = connected.connectors.get("guide").failures
        connected.connectors.claim("guide", "one-1-1")
        connected.connectors.save("guide", "one-1-1", full_due_at=0)
        connected.connectors.release("guide", "one-1-1")
        connected.runner.run_slice("guide", "one-1-1")
        found = connected.connectors.get("guide")
        assert found.failures == before + 1
        dues.append(found.due_at)
    assert dues == sorted(dues)
    assert connected.connectors.due() == []
    assert stored(connected) == 3
    folder.with_name("away").rename(folder)
    connected.connectors.request("guide", full=True)
    connected.runner.run_until_idle("guide", "one-1-1")
    assert connected.connectors.get("guide").message == ""
