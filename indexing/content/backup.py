"""A copy of the content store, taken while it is in use, and its return.

The index is not copied: it is built anew from the store, with the vectors that the store keeps.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from indexing.content.database import SCHEMA_REVISION, Database
from indexing.errors import Conflict, NotFound

_USE_PG_DUMP = "the content store is PostgreSQL: use pg_dump and pg_restore"


def back_up(database: Database, target: Path) -> int:
    """Write one consistent copy of a SQLite store to a file that does not exist yet; returns its bytes.

    Writers are not held up. Raises Conflict.
    """
    if not database.is_sqlite:
        raise Conflict(_USE_PG_DUMP)
    if target.exists():
        raise Conflict(f"{target} exists already; choose another name")
    draft = target.with_name(f".{target.name}.part")
    draft.unlink(missing_ok=True)
    with database.read() as connection, closing(sqlite3.connect(draft)) as copy:
        source: Any = connection.connection.driver_connection
        source.backup(copy)  # in one step: in several a busy writer makes it begin again and again
        copy.execute("PRAGMA journal_mode=DELETE")
    _check(draft)
    draft.rename(target)
    return target.stat().st_size


def restore(source: Path, database: Database) -> None:
    """Put a copy where the store is to be; nothing may be there yet. Raises Conflict and NotFound."""
    if not database.is_sqlite:
        raise Conflict(_USE_PG_DUMP)
    if not source.exists():
        raise NotFound(f"there is no file {source}")
    _check(source)
    target = Path(str(database.url.database))
    for path in (target, *(Path(f"{target}{suffix}") for suffix in ("-wal", "-shm", "-journal"))):
        if path.exists():
            raise Conflict(f"{path} exists already; stop the service and move all {target.name}* files away first")
    draft = target.with_name(f".{target.name}.part")
    draft.unlink(missing_ok=True)
    with closing(sqlite3.connect(source)) as kept, closing(sqlite3.connect(draft)) as copy:
        kept.backup(copy)
    draft.rename(target)


def _check(path: Path) -> None:
    try:
        with closing(sqlite3.connect(path)) as connection:
            (result,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            (version,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except (sqlite3.Error, TypeError) as error:
        raise Conflict(f"{path} is no copy of a content store: {error}") from error
    if result != "ok":
        raise Conflict(f"{path} is damaged: {result}")
    if version > SCHEMA_REVISION:
        raise Conflict(f"{path} was made by a newer version of this service")
