"""Refusing costs less than answering: where a room is closed, that is told before anything is done for a request."""

from collections.abc import Callable
from typing import Any

from litestar.enums import ScopeType
from litestar.serialization import encode_json
from litestar.types import ASGIApp, Receive, Scope, Send

from search_api.http.admission import TOO_MANY, Admission
from search_api.http.problems import PROBLEM_JSON, RETRY_SECONDS, problem
from search_api.http.services import Services

RoomOf = Callable[[Services], Admission]

_ROOM = "room"
IDENTIFYING = frozenset({b"authorization", b"cookie"})
"""Headers of requests that say who asks."""


def in_room(room: RoomOf) -> dict[str, Any]:
    """What a handler says of itself for `opt`: in which room all of its work is done."""
    return {_ROOM: room}


def shed(app: ASGIApp) -> ASGIApp:
    """A middleware that refuses whoever comes without a key while the room of the handler is closed to such callers."""
    body = encode_json(problem(503, TOO_MANY).content)
    headers = [
        (b"content-type", PROBLEM_JSON.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"retry-after", RETRY_SECONDS.encode()),
    ]

    async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and _is_refused(scope):
            await send({"type": "http.response.start", "status": 503, "headers": headers})
            await send({"type": "http.response.body", "body": body, "more_body": False})
            return
        await app(scope, receive, send)

    return middleware


def _is_refused(scope: Scope) -> bool:
    room_of: RoomOf | None = scope["route_handler"].opt.get(_ROOM)
    if room_of is None or any(header in IDENTIFYING for header, _ in scope["headers"]):
        return False
    room = room_of(scope["litestar_app"].state.services)
    if is_closed := room.is_closed_to_anonymous:
        room.refused()
    return is_closed
