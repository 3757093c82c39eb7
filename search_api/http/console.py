"""The editors' console: its page, and signing in to it."""

from litestar import Controller, Response, delete, get, post
from litestar.datastructures import Cookie
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.params import JSONBody
from msgspec import Struct

from indexing.content.sessions import SESSION_SECONDS
from search_api.http.auth import SESSION_COOKIE, access, door_of, is_of_own_page, session_of
from search_api.http.callers import caller_of
from search_api.http.client_ip import client_ip_of
from search_api.http.frames import HtmlRequest, frame_of, page
from search_api.http.services import Injected
from search_api.pages.rendering import render
from search_api.pages.site import Frame
from search_api.pages.texts import Texts


class SignIn(Struct, frozen=True, forbid_unknown_fields=True):
    """The key of an editor."""

    key: str


class Session(Struct, frozen=True):
    """Who is signed in."""

    name: str


class ConsoleController(Controller):
    """The page is there for everybody; what it shows needs a key of the scope `editor`."""

    path = "/editor"
    include_in_schema = False
    opt = access("public")

    @get("/", media_type="text/html")
    async def console(self, request: HtmlRequest) -> Response[bytes]:
        """The page; what it shows it asks for with the session."""
        return page(render("editor.html", _frame(request), title=f"Editors · {frame_of(request).site.name}"))

    @get("/session", opt=access("editor"))
    async def session(self, request: HtmlRequest) -> Session:
        """Who is signed in; 401 where nobody is."""
        return Session(caller_of(request).name)

    @post("/session", status_code=200)
    async def sign_in(self, request: HtmlRequest, services: Injected, data: JSONBody[SignIn]) -> Response[Session]:
        """Open a session, in a cookie that scripts cannot read and other sites cannot send; from an API key only."""
        if not is_of_own_page(request):
            raise PermissionDeniedException("sign in on the console's own page")
        failed, client = request.app.state.failed_sign_ins, caller_of(request).client
        failed.check(client)
        key = await door_of(request).ring.key(data.key.strip())
        if key is None:
            failed.charge(client)
            raise NotAuthorizedException("this key is not valid")
        if not key.allows("editor"):
            raise PermissionDeniedException("this key lacks the scope `editor`")
        secret = await services.doors.run(lambda: services.parts.sessions.open(key))
        cookie = _cookie(secret, SESSION_SECONDS, secure=client_ip_of(request).is_secure(request))
        return Response(Session(key.name), cookies=[cookie])

    @delete("/session", status_code=204)
    async def sign_out(self, request: HtmlRequest, services: Injected) -> Response[None]:
        """End the session, here and for whoever else has its cookie; nothing else."""
        if (secret := session_of(request)) is not None:
            await services.doors.run(lambda: services.parts.sessions.end(secret))
            door_of(request).ring.forget_session(secret)
        return Response(
            None, status_code=204, cookies=[_cookie("", 0, secure=client_ip_of(request).is_secure(request))]
        )


def _frame(request: HtmlRequest) -> Frame:
    """The console speaks English."""
    return Frame(frame_of(request).site, Texts("en"))


def _cookie(value: str, seconds: int, *, secure: bool) -> Cookie:
    return Cookie(
        key=SESSION_COOKIE, value=value, max_age=seconds, httponly=True, samesite="strict", secure=secure, path="/"
    )
