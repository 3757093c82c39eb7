"""The pages over HTTP, under a policy that lets nothing but our own files run."""

from pathlib import Path
from typing import Annotated, Any

from litestar import Controller, Response, Router, get
from litestar.params import PathParameter
from litestar.static_files import create_static_files_router

from indexing.documents import Article
from indexing.errors import NotFound
from indexing.fields import ID_PATTERN
from search_api.http.services import Injected, Services
from search_api.pages.reading import article_page

_FOLDER = Path(__file__).parents[1] / "pages"
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class PageController(Controller):
    """What a person opens in a browser."""

    include_in_schema = False

    @get("/", media_type="text/html")
    async def search_page(self) -> Response[bytes]:
        """The search page."""
        return _page((_FOLDER / "index.html").read_bytes())

    @get("/read/{id:str}", media_type="text/html")
    async def article(self, services: Injected, id: Annotated[str, PathParameter(pattern=ID_PATTERN)]) -> Response[Any]:
        """A stored article."""
        html = await services.reading.run(lambda: _article(services, id))
        return _page(html.encode())


def _page(html: bytes) -> Response[bytes]:
    return Response(html, media_type="text/html; charset=utf-8", headers=_HEADERS)


def _article(services: Services, id: str) -> str:
    row = services.parts.store.get("article", id)
    if row is None or not isinstance(row.document, Article) or row.document.status != "published":
        raise NotFound(f"there is no article {id!r}")
    return article_page(row.document)


def assets() -> Router:
    """The scripts and styles of the pages."""
    return create_static_files_router(path="/assets", directories=[_FOLDER / "assets"], include_in_schema=False)
