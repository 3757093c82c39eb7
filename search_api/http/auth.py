"""Who may call what: one guard for the whole application, which lets nobody pass where nothing is said.

Each handler, or its controller, says who may call it by `opt=access(...)`.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Literal

from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers.base import BaseRouteHandler

from indexing.content.keys import ApiKey, KeyStore, Scope, hash_of, is_secret
from indexing.content.sessions import SessionStore
from search_api.http.admission import Admission
from search_api.http.callers import Caller, caller_of
from search_api.http.client_ip import client_ip_of
from search_api.http.limiter import Limiter

Connection = ASGIConnection[Any, Any, Any, Any]
Access = Literal["public", "search", "write", "editor"]
"""Who may call: everybody; whoever has the scope of this name."""

_ACCESS = "access"
_KNOWN_SECONDS = 5.0
"""How long a key is believed without asking the store: the longest that a revoked one still works."""
_MOST_KNOWN = 1_000
SESSION_COOKIE = "editor_session"
"""Holds the secret of a session; scripts cannot read it, other sites cannot send it."""


class KeyRing:
    """Keys and sessions of the content store, remembered for a moment by their hashes. For one event loop."""

    def __init__(self, keys: KeyStore, sessions: SessionStore, room: Admission) -> None:
        self._keys = keys
        self._sessions = sessions
        self._room = room
        self._known: OrderedDict[bytes, tuple[float, ApiKey | None]] = OrderedDict()

    async def key(self, secret: str) -> ApiKey | None:
        """The API key with this secret, if it is valid."""
        return await self._remembered(b"key", secret, self._keys.find)

    async def session(self, secret: str) -> ApiKey | None:
        """The key that opened the session with this secret, if both are valid."""
        return await self._remembered(b"session", secret, self._sessions.find)

    def forget_session(self, secret: str) -> None:
        """Ask the store anew about a session."""
        if is_secret(secret):
            self._known.pop(b"session" + hash_of(secret), None)

    async def _remembered(self, kind: bytes, secret: str, find: Callable[[str], ApiKey | None]) -> ApiKey | None:
        if not is_secret(secret):
            return None
        place = kind + hash_of(secret)
        seen, key = self._known.get(place, (float("-inf"), None))
        if time.monotonic() - seen > _KNOWN_SECONDS:
            key = await self._room.run(lambda: find(secret))
            self._known[place] = time.monotonic(), key
            self._known.move_to_end(place)
            if len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)
        return key


def access(needed: Access) -> dict[str, Any]:
    """What a handler or a controller says of itself: who may call it."""
    return {_ACCESS: needed}


class Door:
    """The guard of the application."""

    def __init__(self, ring: KeyRing, limiter: Limiter, *, anonymous_search: bool) -> None:
        self.ring = ring
        self.limiter = limiter
        self._anonymous_search = anonymous_search

    async def __call__(self, connection: Connection, handler: BaseRouteHandler) -> None:
        """Raise NotAuthorizedException, PermissionDeniedException or TooManyRequestsException, or let pass."""
        needed: Access | None = handler.opt.get(_ACCESS)
        if needed is None:
            raise PermissionDeniedException("this address is open to nobody")
        caller = Caller(client_ip_of(connection).client(connection))
        if needed != "public":
            caller = await self._known(connection, caller)
            self._check(caller, needed)
        connection.scope["state"]["caller"] = caller

    def is_open_to_all(self, handler: BaseRouteHandler) -> bool:
        """Whether callers without a key are let pass."""
        needed: Access | None = handler.opt.get(_ACCESS)
        return needed == "public" or (needed == "search" and self._anonymous_search)

    def check(self, connection: Connection, needed: Scope) -> None:
        """For a caller who has passed: see __call__."""
        self._check(caller_of(connection), needed)

    def charge(self, connection: Connection, cost: int) -> None:
        """Count what a request costs beyond 1. Raises TooManyRequestsException for an anonymous caller."""
        caller = caller_of(connection)
        if caller.is_anonymous and cost > 0:
            self.limiter.charge(caller.client, cost)

    async def _known(self, connection: Connection, caller: Caller) -> Caller:
        """The caller with its key. Who has none that is valid is counted, before anything is done for it."""
        bearer, cookie = bearer_of(connection), session_of(connection)
        if bearer is None and cookie is None:
            self.limiter.charge(caller.client)
            return caller
        key = await (self.ring.key(bearer) if bearer is not None else self.ring.session(cookie or ""))
        if key is None:
            self.limiter.charge(caller.client)
            raise NotAuthorizedException("this API key is not valid")
        return Caller(caller.client, key)

    def _check(self, caller: Caller, needed: Scope | Access) -> None:
        if caller.key is None:
            if needed == "search" and self._anonymous_search:
                return
            raise NotAuthorizedException("this needs an API key: send `Authorization: Bearer <key>`")
        if needed != "public" and not caller.key.allows(needed):
            raise PermissionDeniedException(f"this API key lacks the scope `{needed}`")


def door_of(connection: Connection) -> Door:
    """The guard of the application."""
    found: Door = connection.app.state.door
    return found


def bearer_of(connection: Connection) -> str | None:
    """The secret in the header; None where none was sent."""
    scheme, *rest = connection.headers.get("authorization", "").split(None, 1)[:2] or [""]
    return rest[0].strip() if scheme.lower() == "bearer" and rest else None


def session_of(connection: Connection) -> str | None:
    """The secret of a session.

    It counts only for requests of our own pages: browsers say so in `Sec-Fetch-Site`, older ones in `Origin`.
    """
    secret = connection.cookies.get(SESSION_COOKIE)
    return secret if secret and is_of_own_page(connection) else None


def is_of_own_page(connection: Connection) -> bool:
    """Whether a request comes from a page of ours, by what the browser says of it."""
    site = connection.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"} if connection.scope.get("method") == "GET" else site == "same-origin"
    origin = connection.headers.get("origin")
    return origin is not None and origin.partition("://")[2] == connection.headers.get("host")
