"""The outbox: what is still to be indexed, who works on it, and how often it was tried.

Queues only carry the news that there is something here. A row leaves when the index holds its
revision; a document that keeps failing is set aside with its reason and holds nobody up.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, select, tuple_, update

from indexing.content.clock import as_datetime, now
from indexing.content.database import Database
from indexing.content.jobs import add_done, add_failure
from indexing.content.tables import documents, job_failures, jobs, outbox
from indexing.documents import DocumentType

Lane = Literal["live", "bulk"]
_LANES: dict[Lane, int] = {"live": 0, "bulk": 1}
LEASE_SECONDS = 10.0
"""How long a claim stands without being renewed: the longest that work waits for a dead worker."""

MAX_ATTEMPTS = 5
_SUSPECT_ATTEMPTS = 1
"""From here on a document is tried alone, so that it can only harm itself."""
_FIRST_BACKOFF_SECONDS = 2.0
_BATCH_BYTES = 100_000
"""Of stored documents in one claim: some seconds of encoding on two processors."""


class Claim(Struct, frozen=True):
    """One document that a worker has taken for now."""

    type: DocumentType
    id: str
    revision: int
    attempts: int


def put_in_outbox(
    database: Database,
    connection: Connection,
    kind: DocumentType,
    id: str,
    *,
    revision: int,
    lane: Lane,
    job: str | None,
) -> None:
    """Record in the caller's transaction that `revision` must reach the index.

    An older waiting revision is superseded: its job counts it as done. An edit overtakes bulk work
    and never falls behind it.
    """
    moment = now()
    waiting = connection.execute(
        select(outbox.c.job, outbox.c.lane, outbox.c.set_aside).where(outbox.c.type == kind, outbox.c.id == id)
    ).first()
    if waiting is not None and waiting.job is not None and not waiting.set_aside:
        add_done(connection, waiting.job)
    fresh = {"revision": revision, "job": job, "due_at": moment, "attempts": 0, "set_aside": False, "error": None}
    row = {"type": kind, "id": id, "enqueued_at": moment, "lane": _LANES[lane], **fresh}
    kept_lane = min(_LANES[lane], waiting.lane) if waiting is not None else _LANES[lane]
    connection.execute(
        database.insert(outbox)
        .values(**row)
        .on_conflict_do_update(index_elements=["type", "id"], set_={**fresh, "lane": kept_lane})
    )


class Outbox:
    """The waiting work. Thread-safe; any number of workers on any number of hosts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, owner: str, *, lanes: Collection[Lane], limit: int) -> list[Claim]:
        """Take up to `limit` documents for LEASE_SECONDS, edits before bulk, oldest first.

        A document that failed before is taken alone; so is a long one, so that small ones do not wait for it.
        """
        moment = now()
        due = (
            select(outbox, func.length(documents.c.payload).label("bytes"))
            .join(documents, and_(documents.c.type == outbox.c.type, documents.c.id == outbox.c.id))
            .where(*_due(lanes, moment))
            .order_by(outbox.c.lane, outbox.c.enqueued_at)
            .limit(limit)
        )
        if not self.is_due(lanes):
            return []
        with self._database.write(in_turn=False) as connection:
            rows = _small_enough(connection.execute(due.with_for_update(skip_locked=True, of=outbox)).all())
            claims = _alone_if_suspect([Claim(row.type, row.id, row.revision, row.attempts + 1) for row in rows])
            for claim in claims:
                connection.execute(
                    update(outbox)
                    .where(outbox.c.type == claim.type, outbox.c.id == claim.id)
                    .values(claimed_by=owner, claimed_until=_lease_end(moment), attempts=claim.attempts)
                )
        for hopeless in (claim for claim in claims if claim.attempts > MAX_ATTEMPTS):
            with self._database.write() as connection:
                self._set_aside(connection, hopeless, "the worker died each time it tried this document")
        return [claim for claim in claims if claim.attempts <= MAX_ATTEMPTS]

    def is_due(self, lanes: Collection[Lane]) -> bool:
        """Whether a document waits to be claimed."""
        with self._database.read() as connection:
            return connection.execute(select(outbox.c.id).where(*_due(lanes, now())).limit(1)).first() is not None

    def renew(self, owner: str, claims: Collection[Claim]) -> None:
        """Hold `claims` for another LEASE_SECONDS."""
        with self._database.write() as connection:
            for claim in claims:
                connection.execute(update(outbox).where(*_held(owner, claim)).values(claimed_until=_lease_end(now())))

    def finish(self, claims: Sequence[Claim]) -> None:
        """The index holds these revisions. A newer revision that came meanwhile stays waiting."""
        moment = now()
        with self._database.write() as connection:
            for claim in claims:
                connection.execute(
                    update(documents)
                    .where(
                        documents.c.type == claim.type,
                        documents.c.id == claim.id,
                        documents.c.indexed_revision < claim.revision,
                    )
                    .values(indexed_revision=claim.revision, indexed_at=moment)
                )
                done = connection.execute(
                    delete(outbox)
                    .where(outbox.c.type == claim.type, outbox.c.id == claim.id, outbox.c.revision <= claim.revision)
                    .returning(outbox.c.job)
                ).first()
                if done is None:
                    _release(connection, claim)
                elif done.job is not None:
                    add_done(connection, done.job)

    def fail(self, claim: Claim, error: str) -> None:
        """Count a failure of the document itself: tried again later, set aside after MAX_ATTEMPTS."""
        pause = _FIRST_BACKOFF_SECONDS * 2 ** (claim.attempts - 1)
        with self._database.write() as connection:
            if claim.attempts < MAX_ATTEMPTS:
                _release(connection, claim, due_at=now() + int(pause * 1e6), error=error)
                return
            self._set_aside(connection, claim, error)

    def set_aside(self, claim: Claim, error: str) -> None:
        """Put a document aside at once, with a reason that trying again would not change."""
        with self._database.write() as connection:
            self._set_aside(connection, claim, error)

    def _set_aside(self, connection: Connection, claim: Claim, error: str) -> None:
        aside = connection.execute(
            update(outbox)
            .where(*_same(claim))
            .values(set_aside=True, error=error, claimed_by=None, claimed_until=0)
            .returning(outbox.c.job)
        ).first()
        if aside is not None and aside.job is not None:
            add_failure(self._database, connection, aside.job, claim.type, claim.id, error)

    def postpone(self, owner: str, claims: Collection[Claim], *, seconds: float, error: str) -> None:
        """Give back what `owner` still holds and failed through no fault of its own: the engine was away, say."""
        with self._database.write() as connection:
            for claim in claims:
                released = {"claimed_by": None, "claimed_until": 0, "due_at": now() + int(seconds * 1e6)}
                connection.execute(
                    update(outbox)
                    .where(*_held(owner, claim))
                    .values(**released, error=error, attempts=claim.attempts - 1)
                )

    def release(self, owners: Collection[str]) -> int:
        """Take back the claims of owners that are known to be dead, before these run out; returns how many."""
        released = update(outbox).where(outbox.c.claimed_by.in_(owners)).values(claimed_by=None, claimed_until=0)
        with self._database.write() as connection:
            return connection.execute(released).rowcount

    def owners(self) -> list[str]:
        """Whoever holds a claim, dead or alive."""
        query = select(outbox.c.claimed_by).where(outbox.c.claimed_by.is_not(None)).distinct()
        with self._database.read() as connection:
            return list(connection.execute(query).scalars())

    def retry(self, job: str) -> int:
        """Bring the documents of a job that were set aside back to work; returns how many."""
        own = outbox.c.job == job
        reported = select(job_failures.c.type, job_failures.c.id).where(job_failures.c.job == job)
        with self._database.write() as connection:
            return _back_to_work(connection, own | tuple_(outbox.c.type, outbox.c.id).in_(reported))

    def retry_failed(self, failures: "FailureFilter") -> int:
        """Bring documents that were set aside back to work, whichever job they belong to; returns how many."""
        with self._database.write() as connection:
            return _back_to_work(connection, *failures.conditions)

    def waiting(self, lanes: Collection[Lane] = ("live", "bulk")) -> int:
        """The number of documents that wait or are being worked on."""
        query = (
            select(func.count())
            .select_from(outbox)
            .where(outbox.c.set_aside.is_(False), outbox.c.lane.in_([_LANES[lane] for lane in lanes]))
        )
        with self._database.read() as connection:
            return connection.execute(query).scalar_one()

    def failed(self, failures: "FailureFilter | None" = None, *, limit: int = 1_000) -> list["Failure"]:
        """The documents that were set aside, with the reason, by type and id."""
        conditions = (failures or FailureFilter()).conditions
        query = select(outbox).where(outbox.c.set_aside.is_(True), *conditions).order_by(outbox.c.type, outbox.c.id)
        with self._database.read() as connection:
            rows = connection.execute(query.limit(limit))
            return [Failure(row.type, row.id, row.error or "", row.job, as_datetime(row.enqueued_at)) for row in rows]


