"""Connectors in the content store: their settings, when they are due, who runs one now, and how runs ended."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct
from sqlalchemy import Row, delete, select, update

from indexing.content.clock import as_datetime, now
from indexing.content.database import Database
from indexing.content.owners import is_dead
from indexing.content.tables import connector_files, connector_hooks, connector_items, connector_runs, connectors
from indexing.errors import Conflict, NotFound
from indexing.sealing import Sealer

LEASE_SECONDS = 90.0
"""How long a claim stands without being renewed; longer than one request to a source with its tries."""
_KEPT_RUNS = 50
_COLUMNS = "columns"
"""What stays of a cursor when a connector's settings change: columns must not get lost by it."""

RunState = Literal["running", "succeeded", "failed", "held"]
"""`held`: it did everything but the removals, which an editor is asked about."""


class StoredConnector(Struct, frozen=True, kw_only=True):
    """A connector's row; `secrets` are sealed, by name."""

    id: str
    kind: str
    settings: Mapping[str, Any]
    secrets: Mapping[str, str]
    is_enabled: bool
    updated_at: datetime | None
    updated_by: str
    cursor: Mapping[str, Any] | None
    progress: Mapping[str, Any] | None
    due_at: int
    full_due_at: int
    failures: int
    message: str
    is_running: bool

    @property
    def missing_columns(self) -> tuple[str, ...]:
        """Of those the ones that its sheet has no more, so that it is not read."""
        return tuple((self.cursor or {}).get("missing", ()))

    @property
    def columns(self) -> tuple[str, ...]:
        """Of a sheet the fields whose columns held something when it was read last."""
        return tuple((self.cursor or {}).get(_COLUMNS, ()))


class RunProblem(Struct, frozen=True):
    """One document that a run could not take."""

    where: str
    message: str


class ConnectorRun(Struct, frozen=True, kw_only=True):
    """One run: what it read and did."""

    number: int
    is_full: bool
    state: RunState
    started_at: datetime | None
    finished_at: datetime | None
    counts: Mapping[str, int]
    problems: tuple[RunProblem, ...]
    message: str


class LeaseLost(Conflict):
    """Somebody else runs this connector now, or it was changed meanwhile: what this one read is thrown away."""


