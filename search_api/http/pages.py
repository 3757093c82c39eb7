"""The pages over HTTP, under a policy that lets nothing but our own files run."""

from collections.abc import Callable, MutableMapping
from typing import Annotated, Any

import msgspec
from litestar import Controller, Response, get
from litestar.exceptions import (
    HTTPException,
    NotAuthorizedException,
    PermissionDeniedException,
    TooManyRequestsException,
    ValidationException,
)
from litestar.params import FromPath, FromQuery, PathParameter, QueryParameter

from indexing.documents import Article
from indexing.errors import NotFound, Unavailable
from indexing.fields import ID_IN_WORDS, ID_PATTERN
from search_api.http.auth import access
from search_api.http.callers import Caller, caller_of
from search_api.http.frames import HtmlRequest, base_of, frame_of, page
from search_api.http.page_search import found_for
from search_api.http.search import counted
from search_api.http.services import Injected, Services
from search_api.pages.article import article_page
from search_api.pages.helping import about_page, help_page
from search_api.pages.related import related_page
from search_api.pages.results import results_page
from search_api.pages.seen import settled
from search_api.pages.start import start_page
from search_api.pages.state import PageState, read_state
from search_api.pages.trouble import trouble_page
from search_api.recommend.answers import Recommendation
from search_api.recommend.requests import RecommendationRequest
from search_api.safety.help_pages import built_in_page
from search_api.safety.language import chosen, preferred
from search_api.search.requests import MAX_QUERY_CHARACTERS

_MOST_RELATED = 6
_MOST_READ_NEXT = 4
_MOST_HEARD = 8_000

Id = Annotated[str | None, QueryParameter(pattern=ID_PATTERN, description=ID_IN_WORDS)]


def _closed(request: HtmlRequest, error: HTTPException) -> Response[bytes]:
    return trouble(request, 401, status=error.status_code)


def _busy(request: HtmlRequest, error: Exception) -> Response[bytes]:
    limit = error if isinstance(error, TooManyRequestsException) else None
    response = trouble(request, 503 if limit is None else limit.status_code)
    response.headers.update((limit and limit.headers) or {"Retry-After": "1"})
    return response


def _nothing_here(request: HtmlRequest, _: Exception) -> Response[bytes]:
    return trouble(request, 404)


def trouble(request: HtmlRequest, about: int, *, status: int = 0) -> Response[bytes]:
    """The page of an error `about`, sent with that status or another."""
    response = page(trouble_page(about, frame_of(request)))
    response.status_code = status or about
    return response


HANDLERS: MutableMapping[int | type[Exception], Callable[[HtmlRequest, Any], Response[Any]]] = {
    NotFound: _nothing_here,
    ValidationException: _nothing_here,
    NotAuthorizedException: _closed,
    PermissionDeniedException: _closed,
    TooManyRequestsException: _busy,
    Unavailable: _busy,
}
"""How errors are told to somebody who reads pages."""


def state_of(request: HtmlRequest) -> PageState:
    """What the address says that was searched and chosen."""
    fields = request.query_params
    state = read_state({name: fields.getall(name) for name in fields})
    return settled(state, fields.getall("seen", []))


class PageController(Controller):
    """What a person opens in a browser."""

    include_in_schema = False
    opt = access("search")
    exception_handlers = HANDLERS

    @get("/", media_type="text/html")
    async def results(self, request: HtmlRequest, services: Injected) -> Response[bytes]:
        """The start page, or the results of what the address asks for."""
        state, frame = state_of(request), frame_of(request)
        if state.is_start:
            return page(start_page(frame, base_of(request)))
        accepted = request.headers.get("accept-language", "")
        spoken = preferred(accepted)
        found = await found_for(services, state, caller_of(request), accepted)
        if found.trouble == "trouble-near":
            state = msgspec.structs.replace(state, near="", radius_miles=None)
        asked = str(request.query_params.get("q", ""))[:_MOST_HEARD]
        if found.answer is not None:
            found = found.with_answer(counted(request, services, found.answer))
            beyond = services.search.notices_for(asked, spoken) if len(asked) > MAX_QUERY_CHARACTERS else []
            told = found.answer.notices if found.answer is not None else ()
            notices = list({notice.id: notice for notice in (*beyond, *told)}.values())
        else:  # whatever fails, and however long the words are
            notices = services.search.notices_for(asked, spoken)
        return page(results_page(state, found, services.parts.taxonomy, frame, notices=notices))

    @get("/help/{name:str}", media_type="text/html", opt=access("public"))
    async def help(self, request: HtmlRequest, name: FromPath[str], lang: FromQuery[str] = "") -> Response[bytes]:
        """A built-in help page, in English or Spanish."""
        found = built_in_page(name, chosen(lang, request.headers.get("accept-language", "")))
        if found is None:
            raise NotFound(f"there is no help page {name!r}")
        return page(help_page(found, frame_of(request)))

    @get("/about/{name:str}", media_type="text/html", opt=access("public"))
    async def about(self, request: HtmlRequest, name: FromPath[str]) -> Response[bytes]:
        """How the search works, and what is kept."""
        html = about_page(name, frame_of(request))
        if html is None:
            raise NotFound(f"there is no page {name!r} about the search")
        return page(html)

    @get("/related", media_type="text/html")
    async def related(
        self, request: HtmlRequest, services: Injected, article: Id = None, clinic: Id = None
    ) -> Response[bytes]:
        """What to read next, as a page of its own."""
        asked = RecommendationRequest(articles=(article,) if article else (), clinic=clinic, limit=_MOST_RELATED)
        answer = await services.recommending.run(
            lambda: services.recommendations.recommend(asked), by=caller_of(request)
        )
        found, taxonomy = answer.recommendations, services.parts.taxonomy
        return page(related_page(found, taxonomy, frame_of(request), before_a_visit=clinic is not None))

    @get("/read/{id:str}", media_type="text/html")
    async def article(
        self,
        request: HtmlRequest,
        services: Injected,
        id: Annotated[str, PathParameter(pattern=ID_PATTERN, description=ID_IN_WORDS)],
        at: FromQuery[str] = "",
    ) -> Response[bytes]:
        """A stored article, with the passage at the anchor `at` marked."""
        caller = caller_of(request)
        article, body = await services.pages.run(lambda: _article(services, id), by=caller)
        related = await _read_next(services, id, caller)
        state, frame = state_of(request), frame_of(request)
        made = article_page(article, body, state, frame, base=base_of(request), at=at, related=related)
        return page(made.html, pictures=made.pictures)


async def _read_next(services: Services, id: str, caller: Caller) -> tuple[Recommendation, ...]:
    """What follows an article; nothing where that cannot be told just now."""
    asked = RecommendationRequest(articles=(id,), limit=_MOST_READ_NEXT)
    try:
        answer = await services.recommending.run(lambda: services.recommendations.recommend(asked), by=caller)
    except (NotFound, Unavailable):  # stored, but not indexed yet
        return ()
    return answer.recommendations


def _article(services: Services, id: str) -> tuple[Article, str]:
    article = services.parts.store.public("article", id)
    assert isinstance(article, Article)
    return article, services.reader.body(article)
