"""Search and completion over HTTP."""

from datetime import UTC, date, datetime, time
from typing import Annotated

from litestar import Controller, get
from litestar.params import FromQuery, QueryParameter
from msgspec import Struct

from indexing.documents import DOCUMENT_TYPES, DocumentType
from indexing.errors import FieldError, InvalidQuery
from indexing.places import state_code
from indexing.queries import Filters
from indexing.taxonomy import FACETS, Taxonomy
from indexing.text import folded, storable
from search_api.http.auth import requires
from search_api.http.services import Injected
from search_api.search.answers import SearchAnswer
from search_api.search.requests import (
    DEFAULT_RADIUS_MILES,
    MAX_PAGE,
    MAX_PER_PAGE,
    MAX_QUERY_CHARACTERS,
    Mode,
    SearchRequest,
    Sort,
    label_filters,
    parse_facets,
    parse_near,
)
from search_api.search.suggest import Suggestion

Values = Annotated[
    list[Annotated[str, QueryParameter(max_length=200)]] | None,
    QueryParameter(description="Repeatable; values of one name are OR-ed, names are AND-ed.", max_items=50),
]
Query = Annotated[
    str, QueryParameter(name="q", max_length=MAX_QUERY_CHARACTERS, description="What is looked for; empty browses.")
]


class SuggestAnswer(Struct, frozen=True):
    """Completions, best first."""

    suggestions: list[Suggestion]


class SearchController(Controller):
    """The search box and everything like it."""

    path = "/v1"
    tags = ["Search"]
    guards = [requires("search")]

    @get("/search", operation_id="search", summary="Search articles and clinics", cache_control=None)
    async def search(
        self,
        services: Injected,
        q: Query = "",
        type: Annotated[list[DocumentType] | None, QueryParameter(name="type", description="Both by default.")] = None,
        mode: FromQuery[Mode] = "hybrid",
        page: Annotated[int, QueryParameter(ge=1, le=MAX_PAGE)] = 1,
        per_page: Annotated[int, QueryParameter(ge=1, le=MAX_PER_PAGE)] = 10,
        condition: Values = None,
        treatment: Values = None,
        insurance: Values = None,
        payment: Values = None,
        city: Values = None,
        tag: Values = None,
        state_filter: Annotated[
            list[str] | None, QueryParameter(name="state", description="Two letters or a name.")
        ] = None,
        telehealth: FromQuery[bool | None] = None,
        accepting_patients: FromQuery[bool | None] = None,
        price_min: Annotated[float | None, QueryParameter(ge=0, description="Dollars a session.")] = None,
        price_max: Annotated[float | None, QueryParameter(ge=0, description="Dollars a session.")] = None,
        near: Annotated[
            str | None, QueryParameter(max_length=200, description="`lat,lng`, a US ZIP code, or `city, state`.")
        ] = None,
        radius_miles: Annotated[float, QueryParameter(gt=0, le=12_500)] = DEFAULT_RADIUS_MILES,
        published_after: FromQuery[date | None] = None,
        published_before: FromQuery[date | None] = None,
        sort: FromQuery[Sort] = "relevance",
        facets: Annotated[str, QueryParameter(description="Comma-separated names of filters to count.")] = "",
        interpret: Annotated[bool, QueryParameter(description="`false` takes `q` literally.")] = True,
    ) -> SearchAnswer:
        """Hybrid keyword and semantic search. An article appears once, as its best section."""
        parts = services.parts
        place = parse_near(near, radius_miles, parts.gazetteer) if near else None
        if price_min is not None and price_max is not None and price_min > price_max:
            raise InvalidQuery([FieldError("price_min", "is above price_max")])
        chosen = {"condition": condition, "treatment": treatment, "insurance": insurance, "payment": payment}
        labels = {name: _slugs(parts.taxonomy, name, values) for name, values in chosen.items()}
        labels["city"] = tuple(folded(value) for value in city or ())
        labels["tag"] = tuple(folded(value) for value in tag or ())
        labels["state"] = tuple(state_code(value) or value for value in state_filter or ())
        flags = {"telehealth": telehealth, "accepting_patients": accepting_patients}
        request = SearchRequest(
            text=storable(q).strip(),
            types=tuple(dict.fromkeys(type)) if type else DOCUMENT_TYPES,
            mode=mode,
            page=page,
            per_page=per_page,
            filters=Filters(
                labels=label_filters(labels),
                flags={name: value for name, value in flags.items() if value is not None},
                price_min=price_min,
                price_max=price_max,
                published_after=_midnight(published_after),
                published_before=_midnight(published_before),
                near=place.circle if place else None,
            ),
            near=place,
            sort=sort,
            facets=parse_facets(facets),
            interpret=interpret,
        )
        return await services.reading.run(lambda: services.search.search(request))

    @get("/suggest", operation_id="suggest", summary="Completions while typing")
    async def suggest(
        self,
        services: Injected,
        q: Query = "",
        limit: Annotated[int, QueryParameter(ge=1, le=50)] = 8,
    ) -> SuggestAnswer:
        """Articles, clinics, topics and places that begin with, or nearly spell, what was typed."""
        text = storable(q)
        return SuggestAnswer(await services.reading.run(lambda: services.suggester.suggest(text, limit=limit)))


def _slugs(taxonomy: Taxonomy, name: str, values: list[str] | None) -> tuple[str, ...]:
    return tuple(taxonomy.slug(facet, value) for facet in FACETS if facet == name for value in values or ())


def _midnight(day: date | None) -> float | None:
    return None if day is None else datetime.combine(day, time(), UTC).timestamp()
