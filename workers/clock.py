"""Starting what is due: by a message for any worker, and in this process where the queue does not take or bring it.

So whatever happens to the broker, an accepted document waits at most two ticks longer.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

import structlog

from indexing.errors import SearchServiceError
from workers.duties import Duty
from workers.schedule import Schedule

TICK_SECONDS = 2.0
_STOP_SECONDS = 8.0
_THREADS = 8
"""For work that no message can be sent for; none is started before."""

log = structlog.get_logger()


class Clock:
    """Ticks in a thread of its own until it is stopped."""

    def __init__(
        self,
        schedule: Schedule,
        *,
        send: Callable[[Duty], None],
        perform: Callable[[Duty], object],
        heard_at: Callable[[], float],
        tick_seconds: float = TICK_SECONDS,
    ) -> None:
        """`send` raises where the queue does not take a duty, and `perform` does it here and now.

        `heard_at` tells when the queue brought a message last (monotonic seconds): while this process is connecting
        again, which takes many seconds, others send and nobody here listens.
        """
        self._schedule = schedule
        self._send = send
        self._perform = perform
        self._heard_at = heard_at
        self._tick_seconds = tick_seconds
        self._sent_at: float | None = None
        """When the first message was sent that this process has not heard yet, nor any since."""
        self._here: dict[Duty, Future[None]] = {}
        self._own = ThreadPoolExecutor(_THREADS, thread_name_prefix="clock")
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clock", daemon=True)

    def start(self) -> None:
        """Tick from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Start nothing more, and wait a moment for what was started here."""
        self._stopped.set()
        self._thread.join(_STOP_SECONDS)
        self._own.shutdown(wait=False, cancel_futures=True)
        wait(self._here.values(), timeout=_STOP_SECONDS)

    def _run(self) -> None:
        self._tick(first=True)
        while not self._stopped.wait(self._tick_seconds):
            self._tick()

    def _tick(self, *, first: bool = False) -> None:
        try:
            duties = [*(self._schedule.first() if first else ()), *self._schedule.due()]
        except Exception as error:  # the content store is away; the next tick asks again
            _report("schedule", error)
            return
        if self._sent_at is not None and self._heard_at() >= self._sent_at:
            self._sent_at = None
        is_deaf, takes = self._sent_at is not None, True
        for duty in duties:
            takes = takes and self._sent(duty)
            if is_deaf or not takes:
                self._do_here(duty)

    def _sent(self, duty: Duty) -> bool:
        try:
            self._send(duty)
        except Exception as error:  # whatever the broker's client raises
            log.warning("clock.queue_refuses", task=duty.task, error=type(error).__name__)
            return False
        self._sent_at = self._sent_at or time.monotonic()
        return True

    def _do_here(self, duty: Duty) -> None:
        """Each duty once at a time."""
        running = self._here.get(duty)
        if not self._stopped.is_set() and (running is None or running.done()):
            self._here[duty] = self._own.submit(self._done, duty)

    def _done(self, duty: Duty) -> None:
        try:
            self._perform(duty)
        except Exception as error:
            _report(duty.task, error)
        finally:
            self._schedule.forget(duty)


def _report(task: str, error: Exception) -> None:
    log.warning("task.failed", task=task, error=str(error), exc_info=not isinstance(error, SearchServiceError))