class Failure(Struct, frozen=True):
    """A document that was set aside after it had failed again and again."""

    type: DocumentType
    id: str
    error: str
    job: str | None
    """The write that it belongs to; none when the reconciliation put it to work."""
    waiting_since: datetime | None


class FailureFilter(Struct, frozen=True):
    """Which failures are meant; empty fields mean all."""

    type: DocumentType | None = None
    ids: tuple[str, ...] = ()
    error: str = ""
    """Text that the reason contains."""

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """The same in SQL."""
        wanted: list[ColumnElement[bool]] = []
        if self.type:
            wanted.append(outbox.c.type == self.type)
        if self.ids:
            wanted.append(outbox.c.id.in_(self.ids))
        if self.error:
            wanted.append(outbox.c.error.contains(self.error, autoescape=True))
        return wanted


def _back_to_work(connection: Connection, *conditions: ColumnElement[bool]) -> int:
    """Documents that were set aside start anew, and the writes that counted them as failed run again."""
    again = update(outbox).where(outbox.c.set_aside.is_(True), *conditions)
    rows = connection.execute(
        again.values(set_aside=False, attempts=0, due_at=now()).returning(outbox.c.type, outbox.c.id, outbox.c.job)
    ).all()
    for row in rows:
        failure = job_failures.c.type == row.type, job_failures.c.id == row.id
        connection.execute(delete(job_failures).where(job_failures.c.job == row.job, *failure))
    writes = {row.job for row in rows if row.job is not None}
    for job in writes:
        resumed = update(jobs).where(jobs.c.id == job, jobs.c.kind == "write")
        connection.execute(resumed.values(state="running", finished_at=None))
    return len(rows)


