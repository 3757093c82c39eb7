"""The results page: what was found, what was understood, and how to change either. Works without JavaScript."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from indexing.engines.base import FacetCount
from indexing.taxonomy import FACETS, Taxonomy
from search_api.pages.close import close_groups
from search_api.pages.rendering import render
from search_api.pages.state import PAGE_FACETS, PageState
from search_api.safety.notices import Notice
from search_api.search.answers import SearchAnswer
from search_api.search.requests import DEFAULT_RADIUS_MILES, RESULT_WINDOW

_FACET_NAMES = {
    "condition": "Condition",
    "treatment": "Treatment",
    "insurance": "Insurance",
    "payment": "Payment",
    "state": "State",
    "language": "Language",
}
_SORTED = {"price": "lowest price first", "distance": "nearest first", "newest": "newest first"}
_MOST_VALUES = 12
_RADII = (10.0, 25.0, 50.0, 100.0, 250.0)
_STARTS = ("side effects", "how ketamine works", "Spravato cost", "first session", "safe with high blood pressure")
_DIRECTIONS = "https://www.google.com/maps/dir/?"

_FLAGS = {
    "telehealth": "telehealth",
    "accepting_patients": "accepting patients",
    "verified": "checked in the last 90 days",
}


class Chip(Struct, frozen=True):
    """One thing by which the results are narrowed, and the address without it."""

    text: str
    address: str
    is_understood: bool = False
    """Whether it was read out of the words, not chosen."""


def results_page(
    state: PageState,
    answer: SearchAnswer | None,
    taxonomy: Taxonomy,
    *,
    trouble: str = "",
    notices: Sequence[Notice] = (),
    search_box: str,
) -> str:
    """The whole page; without an answer there is `trouble` to tell, or nothing was asked for yet."""
    pages = -(-min(answer.total, RESULT_WINDOW) // answer.per_page) if answer else 0
    return render(
        "results.html",
        state=state,
        answer=answer,
        trouble=trouble,
        notices=notices,
        in_need=any(notice.kind in {"emergency", "crisis"} for notice in notices),
        kept=list(_kept(state)),
        radii=sorted({*_RADII, state.radius_miles or DEFAULT_RADIUS_MILES}),
        search_box=search_box,
        title=_title(state),
        hits=[_hit(each, taxonomy) for each in answer.hits] if answer else [],
        seeks_clinic=answer is not None and _seeks_clinic(state, answer),
        facets=list(_facets(state, answer.facets, taxonomy)) if answer else [],
        chips=list(_chips(state, answer, taxonomy)),
        elsewhere=_elsewhere(state, answer),
        close=[(group, [_hit(each, taxonomy) for each in group.hits]) for group in close_groups(state, answer)],
        tabs=list(_tabs(state, answer)),
        starts=[(text, PageState(q=text).address()) for text in _STARTS],
        literal=state.address(correct=False),
        cleared=PageState(q=state.q).address(),
        previous=state.address(page=state.page - 1) if state.page > 1 else "",
        next=state.address(page=state.page + 1) if state.page < pages else "",
        pages=pages,
    )


def _title(state: PageState) -> str:
    return f"{state.q} · Search · The Ketamine Channel" if state.q else "Search · The Ketamine Channel"


def _kept(state: PageState) -> Iterator[tuple[str, str]]:
    """What was chosen and has no control of its own in the form."""
    for name in ("city", "tag"):
        yield from ((name, value) for value in state.labels.get(name, ()))
    yield from ((name, "false") for name, wanted in state.flags.items() if not wanted)
    if state.price_min is not None:
        yield "price_min", f"{state.price_min:g}"
    yield from ((name, "false") for name in ("interpret", "correct") if not getattr(state, name))
    yield from (("ignore", name) for name in state.ignored)


def _seeks_clinic(state: PageState, answer: SearchAnswer) -> bool:
    understood = answer.query.interpreted.keys() - {"text", "place_wanted"}
    return bool(understood) and state.type != "article"


def _elsewhere(state: PageState, answer: SearchAnswer | None) -> list[tuple[str, str]]:
    """Other cities of the name that was given, with the address of the search there."""
    near = answer.query.interpreted.get("near", {}) if answer is not None and not state.near else {}
    return [(label, state.address(near=label)) for label in near.get("alternatives", ())]


def _tabs(state: PageState, answer: SearchAnswer | None) -> Iterator[tuple[str, int, str, bool]]:
    """Text, count and address of each type, the likelier first, and whether only it is shown."""
    if answer is None or not state.q:
        return
    kinds = sorted(answer.totals, key=lambda kind: kind != answer.intent)
    for kind in kinds:
        yield f"{kind.capitalize()}s", answer.totals[kind], state.address(type=kind), state.type == kind


def _hit(hit: Any, taxonomy: Taxonomy) -> dict[str, Any]:
    shown: dict[str, Any] = msgspec.structs.asdict(hit) | {"type": hit.__struct_config__.tag}
    if shown["type"] == "clinic":
        address = hit.address
        where = ", ".join(
            part for part in (address.street, address.city, f"{address.state} {address.zip}".strip()) if part
        )
        away = hit.distance_miles
        shown |= {
            "offers": [taxonomy.label("treatment", slug) for slug in hit.treatments],
            "accepts": [taxonomy.label("insurance", slug) for slug in hit.insurance],
            "where": where,
            "miles": "" if away is msgspec.UNSET or away is None else f"{away:,.1f} miles",
            "directions": _DIRECTIONS + urlencode({"api": 1, "destination": where}) if where else "",
            "dial": "".join(character for character in hit.phone if character.isdigit() or character == "+"),
        }
    return shown


def _facets(
    state: PageState, counted: Mapping[str, Sequence[FacetCount]], taxonomy: Taxonomy
) -> Iterator[tuple[str, str, list[tuple[FacetCount, bool]]]]:
    """Name, title and values with whether each is chosen; what is chosen stays in sight."""
    for name in PAGE_FACETS:
        chosen = state.labels.get(name, ())
        values = list(counted.get(name, ()))
        known = {facet.value for facet in values}
        missing = [FacetCount(value, _label(taxonomy, name, value), 0) for value in chosen if value not in known]
        shown = [facet for place, facet in enumerate(values) if place < _MOST_VALUES or facet.value in chosen]
        if shown or missing:
            yield name, _FACET_NAMES[name], [(facet, facet.value in chosen) for facet in (*missing, *shown)]


def _chips(state: PageState, answer: SearchAnswer | None, taxonomy: Taxonomy) -> Iterator[Chip]:
    for name, values in state.labels.items():
        for value in values:
            yield Chip(_label(taxonomy, name, value), state.without(name, value))
    for name, wanted in state.flags.items():
        yield Chip(_flag(name, wanted), state.without(name))
    if state.near:
        yield Chip(f"within {state.radius_miles or 50:g} miles of {state.near}", state.without("near"))
    for name in ("price_min", "price_max"):
        if (price := getattr(state, name)) is not None:
            yield Chip(_price(name, price), state.without(name))
    if state.type:
        yield Chip(f"only {state.type}s", state.without("type"))
    if answer is not None:
        yield from _understood(state, answer.query.interpreted, taxonomy)


def _understood(state: PageState, understood: Mapping[str, Any], taxonomy: Taxonomy) -> Iterator[Chip]:
    """What was read out of the words; without one of them, the others become choices."""
    for name, given in understood.items():
        if isinstance(given, list):
            for value in given:
                address = state.ignoring(f"{name}:{value}")
                yield Chip(_label(taxonomy, name, value), address, is_understood=True)
            continue
        text = ""
        if name == "near":
            text = f"clinics within {given['radius_miles']:g} miles of {given['label']}"
            if given.get("preferred"):
                text = f"clinics near {given['label']} first"
        elif name == "sort":
            text = _SORTED[given]
        elif name.startswith("price"):
            text = _price(name, given)
        elif name in {"telehealth", "accepting_patients"}:
            text = _flag(name, given)
        if text:
            yield Chip(text, state.ignoring(name), is_understood=True)


def _label(taxonomy: Taxonomy, name: str, value: str) -> str:
    facet = next((each for each in FACETS if each == name), None)
    if facet is not None:
        return taxonomy.label(facet, value)
    return value.capitalize() if name == "language" else value


def _price(name: str, price: float) -> str:
    return f"{'up to' if name == 'price_max' else 'from'} ${price:,.0f}"


def _flag(name: str, wanted: bool) -> str:
    text = _FLAGS[name]
    return text if wanted else f"not {text}"
