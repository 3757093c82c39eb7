"""Overload is decided, not suffered: a few requests run, a few wait within their deadline, the rest is refused."""

import time
from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread

from indexing.errors import Overloaded

_Answer = TypeVar("_Answer")


class Admission:
    """Permits for work that runs in threads."""

    def __init__(self, *, permits: int, waiting: int, deadline_seconds: float) -> None:
        self._permits = permits
        self._limiter: anyio.CapacityLimiter | None = None
        self._most_waiting = waiting
        self._deadline = deadline_seconds
        self._inside = 0

    async def run(self, work: Callable[[], _Answer]) -> _Answer:
        """Run `work` in a thread when its turn comes. Raises Overloaded at once or at the deadline."""
        if self._inside >= self._permits + self._most_waiting:
            raise Overloaded("too many requests at the same time; try again in a moment")
        started = time.monotonic()
        self._inside += 1
        try:
            with anyio.fail_after(self._deadline):
                return await anyio.to_thread.run_sync(
                    lambda: self._in_time(work, started), limiter=self._turns(), abandon_on_cancel=True
                )
        except TimeoutError as error:
            raise Overloaded("this could not be answered in time; try again in a moment") from error
        finally:
            self._inside -= 1

    def _turns(self) -> anyio.CapacityLimiter:
        if self._limiter is None:
            self._limiter = anyio.CapacityLimiter(self._permits)
        return self._limiter

    def _in_time(self, work: Callable[[], _Answer], started: float) -> _Answer:
        if time.monotonic() - started > self._deadline:
            raise Overloaded("this could not be answered in time; try again in a moment")
        return work()
