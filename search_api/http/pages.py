"""The pages over HTTP, under a policy that lets nothing but our own files run."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get
from litestar.exceptions import (
    HTTPException,
    NotAuthorizedException,
    PermissionDeniedException,
    TooManyRequestsException,
    ValidationException,
)
from litestar.params import FromPath, FromQuery, PathParameter, QueryParameter
from litestar.types import ExceptionHandlersMap
from msgspec import Struct

from indexing.documents import Article
from indexing.errors import InvalidInput, NotFound, Unavailable
from indexing.fields import ID_PATTERN
from search_api.http.auth import access
from search_api.http.callers import Caller, caller_of
from search_api.http.search import counted
from search_api.http.services import Injected, Services
from search_api.pages.assets import SEARCH_BOX, assets, find_asset, versioned
from search_api.pages.helping import help_page
from search_api.pages.rendering import render
from search_api.pages.results import results_page
from search_api.pages.state import LAST_PAGE, PageState, read_state
from search_api.pages.trouble import trouble_page
from search_api.recommend.requests import RecommendationRequest
from search_api.safety.help_pages import built_in_page
from search_api.safety.language import chosen, preferred
from search_api.search.answers import SearchAnswer
from search_api.search.requests import MAX_QUERY_CHARACTERS

PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
        "trusted-types ketamine-page"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language",
}
_ANYWHERE = {"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff"}
_MOST_RELATED = 6
_MOST_HEARD = 8_000
_TOLD = {
    "near": "We do not know that place. Give a US ZIP code, or a city and state such as Austin, TX.",
    "price_min": "The lowest price is above the highest.",
}
"""What is wrong with a choice, for visitors."""
_YEAR = "public, max-age=31536000, immutable"
_SHORT = "public, max-age=300"

Id = Annotated[str | None, QueryParameter(pattern=ID_PATTERN)]
HtmlRequest = Request[Any, Any, Any]


class SearchBoxAsset(Struct, frozen=True):
    """What a website's script tag says to get exactly this version of the search box."""

    url: str
    integrity: str
    bytes: int


def _closed(_: HtmlRequest, error: HTTPException) -> Response[bytes]:
    response = page(render("closed.html", title="Sign in · The Ketamine Channel"))
    response.status_code = error.status_code
    return response


def _busy(request: HtmlRequest, error: Exception) -> Response[bytes]:
    limit = error if isinstance(error, TooManyRequestsException) else None
    status = 503 if limit is None else limit.status_code
    response = page(trouble_page(status, request.headers.get("accept-language", "")))
    response.status_code = status
    response.headers.update((limit and limit.headers) or {"Retry-After": "1"})
    return response


def _nothing_here(request: HtmlRequest, _: Exception) -> Response[bytes]:
    response = page(trouble_page(404, request.headers.get("accept-language", "")))
    response.status_code = 404
    return response


PAGE_EXCEPTIONS: ExceptionHandlersMap = {
    NotFound: _nothing_here,
    ValidationException: _nothing_here,
    NotAuthorizedException: _closed,
    PermissionDeniedException: _closed,
    TooManyRequestsException: _busy,
    Unavailable: _busy,
}
"""What goes wrong, as a page."""


