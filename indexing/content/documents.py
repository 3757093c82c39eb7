"""Stored documents and the order of their writes.

A write and the outbox row that stands for its indexing are one transaction: what was accepted is
in the index in the end, whatever happens to queues and processes.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, Select, and_, func, select, update

from indexing.content.clock import as_datetime, microseconds, now
from indexing.content.database import Database
from indexing.content.jobs import finish_if_complete, start_job
from indexing.content.order import SourceOrder, credible
from indexing.content.outbox import Lane, put_in_outbox
from indexing.content.tables import documents, jobs, outbox
from indexing.documents import (
    DOCUMENT_TYPES,
    Document,
    DocumentType,
    decode_document,
    document_type,
    encode_document,
    public_from,
)
from indexing.errors import NotFound

_CHUNK = 400
"""Keys in one IN list: well below SQLite's limit of bound values."""


class StoredDocument(Struct, frozen=True):
    """A document row; `document` is None for a tombstone, and where `fault` says why the row cannot be read."""

    type: DocumentType
    id: str
    revision: int
    document: Document | None
    indexed_revision: int
    indexed_at: datetime | None
    fault: str = ""
    """What today's rules refuse in a document that earlier rules accepted; empty for all others."""
    order: SourceOrder = SourceOrder()
    """The newest place in the sender's order that was seen."""


class Write(Struct, frozen=True):
    """A wish to store (or, with `document` None, to delete) one document."""

    type: DocumentType
    id: str
    document: Document | None
    order: SourceOrder = SourceOrder()

    @classmethod
    def storing(cls, document: Document) -> "Write":
        """The write that stores `document`, ordered by the document's own fields."""
        updated_at = microseconds(document.updated_at) if document.updated_at else None
        return cls(document_type(document), document.id, document, SourceOrder(updated_at, document.revision))


Outcome = Literal["stored", "unchanged", "stale", "unknown"]
"""`unknown`: a delete of a document that never was, without an order that a late write could be held against."""


def plan_write(write: Write, payload: bytes, stored: "StoredRow | None") -> Outcome:
    """What a write does to the stored row: the sender's order decides, the arrival only where there is none."""
    if stored is None:
        is_known = write.document is not None or write.order != SourceOrder()
        return "stored" if is_known else "unknown"
    if _is_older(write.order.revision, stored.order.revision):
        return "stale"
    if write.order.revision is None and _is_older(write.order.updated_at, stored.order.updated_at):
        return "stale"
    if write.document is None:
        is_newer = _is_older(stored.order.revision, write.order.revision) or _is_older(
            stored.order.updated_at, write.order.updated_at
        )
        return "unchanged" if stored.deleted and not is_newer else "stored"
    if stored.deleted:
        return "stale" if _is_same(write.order, stored.order) else "stored"
    return "unchanged" if payload == stored.payload else "stored"


def _is_same(sent: SourceOrder, kept: SourceOrder) -> bool:
    """Whether a write is as old as the delete that it meets: the delete stands."""
    if sent.revision is not None:
        return sent.revision == kept.revision
    return sent.updated_at is not None and sent.updated_at == kept.updated_at


def _is_older(sent: int | None, kept: int | None) -> bool:
    return sent is not None and kept is not None and sent < kept


class WriteResult(Struct, frozen=True):
    """What became of a write, and the place in the sender's order that the document has now."""

    outcome: Outcome
    order: SourceOrder


class StoredRow(Struct, frozen=True):
    """The part of a row that decides about a write."""

    revision: int
    deleted: bool
    payload: bytes
    order: SourceOrder


