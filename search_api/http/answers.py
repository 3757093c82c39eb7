"""What every answer carries and what HEAD gets, also where no route or only an error answers: in one place for all."""

from typing import Any

from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from search_api.http.auth import Door
from search_api.http.shedding import IDENTIFYING

_WHERE_NOTHING_ELSE_IS_SAID = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_BY_SHARED_CACHES, _BY_THE_CALLER = "public", "private"


def answering(app: ASGIApp) -> ASGIApp:
    """The application with these headers on all of its answers; HEAD is answered as GET, without the body."""

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        is_head = scope["method"] == "HEAD"
        asked: Any = {**scope, "method": "GET"} if is_head else scope

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ())]
                _complete(MutableScopeHeaders.from_message(message), asked)
                await send(message)
                if is_head:
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
            elif not is_head:
                await send(message)

        await app(asked, receive, sent)

    return answered


def _complete(headers: MutableScopeHeaders, scope: Scope) -> None:
    for name, value in _WHERE_NOTHING_ELSE_IS_SAID.items():
        headers.setdefault(name, value)
    kept = headers["Cache-Control"]
    if _BY_SHARED_CACHES in kept and not _is_for_everybody(scope):
        headers["Cache-Control"] = kept.replace(_BY_SHARED_CACHES, _BY_THE_CALLER)
    allowed = [method.strip() for method in headers.get("Allow", "").split(",")]
    if "GET" in allowed and "HEAD" not in allowed:
        headers["Allow"] = ", ".join(sorted([*allowed, "HEAD"]))


def _is_for_everybody(scope: Scope) -> bool:
    """Whether anybody gets this answer: it was asked without a key, and without one the address is open."""
    door: Door = scope["litestar_app"].state.door
    is_anonymous = not any(name in IDENTIFYING for name, _ in scope["headers"])
    return is_anonymous and door.is_open_to_all(scope["route_handler"])
