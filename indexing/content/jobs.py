"""Jobs: what somebody asked for, and how far it is.

A job that counts documents is finished when as many are done or failed as it has; nobody needs to
be there to notice it, so nothing is lost when a process dies between two steps.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, String, case, cast, delete, func, literal, select, update

from indexing.content.clock import as_datetime, now
from indexing.content.database import Database
from indexing.content.owners import is_dead, owner_name
from indexing.content.tables import job_failures, jobs
from indexing.errors import Conflict, NotFound

JobKind = Literal["write", "reindex", "rollback", "fill"]
JobState = Literal["queued", "running", "verifying", "succeeded", "failed", "cancelled"]


LEASE_SECONDS = 10.0
"""How long a claim on a rebuild stands without being renewed."""

_ACTIVE = ("queued", "running", "verifying")
PROMOTING = "promoting"
"""The message of a rebuild that can be cancelled no more: of several indexes the first may be live already."""
_REBUILDS = ("reindex", "rollback")
TAKEN_UP = "taken up again after an interruption"


_UNFINISHED_REBUILDS = (
    select(jobs).where(jobs.c.kind.in_(_REBUILDS), jobs.c.state.in_(_ACTIVE)).order_by(jobs.c.created_at)
)


class FailedDocument(Struct, frozen=True):
    """A document that a job could not bring into the index, and why."""

    id: str
    error: str


class Job(Struct, frozen=True):
    """The state of a job as the HTTP contract shows it."""

    id: str
    kind: JobKind
    type: str
    state: JobState
    done: int
    total: int
    failed_documents: tuple[FailedDocument, ...]
    created_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    eta_seconds: float | None
    documents_per_second: float | None
    message: str
    reembed: bool
    """Whether a rebuild encodes texts again that are known."""


class JobStore:
    """The jobs of the content store. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, kind: JobKind, type: str, *, owner: str | None = None) -> str:
        """Record a new job that `owner` (by default this thread) holds for LEASE_SECONDS; returns its id."""
        id = secrets.token_hex(12)
        lease = _lease(owner or owner_name())
        fresh = {"id": id, "kind": kind, "type": type, "state": "queued", "created_at": now(), **lease}
        with self._database.write() as connection:
            connection.execute(jobs.insert().values(**fresh))
        return id

    def open_reindex(self, type: str, *, reembed: bool) -> str:
        """Record a rebuild of a type (or `all`). Raises Conflict naming the one that is going on."""
        return self._open_rebuild("reindex", type, reembed=reembed)

    def open_rollback(self, type: str) -> str:
        """Record the return of a type (or `all`) to its index before. Raises Conflict naming what is going on."""
        return self._open_rebuild("rollback", type, reembed=False)

    def _open_rebuild(self, kind: JobKind, type: str, *, reembed: bool) -> str:
        id = secrets.token_hex(12)
        with self._database.write() as connection:
            for row in connection.execute(_UNFINISHED_REBUILDS):
                if "all" in (type, row.type) or row.type == type:
                    raise Conflict(f"job {row.id} is rebuilding {row.type} already")
            fresh = {"id": id, "kind": kind, "type": type, "state": "queued", "created_at": now()}
            connection.execute(jobs.insert().values(**fresh, reembed=reembed))
        return id

    def unfinished_rebuilds(self) -> list[Job]:
        """Rebuilds and rollbacks that are not finished, oldest first, those that were broken off included."""
        with self._database.read() as connection:
            return [_job(row, ()) for row in connection.execute(_UNFINISHED_REBUILDS)]

    def waiting_rebuild(self) -> str | None:
        """The oldest unfinished rebuild or rollback, if nobody is at it; others wait for it."""
        with self._database.read() as connection:
            row = connection.execute(_UNFINISHED_REBUILDS.limit(1)).first()
        return row.id if row is not None and not _is_held(row) else None

    def claim_rebuild(self, id: str, owner: str) -> Job | None:
        """A rebuild or rollback that nobody is at, if no other comes first; `owner` holds it for LEASE_SECONDS.

        One that somebody held until now was broken off, and says so in its message.
        """
        with self._database.write() as connection:
            row = connection.execute(_UNFINISHED_REBUILDS.limit(1)).first()
            if row is None or row.id != id or _is_held(row):
                return None
            broken_off = {"message": TAKEN_UP} if row.claimed_by is not None else {}
            claimed = update(jobs).where(jobs.c.id == id).values(**_lease(owner), **broken_off).returning(jobs)
            return _job(connection.execute(claimed).one(), ())

    def take(self, id: str, owner: str) -> None:
        """Hold a job for LEASE_SECONDS, whoever held it before."""
        with self._database.write() as connection:
            connection.execute(update(jobs).where(jobs.c.id == id).values(**_lease(owner)))

    def renew(self, id: str, owner: str) -> None:
        """Hold a job for another LEASE_SECONDS."""
        with self._database.write() as connection:
            connection.execute(update(jobs).where(jobs.c.id == id, jobs.c.claimed_by == owner).values(**_lease(owner)))

    def release(self, id: str, owner: str) -> None:
        """Give a claimed job back, finished or not."""
        with self._database.write() as connection:
            connection.execute(update(jobs).where(jobs.c.id == id, jobs.c.claimed_by == owner).values(**_NO_LEASE))

    def progress(self, id: str, *, state: JobState, done: int, total: int, message: str = "") -> bool:
        """Record how far a rebuild is; False when it was cancelled meanwhile."""
        moment = now()
        ended = {"finished_at": moment} if state in {"succeeded", "failed"} else {}
        values = {"state": state, "done": done, "total": total, "message": message, **ended}
        statement = update(jobs).where(jobs.c.id == id, jobs.c.state.in_(_ACTIVE))
        with self._database.write() as connection:
            connection.execute(statement.where(jobs.c.started_at.is_(None)).values(started_at=moment))
            return connection.execute(statement.values(**values)).rowcount > 0

    def fail_document(self, id: str, type: str, document: str, error: str) -> None:
        """Record a document that a rebuild could not bring in."""
        with self._database.write() as connection:
            add_failure(self._database, connection, id, type, document, error)

    def cancel(self, id: str) -> None:
        """Cancel a rebuild at any moment before its promotion. Raises NotFound and Conflict."""
        statement = update(jobs).where(
            jobs.c.id == id,
            jobs.c.kind.in_(_REBUILDS),
            jobs.c.state.in_(_ACTIVE),
            jobs.c.message != PROMOTING,
        )
        with self._database.write() as connection:
            changed = connection.execute(statement.values(state="cancelled", finished_at=now())).rowcount
        if not changed:
            job = self.get(id)
            raise Conflict(f"job {id} is a {job.kind} in state {job.state}; only a running rebuild can be cancelled")

    def close_input(self, id: str) -> None:
        """All documents of a write job are in: from now on it can finish."""
        running = {"state": "running", "started_at": now(), "finished_at": None, "message": "", **_NO_LEASE}
        with self._database.write() as connection:
            connection.execute(update(jobs).where(jobs.c.id == id).values(**running))
            finish_if_complete(connection, id)

    def break_off(self, id: str) -> None:
        """The rest of an upload will not come: it has failed after its last committed line. What was taken stays."""
        with self._database.write() as connection:
            _break_off(connection, jobs.c.id == id)

    def end_abandoned(self) -> int:
        """Fail uploads, and fillings of an engine, whose process is gone or silent; returns how many.

        Rebuilds are taken over instead (`claim_rebuild`).
        """
        held = select(jobs.c.id, jobs.c.kind, jobs.c.claimed_by, jobs.c.claimed_until).where(
            ((jobs.c.kind == "write") & (jobs.c.state == "queued"))
            | ((jobs.c.kind == "fill") & jobs.c.state.in_(_ACTIVE))
        )
        with self._database.read() as connection:
            if connection.execute(held.limit(1)).first() is None:
                return 0
        with self._database.write() as connection:
            gone = [row for row in connection.execute(held).all() if not _is_held(row)]
            for row in gone:
                if row.kind == "write":
                    _break_off(connection, jobs.c.id == row.id)
                else:
                    ended = {"state": "failed", "finished_at": now(), "message": "its process ended; start it again"}
                    connection.execute(update(jobs).where(jobs.c.id == row.id).values(**ended))
        return len(gone)

    def get(self, id: str) -> Job:
        """One job. Raises NotFound."""
        with self._database.read() as connection:
            row = connection.execute(select(jobs).where(jobs.c.id == id)).first()
            if row is None:
                raise NotFound(f"there is no job {id!r}")
            failures = connection.execute(
                select(job_failures).where(job_failures.c.job == id).order_by(job_failures.c.id).limit(1_000)
            ).all()
        return _job(row, tuple(FailedDocument(failure.id, failure.error) for failure in failures))

    def failures(self, id: str) -> set[tuple[str, str]]:
        """Type and id of every document that failed in a job."""
        query = select(job_failures.c.type, job_failures.c.id).where(job_failures.c.job == id)
        with self._database.read() as connection:
            return {(row.type, row.id) for row in connection.execute(query)}

    def recent(self, *, limit: int = 50) -> list[Job]:
        """The newest jobs first, without their failed documents."""
        with self._database.read() as connection:
            rows = connection.execute(select(jobs).order_by(jobs.c.created_at.desc()).limit(limit))
            return [_job(row, ()) for row in rows]

    def prune(self, *, older_than_seconds: float) -> int:
        """Forget finished jobs that are older; returns how many."""
        old = select(jobs.c.id).where(jobs.c.finished_at < now() - int(older_than_seconds * 1e6))
        with self._database.write() as connection:
            connection.execute(delete(job_failures).where(job_failures.c.job.in_(old)))
            return connection.execute(delete(jobs).where(jobs.c.id.in_(old))).rowcount