class DocumentStore:
    """Documents with their revisions. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def accept(self, writes: Sequence[Write], *, lane: Lane, job: str, lines: int = 0) -> list[WriteResult]:
        """Store all `writes` in their order, durable on return; `job` counts their indexing.

        `lines` is how far an upload has been read with them.
        """
        with self._database.write() as connection:
            results = self._accept(connection, writes, lane=lane, job=job)
            if lines:
                connection.execute(update(jobs).where(jobs.c.id == job).values(lines=lines))
        return results

    def accept_one(self, write: Write) -> tuple[str, WriteResult]:
        """Store an edit together with the job that counts its indexing, whose id is returned."""
        with self._database.write() as connection:
            job = start_job(connection, "write", write.type)
            (result,) = self._accept(connection, [write], lane="live", job=job)
            finish_if_complete(connection, job)
        return job, result

    def _accept(self, connection: Connection, writes: Sequence[Write], *, lane: Lane, job: str) -> list[WriteResult]:
        stored = _stored_rows(connection, {(write.type, write.id) for write in writes})
        results: list[WriteResult] = []
        for write in writes:
            key = write.type, write.id
            payload = encode_document(write.document) if write.document is not None else b""
            outcome = plan_write(write, payload, stored.get(key))
            if outcome == "stored":
                row = stored[key] = self._store(connection, write, payload, stored.get(key))
                put_in_outbox(self._database, connection, *key, revision=row.revision, lane=lane, job=job)
            results.append(WriteResult(outcome, stored[key].order if key in stored else SourceOrder()))
        at_once = sum(result.outcome != "stored" for result in results)
        counted = update(jobs).where(jobs.c.id == job)
        connection.execute(counted.values(total=jobs.c.total + len(writes), done=jobs.c.done + at_once))
        return results

    def reset_order(self, kind: DocumentType, id: str) -> bool:
        """Forget the sender's order of a document, so that its next write counts; False where there is no such row."""
        statement = update(documents).where(documents.c.type == kind, documents.c.id == id)
        with self._database.write() as connection:
            return connection.execute(statement.values(source_updated_at=None, source_revision=None)).rowcount > 0

    def _store(self, connection: Connection, write: Write, payload: bytes, stored: StoredRow | None) -> StoredRow:
        moment = now()
        kept = stored.order if stored else SourceOrder()
        updated_at = _later(write.order.updated_at, kept.updated_at)
        if write.document is None and write.order.updated_at is None and write.order.revision is None:
            updated_at = _later(moment, kept.updated_at)
        row = StoredRow(
            revision=stored.revision + 1 if stored else 1,
            deleted=write.document is None,
            payload=payload,
            order=SourceOrder(updated_at, _later(write.order.revision, kept.revision)),
        )
        values = {
            "revision": row.revision,
            "deleted": row.deleted,
            "payload": payload,
            "source_updated_at": row.order.updated_at,
            "source_revision": row.order.revision,
            "stored_at": moment,
        }
        statement = self._database.insert(documents).values(type=write.type, id=write.id, **values)
        connection.execute(statement.on_conflict_do_update(index_elements=["type", "id"], set_=values))
        return row

    def get(self, kind: DocumentType, id: str) -> StoredDocument | None:
        """The row of one document, tombstones included."""
        return self.get_many([(kind, id)]).get((kind, id))

    def public(self, kind: DocumentType, id: str) -> Document:
        """What the public may see by now. Raises NotFound, also for a draft and before `published_at`."""
        row = self.get(kind, id)
        if row is None or row.document is None or public_from(row.document) > datetime.now(UTC):
            raise NotFound(f"there is no {kind} {id!r}")
        return row.document

    def get_many(self, keys: Collection[tuple[DocumentType, str]]) -> dict[tuple[DocumentType, str], StoredDocument]:
        """The rows of `keys`, as far as they exist."""
        with self._database.read() as connection:
            return {(row.type, row.id): _stored_document(row) for row in _rows(connection, keys)}

    def pages(self, kind: DocumentType, *, size: int = 200, after: str = "") -> Iterator[list[StoredDocument]]:
        """All documents of one type behind an id, tombstones included, by id, each page in a transaction of its own."""
        for rows in self._by_id(select(documents), kind, size, after):
            yield [_stored_document(row) for row in rows]

    def revisions(self, kind: DocumentType, *, size: int = 5_000) -> Iterator[dict[str, "Revisions"]]:
        """What the store knows of every document, tombstones included, page by page."""
        query = select(documents.c.id, documents.c.revision, documents.c.indexed_revision)
        for rows in self._by_id(query, kind, size):
            yield {row.id: Revisions(row.revision, row.indexed_revision) for row in rows}

    def _by_id(
        self, query: Select[Any], kind: DocumentType, size: int, after: str = ""
    ) -> Iterator[Sequence[Row[Any]]]:
        """Pages of a query over documents: short transactions, so that none pins the write-ahead log."""
        while True:
            page = query.where(documents.c.type == kind, documents.c.id > after).order_by(documents.c.id).limit(size)
            with self._database.read() as connection:
                rows = connection.execute(page).all()
            if not rows:
                return
            yield rows
            after = rows[-1].id

    def counts(self, kind: DocumentType) -> "DocumentCounts":
        """How many documents are stored, indexed, waiting and set aside."""
        stored = documents.c.type == kind, documents.c.deleted.is_(False)
        with self._database.read() as connection:
            total = connection.execute(select(func.count()).select_from(documents).where(*stored)).scalar_one()
            indexed = connection.execute(
                select(func.count())
                .select_from(documents)
                .where(*stored, documents.c.indexed_revision == documents.c.revision)
            ).scalar_one()
            aside, waiting, oldest = connection.execute(
                select(
                    func.count().filter(outbox.c.set_aside.is_(True)),
                    func.count().filter(outbox.c.set_aside.is_(False)),
                    func.min(outbox.c.enqueued_at).filter(outbox.c.set_aside.is_(False)),
                ).where(outbox.c.type == kind)
            ).one()
        age = (now() - oldest) / 1e6 if oldest else None
        return DocumentCounts(total, indexed, waiting, aside, age)

    def forget_indexed(self, kind: DocumentType, ids: Sequence[str] | None = None) -> None:
        """Take documents (all of a type by default) for not indexed; `requeue_unindexed` puts them to work."""
        statement = update(documents).where(documents.c.type == kind).values(indexed_revision=0, indexed_at=None)
        with self._database.write() as connection:
            if ids is None:
                connection.execute(statement)
            for start in range(0, len(ids or ()), _CHUNK):
                connection.execute(statement.where(documents.c.id.in_((ids or ())[start : start + _CHUNK])))

    def requeue_unindexed(self, kind: DocumentType, *, limit: int = 1_000) -> int:
        """Put documents whose newest revision is neither indexed nor waiting back to work; returns how many."""
        lost = (
            select(documents.c.id, documents.c.revision)
            .outerjoin(outbox, and_(outbox.c.type == documents.c.type, outbox.c.id == documents.c.id))
            .where(
                documents.c.type == kind,
                documents.c.indexed_revision < documents.c.revision,
                outbox.c.id.is_(None),
            )
            .limit(limit)
        )
        with self._database.read() as connection:
            if connection.execute(lost.limit(1)).first() is None:
                return 0
        with self._database.write() as connection:
            rows = connection.execute(lost).all()
            for id, revision in rows:
                put_in_outbox(self._database, connection, kind, id, revision=revision, lane="bulk", job=None)
        return len(rows)


