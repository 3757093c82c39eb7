"""What a worker process does: slices of work that end by themselves, whoever starts them."""

import threading
import time
from collections.abc import Callable

import structlog
from msgspec import Struct

from indexing.bootstrap import Parts
from indexing.content.outbox import Lane
from indexing.content.owners import is_dead, owner_name, process_name
from indexing.errors import Unavailable
from workers.watch import Pulse

SLICE_SECONDS = 20.0
"""A slice ends after about so long; what is left is a task of its own."""
_JOB_DAYS = 30
_BATCH: dict[Lane, int] = {"live": 32, "bulk": 48}
"""Documents of one commit, which costs as much as encoding a few passages, and on a server a task of a second."""
_LIVE_THREADS = 2
_FURTHER_THREADS = 4
_STOP_SECONDS = 8.0

log = structlog.get_logger()


class Slice(Struct, frozen=True):
    """The outcome of one slice: documents brought in, and whether more waits."""

    done: int = 0
    goes_on: bool = False


class Work:
    """One worker process's hands. Thread-safe.

    Edits have a second thread, so that a small one does not wait behind a book; what more threads ask for is
    nothing, since those that are at it find it.
    """

    def __init__(self, parts: Parts, pulse: Pulse | None = None) -> None:
        self._parts = parts
        self.worker = process_name()
        """The name of this process among all workers."""
        self.pulse = pulse or Pulse()
        self._threads: dict[Lane, int] = {"live": _LIVE_THREADS, "bulk": parts.settings.bulk_threads}
        self._turns = {lane: threading.Semaphore(count) for lane, count in self._threads.items()}
        self._at_it = {name: threading.Lock() for name in ("reconcile", "measure", "checkpoint")}
        self._stopped = threading.Event()
        _ = parts.rebuilder  # made here once, not by several threads at the same time
        parts.cache.on_progress = self.pulse.beat

    @property
    def threads(self) -> int:
        """How many threads can be at work at the same time: edits, bulk loads, a rebuild, connectors, upkeep."""
        return sum(self._threads.values()) + _FURTHER_THREADS

    def index(self, lane: Lane) -> Slice:
        """Bring what waits in a lane into the index; nothing where enough threads are at it. Raises EngineBusy."""
        if not self._turns[lane].acquire(blocking=False):
            return Slice()
        try:
            done, started = 0, time.monotonic()
            owner, claimed = owner_name(), 1
            while claimed and not self._stopped.is_set() and time.monotonic() - started < SLICE_SECONDS:
                with self.pulse.working():
                    batch = self._parts.synchroniser.run_batch(owner, lanes=[lane], limit=_BATCH[lane])
                done, claimed = done + batch.done, batch.claimed
            if done:
                log.info("index.done", lane=lane, documents=done, seconds=round(time.monotonic() - started, 3))
            return Slice(done, goes_on=claimed > 0 and not self._stopped.is_set())
        finally:
            self._turns[lane].release()

    def reindex(self, job: str) -> bool:
        """Work at a rebuild or a rollback for a slice; whether it goes on."""
        ends_at = time.monotonic() + SLICE_SECONDS
        goes_on = self._parts.rebuilder.run(job, is_over=lambda: self._stopped.is_set() or time.monotonic() > ends_at)
        if not goes_on:
            self._once("measure", self._parts.calibrator.measure_live)
        return goes_on and not self._stopped.is_set()

    def connect(self, id: str) -> bool:
        """Read a connector's source for a slice; whether more is left."""
        return self._parts.runner.run_slice(id, owner_name()) and not self._stopped.is_set()

    def reconcile(self) -> None:
        """See that index and content store say the same, and that the index is built under today's rules."""
        self._once("reconcile", self._compare)
        self._once("measure", self._parts.calibrator.measure_live)

    def _compare(self) -> None:
        self._parts.synchroniser.sweep()
        self._parts.rebuilder.request_if_outdated()
        self._parts.rebuilder.tidy()

    def prune(self) -> None:
        """End jobs whose process is gone, and forget old ones."""
        if ended := self._parts.jobs.end_abandoned():
            log.warning("jobs.abandoned", jobs=ended)
        self._parts.jobs.prune(older_than_seconds=_JOB_DAYS * 86_400)

    def checkpoint(self) -> None:
        """Fold the content store's log into its file; never twice at the same time (see Database)."""
        self._once("checkpoint", self._parts.database.checkpoint)

    def _once(self, name: str, work: Callable[[], object]) -> None:
        """Do it, unless a thread of this process is at it."""
        if self._at_it[name].acquire(blocking=False):
            try:
                work()
            finally:
                self._at_it[name].release()

    def care(self) -> None:
        """Look after listings: duplicates, and doubts about where they are."""
        self._parts.listing_care.run()

    def release_dead(self) -> None:
        """Take over at once what dead workers of this machine held; claims of others run out by themselves."""
        try:
            own = f"{self.worker}-"  # of an earlier process with this number: this one has claimed nothing yet
            owners = self._parts.outbox.owners()
            if dead := [owner for owner in owners if is_dead(owner) or owner.startswith(own)]:
                log.info("index.released", documents=self._parts.outbox.release(dead))
        except Unavailable as error:
            log.warning("index.release_failed", error=str(error))

    def end_slices(self) -> None:
        """Begin nothing more; running slices end after the batch that they are at."""
        self._stopped.set()

    def stop(self) -> None:
        """The same, and let running batches finish."""
        self.end_slices()
        ends = time.monotonic() + _STOP_SECONDS
        for lane, turns in self._turns.items():
            for _ in range(self._threads[lane]):
                turns.acquire(timeout=max(ends - time.monotonic(), 0.01))