_NO_LEASE: Mapping[str, object] = {"claimed_by": None, "claimed_until": 0}


def start_job(connection: Connection, kind: JobKind, type: str) -> str:
    """Record in the caller's transaction a job whose documents come in that transaction; returns its id."""
    id, moment = secrets.token_hex(12), now()
    fresh = {"id": id, "kind": kind, "type": type, "state": "running", "created_at": moment, "started_at": moment}
    connection.execute(jobs.insert().values(**fresh))
    return id


def _break_off(connection: Connection, which: ColumnElement[bool]) -> None:
    message = literal("the upload broke off after line ") + cast(jobs.c.lines, String)
    failed = {"state": "failed", "finished_at": now(), "message": message, **_NO_LEASE}
    connection.execute(update(jobs).where(which, jobs.c.state == "queued").values(**failed))


def _is_held(row: Any) -> bool:
    return row.claimed_by is not None and row.claimed_until > now() and not is_dead(row.claimed_by)


def _lease(owner: str) -> dict[str, object]:
    return {"claimed_by": owner, "claimed_until": now() + int(LEASE_SECONDS * 1e6)}


def add_done(connection: Connection, id: str) -> None:
    """Count one document of job `id` as done, in the caller's transaction."""
    connection.execute(update(jobs).where(jobs.c.id == id).values(done=jobs.c.done + 1))
    finish_if_complete(connection, id)