class ConnectorStore:
    """The connectors. Thread-safe."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    # For editors

    def put(
        self, id: str, kind: str, settings: Mapping[str, Any], secrets: Mapping[str, str], *, is_enabled: bool, by: str
    ) -> None:
        """Make or replace a connector; it is read from the beginning at once, and misses columns as before.

        Secrets not given stay, empty ones go. Raises SecretUnreadable where there is no key to seal them with.
        """
        moment = now()
        sealed = {name: self._sealer.seal(value) for name, value in secrets.items() if value}
        with self._database.write() as connection:
            row = connection.execute(select(connectors).where(connectors.c.id == id)).first()
            known = json.loads(row.secrets) if row is not None and row.kind == kind else {}
            kept = {name: token for name, token in known.items() if name not in secrets}
            values = {
                "kind": kind,
                "settings": json.dumps(settings),
                "secrets": json.dumps({**kept, **sealed}),
                "is_enabled": is_enabled,
                "updated_at": moment,
                "updated_by": by,
                "cursor": _columns_alone(row.cursor) if row is not None and row.kind == kind else None,
                "progress": None,
                "due_at": moment,
                "full_due_at": moment,
                "failures": 0,
                "message": "",
                "claimed_by": None,
                "claimed_until": 0,
            }
            statement = self._database.insert(connectors).values(id=id, **values)
            connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))
            forgotten = {"version": "", "etag": "", "modified": ""}  # with other settings it may be another document
            connection.execute(update(connector_items).where(connector_items.c.connector == id).values(**forgotten))

    def get(self, id: str) -> StoredConnector:
        """One connector. Raises NotFound."""
        with self._database.read() as connection:
            row = connection.execute(select(connectors).where(connectors.c.id == id)).first()
        if row is None:
            raise NotFound(f"there is no connector {id!r}")
        return _connector(row)

    def all(self) -> list[StoredConnector]:
        """Every connector by id."""
        with self._database.read() as connection:
            return [_connector(row) for row in connection.execute(select(connectors).order_by(connectors.c.id))]

    def opened(self, connector: StoredConnector) -> dict[str, str]:
        """The secrets of a connector. Raises SecretUnreadable."""
        return {name: self.secret(connector, name) for name in connector.secrets}

    def secret(self, connector: StoredConnector, name: str) -> str:
        """One secret of a connector, empty where it has none. Raises SecretUnreadable."""
        token = connector.secrets.get(name)
        return "" if token is None else self._sealer.opened(token)

    def reseal(self) -> int:
        """Seal every secret with the newest key; returns how many. Raises SecretUnreadable, and then changes none."""
        with self._database.write() as connection:
            rows = connection.execute(select(connectors.c.id, connectors.c.secrets)).all()
            fresh = {row.id: {n: self._sealer.resealed(t) for n, t in json.loads(row.secrets).items()} for row in rows}
            for id, found in fresh.items():
                connection.execute(update(connectors).where(connectors.c.id == id).values(secrets=json.dumps(found)))
        return sum(map(len, fresh.values()))

    def delete(self, id: str) -> bool:
        """Forget a connector with all that it remembered; False where there is none."""
        with self._database.write() as connection:
            for table in (connector_items, connector_runs, connector_hooks, connector_files):
                connection.execute(delete(table).where(table.c.connector == id))
            return connection.execute(delete(connectors).where(connectors.c.id == id)).rowcount > 0

    def request(self, id: str, *, full: bool) -> None:
        """Let a connector run at once, with a comparison of everything where `full`. Raises NotFound."""
        moment = now()
        values = {"due_at": moment, "failures": 0} | ({"full_due_at": moment} if full else {})
        with self._database.write() as connection:
            if not connection.execute(update(connectors).where(connectors.c.id == id).values(**values)).rowcount:
                raise NotFound(f"there is no connector {id!r}")

    def forget_columns(self, id: str) -> None:
        """Let a sheet be read without the columns that it had before, at once. Raises NotFound."""
        with self._database.write() as connection:
            connection.execute(update(connectors).where(connectors.c.id == id).values(cursor=None))
        self.request(id, full=True)

    def put_file(self, id: str, content: bytes, *, by: str) -> None:
        """Keep an uploaded file for a connector and read it at once."""
        values = {"content": content, "stored_at": now(), "stored_by": by}
        statement = self._database.insert(connector_files).values(connector=id, **values)
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["connector"], set_=values))

    def file(self, id: str) -> bytes | None:
        """The uploaded file of a connector."""
        query = select(connector_files.c.content).where(connector_files.c.connector == id)
        with self._database.read() as connection:
            return connection.execute(query).scalar()

    def runs(self, id: str, *, limit: int = 20) -> list[ConnectorRun]:
        """The last runs, the newest first."""
        query = select(connector_runs).where(connector_runs.c.connector == id)
        with self._database.read() as connection:
            return [
                _run(row) for row in connection.execute(query.order_by(connector_runs.c.number.desc()).limit(limit))
            ]

    def take_notice(self, id: str, digest: bytes, *, window_seconds: float) -> bool:
        """Remember a notice's signature; False where it was taken before. Old ones are forgotten."""
        moment = now()
        statement = self._database.insert(connector_hooks).values(connector=id, digest=digest, received_at=moment)
        with self._database.write() as connection:
            old = connector_hooks.c.received_at < moment - int(2 * window_seconds * 1e6)
            connection.execute(delete(connector_hooks).where(old))
            return connection.execute(statement.on_conflict_do_nothing()).rowcount > 0

    # For whoever runs them

    def due(self) -> list[str]:
        """Connectors whose time has come and that nobody runs."""
        moment = now()
        query = select(connectors).where(connectors.c.is_enabled.is_(True), connectors.c.due_at <= moment)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(connectors.c.due_at)).all()
        return [row.id for row in rows if not _is_held(row, moment)]

    def claim(self, id: str, owner: str) -> StoredConnector | None:
        """A connector to be run by `owner`, who holds it for LEASE_SECONDS; None where somebody else does."""
        moment = now()
        with self._database.write() as connection:
            row = connection.execute(select(connectors).where(connectors.c.id == id)).first()
            if row is None or not row.is_enabled or (_is_held(row, moment) and row.claimed_by != owner):
                return None
            connection.execute(update(connectors).where(connectors.c.id == id).values(**_lease(owner)))
        return _connector(row)

    def save(self, id: str, owner: str, **values: Any) -> None:
        """Keep values of a claimed connector and hold it on. Raises LeaseLost."""
        encoded = {name: _text(value) if name in {"cursor", "progress"} else value for name, value in values.items()}
        statement = update(connectors).where(connectors.c.id == id, connectors.c.claimed_by == owner)
        with self._database.write() as connection:
            if not connection.execute(statement.values(**{**_lease(owner), **encoded})).rowcount:
                raise LeaseLost(f"connector {id} is run by somebody else now")

    def finish(self, connector: StoredConnector, owner: str, **values: Any) -> None:
        """Keep the values of a run's end; where another run was asked for meanwhile, that stays due at once."""
        self.save(connector.id, owner, **{name: value for name, value in values.items() if not name.endswith("due_at")})
        own = connectors.c.id == connector.id, connectors.c.claimed_by == owner
        with self._database.write() as connection:
            for name in ("due_at", "full_due_at"):
                if name in values:
                    column = connectors.c[name]
                    as_known = update(connectors).where(*own, column == getattr(connector, name))
                    connection.execute(as_known.values({name: values[name]}))

    def release(self, id: str, owner: str) -> None:
        """Give a claimed connector back."""
        statement = update(connectors).where(connectors.c.id == id, connectors.c.claimed_by == owner)
        with self._database.write() as connection:
            connection.execute(statement.values(claimed_by=None, claimed_until=0))

    def open_run(self, id: str, *, is_full: bool) -> int:
        """Record that a run begins; returns its number, higher than any before."""
        with self._database.write() as connection:
            connection.execute(update(connectors).where(connectors.c.id == id).values(runs=connectors.c.runs + 1))
            number: int = connection.execute(select(connectors.c.runs).where(connectors.c.id == id)).scalar_one()
            fresh = {"connector": id, "number": number, "is_full": is_full, "state": "running", "started_at": now()}
            connection.execute(connector_runs.insert().values(**fresh))
            old = connector_runs.c.connector == id, connector_runs.c.number <= number - _KEPT_RUNS
            connection.execute(delete(connector_runs).where(*old))
        return number

    def record_run(
        self,
        id: str,
        number: int,
        *,
        state: RunState,
        counts: Mapping[str, int],
        problems: Sequence[RunProblem],
        message: str = "",
    ) -> None:
        """Record how far a run is, or how it ended."""
        values = {
            "state": state,
            "counts": json.dumps(dict(counts)),
            "problems": msgspec.json.encode(problems).decode(),
            "message": message,
            "finished_at": None if state == "running" else now(),
        }
        own = connector_runs.c.connector == id, connector_runs.c.number == number
        with self._database.write() as connection:
            connection.execute(update(connector_runs).where(*own).values(**values))


