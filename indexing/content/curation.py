"""What editors decided, as the content store keeps it: it outlives every index."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct
from sqlalchemy import delete, func, select

from indexing.content.clock import as_datetime, now
from indexing.content.database import Database
from indexing.content.tables import curation


class Decision(Struct, frozen=True):
    """One decision; the payload is for those who know its kind."""

    id: str
    payload: bytes
    updated_at: datetime | None
    updated_by: str


class CurationStore:
    """Decisions by kind and id. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put_all(self, kind: str, payloads: Mapping[str, bytes], *, by: str) -> None:
        """Make or replace decisions of one kind by id, all or none."""
        with self._database.write() as connection:
            newest = connection.execute(select(func.max(curation.c.updated_at))).scalar() or 0
            moment = max(now(), newest + 1)  # also where this clock is behind: the version must change
            for id, payload in payloads.items():
                values = {"payload": payload, "updated_at": moment, "updated_by": by[:200]}
                statement = self._database.insert(curation).values(kind=kind, id=id, **values)
                connection.execute(statement.on_conflict_do_update(index_elements=["kind", "id"], set_=values))

    def delete(self, kind: str, id: str) -> bool:
        """Take a decision back; False when there is none."""
        with self._database.write() as connection:
            return connection.execute(delete(curation).where(curation.c.kind == kind, curation.c.id == id)).rowcount > 0

    def all(self, kind: str) -> list[Decision]:
        """Every decision of a kind, by id."""
        query = select(curation).where(curation.c.kind == kind).order_by(curation.c.id)
        with self._database.read() as connection:
            return [
                Decision(row.id, bytes(row.payload), as_datetime(row.updated_at), row.updated_by)
                for row in connection.execute(query)
            ]

    def version(self) -> str:
        """Another one after every change."""
        with self._database.read() as connection:
            count, newest = connection.execute(select(func.count(), func.max(curation.c.updated_at))).one()
        return f"{count}.{newest or 0}"
