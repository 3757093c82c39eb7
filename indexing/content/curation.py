"""What editors decided, as the content store keeps it: it outlives every index."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, delete, func, select

from indexing.content.clock import as_datetime, now
from indexing.content.database import Database
from indexing.content.tables import curation
from indexing.errors import Conflict


class Decision(Struct, frozen=True):
    """One decision; the payload is for those who know its kind."""

    id: str
    payload: bytes
    updated_at: datetime | None
    updated_by: str
    revision: int = 0
    """Another, higher one with every change of any decision."""


class DecisionChanged(Conflict):
    """Somebody else stored or took back a decision meanwhile: `current` is what is stored now."""

    def __init__(self, kind: str, id: str, current: Decision | None) -> None:
        super().__init__(_changed(id, current))
        self.kind = kind
        self.id = id
        self.current = current


def _changed(id: str, current: Decision | None) -> str:
    if current is None:
        return f"{id} was taken back meanwhile"
    when = f" at {current.updated_at.isoformat()}" if current.updated_at else ""
    return f"{id} was changed by {current.updated_by or 'somebody'}{when}"


class CurationStore:
    """Decisions by kind and id. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put_all(
        self, kind: str, payloads: Mapping[str, bytes], *, by: str, expected: Mapping[str, int] | None = None
    ) -> None:
        """Make or replace decisions of one kind by id, all or none.

        `expected` are revisions that must be stored still, 0 for none. Raises DecisionChanged.
        """
        with self._database.write() as connection:
            _compare(connection, kind, expected or {})
            newest = connection.execute(select(func.max(curation.c.updated_at))).scalar() or 0
            moment = max(now(), newest + 1)  # also where this clock is behind: the version must change
            for id, payload in payloads.items():
                values = {"payload": payload, "updated_at": moment, "updated_by": by[:200]}
                statement = self._database.insert(curation).values(kind=kind, id=id, **values)
                connection.execute(statement.on_conflict_do_update(index_elements=["kind", "id"], set_=values))

    def delete(self, kind: str, id: str, *, expected: int | None = None) -> bool:
        """Take a decision back, of the revision `expected` where one is given; False when there is none.

        Raises DecisionChanged.
        """
        with self._database.write() as connection:
            _compare(connection, kind, {} if expected is None else {id: expected})
            return connection.execute(delete(curation).where(curation.c.kind == kind, curation.c.id == id)).rowcount > 0

    def all(self, kind: str) -> list[Decision]:
        """Every decision of a kind, by id."""
        query = select(curation).where(curation.c.kind == kind).order_by(curation.c.id)
        with self._database.read() as connection:
            return [_decision(row) for row in connection.execute(query)]

    def version(self) -> str:
        """Another one after every change."""
        with self._database.read() as connection:
            count, newest = connection.execute(select(func.count(), func.max(curation.c.updated_at))).one()
        return f"{count}.{newest or 0}"


def _compare(connection: Connection, kind: str, expected: Mapping[str, int]) -> None:
    for id, revision in expected.items():
        row = connection.execute(select(curation).where(curation.c.kind == kind, curation.c.id == id)).first()
        if (row.updated_at if row is not None else 0) != revision:
            raise DecisionChanged(kind, id, None if row is None else _decision(row))


def _decision(row: Row[Any]) -> Decision:
    return Decision(row.id, bytes(row.payload), as_datetime(row.updated_at), row.updated_by, row.updated_at)
