"""The one door of documents that no HTTP request brings: what is accepted here is durable and will be indexed."""

from collections.abc import Sequence

from msgspec import Struct

from indexing.content.documents import DocumentStore, Outcome, Write
from indexing.content.jobs import JobStore
from indexing.content.outbox import Lane, Outbox
from indexing.errors import BacklogFull

_FEW_WRITES = 20
"""More than this many at once are bulk work, which edits do not wait for."""


class Accepted(Struct, frozen=True):
    """The job that counts the indexing of some writes, and what each of them did."""

    job: str
    outcomes: tuple[Outcome, ...]


class Ingest:
    """Accepts writes into the content store. Thread-safe."""

    def __init__(self, store: DocumentStore, jobs: JobStore, outbox: Outbox, *, most_waiting: int) -> None:
        self._store = store
        self._jobs = jobs
        self._outbox = outbox
        self._most_waiting = most_waiting

    def accept(self, writes: Sequence[Write], *, lane: Lane | None = None) -> Accepted:
        """Store `writes` in their order, durable on return. Raises BacklogFull where too many wait already."""
        if not writes:
            return Accepted("", ())
        lane = lane or ("live" if len(writes) <= _FEW_WRITES else "bulk")
        if lane == "bulk" and (waiting := self._outbox.waiting()) >= self._most_waiting:
            raise BacklogFull(f"{waiting} documents wait to be indexed; the connector goes on when workers caught up")
        types = {write.type for write in writes}
        job = self._jobs.open("write", types.pop() if len(types) == 1 else "all")
        try:
            results = self._store.accept(writes, lane=lane, job=job)
        finally:
            self._jobs.close_input(job)
        return Accepted(job, tuple(result.outcome for result in results))
