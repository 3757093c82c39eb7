"""What is remembered of every document of a source."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Literal

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select, update

from indexing.content.database import Database
from indexing.content.tables import connector_items as items
from indexing.content.tables import documents
from indexing.documents import DocumentType

_CHUNK = 200

ItemState = Literal["new", "published", "doubtful", "absent", "failed"]
"""`doubtful`: the source said that it is gone, and it is not removed yet. `failed`: it could not be taken."""


class Item(Struct, frozen=True, kw_only=True):
    """One document of a source; `document` is its id here, empty before it was taken."""

    key: str
    type: DocumentType | Literal[""] = ""
    document: str = ""
    version: str = ""
    listed: str = ""
    url: str = ""
    etag: str = ""
    modified: str = ""
    digest: str = ""
    state: ItemState = "new"
    is_released: bool = False
    is_withdrawn: bool = False
    problem: str = ""


class Listed(Struct, frozen=True):
    """A document in a listing: its version and address as far as the source tells them."""

    key: str
    version: str
    url: str


class ItemCounts(Struct, frozen=True):
    """How many documents of a source are published, found by a search, without effect, and held."""

    published: int = 0
    searchable: int = 0
    failed: int = 0
    held: int = 0


class ItemStore:
    """The items of one connector. Thread-safe."""

    def __init__(self, database: Database, connector: str) -> None:
        self._database = database
        self._connector = connector
        self._own = items.c.connector == connector

    def get(self, keys: Collection[str]) -> dict[str, Item]:
        """Items by key, as far as they are known."""
        with self._database.read() as connection:
            return {row.key: _item(row) for chunk in _chunks(keys) for row in self._rows(connection, chunk)}

    def note_listing(self, entries: Sequence[Listed], run: int) -> None:
        """Mark entries as listed in a run; what is another one than what was read is put to be fetched."""
        with self._database.write() as connection:
            for chunk in _chunks({entry.key: entry for entry in entries}.values()):
                known = {row.key: row for row in self._rows(connection, [entry.key for entry in chunk])}
                fresh = [self._fresh(entry, run) for entry in chunk if entry.key not in known]
                if fresh:
                    connection.execute(items.insert(), fresh)
                for entry in chunk:
                    if (row := known.get(entry.key)) is not None:
                        self._note(connection, entry, row, run)

    def _fresh(self, entry: Listed, run: int) -> dict[str, object]:
        told = {"key": entry.key, "listed": entry.version[:200], "url": entry.url[:2000], "seen": run}
        return {"connector": self._connector, "state": "new", "is_pending": True, **told}

    def _note(self, connection: Connection, entry: Listed, row: Row[Any], run: int) -> None:
        is_known = entry.version and entry.version[:200] == row.version and row.state == "published"
        values: dict[str, object] = {"seen": run, "listed": entry.version[:200]}
        if row.state == "published":
            values |= {"is_held": False, "is_released": False}
        if not is_known:
            values["is_pending"] = True
        connection.execute(update(items).where(self._own, items.c.key == entry.key).values(**values))

    def mark_pending(self, keys: Iterable[str]) -> int:
        """Let documents be fetched, also ones that are not known yet; returns how many."""
        wanted = list(dict.fromkeys(keys))
        with self._database.write() as connection:
            for key in wanted:
                fresh = {"connector": self._connector, "key": key, "state": "new", "is_pending": True}
                statement = self._database.insert(items).values(**fresh)
                again = statement.on_conflict_do_update(index_elements=["connector", "key"], set_={"is_pending": True})
                connection.execute(again)
        return len(wanted)

    def keys_at(self, urls: Collection[str]) -> dict[str, str]:
        """The keys of documents by the addresses that they have at the source."""
        with self._database.read() as connection:
            rows = [
                row
                for chunk in _chunks(urls)
                for row in connection.execute(select(items.c.url, items.c.key).where(self._own, items.c.url.in_(chunk)))
            ]
        return {row.url: row.key for row in rows}

    def mark_all_pending(self) -> None:
        """Let everything that is stored be fetched again."""
        stored = update(items).where(self._own, items.c.state == "published")
        with self._database.write() as connection:
            connection.execute(stored.values(is_pending=True))

    def pending(self, limit: int) -> list[Item]:
        """Some documents that are to be fetched."""
        query = select(items).where(self._own, items.c.is_pending.is_(True)).order_by(items.c.key).limit(limit)
        with self._database.read() as connection:
            return [_item(row) for row in connection.execute(query)]

    def save(self, found: Sequence[Item]) -> None:
        """Keep what was read of documents; they are pending and held no more."""
        with self._database.write() as connection:
            for item in found:
                values = {name: getattr(item, name) for name in item.__struct_fields__ if name != "is_withdrawn"}
                kept = {"is_pending": False} | ({"is_held": False} if item.state == "published" else {})
                statement = self._database.insert(items).values(connector=self._connector, **values, **kept)
                changed = {**values, **kept}
                connection.execute(statement.on_conflict_do_update(index_elements=["connector", "key"], set_=changed))

    def settle(self, keys: Sequence[str]) -> None:
        """Documents that are as they were: pending no more, and of the version that was listed."""
        for chunk in _chunks(keys):
            statement = update(items).where(self._own, items.c.key.in_(chunk))
            with self._database.write() as connection:
                connection.execute(statement.values(is_pending=False, version=items.c.listed, state="published"))

    def leaving(self, run: int | None) -> list[Item]:
        """Documents that are about to be removed: the source said so, or (with a run) its listing lacked them."""
        with self._database.read() as connection:
            return [_item(row) for row in connection.execute(select(items).where(self._own, _leaving(run)))]

    def hold(self, keys: Sequence[str]) -> None:
        """Mark documents as held: they are not removed before an editor says so."""
        self._mark(keys, is_held=True)

    def release(self) -> int:
        """Let what is held be removed; returns how many."""
        held = update(items).where(self._own, items.c.is_held.is_(True)).values(is_released=True)
        with self._database.write() as connection:
            return connection.execute(held).rowcount

    def mark_absent(self, keys: Sequence[str]) -> None:
        """Documents that were removed here."""
        self._mark(keys, state="absent", digest="", version="", etag="", modified="", is_held=False, is_released=False)

    def _mark(self, keys: Sequence[str], **values: object) -> None:
        for chunk in _chunks(keys):
            with self._database.write() as connection:
                connection.execute(update(items).where(self._own, items.c.key.in_(chunk)).values(**values))

    def owner_of(self, type: DocumentType, documents: Collection[str]) -> dict[str, tuple[str, str]]:
        """Of document ids those that an item stands for already: its connector and key."""
        found: dict[str, tuple[str, str]] = {}
        with self._database.read() as connection:
            for chunk in _chunks(documents):
                query = select(items).where(
                    items.c.type == type, items.c.document.in_(chunk), items.c.state.in_(("published", "doubtful"))
                )
                found |= {row.document: (row.connector, row.key) for row in connection.execute(query)}
        return found

    def published(self, *, size: int = 500) -> Iterator[list[Item]]:
        """Everything of this source that is stored here, page by page."""
        after = ""
        while True:
            query = select(items).where(self._own, items.c.key > after, items.c.state.in_(("published", "doubtful")))
            with self._database.read() as connection:
                page = [_item(row) for row in connection.execute(query.order_by(items.c.key).limit(size))]
            if not page:
                return
            yield page
            after = page[-1].key

    def counts(self) -> ItemCounts:
        """How many there are, and how many of them a search finds in their newest revision."""
        is_stored = items.c.state.in_(("published", "doubtful"))
        joined = items.outerjoin(documents, and_(documents.c.type == items.c.type, documents.c.id == items.c.document))
        is_indexed = and_(is_stored, documents.c.indexed_revision == documents.c.revision)
        query = select(
            func.count().filter(is_stored),
            func.count().filter(is_indexed),
            func.count().filter(items.c.state == "failed"),
            func.count().filter(items.c.is_held.is_(True)),
        ).select_from(joined)
        with self._database.read() as connection:
            return ItemCounts(*connection.execute(query.where(self._own)).one())

    def held(self, *, limit: int = 20) -> list[Item]:
        """Some of what is held."""
        query = select(items).where(self._own, items.c.is_held.is_(True)).order_by(items.c.key).limit(limit)
        with self._database.read() as connection:
            return [_item(row) for row in connection.execute(query)]

    def _rows(self, connection: Connection, keys: Collection[str]) -> Sequence[Row[Any]]:
        return connection.execute(select(items).where(self._own, items.c.key.in_(keys))).all()


def withdraw(database: Database, type: DocumentType, document: str) -> bool:
    """An editor unpublished a document: whichever connector it is of keeps it so. False where it is of none."""
    own = items.c.type == type, items.c.document == document
    with database.write() as connection:
        return connection.execute(update(items).where(*own).values(is_withdrawn=True, digest="")).rowcount > 0


def _leaving(run: int | None) -> ColumnElement[bool]:
    doubtful = items.c.state == "doubtful"
    if run is None:
        return doubtful
    return or_(doubtful, and_(items.c.state == "published", items.c.seen < run))


def _chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    every = list(values)
    for start in range(0, len(every), _CHUNK):
        yield every[start : start + _CHUNK]


def _item(row: Row[Any]) -> Item:
    return Item(**{name: getattr(row, name) for name in Item.__struct_fields__})
