"""The outbox: what is still to be indexed, who works on it, and how often it was tried.

Queues only carry the news that there is something here. A row leaves when the index holds its
revision; a document that keeps failing is set aside with its reason and holds nobody up.
"""

from collections.abc import Collection, Sequence
from typing import Literal

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, delete, func, select, update

from indexing.content.clock import now
from indexing.content.database import Database
from indexing.content.jobs import add_done, add_failure
from indexing.content.tables import documents, job_failures, jobs, outbox
from indexing.documents import DocumentType

Lane = Literal["live", "bulk"]
_LANES: dict[Lane, int] = {"live": 0, "bulk": 1}
LEASE_SECONDS = 10.0
"""How long a claim stands without being renewed: the longest that work waits for a dead worker."""

MAX_ATTEMPTS = 5
_SUSPECT_ATTEMPTS = 2
"""From here on a document is tried alone, so that it can only harm itself."""
_FIRST_BACKOFF_SECONDS = 2.0


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

        A document that failed before is taken alone.
        """
        moment = now()
        due = (
            select(outbox)
            .where(
                outbox.c.set_aside.is_(False),
                outbox.c.lane.in_([_LANES[lane] for lane in lanes]),
                outbox.c.due_at <= moment,
                outbox.c.claimed_until <= moment,
            )
            .order_by(outbox.c.lane, outbox.c.enqueued_at)
            .limit(limit)
        )
        with self._database.read() as connection:
            if connection.execute(due.limit(1)).first() is None:
                return []
        with self._database.write() as connection:
            rows = connection.execute(due.with_for_update(skip_locked=True))
            claims = _alone_if_suspect([Claim(row.type, row.id, row.revision, row.attempts + 1) for row in rows])
            for claim in claims:
                if claim.attempts > MAX_ATTEMPTS:
                    self._set_aside(connection, claim, "the worker died each time it tried this document")
                    continue
                connection.execute(
                    update(outbox)
                    .where(outbox.c.type == claim.type, outbox.c.id == claim.id)
                    .values(claimed_by=owner, claimed_until=_lease_end(moment), attempts=claim.attempts)
                )
        return [claim for claim in claims if claim.attempts <= MAX_ATTEMPTS]

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

    def retry(self, job: str) -> int:
        """Bring the documents of a job that were set aside back to work; returns how many."""
        with self._database.write() as connection:
            connection.execute(delete(job_failures).where(job_failures.c.job == job))
            found = connection.execute(
                update(outbox)
                .where(outbox.c.job == job, outbox.c.set_aside.is_(True))
                .values(set_aside=False, attempts=0, due_at=now())
            ).rowcount
            if found:
                connection.execute(update(jobs).where(jobs.c.id == job).values(state="running", finished_at=None))
        return found

    def waiting(self, lanes: Collection[Lane] = ("live", "bulk")) -> int:
        """The number of documents that wait or are being worked on."""
        query = (
            select(func.count())
            .select_from(outbox)
            .where(outbox.c.set_aside.is_(False), outbox.c.lane.in_([_LANES[lane] for lane in lanes]))
        )
        with self._database.read() as connection:
            return connection.execute(query).scalar_one()

    def failed(self, *, limit: int = 1_000) -> list[tuple[DocumentType, str, str]]:
        """Type, id and reason of the documents that were set aside."""
        query = select(outbox.c.type, outbox.c.id, outbox.c.error).where(outbox.c.set_aside.is_(True)).limit(limit)
        with self._database.read() as connection:
            return [(row.type, row.id, row.error or "") for row in connection.execute(query)]


def _alone_if_suspect(claims: list[Claim]) -> list[Claim]:
    if claims and claims[0].attempts > _SUSPECT_ATTEMPTS:
        return claims[:1]
    return [claim for claim in claims if claim.attempts <= _SUSPECT_ATTEMPTS]


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
