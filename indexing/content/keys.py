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
from indexing.errors import ConfigurationError

Scope = Literal["search", "write", "editor"]
SCOPES: tuple[Scope, ...] = get_args(Scope)
_PREFIX = "ktc_"
SESSION_PREFIX = "kts_"
"""How secrets of sessions begin: these are never API keys."""
LEAST_SECRET, MOST_SECRET = 32, 128
"""Characters of a secret. Ours have 47; a shorter one could be guessed, a longer one is not read."""


class ApiKey(Struct, frozen=True):
    """A key without its secret."""

    id: str
    name: str
    scopes: frozenset[Scope]
    created_at: datetime | None
    revoked_at: datetime | None

    def allows(self, scope: Scope) -> bool:
        """Whether the key may do what `scope` names; `editor` includes `write`, every key may search."""
        if scope == "search":
            return True
        return scope in self.scopes or (scope == "write" and "editor" in self.scopes)


class KeyStore:
    """The API keys. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, name: str, scopes: Collection[Scope]) -> str:
        """Make a key and return it: 256 random bits, so that a fast hash is safe."""
        key = _PREFIX + secrets.token_urlsafe(32)
        self.put(name, scopes, key)
        return key

    def put(self, name: str, scopes: Collection[Scope], key: str) -> None:
        """Accept `key`, chosen by an operator or a deployment's secrets; one that was revoked stays so.

        Raises ConfigurationError.
        """
        if not is_secret(key) or key.startswith(SESSION_PREFIX):
            raise ConfigurationError(
                f"the key {name!r} must have {LEAST_SECRET} to {MOST_SECRET} characters and not begin with"
                f" `{SESSION_PREFIX}`; make one with `python -m indexing keys create`"
            )
        row = {
            "id": secrets.token_hex(6),
            "name": name,
            "hash": hash_of(key),
            "scopes": " ".join(sorted(set(scopes))),
            "created_at": now(),
        }
        statement = self._database.insert(api_keys).values(**row)
        changed = {"name": name, "scopes": row["scopes"]}
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["hash"], set_=changed))

    def find(self, key: str) -> ApiKey | None:
        """The valid key with this secret."""
        if not is_secret(key):
            return None
        query = select(api_keys).where(api_keys.c.hash == hash_of(key), api_keys.c.revoked_at.is_(None))
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else api_key(row)

    def all(self) -> list[ApiKey]:
        """Every key, revoked ones included, oldest first."""
        with self._database.read() as connection:
            return [api_key(row) for row in connection.execute(select(api_keys).order_by(api_keys.c.created_at))]

    def revoke(self, id: str) -> bool:
        """Make a key invalid from now on, and with it its sessions; False when there is no such key."""
        valid = update(api_keys).where(api_keys.c.revoked_at.is_(None)).values(revoked_at=now())
        with self._database.write() as connection:
            return connection.execute(valid.where(api_keys.c.id == id)).rowcount > 0


def is_secret(text: str) -> bool:
    """Whether `text` may be a secret at all; nothing else is looked up or stored."""
    return LEAST_SECRET <= len(text) <= MOST_SECRET


def hash_of(secret: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def api_key(row: Row[tuple[object, ...]]) -> ApiKey:
    """The key in a row of `api_keys`."""
    fields = row._mapping
    return ApiKey(
        id=fields["id"],
        name=fields["name"],
        scopes=frozenset(fields["scopes"].split()),
        created_at=as_datetime(fields["created_at"]),
        revoked_at=as_datetime(fields["revoked_at"]),
    )