def _small_enough(rows: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    """The first rows of at most _BATCH_BYTES together, and at least one."""
    total = 0
    for number, row in enumerate(rows):
        total += row.bytes
        if number and total > _BATCH_BYTES:
            return rows[:number]
    return rows


def _alone_if_suspect(claims: list[Claim]) -> list[Claim]:
    if claims and claims[0].attempts > _SUSPECT_ATTEMPTS:
        return claims[:1]
    return [claim for claim in claims if claim.attempts <= _SUSPECT_ATTEMPTS]


def _due(lanes: Collection[Lane], moment: int) -> tuple[ColumnElement[bool], ...]:
    in_lanes = outbox.c.lane.in_([_LANES[lane] for lane in lanes])
    return outbox.c.set_aside.is_(False), in_lanes, outbox.c.due_at <= moment, outbox.c.claimed_until <= moment


def _lease_end(moment: int) -> int:
    return moment + int(LEASE_SECONDS * 1e6)


def _same(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    return outbox.c.type == claim.type, outbox.c.id == claim.id, outbox.c.revision == claim.revision


def _held(owner: str, claim: Claim) -> tuple[ColumnElement[bool], ...]:
    return *_same(claim), outbox.c.claimed_by == owner


def _release(connection: Connection, claim: Claim, **values: object) -> None:
    newer = update(outbox).where(outbox.c.type == claim.type, outbox.c.id == claim.id)
    connection.execute(newer.where(outbox.c.revision > claim.revision).values(claimed_by=None, claimed_until=0))
    connection.execute(update(outbox).where(*_same(claim)).values(claimed_by=None, claimed_until=0, **values))
