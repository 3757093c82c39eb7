"""Whether this worker is at work: not wedged in a document, not deaf to the queue.

A worker that is neither says so every few seconds, in the content store for people and by the age of a file
for a supervisor on its machine (touching a file needs no disk space). One that finds itself at fault ends,
so that whoever started it starts it again; what it held is taken over.
"""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import structlog

from indexing.content.heartbeats import HeartbeatStore
from indexing.errors import SearchServiceError

BEAT_SECONDS = 2.0
WEDGED_SECONDS = 300.0
"""Longer than any step between two signs of progress: a book is composed in seconds, encoded slice by slice."""
ALIVE_FILE = "worker.alive"
EXIT_STATUS = 70
"""Of a worker that found itself at fault (EX_SOFTWARE)."""

Unanswered = Callable[[], int]
"""How many messages lie in this worker's queues; raises when the broker cannot be asked."""

log = structlog.get_logger()


def silent_seconds(alive_file: Path) -> float:
    """How long ago a worker touched its file; infinite where none ever did."""
    return time.time() - alive_file.stat().st_mtime if alive_file.exists() else float("inf")


class Pulse:
    """Signs of progress of the threads that are inside a piece of work, and of messages heard."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._at_work: dict[int, float] = {}
        self.heard_at = clock()

    @contextlib.contextmanager
    def working(self) -> Iterator[None]:
        """This thread is inside a piece of work until the block ends."""
        thread = threading.get_ident()
        is_outermost = thread not in self._at_work
        self._at_work[thread] = self._clock()
        try:
            yield
        finally:
            if is_outermost:
                del self._at_work[thread]
            else:
                self.beat()

    def beat(self) -> None:
        """This thread has come a step further; without effect outside `working`, where nobody would sign it off."""
        thread = threading.get_ident()
        if thread in self._at_work:
            self._at_work[thread] = self._clock()

    def hear(self) -> None:
        """A message of the queue has arrived."""
        self.heard_at = self._clock()

    def stuck_seconds(self) -> float:
        """How long the slowest thread has been without progress."""
        return max((self._clock() - at for at in list(self._at_work.values())), default=0.0)


class Watch:
    """Looks after one worker process."""

    def __init__(
        self,
        worker: str,
        *,
        pulse: Pulse,
        heartbeats: HeartbeatStore,
        alive_file: Path,
        unanswered: Unanswered,
        deaf_seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._worker = worker
        self._pulse = pulse
        self._heartbeats = heartbeats
        self._alive_file = alive_file
        self._unanswered = unanswered
        self._deaf_seconds = deaf_seconds
        self._clock = clock
        self._waiting_since: float | None = None

    def fault(self) -> str | None:
        """What is wrong with this worker; None when nothing is."""
        if (stuck := self._pulse.stuck_seconds()) > WEDGED_SECONDS:
            return f"no progress in {stuck:.0f} s"
        if (deaf := self._unanswered_seconds()) > self._deaf_seconds:
            return f"messages lie unanswered in the queue since {deaf:.0f} s"
        return None

    def _unanswered_seconds(self) -> float:
        try:
            waiting = self._unanswered()
        except Exception:  # the broker is away: nothing can be heard, and the clock does the work
            waiting = 0
        if not waiting:
            self._waiting_since = None
            return 0.0
        if self._waiting_since is None:
            self._waiting_since = self._clock()
        return self._clock() - max(self._waiting_since, self._pulse.heard_at)

    def keep(self, stopped: threading.Event) -> None:
        """Say that the worker is at work until it is stopped; end the process when it is at fault."""
        while not stopped.wait(BEAT_SECONDS):
            if fault := self.fault():
                log.error("worker.at_fault", reason=fault)
                os._exit(EXIT_STATUS)
            self._alive_file.touch()
            try:
                self._heartbeats.beat(self._worker)
            except SearchServiceError as error:
                log.warning("worker.beat_failed", error=str(error))
        with contextlib.suppress(SearchServiceError):
            self._heartbeats.end(self._worker)
