"""The search behind the results page: on one tab, lenient with what cannot be meant."""

from collections.abc import Sequence

import msgspec

from indexing.errors import InvalidInput, Unavailable
from search_api.http.callers import Caller
from search_api.http.services import Services
from search_api.pages.results import Found
from search_api.pages.state import LAST_PAGE, PageState
from search_api.search.requests import SearchRequest

_MOST_PLACES = 4
_MIDDLE = 0.5
"""Share of what the map shows in which its largest city gives the name."""
_TOLD = frozenset({"near", "price_min", "sort"})


async def found_for(services: Services, state: PageState, caller: Caller, accepted: str) -> Found:
    """What is found for a state, or what to tell the visitor; a choice that cannot be meant is left out and said."""
    parts = services.parts
    try:
        query = msgspec.structs.replace(state.query(), accept_language=accepted)
        request = query.resolved(parts.taxonomy, parts.gazetteer)
        return await services.reading.run(lambda: _on_a_tab(services, state, request), by=caller)
    except InvalidInput as error:
        fields = [fault.field for fault in error.errors]
        detail = "; ".join(fault.message for fault in error.errors)
    except Unavailable:
        return Found(None, trouble="trouble-away")
    if fields == ["page"]:  # the page says that there is none, and where the first is
        return await found_for(services, msgspec.structs.replace(state, page=LAST_PAGE), caller, accepted)
    return await _without(services, state, caller, accepted, fields=fields, detail=detail)


async def _without(
    services: Services, state: PageState, caller: Caller, accepted: str, *, fields: Sequence[str], detail: str
) -> Found:
    """The results without what was wrong, which is said above them."""
    field = fields[0] if fields else ""
    if field == "near":
        sort = "relevance" if state.sort == "distance" else state.sort
        left = msgspec.structs.replace(state, near="", sort=sort, type=state.type or "clinic")
        places = await services.reading.run(lambda: _likely_places(services, state.near), by=caller)
        found = await found_for(services, left, caller, accepted)
        return found.beside("trouble-near", detail=state.near, places=places)
    if field == "sort":
        left = msgspec.structs.replace(state, sort="relevance")
    elif field == "price_min":
        left = msgspec.structs.replace(state, price_min=None, price_max=None)
    elif field in state.labels:
        left = msgspec.structs.replace(
            state, labels={name: state.labels[name] for name in state.labels if name != field}
        )
    else:
        return Found(None, trouble="trouble-other", detail=detail)
    found = await found_for(services, left, caller, accepted)
    return found.beside(f"trouble-{field}" if field in _TOLD else "trouble-other")


def _on_a_tab(services: Services, state: PageState, request: SearchRequest) -> Found:
    """The type that was chosen, else the likelier one; both where help leads."""
    answer = services.search.search(msgspec.structs.replace(request, on_one_tab=state.type is None))
    return Found(answer, state.type or answer.tab or None, around=_around(services, state))


def _around(services: Services, state: PageState) -> str:
    """The city by which a person knows the point that was chosen."""
    if not state.is_of_a_point:
        return ""
    lat, lng = map(float, state.near.split(","))
    across = state.map_area.radius_miles if state.map_area else 0.0
    place = services.parts.gazetteer.nearest(lat, lng, within_miles=across * _MIDDLE)
    return place.label if place else ""


def _likely_places(services: Services, text: str) -> tuple[str, ...]:
    """Places that are written nearly so."""
    found = services.suggester.suggest(text, limit=20)
    return tuple(each.text for each in found if each.kind == "place")[:_MOST_PLACES]
