"""Working the outbox off in this process, on a bell or on a sweep.

The sweep needs no broker: whatever happens to Redis, an accepted document waits at most one sweep longer.
"""

import threading
import time

import structlog

from indexing.bootstrap import Parts
from indexing.content.outbox import Lane
from indexing.content.owners import is_dead, owner_name, process_name
from indexing.errors import SearchServiceError, Unavailable
from workers.watch import Pulse

SWEEP_SECONDS = 2.0
_RECONCILE_SECONDS = 30.0
_PRUNE_SECONDS = 3_600.0
_JOB_DAYS = 30
_BATCH: dict[Lane, int] = {"live": 8, "bulk": 16}
_LIVE_THREADS = 2
_STOP_SECONDS = 8.0
_LONGEST_SECONDS = 20.0
"""A drain ends after this long, so that a task stays short; the next bell or sweep goes on."""


log = structlog.get_logger()


class Drain:
    """One worker process's hold on the outbox.

    Edits have a second thread, so that a small one does not wait behind a book.
    """

    def __init__(self, parts: Parts, pulse: Pulse | None = None) -> None:
        self._parts = parts
        self.worker = process_name()
        """The name of this process among all workers."""
        self.pulse = pulse or Pulse()
        self._threads: dict[Lane, int] = {"live": _LIVE_THREADS, "bulk": parts.settings.bulk_threads}
        self._turns = {lane: threading.Semaphore(count) for lane, count in self._threads.items()}
        self._helpers: list[threading.Thread] = []
        self._stopped = threading.Event()

    def drain(self, lane: Lane) -> int:
        """Bring what waits in `lane` into the index; returns how many documents. Nothing when already at it."""
        if not self._turns[lane].acquire(blocking=False):
            return 0
        try:
            done, started = 0, time.monotonic()
            owner = owner_name()
            while not self._stopped.is_set() and time.monotonic() - started < _LONGEST_SECONDS:
                with self.pulse.working():
                    batch = self._parts.synchroniser.run_batch(owner, lanes=[lane], limit=_BATCH[lane])
                if not batch.claimed:
                    break
                done += batch.done
            if done:
                log.info("drain.done", lane=lane, documents=done, seconds=round(time.monotonic() - started, 3))
            return done
        finally:
            self._turns[lane].release()

    def start_sweeping(self) -> None:
        """Look at the outbox every few seconds from now on, bell or no bell."""
        _ = self._parts.rebuilder  # made here once, not by several threads at the same time
        self._parts.cache.on_progress = self.pulse.beat
        self._release_dead()
        for lane, count in self._threads.items():
            for _ in range(count):
                threading.Thread(target=self._sweep, args=(lane,), name=f"sweep-{lane}", daemon=True).start()
        for work in (self._maintain, self._rebuild):
            helper = threading.Thread(target=work, name=work.__name__.strip("_"), daemon=True)
            helper.start()
            self._helpers.append(helper)

    def stop(self) -> None:
        """End sweeping and let a running batch finish."""
        self._stopped.set()
        ends = time.monotonic() + _STOP_SECONDS
        for helper in self._helpers:
            helper.join(max(ends - time.monotonic(), 0.01))
        for lane, turns in self._turns.items():
            for _ in range(self._threads[lane]):
                turns.acquire(timeout=max(ends - time.monotonic(), 0.01))

    def _release_dead(self) -> None:
        """Take over at once what dead workers of this machine held; claims of others run out by themselves."""
        try:
            own = f"{self.worker}-"  # of an earlier process with this number: this one has claimed nothing yet
            owners = self._parts.outbox.owners()
            if dead := [owner for owner in owners if is_dead(owner) or owner.startswith(own)]:
                log.info("drain.released", documents=self._parts.outbox.release(dead))
        except Unavailable as error:
            log.warning("drain.release_failed", error=str(error))

    def _sweep(self, lane: Lane) -> None:
        while not self._stopped.is_set():
            try:
                self.drain(lane)
            except Exception as error:
                log.warning("sweep.failed", lane=lane, error=str(error), exc_info=not _expected(error))
            self._stopped.wait(SWEEP_SECONDS)

    def _rebuild(self) -> None:
        """Run rebuild jobs as they come; one that a dead process left is taken up."""
        while not self._stopped.wait(SWEEP_SECONDS):
            try:
                self._parts.synchroniser.ensure_generations()
                self._parts.rebuilder.request_if_outdated()
                while not self._stopped.is_set() and self._parts.rebuilder.run_next():
                    self._stopped.wait(0.5)
                self._parts.calibrator.measure_live()
            except Exception as error:
                log.warning("rebuild.failed", error=str(error), exc_info=not _expected(error))

    def _maintain(self) -> None:
        reconciled = pruned = float("-inf")
        while True:
            try:
                if time.monotonic() - reconciled > _RECONCILE_SECONDS:
                    self._parts.synchroniser.sweep()
                    reconciled = time.monotonic()
                if time.monotonic() - pruned > _PRUNE_SECONDS:
                    self._parts.jobs.prune(older_than_seconds=_JOB_DAYS * 86_400)
                    pruned = time.monotonic()
                if ended := self._parts.jobs.end_abandoned():
                    log.warning("jobs.abandoned", jobs=ended)
                self._parts.database.checkpoint()
            except Exception as error:
                log.warning("maintenance.failed", error=str(error), exc_info=not _expected(error))
            if self._stopped.wait(SWEEP_SECONDS):
                return


def _expected(error: Exception) -> bool:
    return isinstance(error, SearchServiceError)
