"""Who may call what: bearer keys with scopes, and anonymous search."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

import anyio.to_thread
from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers.base import BaseRouteHandler

from indexing.content.keys import ApiKey, KeyStore, Scope

Connection = ASGIConnection[Any, Any, Any, Any]
Guard = Callable[[Connection, BaseRouteHandler], Awaitable[None]]

_KNOWN_SECONDS = 5.0
"""How long a key is believed without asking the store: the longest that a revoked one still works."""
_MOST_KNOWN = 1_000
SESSION_COOKIE = "editor_session"
"""Holds the key of an editor who has signed in; scripts cannot read it, other sites cannot send it."""


class KeyRing:
    """The keys of the content store, remembered for a moment."""

    def __init__(self, keys: KeyStore, *, anonymous_search: bool) -> None:
        self._keys = keys
        self.anonymous_search = anonymous_search
        self._known: dict[str, tuple[float, ApiKey | None]] = {}

    async def find(self, secret: str) -> ApiKey | None:
        """The key with this secret, if it is valid."""
        seen, key = self._known.get(secret, (float("-inf"), None))
        if time.monotonic() - seen > _KNOWN_SECONDS:
            key = await anyio.to_thread.run_sync(self._keys.find, secret)
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[secret] = time.monotonic(), key
        return key

    def forget(self, secret: str) -> None:
        """Ask the store anew about a key."""
        self._known.pop(secret, None)


def bearer_of(connection: Connection) -> str | None:
    """The secret that the caller sent; None for an anonymous caller."""
    scheme, *rest = connection.headers.get("authorization", "").split(None, 1)[:2] or [""]
    return rest[0].strip() if scheme.lower() == "bearer" and rest else None


def secret_of(connection: Connection) -> str | None:
    """The secret by which a caller is known: that of a header, or of the console's session.

    A session counts only for requests of our own pages: browsers say so in `Sec-Fetch-Site`, older ones in `Origin`.
    """
    bearer = bearer_of(connection)
    if bearer is not None:
        return bearer
    secret = connection.cookies.get(SESSION_COOKIE)
    return secret if secret and is_of_own_page(connection) else None


def is_of_own_page(connection: Connection) -> bool:
    """Whether a request comes from a page of ours, by what the browser says of it."""
    site = connection.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"} if connection.scope.get("method") == "GET" else site == "same-origin"
    origin = connection.headers.get("origin")
    return origin is not None and origin.partition("://")[2] == connection.headers.get("host")


async def caller_name(connection: Connection) -> str:
    """The name of the person whose key calls."""
    key = await connection.app.state.key_ring.find(secret_of(connection) or "")
    return key.person if key is not None else ""


def requires(scope: Scope) -> Guard:
    """A guard that lets only callers with `scope` pass."""

    async def guard(connection: Connection, _: BaseRouteHandler) -> None:
        await check_scope(connection, scope)

    return guard


async def check_scope(connection: Connection, scope: Scope) -> None:
    """Raise NotAuthorizedException or PermissionDeniedException where the caller lacks `scope`."""
    ring: KeyRing = connection.app.state.key_ring
    secret = secret_of(connection)
    if secret is None:
        if scope == "search" and ring.anonymous_search:
            return
        raise NotAuthorizedException("this needs an API key: send `Authorization: Bearer <key>`")
    key = await ring.find(secret)
    if key is None:
        raise NotAuthorizedException("this API key is not valid")
    if not key.allows(scope):
        raise PermissionDeniedException(f"this API key lacks the scope `{scope}`")
