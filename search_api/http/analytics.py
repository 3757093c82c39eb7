"""What happens on result pages, told by them; and what visitors look for, for editors."""

from typing import Annotated, Literal

from litestar import Controller, get, post
from litestar.params import FromQuery, JSONBody, QueryParameter
from msgspec import Meta, Struct

from indexing.content.figures import Order, QueryFigures
from indexing.fields import ID_IN_WORDS, ID_PATTERN
from search_api.http.auth import access
from search_api.http.services import Injected


class Event(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that a visitor did; kept as a count only, and only of enough visitors."""

    kind: Literal["click", "view"]
    id: Annotated[str, Meta(pattern=ID_PATTERN, description=ID_IN_WORDS)]
    search_id: Annotated[str, Meta(max_length=64, description="From the answer that showed it.")] = ""
    position: Annotated[int, Meta(ge=1, le=10_000)] | None = None


class EventReceipt(Struct, frozen=True):
    """It was heard."""

    accepted: int


class QueryList(Struct, frozen=True):
    """Queries with their counts; one of fewer visitors a day than `visitors` is in none of them."""

    queries: list[QueryFigures]
    days: int
    visitors: int


class AnalyticsController(Controller):
    """Counts of what many look for; nothing of anybody."""

    path = "/v1"
    tags = ["Analytics"]

    @post("/events", status_code=202, operation_id="tellEvent", summary="Tell a click", opt=access("search"))
    async def event(self, services: Injected, data: JSONBody[Event]) -> EventReceipt:
        """A click counts for the search whose `search_id` it carries, once."""
        if data.kind == "click" and data.search_id:
            services.figures.counter.clicked(data.search_id)
        return EventReceipt(1)

    @get(
        "/analytics/queries",
        operation_id="listQueries",
        summary="What visitors look for",
        opt=access("editor"),
    )
    async def queries(
        self,
        services: Injected,
        order: FromQuery[Order] = "popular",
        days: Annotated[int, QueryParameter(ge=1, le=366)] = 30,
        limit: Annotated[int, QueryParameter(ge=1, le=1_000)] = 50,
    ) -> QueryList:
        """Most popular, most often without results, or most often without a click."""
        figures = services.figures
        found = await services.writing.run(lambda: figures.recent(days, order=order, limit=limit))
        return QueryList(found, days, figures.visitors)
