"""Overload is decided, not suffered: a few requests run, a few wait within their deadline, the rest is refused."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from indexing.errors import Overloaded

_Answer = TypeVar("_Answer")


class Admission:
    """As many threads as permits; work that is given up keeps its thread until it ends, so permits stay true."""

    def __init__(self, name: str, *, permits: int, waiting: int, deadline_seconds: float) -> None:
        self._threads = ThreadPoolExecutor(permits, thread_name_prefix=name)
        self._most_inside = permits + waiting
        self._deadline = deadline_seconds
        self._inside = 0

    async def run(self, work: Callable[[], _Answer]) -> _Answer:
        """Run `work` in a thread when its turn comes. Raises Overloaded at once or at the deadline."""
        if self._inside >= self._most_inside:
            raise Overloaded("too many requests at the same time; try again in a moment")
        loop = asyncio.get_running_loop()
        self._inside += 1
        future = self._threads.submit(work)
        future.add_done_callback(lambda done: _tell(loop, self._leave, done))
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self._deadline)
        except TimeoutError as error:
            raise Overloaded("this could not be answered in time; try again in a moment") from error

    def close(self) -> None:
        """Take no more work and do not wait for what runs."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _leave(self) -> None:
        self._inside -= 1


def _tell(loop: asyncio.AbstractEventLoop, leave: Callable[[], None], _: Future[Any]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(leave)
