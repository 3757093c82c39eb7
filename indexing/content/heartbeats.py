"""Signs of life of the workers, for status, for `doctor` and for whoever restarts them."""

from datetime import datetime

from msgspec import Struct
from sqlalchemy import delete, select

from indexing.content.clock import as_datetime, now
from indexing.content.database import Database
from indexing.content.tables import heartbeats

SILENT_SECONDS = 30.0
"""A worker that was not seen for this long is frozen, deaf or dead."""
_FORGOTTEN_SECONDS = 3_600.0


class Heartbeat(Struct, frozen=True):
    """One worker process and when it was last at work."""

    worker: str
    started_at: datetime | None
    seen_at: datetime | None
    silent_seconds: float

    @property
    def is_alive(self) -> bool:
        """Whether it was seen lately."""
        return self.silent_seconds < SILENT_SECONDS


class HeartbeatStore:
    """The workers' signs of life. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def beat(self, worker: str) -> None:
        """`worker` is at work."""
        moment = now()
        statement = self._database.insert(heartbeats).values(worker=worker, started_at=moment, seen_at=moment)
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["worker"], set_={"seen_at": moment}))
            connection.execute(delete(heartbeats).where(heartbeats.c.seen_at < moment - int(_FORGOTTEN_SECONDS * 1e6)))

    def end(self, worker: str) -> None:
        """`worker` stopped on purpose."""
        with self._database.write() as connection:
            connection.execute(delete(heartbeats).where(heartbeats.c.worker == worker))

    def all(self) -> list[Heartbeat]:
        """Every worker of the last hour that did not stop on purpose, the one seen last first."""
        moment = now()
        with self._database.read() as connection:
            rows = connection.execute(select(heartbeats).order_by(heartbeats.c.seen_at.desc())).all()
        return [
            Heartbeat(
                row.worker, as_datetime(row.started_at), as_datetime(row.seen_at), max(moment - row.seen_at, 0) / 1e6
            )
            for row in rows
        ]
