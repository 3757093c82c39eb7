"""Sessions of editors in a browser: they end by themselves, by signing out, or with the key that opened them."""

import secrets
from collections.abc import Mapping

from sqlalchemy import delete, insert, select

from indexing.content.clock import now
from indexing.content.database import Database
from indexing.content.keys import SESSION_PREFIX, ApiKey, api_key, hash_of, is_secret
from indexing.content.tables import api_keys, sessions

SESSION_SECONDS = 8 * 3_600
"""After which an editor signs in again."""


class SessionStore:
    """The open sessions; only hashes of their secrets are kept. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, key: ApiKey) -> str:
        """A new session of `key`; returns its secret, which is no API key. Forgets sessions that are over."""
        secret = SESSION_PREFIX + secrets.token_urlsafe(32)
        moment = now()
        row: Mapping[str, object] = {
            "hash": hash_of(secret),
            "key_id": key.id,
            "created_at": moment,
            "expires_at": moment + SESSION_SECONDS * 1_000_000,
        }
        with self._database.write() as connection:
            connection.execute(delete(sessions).where(sessions.c.expires_at <= moment))
            connection.execute(insert(sessions).values(row))
        return secret

    def find(self, secret: str) -> ApiKey | None:
        """The key that opened the session with this secret, while both are valid."""
        if not is_secret(secret) or not secret.startswith(SESSION_PREFIX):
            return None
        query = (
            select(api_keys)
            .join(sessions, sessions.c.key_id == api_keys.c.id)
            .where(sessions.c.hash == hash_of(secret), sessions.c.expires_at > now(), api_keys.c.revoked_at.is_(None))
        )
        with self._database.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else api_key(row)

    def end(self, secret: str) -> None:
        """End this session and no other; its key stays valid."""
        if is_secret(secret):
            with self._database.write() as connection:
                connection.execute(delete(sessions).where(sessions.c.hash == hash_of(secret)))
