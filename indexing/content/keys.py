"""API keys: who may call what. Only a key's hash is stored; the key itself is shown once."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime
from typing import Literal, get_args

from msgspec import Struct
from sqlalchemy import Row, select, update

from indexing.content.clock import as_datetime, now
from indexing.content.database import Database
from indexing.content.tables import api_keys

Scope = Literal["search", "write", "editor"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
_PREFIX = "ktc_"


class ApiKey(Struct, frozen=True):
    """A key without its secret."""

    id: str
    name: str
    scopes: frozenset[Scope]
    created_at: datetime | None
    revoked_at: datetime | None

    @property
    def person(self) -> str:
        """Whose key it is, also where it is that of a session."""
        return self.name.partition(" of ")[2] if self.name.startswith(_SESSION) else self.name

    def allows(self, scope: Scope) -> bool:
        """Whether the key may do what `scope` names; `editor` includes `write`, every key may search."""
        if scope == "search":
            return True
        return scope in self.scopes or (scope == "write" and "editor" in self.scopes)


_SESSION = "session "
"""Before the id of the key that opened it."""
SESSION_SECONDS = 8 * 3_600.0
"""After which an editor signs in again."""


class KeyStore:
    """The API keys. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, name: str, scopes: Collection[Scope]) -> str:
        """Make a key and return it: 256 random bits, so that a fast hash is safe."""
        key = _PREFIX + secrets.token_urlsafe(32)
        self.put(name, scopes, key)
        return key

    def open_session(self, key: "ApiKey") -> str:
        """A key of the same scopes that ends by itself, or with the key that it was made from."""
        return self.create(f"{_SESSION}{key.id} of {key.name}", sorted(key.scopes))

    def put(self, name: str, scopes: Collection[Scope], key: str) -> None:
        """Accept `key`, chosen by an operator or a deployment's secrets."""
        row = {
            "id": secrets.token_hex(6),
            "name": name,
            "hash": _hash(key),
            "scopes": " ".join(sorted(set(scopes))),
            "created_at": now(),
        }
        statement = self._database.insert(api_keys).values(**row)
        changed = {"name": name, "scopes": row["scopes"], "revoked_at": None}
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["hash"], set_=changed))

    def find(self, key: str) -> ApiKey | None:
        """The valid key with this secret."""
        query = select(api_keys).where(api_keys.c.hash == _hash(key), api_keys.c.revoked_at.is_(None))
        with self._database.read() as connection:
            row = connection.execute(query).first()
        if row is None or (row.name.startswith(_SESSION) and row.created_at < now() - int(SESSION_SECONDS * 1e6)):
            return None
        return _api_key(row)

    def all(self) -> list[ApiKey]:
        """Every key, revoked ones included, oldest first."""
        with self._database.read() as connection:
            return [_api_key(row) for row in connection.execute(select(api_keys).order_by(api_keys.c.created_at))]

    def revoke(self, id: str) -> bool:
        """Make a key invalid from now on; False when there is no such key."""
        valid = update(api_keys).where(api_keys.c.revoked_at.is_(None)).values(revoked_at=now())
        with self._database.write() as connection:
            connection.execute(valid.where(api_keys.c.name.startswith(f"{_SESSION}{id} of ", autoescape=True)))
            return connection.execute(valid.where(api_keys.c.id == id)).rowcount > 0


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _api_key(row: Row[tuple[object, ...]]) -> ApiKey:
    fields = row._mapping
    return ApiKey(
        id=fields["id"],
        name=fields["name"],
        scopes=frozenset(fields["scopes"].split()),
        created_at=as_datetime(fields["created_at"]),
        revoked_at=as_datetime(fields["revoked_at"]),
    )
