"""A worker in this process, without a queue: the clock does what is due by itself."""

import contextlib
from collections.abc import Iterator

from indexing.bootstrap import Parts
from workers.clock import Clock
from workers.duties import Duty
from workers.schedule import Schedule
from workers.work import Work


def perform(work: Work, duty: Duty) -> object:
    """Do what a duty says."""
    return getattr(work, duty.task)(*duty.arguments)


def _refuse(_: Duty) -> None:
    raise ConnectionError("there is no queue here")


@contextlib.contextmanager
def working(parts: Parts, work: Work | None = None, *, tick_seconds: float = 0.1) -> Iterator[Work]:
    """A worker that works until the block ends."""
    hands = work or Work(parts)
    clock = Clock(
        Schedule(parts),
        send=_refuse,
        perform=lambda duty: perform(hands, duty),
        heard_at=lambda: hands.pulse.heard_at,
        tick_seconds=tick_seconds,
    )
    clock.start()
    try:
        yield hands
    finally:
        hands.end_slices()
        clock.stop()
        hands.stop()
