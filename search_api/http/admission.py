"""Overload is decided, not suffered: a few requests run, a few wait within their deadline, the rest is refused."""

import asyncio
import contextlib
import time
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

import structlog

from indexing.deadline import LATE, ending_at
from indexing.errors import Overloaded
from search_api.http.callers import Caller

_Answer = TypeVar("_Answer")

_WAITING_SHARE = 0.5
"""Of the deadline: a longer wait leaves too little time for the work itself."""
_PACE_SHARE = 0.1
"""What the newest work counts in the mean of how long work takes."""
_LOG_SECONDS = 10.0
TOO_MANY = "too many requests at the same time; try again in a moment"

log = structlog.get_logger()

SERVICE = Caller("")
"""Stands for callers whose work is not weighed against that of others."""


class _Place:
    """A request inside: waiting for its turn, or running."""

    def __init__(self, caller: Caller, ends: float, loop: asyncio.AbstractEventLoop) -> None:
        self.caller = caller
        self.ends = ends
        self.turn: asyncio.Future[None] = loop.create_future()


class Admission:
    """A room with threads of its own, as many as permits. For one event loop.

    Nobody waits who would hardly be answered in time: as long as work takes lately, so long will that of those ahead.
    Callers with a key are taken before anonymous ones, also when all places are taken: then the anonymous one that
    came last goes. One anonymous client has half of the places at most. Work that is given up keeps its thread until
    it ends, so permits stay true; loops in it look at the deadline.
    """

    def __init__(
        self, name: str, *, permits: int, waiting: int, deadline_seconds: float, client_permits: int | None = None
    ) -> None:
        """`client_permits`: threads that one anonymous client may have at the same time; all by default."""
        self._name = name
        self._threads = ThreadPoolExecutor(permits, thread_name_prefix=name)
        self._permits = permits
        self._most_inside = permits + waiting
        self._deadline = deadline_seconds
        self._client_permits = client_permits or permits
        self._pace = 0.0
        """Seconds for which work keeps a thread, lately."""
        self._refused, self._told = 0, float("-inf")
        self._running = 0
        self._running_by_client: Counter[str] = Counter()
        self._keyed: deque[_Place] = deque()
        self._anonymous: deque[_Place] = deque()
        self._inside_by_client: Counter[str] = Counter()

    async def run(self, work: Callable[[], _Answer], *, by: Caller = SERVICE) -> _Answer:
        """Run `work` in a thread when its turn comes. Raises Overloaded at once or at the deadline."""
        ends = time.monotonic() + self._deadline
        try:
            async with asyncio.timeout(self._deadline):
                await self._turn(by, ends)
                return await asyncio.wrap_future(self._start(work, by, ends))
        except TimeoutError as error:
            raise Overloaded(LATE) from error

    @property
    def is_closed_to_anonymous(self) -> bool:
        """Whether whoever comes without a key is refused."""
        ahead = len(self._keyed) + len(self._anonymous)
        return self._running + ahead >= self._most_inside or self._is_too_long(ahead)

    def refused(self) -> None:
        """Count one who was not let in, and say so now and then."""
        self._refused += 1
        if (now := time.monotonic()) - self._told >= _LOG_SECONDS:
            log.warning("http.overloaded", room=self._name, refused=self._refused)
            self._refused, self._told = 0, now

    def close(self) -> None:
        """Take no more work and do not wait for what runs."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _turn(self, caller: Caller, ends: float) -> None:
        """Wait until a thread is free. Raises Overloaded."""
        place = _Place(caller, ends, asyncio.get_running_loop())
        try:
            self._make_room(caller)
        except Overloaded:
            self.refused()
            raise
        line = self._anonymous if _is_weighed(caller) else self._keyed
        line.append(place)
        self._count(caller, 1)
        self._admit()
        try:
            await place.turn
        except BaseException:
            if place.turn.done() and not place.turn.cancelled() and place.turn.exception() is None:
                self._run_ended(caller)
            with contextlib.suppress(ValueError):
                line.remove(place)
            self._count(caller, -1)
            self._admit()
            raise

    def _make_room(self, caller: Caller) -> None:
        is_weighed = _is_weighed(caller)
        if is_weighed and self._inside_by_client[caller.client] >= max(self._most_inside // 2, 1):
            raise Overloaded("too many requests of yours at the same time; try again in a moment")
        if is_weighed and self.is_closed_to_anonymous:
            raise Overloaded(TOO_MANY)
        if self._running + len(self._keyed) + len(self._anonymous) < self._most_inside:
            if self._is_too_long(len(self._keyed)):
                raise Overloaded(TOO_MANY)
            return
        if not self._anonymous:
            raise Overloaded(TOO_MANY)
        last = self._anonymous.pop()
        if not last.turn.done():
            last.turn.set_exception(Overloaded(TOO_MANY))

    def _is_too_long(self, ahead: int) -> bool:
        """Whether somebody with so many waiting before would wait too long."""
        is_free = self._running < self._permits
        return not is_free and (ahead + 1) * self._pace / self._permits > self._deadline * _WAITING_SHARE

    def _admit(self) -> None:
        while self._running < self._permits and (place := self._next()) is not None:
            if place.turn.done():
                continue
            if self._running and place.ends - time.monotonic() < self._pace:
                place.turn.set_exception(Overloaded(LATE))
            else:
                self._running += 1
                self._running_by_client[place.caller.client] += 1
                place.turn.set_result(None)

    def _next(self) -> _Place | None:
        """Take who is next out of the line."""
        if self._keyed:
            return self._keyed.popleft()
        for place in self._anonymous:
            if self._running_by_client[place.caller.client] < self._client_permits:
                self._anonymous.remove(place)
                return place
        return None

    def _run_ended(self, caller: Caller) -> None:
        self._running -= 1
        self._running_by_client[caller.client] -= 1
        if self._running_by_client[caller.client] <= 0:
            del self._running_by_client[caller.client]

    def _start(self, work: Callable[[], _Answer], caller: Caller, ends: float) -> Future[_Answer]:
        loop = asyncio.get_running_loop()

        def limited() -> _Answer:
            started = time.monotonic()
            try:
                with ending_at(ends):
                    return work()
            finally:
                self._pace += (time.monotonic() - started - self._pace) * _PACE_SHARE

        future = self._threads.submit(limited)
        future.add_done_callback(lambda done: _tell(loop, lambda: self._leave(caller), done))
        return future

    def _leave(self, caller: Caller) -> None:
        self._run_ended(caller)
        self._count(caller, -1)
        self._admit()

    def _count(self, caller: Caller, change: int) -> None:
        if _is_weighed(caller):
            self._inside_by_client[caller.client] += change
            if self._inside_by_client[caller.client] <= 0:
                del self._inside_by_client[caller.client]


class Shared:
    """A room for one piece of work that many ask for: whoever comes while it is done gets the same answer."""

    def __init__(self, room: Admission) -> None:
        self._room = room
        self._under_way: asyncio.Task[Any] | None = None

    async def run(self, work: Callable[[], _Answer]) -> _Answer:
        """The answer of `work`, or of the same work that is under way. Raises Overloaded."""
        if self._under_way is None or self._under_way.done():
            self._under_way = asyncio.ensure_future(self._room.run(work))
        answer: _Answer = await asyncio.shield(self._under_way)
        return answer

    def close(self) -> None:
        """See Admission."""
        self._room.close()


def _is_weighed(caller: Caller) -> bool:
    return caller.is_anonymous and caller is not SERVICE


def _tell(loop: asyncio.AbstractEventLoop, leave: Callable[[], None], _: Future[Any]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(leave)