def add_failure(database: Database, connection: Connection, id: str, type: str, document: str, error: str) -> None:
    """Count one document of job `id` as failed, in the caller's transaction."""
    failure = database.insert(job_failures).values(job=id, type=type, id=document, error=error)
    connection.execute(failure.on_conflict_do_update(index_elements=["job", "type", "id"], set_={"error": error}))
    finish_if_complete(connection, id)


def finish_if_complete(connection: Connection, id: str) -> None:
    """End a write job in the caller's transaction if every document of it is done or failed."""
    failed = select(func.count()).select_from(job_failures).where(job_failures.c.job == id).scalar_subquery()
    connection.execute(
        update(jobs)
        .where(jobs.c.id == id, jobs.c.kind == "write", jobs.c.state == "running", jobs.c.done + failed >= jobs.c.total)
        .values(state=case((failed > 0, "failed"), else_="succeeded"), finished_at=now())
    )


def _job(row: Row[tuple[object, ...]], failures: tuple[FailedDocument, ...]) -> Job:
    return Job(
        id=row.id,
        kind=row.kind,
        type=row.type,
        state=row.state,
        done=row.done,
        total=row.total,
        failed_documents=failures,
        created_at=as_datetime(row.created_at),
        started_at=as_datetime(row.started_at),
        finished_at=as_datetime(row.finished_at),
        eta_seconds=_eta_seconds(row),
        documents_per_second=_rate(row),
        message=row.message,
        reembed=row.reembed,
    )


def _rate(row: Row[tuple[object, ...]]) -> float | None:
    if not row.done or row.started_at is None:
        return None
    seconds = ((row.finished_at or now()) - row.started_at) / 1e6
    return float(round(row.done / max(seconds, 0.001), 1))


def _eta_seconds(row: Row[tuple[object, ...]]) -> float | None:
    rate = _rate(row)
    return round((row.total - row.done) / rate, 1) if row.state == "running" and rate else None