def _is_held(row: Row[Any], moment: int) -> bool:
    return row.claimed_by is not None and row.claimed_until > moment and not is_dead(row.claimed_by)


def _lease(owner: str) -> dict[str, object]:
    return {"claimed_by": owner, "claimed_until": now() + int(LEASE_SECONDS * 1e6)}


def _columns_alone(cursor: str | None) -> str | None:
    kept = json.loads(cursor).get(_COLUMNS) if cursor else None
    return json.dumps({_COLUMNS: kept}) if kept else None


def _text(value: Any) -> str | None:
    return None if value is None else json.dumps(value)


def _connector(row: Row[Any]) -> StoredConnector:
    return StoredConnector(
        id=row.id,
        kind=row.kind,
        settings=json.loads(row.settings),
        secrets=json.loads(row.secrets),
        is_enabled=row.is_enabled,
        updated_at=as_datetime(row.updated_at),
        updated_by=row.updated_by,
        cursor=json.loads(row.cursor) if row.cursor else None,
        progress=json.loads(row.progress) if row.progress else None,
        due_at=row.due_at,
        full_due_at=row.full_due_at,
        failures=row.failures,
        message=row.message,
        is_running=_is_held(row, now()),
    )


def _run(row: Row[Any]) -> ConnectorRun:
    return ConnectorRun(
        number=row.number,
        is_full=row.is_full,
        state=row.state,
        started_at=as_datetime(row.started_at),
        finished_at=as_datetime(row.finished_at),
        counts=json.loads(row.counts),
        problems=msgspec.json.decode(row.problems, type=tuple[RunProblem, ...]),
        message=row.message,
    )
