"""The care of listings in the content store: reports of visitors, and duplicates."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import delete, func, select, update

from indexing.content.clock import as_datetime, now
from indexing.content.database import Database
from indexing.content.tables import listing_distinctions, listing_duplicates, listing_reports
from indexing.documents import DocumentType
from indexing.duplicates import Duplicate, Pair
from indexing.errors import NotFound
from indexing.redaction import redacted

REPORT_DAYS = 90
"""Days after which a report is forgotten, settled or not."""
Reason = Literal["wrong_phone", "closed", "moved", "wrong_price", "wrong_insurance", "other"]
_MOST_REPORTS = 5_000
"""Reports beyond this many are of a flood: the oldest make room."""


class Report(Struct, frozen=True, kw_only=True):
    """Something that a visitor finds wrong."""

    id: str
    type: DocumentType
    document: str
    reason: Reason
    text: str
    created_at: datetime | None
    settled_at: datetime | None
    settled_by: str | None


class FoundDuplicate(Struct, frozen=True, kw_only=True):
    """A listing that is not shown, the one shown in its place, and what they share."""

    id: str
    shown: str
    reasons: tuple[str, ...]
    found_at: datetime | None


class ListingStore:
    """Reports and duplicates. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def report(self, type: DocumentType, document: str, reason: Reason, text: str) -> str:
        """Keep a report without what tells who made it; returns its id. While one waits, it is not kept twice."""
        plain = redacted(text)
        told = {"type": type, "document": document, "reason": reason, "text": plain}
        same = [listing_reports.c[name] == value for name, value in told.items()]
        with self._database.write() as connection:
            waiting = select(listing_reports.c.id).where(*same, listing_reports.c.settled_at.is_(None))
            if (known := connection.execute(waiting).scalar()) is not None:
                return str(known)
            if connection.execute(select(func.count()).select_from(listing_reports)).scalar_one() >= _MOST_REPORTS:
                oldest = select(func.min(listing_reports.c.created_at)).scalar_subquery()
                connection.execute(delete(listing_reports).where(listing_reports.c.created_at == oldest))
            id = secrets.token_hex(8)
            connection.execute(listing_reports.insert().values(id=id, created_at=now(), **told))
        return id

    def reports(self, *, open_only: bool = True, limit: int = 200) -> list[Report]:
        """Reports, the newest first."""
        query = select(listing_reports).order_by(listing_reports.c.created_at.desc()).limit(limit)
        if open_only:
            query = query.where(listing_reports.c.settled_at.is_(None))
        with self._database.read() as connection:
            return [_report(row) for row in connection.execute(query)]

    def get(self, id: str) -> Report:
        """One report. Raises NotFound."""
        with self._database.read() as connection:
            row = connection.execute(select(listing_reports).where(listing_reports.c.id == id)).first()
        if row is None:
            raise NotFound(f"there is no report {id!r}")
        return _report(row)

    def settle(self, id: str, *, by: str, all_of_document: bool = False) -> None:
        """An editor has dealt with a report, or with every one of its document. Raises NotFound."""
        found = self.get(id)
        which = listing_reports.c.id == id
        if all_of_document:
            which = (listing_reports.c.type == found.type) & (listing_reports.c.document == found.document)
        settled = update(listing_reports).where(which, listing_reports.c.settled_at.is_(None))
        with self._database.write() as connection:
            connection.execute(settled.values(settled_at=now(), settled_by=by))

    def prune(self) -> int:
        """Forget reports of more than REPORT_DAYS ago; returns how many."""
        old = listing_reports.c.created_at < now() - REPORT_DAYS * 86_400_000_000
        with self._database.read() as connection:
            if connection.execute(select(listing_reports.c.id).where(old).limit(1)).first() is None:
                return 0
        with self._database.write() as connection:
            return connection.execute(delete(listing_reports).where(old)).rowcount

    def keep_duplicates(self, found: Sequence[Duplicate]) -> None:
        """Replace what was found before."""
        if {(each.id, each.shown) for each in self.duplicates()} == {(each.id, each.shown) for each in found}:
            return
        moment = now()
        rows = [
            {"id": each.id, "shown": each.shown, "reasons": ",".join(each.reasons), "found_at": moment}
            for each in found
        ]
        with self._database.write() as connection:
            connection.execute(delete(listing_duplicates))
            if rows:
                connection.execute(listing_duplicates.insert(), rows)

    def duplicates(self) -> list[FoundDuplicate]:
        """Listings that are not shown since another one stands for them."""
        with self._database.read() as connection:
            rows = connection.execute(select(listing_duplicates).order_by(listing_duplicates.c.shown)).all()
        return [
            FoundDuplicate(
                id=row.id, shown=row.shown, reasons=tuple(row.reasons.split(",")), found_at=as_datetime(row.found_at)
            )
            for row in rows
        ]

    def stand_ins(self) -> dict[str, str]:
        """Ids of listings that are not shown, each with the one that is shown in its place."""
        with self._database.read() as connection:
            rows = connection.execute(select(listing_duplicates.c.id, listing_duplicates.c.shown))
            return {row.id: row.shown for row in rows}

    def distinguish(self, one: str, other: str, *, by: str) -> None:
        """An editor says that two listings are two places: both are shown from now on."""
        low, high = sorted((one, other))
        decided = {"one": low, "other": high, "decided_at": now(), "decided_by": by}
        statement = self._database.insert(listing_distinctions).values(**decided)
        between = listing_duplicates.c.id.in_((one, other)) & listing_duplicates.c.shown.in_((one, other))
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_nothing())
            connection.execute(delete(listing_duplicates).where(between))

    def distinct(self) -> frozenset[Pair]:
        """Pairs that an editor holds for two places."""
        with self._database.read() as connection:
            rows = connection.execute(select(listing_distinctions.c.one, listing_distinctions.c.other)).all()
        return frozenset((row.one, row.other) for row in rows)


def _report(row: Any) -> Report:
    return Report(
        id=row.id,
        type=row.type,
        document=row.document,
        reason=row.reason,
        text=row.text,
        created_at=as_datetime(row.created_at),
        settled_at=as_datetime(row.settled_at),
        settled_by=row.settled_by,
    )
