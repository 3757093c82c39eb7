"""The editors' console: its page, and signing in to it."""

from typing import Any

from litestar import Controller, Request, Response, delete, get, post
from litestar.datastructures import Cookie
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.params import JSONBody
from msgspec import Struct

from search_api.http.auth import SESSION_COOKIE, is_of_own_page, requires, secret_of
from search_api.http.pages import page
from search_api.http.services import Injected
from search_api.pages.rendering import render

_SESSION_SECONDS = 8 * 3_600

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
        return Session(key.name if key is not None else "")

    @post("/session", status_code=200)
    async def sign_in(self, request: HttpRequest, services: Injected, data: JSONBody[SignIn]) -> Response[Session]:
        """Keep the key in a cookie that scripts cannot read and other sites cannot send."""
        if not is_of_own_page(request):
            raise PermissionDeniedException("sign in on the console's own page")
        key = await request.app.state.key_ring.find(data.key.strip())
        if key is None:
            raise NotAuthorizedException("this key is not valid")
        if not key.allows("editor"):
            raise PermissionDeniedException("this key lacks the scope `editor`")
        forwarded = request.headers.get("x-forwarded-proto") if services.parts.settings.trust_proxy else None
        cookie = _cookie(data.key.strip(), _SESSION_SECONDS, secure=(forwarded or request.url.scheme) == "https")
        return Response(Session(key.name), cookies=[cookie])

    @delete("/session", status_code=204)
    async def sign_out(self, request: HttpRequest) -> Response[None]:
        """Forget the key."""
        return Response(None, status_code=204, cookies=[_cookie("", 0, secure=request.url.scheme == "https")])


def _cookie(value: str, seconds: int, *, secure: bool) -> Cookie:
    return Cookie(
        key=SESSION_COOKIE, value=value, max_age=seconds, httponly=True, samesite="strict", secure=secure, path="/"
    )