class Revisions(NamedTuple):
    """The newest revision, and the one that is taken for indexed (0: none)."""

    stored: int
    indexed: int


class DocumentCounts(Struct, frozen=True):
    """The state of one type; `oldest_waiting_seconds` is None when nothing waits."""

    stored: int
    indexed: int
    waiting: int
    failed: int
    oldest_waiting_seconds: float | None


def _later(sent: int | None, kept: int | None) -> int | None:
    return max((moment for moment in (sent, kept) if moment is not None), default=None)


def _rows(connection: Connection, keys: Collection[tuple[DocumentType, str]]) -> Iterator[Row[tuple[object, ...]]]:
    for kind in DOCUMENT_TYPES:
        ids = sorted({id for key_kind, id in keys if key_kind == kind})
        for start in range(0, len(ids), _CHUNK):
            chunk = ids[start : start + _CHUNK]
            yield from connection.execute(select(documents).where(documents.c.type == kind, documents.c.id.in_(chunk)))


def _stored_rows(
    connection: Connection, keys: Collection[tuple[DocumentType, str]]
) -> dict[tuple[DocumentType, str], StoredRow]:
    moment = now()
    return {
        (row.type, row.id): StoredRow(row.revision, row.deleted, row.payload, credible(_order(row), moment=moment))
        for row in _rows(connection, keys)
    }


def _order(row: Row[tuple[object, ...]]) -> SourceOrder:
    return SourceOrder(row.source_updated_at, row.source_revision)


def _stored_document(row: Row[tuple[object, ...]]) -> StoredDocument:
    document, fault = (None, "") if row.deleted else _decoded(row.type, row.payload)
    return StoredDocument(
        type=row.type,
        id=row.id,
        revision=row.revision,
        document=document,
        indexed_revision=row.indexed_revision,
        indexed_at=as_datetime(row.indexed_at),
        fault=fault,
        order=_order(row),
    )


def _decoded(kind: DocumentType, payload: bytes) -> tuple[Document | None, str]:
    """A stored document, or None and what today's rules refuse in it: it may be older than they are."""
    try:
        return decode_document(kind, payload), ""
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return None, f"stored by an earlier version and not readable now, send it again: {error}"
