"""What comparing the index with the content store found, counted since the store was made."""

from datetime import datetime
from typing import Literal

from msgspec import Struct
from sqlalchemy import select

from indexing.content.clock import as_datetime, now
from indexing.content.database import Database
from indexing.content.tables import drift
from indexing.documents import DocumentType

DriftKind = Literal["lacking", "foreign"]
"""`lacking`: the index is behind what the store took for indexed. `foreign`: the index holds what the store
does not know, as after the restoring of an older store."""


class Drift(Struct, frozen=True):
    """One kind of finding in one index."""

    type: DocumentType
    kind: DriftKind
    documents: int
    last_at: datetime | None


class DriftStore:
    """Counts of findings. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, type: DocumentType, kind: DriftKind, documents: int) -> None:
        """Count a finding."""
        moment = now()
        statement = self._database.insert(drift).values(type=type, kind=kind, documents=documents, last_at=moment)
        grown = {"documents": drift.c.documents + documents, "last_at": moment}
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["type", "kind"], set_=grown))

    def all(self) -> list[Drift]:
        """Every finding so far."""
        with self._database.read() as connection:
            rows = connection.execute(select(drift).order_by(drift.c.type, drift.c.kind)).all()
        return [Drift(row.type, row.kind, row.documents, as_datetime(row.last_at)) for row in rows]
