"""Connections to the content store, and the one way each kind of transaction begins.

On SQLite a writing transaction takes its lock at once (a deferred one fails with BUSY_SNAPSHOT under
load, whatever the timeout), every commit is flushed, and only the worker's upkeep checkpoints
the write-ahead log: SQLite before 3.51.3 can lose commits when two connections do so together.
"""

import fcntl
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, Table, create_engine, event, inspect, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError

from indexing.errors import Unavailable

SCHEMA_REVISION = "0012"
"""The newest migration."""

_BUSY_TIMEOUT_MS = 10_000

log = structlog.get_logger()


class Database:
    """A pool of connections to SQLite or PostgreSQL. Thread-safe."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        if parsed.get_backend_name() == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        self.url = parsed
        self.is_sqlite = parsed.get_backend_name() == "sqlite"
        if self.is_sqlite and parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        self._engine = create_engine(
            parsed, pool_size=16, max_overflow=16, pool_pre_ping=not self.is_sqlite, hide_parameters=True
        )
        if self.is_sqlite:
            _prepare_sqlite(self._engine)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A reading transaction; on SQLite one consistent view."""
        with _translated(), self._engine.connect().execution_options(read_only=True) as connection:
            yield connection

    @contextmanager
    def write(self, *, in_turn: bool = True) -> Iterator[Connection]:
        """One transaction, committed at the end and durable from then on.

        Writers take turns on both databases: what is read here stays true until the commit, and no
        order of locks can deadlock. The units are milliseconds long. With `in_turn` off, those on
        PostgreSQL do not wait for one another; for a unit that waits for no lock while it holds one.
        """
        with _translated(), self._engine.begin() as connection:
            if in_turn and not self.is_sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(5120311)"))
            yield connection

    def insert(self, table: Table) -> Any:
        """An INSERT that knows ON CONFLICT, in the dialect of this database."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    def migrate(self, *, seal: Callable[[str], str] | None = None) -> None:
        """Bring the schema to the newest revision; quick when it is there already, safe when several start.

        A store of a newer version is left as it is: its migrations only add. `seal` is for secrets that an earlier
        version kept in clear.
        """
        found = self._schema_revision()
        if found is not None and found >= SCHEMA_REVISION:
            if found > SCHEMA_REVISION:
                log.warning("store.newer", found=found, known=SCHEMA_REVISION)
            return
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
        with self._migration_lock(), self._engine.connect() as connection:
            config.attributes |= {"connection": connection, "seal": seal}
            command.upgrade(config, "head")

    def _schema_revision(self) -> str | None:
        with self.read() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()

    @contextmanager
    def _migration_lock(self) -> Iterator[None]:
        if not self.is_sqlite:
            with self._engine.begin() as connection:
                connection.execute(text("SELECT pg_advisory_xact_lock(5120310)"))
                yield
            return
        with open(f"{self.url.database}.migrating", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def checkpoint(self) -> None:
        """Fold SQLite's write-ahead log into the database file; call from one process only."""
        if self.is_sqlite:
            with self.read() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")

    def size_bytes(self) -> int:
        """The size of the SQLite files; 0 on PostgreSQL."""
        if not self.is_sqlite:
            return 0
        paths = (Path(f"{self.url.database}{suffix}") for suffix in ("", "-wal"))
        return sum(path.stat().st_size for path in paths if path.exists())

    def wal_bytes(self) -> int:
        """The size of SQLite's write-ahead log; 0 on PostgreSQL."""
        wal = Path(f"{self.url.database}-wal")
        return wal.stat().st_size if self.is_sqlite and wal.exists() else 0

    def check(self) -> list[str]:
        """What SQLite finds wrong with its file; PostgreSQL looks after itself."""
        if not self.is_sqlite:
            return []
        with self.read() as connection:
            found = connection.exec_driver_sql("PRAGMA quick_check(10)").scalars()
            return [text for text in found if text != "ok"]

    def close(self) -> None:
        """Close every pooled connection."""
        self._engine.dispose()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        is_damage = type(error) is DatabaseError  # SQLite's for a malformed file
        if error.connection_invalidated or is_damage or isinstance(error, OperationalError):
            raise Unavailable(f"the content store cannot be used now: {error.orig}") from error
        raise


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout={_BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "wal_autocheckpoint=0",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("read_only", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
