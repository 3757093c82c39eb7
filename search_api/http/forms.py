"""Plain HTML forms send every field, filled or not; an empty one means that nothing was chosen."""

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send


def ignore_empty_parameters(app: ASGIApp) -> ASGIApp:
    """A middleware that drops `name=` from query strings."""

    async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP and (query := scope["query_string"]):
            scope["query_string"] = b"&".join(pair for pair in query.split(b"&") if not pair.endswith(b"="))
        await app(scope, receive, send)

    return middleware