class PageController(Controller):
    """What a person opens in a browser."""

    include_in_schema = False
    opt = access("search")
    exception_handlers = PAGE_EXCEPTIONS

    @get("/", media_type="text/html")
    async def results(self, request: HtmlRequest, services: Injected) -> Response[bytes]:
        """The search page with its results."""
        fields = request.query_params
        state = read_state({name: fields.getall(name) for name in fields})
        accepted = request.headers.get("accept-language", "")
        spoken = preferred(accepted)
        answer, trouble = await _searched(services, state, caller_of(request), accepted)
        asked = str(fields.get("q", ""))[:_MOST_HEARD]
        if answer is not None:
            answer = counted(request, services, answer)
            beyond = services.search.notices_for(asked, spoken) if len(asked) > MAX_QUERY_CHARACTERS else []
            notices = list({notice.id: notice for notice in (*beyond, *answer.notices)}.values())
        else:  # whatever fails, and however long the words are
            notices = services.search.notices_for(asked, spoken)
        html = results_page(
            state, answer, services.parts.taxonomy, trouble=trouble, notices=notices, search_box=versioned(SEARCH_BOX)
        )
        return page(html)

    @get("/help/{name:str}", media_type="text/html", opt=access("public"))
    async def help(self, request: HtmlRequest, name: FromPath[str], lang: FromQuery[str] = "") -> Response[bytes]:
        """A built-in help page, in English or Spanish."""
        found = built_in_page(name, chosen(lang, request.headers.get("accept-language", "")))
        if found is None:
            raise NotFound(f"there is no help page {name!r}")
        return page(help_page(found))

    @get("/related", media_type="text/html")
    async def related(
        self, request: HtmlRequest, services: Injected, article: Id = None, clinic: Id = None
    ) -> Response[bytes]:
        """What to read next, as a page of its own."""
        asked = RecommendationRequest(articles=(article,) if article else (), clinic=clinic, limit=_MOST_RELATED)
        answer = await services.recommending.run(
            lambda: services.recommendations.recommend(asked), by=caller_of(request)
        )
        heading = "Read before you go" if clinic else "Related articles"
        return page(render("related.html", title=heading, heading=heading, recommendations=answer.recommendations))

    @get("/read/{id:str}", media_type="text/html")
    async def article(
        self, request: HtmlRequest, services: Injected, id: Annotated[str, PathParameter(pattern=ID_PATTERN)]
    ) -> Response[bytes]:
        """A stored article."""
        return page(await services.pages.run(lambda: _article(services, id), by=caller_of(request)))


class AssetController(Controller):
    """Scripts and styles; other sites may load them."""

    path = "/assets"
    include_in_schema = False
    opt = access("public")

    @get("/search-box.json")
    async def search_box(self) -> SearchBoxAsset:
        """Address and integrity hash of the newest search box."""
        asset = assets()[SEARCH_BOX]
        return SearchBoxAsset(versioned(SEARCH_BOX), asset.integrity, len(asset.content))

    @get("/{name:str}")
    async def asset(self, request: HtmlRequest, name: FromPath[str]) -> Response[bytes]:
        """One file; under a name with its version it never changes."""
        asset, is_fixed = find_asset(name)
        tag = f'"{asset.version}"'
        headers = {**_ANYWHERE, "ETag": tag, "Cache-Control": _YEAR if is_fixed else _SHORT}
        if request.headers.get("if-none-match") == tag:
            return Response(b"", status_code=304, headers=headers, media_type=asset.media_type)
        return Response(asset.content, headers=headers, media_type=asset.media_type)


def page(html: str) -> Response[bytes]:
    """A page of ours, with its policy."""
    return Response(html.encode(), media_type="text/html", headers=PAGE_HEADERS)


async def _searched(
    services: Services, state: PageState, caller: Caller, accepted: str
) -> tuple[SearchAnswer | None, str]:
    """The answer, or what to tell the visitor."""
    parts = services.parts
    try:
        query = msgspec.structs.replace(state.query(), accept_language=accepted)
        request = query.resolved(parts.taxonomy, parts.gazetteer)
        return await services.reading.run(lambda: services.search.search(request), by=caller), ""
    except InvalidInput as error:
        faults = [fault.field for fault in error.errors]
        if faults == ["page"]:  # the page says that there is none, and where the first is
            return await _searched(services, msgspec.structs.replace(state, page=LAST_PAGE), caller, accepted)
        if faults == ["sort"]:
            answer, _ = await _searched(services, msgspec.structs.replace(state, sort="relevance"), caller, accepted)
            return answer, "To sort by distance, say near which place."
        return None, "; ".join(_TOLD.get(fault.field, fault.message) for fault in error.errors)
    except Unavailable:
        return None, "The search cannot answer at the moment. Please try again in a minute."


def _article(services: Services, id: str) -> str:
    row = services.parts.store.get("article", id)
    if row is None or not isinstance(row.document, Article) or row.document.status != "published":
        raise NotFound(f"there is no article {id!r}")
    return services.reader.page(row.document)
