"""What pages are made with, by the request: the site, the visitor's language, and the address asked."""

from collections.abc import Collection
from typing import Any

from litestar import Request
from litestar.response import Response

from search_api.http.client_ip import client_ip_of
from search_api.pages.site import Frame, Site
from search_api.pages.texts import Texts
from search_api.safety.language import preferred

HtmlRequest = Request[Any, Any, Any]

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src {pictures}; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types ketamine-page"
)
_OWN_PICTURES = ("'self'", "data:")


def page(html: str, *, pictures: Collection[str] = ()) -> Response[bytes]:
    """A page of ours, with its policy; `pictures` are further origins that it shows pictures of."""
    policy = _POLICY.format(pictures=" ".join((*_OWN_PICTURES, *sorted(pictures))))
    headers = {"Content-Security-Policy": policy, "Vary": "Accept-Language"}
    return Response(html.encode(), media_type="text/html", headers=headers)


def frame_of(request: HtmlRequest) -> Frame:
    """The site, and the language that the visitor's browser prefers."""
    site: Site = request.app.state.site
    return Frame(site, Texts(preferred(request.headers.get("accept-language", ""))))


def base_of(request: HtmlRequest) -> str:
    """The address under which visitors reach us, without a slash at the end."""
    site: Site = request.app.state.site
    if site.public_url:
        return site.public_url
    scheme = "https" if client_ip_of(request).is_secure(request) else "http"
    return f"{scheme}://{request.headers.get('host', 'localhost')}"
