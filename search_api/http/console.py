"""The editors' console: its page, and signing in to it."""

from typing import Any

from litestar import Controller, Request, Response, delete, get, post
from litestar.datastructures import Cookie
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.params import JSONBody
from msgspec import Struct

from indexing.content.keys import SESSION_SECONDS
from search_api.http.auth import SESSION_COOKIE, is_of_own_page, requires, secret_of
from search_api.http.pages import page
from search_api.http.services import Injected
from search_api.pages.rendering import render

HttpRequest = Request[Any, Any, Any]


class SignIn(Struct, frozen=True, forbid_unknown_fields=True):
    """The key of an editor."""

    key: str


class Session(Struct, frozen=True):
    """Who is signed in."""

    name: str


class ConsoleController(Controller):
    """Closed to everybody without a key of the scope `editor`."""

    path = "/editor"
    include_in_schema = False

    @get("/", media_type="text/html")
    async def console(self) -> Response[bytes]:
        """The page; what it shows it asks for with the session."""
        return page(render("editor.html", title="Editors · The Ketamine Channel"))

    @get("/session", guards=[requires("editor")])
    async def session(self, request: HttpRequest) -> Session:
        """Who is signed in; 401 where nobody is."""
        key = await request.app.state.key_ring.find(secret_of(request) or "")
        return Session(key.person if key is not None else "")

    @post("/session", status_code=200)
    async def sign_in(self, request: HttpRequest, services: Injected, data: JSONBody[SignIn]) -> Response[Session]:
        """Open a session: a key of its own, in a cookie that scripts cannot read and other sites cannot send."""
        if not is_of_own_page(request):
            raise PermissionDeniedException("sign in on the console's own page")
        key = await request.app.state.key_ring.find(data.key.strip())
        if key is None:
            raise NotAuthorizedException("this key is not valid")
        if not key.allows("editor"):
            raise PermissionDeniedException("this key lacks the scope `editor`")
        forwarded = request.headers.get("x-forwarded-proto") if services.parts.settings.trust_proxy else None
        secret = await services.writing.run(lambda: services.parts.keys.open_session(key))
        cookie = _cookie(secret, int(SESSION_SECONDS), secure=(forwarded or request.url.scheme) == "https")
        return Response(Session(key.person), cookies=[cookie], headers={"Cache-Control": "no-store"})

    @delete("/session", status_code=204)
    async def sign_out(self, request: HttpRequest, services: Injected) -> Response[None]:
        """End the session, here and for whoever else has its cookie."""
        ring, secret = request.app.state.key_ring, request.cookies.get(SESSION_COOKIE, "")
        if is_of_own_page(request) and (key := await ring.find(secret)) is not None:
            await services.writing.run(lambda: services.parts.keys.revoke(key.id))
            ring.forget(secret)
        return Response(None, status_code=204, cookies=[_cookie("", 0, secure=request.url.scheme == "https")])


def _cookie(value: str, seconds: int, *, secure: bool) -> Cookie:
    return Cookie(
        key=SESSION_COOKIE, value=value, max_age=seconds, httponly=True, samesite="strict", secure=secure, path="/"
    )
