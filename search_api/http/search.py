"""Search and completion over HTTP."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, get
from litestar.params import QueryParameter
from msgspec import Struct

from indexing.queries import typed_text
from search_api.http.auth import access, door_of
from search_api.http.callers import caller_of
from search_api.http.client_ip import client_ip_of
from search_api.http.parameters import ignored_parameters
from search_api.http.search_parameters import SENT_QUERY, Query, SentQuery
from search_api.http.services import Injected, Services
from search_api.http.shedding import in_room
from search_api.safety.language import preferred
from search_api.safety.notices import Notice
from search_api.search.answers import ParameterWarning, SearchAnswer
from search_api.search.effects import without_effect
from search_api.search.suggest import Suggestion

HttpRequest = Request[Any, Any, Any]
VARY = {"Vary": "Accept-Language"}
"""Notices are told in the language that the browser prefers, where the text does not tell one."""


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
        dependencies=SENT_QUERY,
    )
    async def search(
        self,
        request: HttpRequest,
        services: Injected,
        sent: SentQuery,
    ) -> SearchAnswer:
        """Hybrid keyword and semantic search. An article appears once, as its best section."""
        if sent.explain:
            door_of(request).check(request, "editor")
        spoken = request.headers.get("accept-language", "")
        query = msgspec.structs.replace(sent, accept_language=spoken)
        asked = query.resolved(services.parts.taxonomy, services.parts.gazetteer)
        ignored = ignored_parameters(request)

        def answer() -> SearchAnswer:
            found = services.search.search(asked)
            return msgspec.structs.replace(
                found,
                warnings=(*ignored, *without_effect(query, found, services.parts.taxonomy, services.parts.engine)),
            )

        return counted(request, services, await services.reading.run(answer, by=caller_of(request)))

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
        warnings = ignored_parameters(request)

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
