"""Search and completion over HTTP."""

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get
from litestar.params import FromQuery, QueryParameter
from msgspec import Struct

from indexing.documents import DOCUMENT_TYPES, DocumentType
from indexing.queries import typed_text
from search_api.http.auth import access, door_of
from search_api.http.callers import caller_of
from search_api.http.client_ip import client_ip_of
from search_api.http.filter_parameters import DEPENDENCIES, ChosenFilters
from search_api.http.parameters import unknown_parameters
from search_api.http.services import Injected, Services
from search_api.http.shedding import in_room
from search_api.safety.language import preferred
from search_api.safety.notices import Notice
from search_api.search.answers import ParameterWarning, SearchAnswer
from search_api.search.requests import (
    MAX_PAGE,
    MAX_PER_PAGE,
    MAX_QUERY_CHARACTERS,
    Mode,
    SearchQuery,
    Sort,
    parse_facets,
)
from search_api.search.suggest import Suggestion

HttpRequest = Request[Any, Any, Any]
VARY = {"Vary": "Accept-Language"}
"""Notices are told in the language that the browser prefers, where the text does not tell one."""
Query = Annotated[
    str, QueryParameter(name="q", max_length=MAX_QUERY_CHARACTERS, description="What is looked for; empty browses.")
]


class SuggestAnswer(Struct, frozen=True):
    """Completions, best first."""

    suggestions: list[Suggestion]
    notices: list[Notice] = []
    """What must be said to somebody who types this."""
    warnings: tuple[ParameterWarning, ...] = ()


class SearchController(Controller):
    """The search box and everything like it."""

    path = "/v1"
    tags = ["Search"]
    opt = access("search") | in_room(lambda services: services.reading)

    @get(
        "/search",
        operation_id="search",
        summary="Search articles and clinics",
        cache_control=None,
        response_headers=VARY,
        dependencies=DEPENDENCIES,
    )
    async def search(
        self,
        request: HttpRequest,
        services: Injected,
        chosen: ChosenFilters,
        q: Query = "",
        type: Annotated[list[DocumentType] | None, QueryParameter(name="type", description="Both by default.")] = None,
        mode: FromQuery[Mode] = "hybrid",
        page: Annotated[int, QueryParameter(ge=1, le=MAX_PAGE)] = 1,
        per_page: Annotated[int, QueryParameter(ge=1, le=MAX_PER_PAGE)] = 10,
        price_min: Annotated[float | None, QueryParameter(ge=0, description="Dollars a session.")] = None,
        price_max: Annotated[float | None, QueryParameter(ge=0, description="Dollars a session.")] = None,
        near: Annotated[
            str | None, QueryParameter(max_length=200, description="`lat,lng`, a US ZIP code, or `city, state`.")
        ] = None,
        radius_miles: Annotated[
            float | None,
            QueryParameter(gt=0, le=12_500, description="Around `near`, or a place in the words; 50 by default."),
        ] = None,
        published_after: FromQuery[date | None] = None,
        published_before: FromQuery[date | None] = None,
        verified: Annotated[
            bool | None, QueryParameter(description="`true`: only listings of which something was checked in 90 days.")
        ] = None,
        sort: Annotated[
            Sort | None,
            QueryParameter(description="What is sent wins over what the words ask for; `relevance` by default."),
        ] = None,
        facets: Annotated[str, QueryParameter(description="Comma-separated names of filters to count.")] = "",
        interpret: Annotated[bool, QueryParameter(description="`false` takes `q` literally.")] = True,
        correct: Annotated[bool, QueryParameter(description="`false` searches for words as they are spelt.")] = True,
        ignore: Annotated[
            list[str] | None,
            QueryParameter(
                max_items=20,
                description="Parts of `query.interpreted` to leave out: `near`, `price_max`, `condition:ptsd`, …",
            ),
        ] = None,
        explain: Annotated[
            bool, QueryParameter(description="Tells of each hit why it stands there; needs the scope `editor`.")
        ] = False,
    ) -> SearchAnswer:
        """Hybrid keyword and semantic search. An article appears once, as its best section."""
        query = SearchQuery(
            text=q,
            types=tuple(dict.fromkeys(type)) if type else DOCUMENT_TYPES,
            mode=mode,
            page=page,
            per_page=per_page,
            labels=chosen.labels,
            flags=chosen.flags,
            price_min=price_min,
            price_max=price_max,
            published_after=published_after,
            published_before=published_before,
            verified=bool(verified),
            near=near or "",
            radius_miles=radius_miles,
            sort=sort,
            facets=parse_facets(facets),
            interpret=interpret,
            correct=correct,
            ignored=tuple(ignore or ()),
            explain=explain,
            accept_language=request.headers.get("accept-language", ""),
        )
        if explain:
            door_of(request).check(request, "editor")
        asked = query.resolved(services.parts.taxonomy, services.parts.gazetteer)
        answer = await services.reading.run(lambda: services.search.search(asked), by=caller_of(request))
        return counted(request, services, msgspec.structs.replace(answer, warnings=unknown_parameters(request)))

    @get("/suggest", operation_id="suggest", summary="Completions while typing", response_headers=VARY)
    async def suggest(
        self,
        request: HttpRequest,
        services: Injected,
        q: Query = "",
        limit: Annotated[int, QueryParameter(ge=1, le=50)] = 8,
    ) -> SuggestAnswer:
        """Articles, clinics, topics and places that begin with, or nearly spell, what was typed.

        Topics and questions are in the language of the text; where that does not tell, in the preferred one.
        """
        text = typed_text(q)
        spoken = preferred(request.headers.get("accept-language", ""))
        warnings = unknown_parameters(request)

        def answer() -> SuggestAnswer:
            found = services.suggester.suggest(text, limit=limit, spoken=spoken)
            led = services.search.help_first(found, text, limit=limit, spoken=spoken)
            return SuggestAnswer(led, services.search.notices_for(text, spoken), warnings)

        return await services.reading.run(answer, by=caller_of(request))


def counted(request: HttpRequest, services: Services, answer: SearchAnswer) -> SearchAnswer:
    """The answer with the id under which a click on its hits counts."""
    address = client_ip_of(request).address(request)
    id = services.figures.counter.searched(address, answer.query.text, total=answer.total)
    return answer if id is None else msgspec.structs.replace(answer, search_id=id)
