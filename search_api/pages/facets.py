"""The filter form: its values with counts, and what stands in its fields, chosen or understood."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from indexing.engines.entries import FacetCount
from indexing.schema.types import LABELS, filters_of
from indexing.taxonomy import Taxonomy
from search_api.pages.labels import said
from search_api.pages.seen import point_seen, seen_of
from search_api.pages.state import PAGE_FACETS, PAGE_FLAGS, PageState
from search_api.pages.texts import Texts
from search_api.pages.wishes import Wishes
from search_api.search.requests import DEFAULT_RADIUS_MILES

_MOST_VALUES = 25
_AT_ONCE = 5
_RADII = (10.0, 25.0, 50.0, 100.0, 250.0)
SORTS = ("relevance", "newest", "price", "distance")


class Facet(Struct, frozen=True):
    """A filter by name: values that are shown at once, and the rest behind `more`; each with whether it is chosen."""

    name: str
    title: str
    values: Sequence[tuple[FacetCount, bool]]
    more: Sequence[tuple[FacetCount, bool]]


class FilterForm(Struct, frozen=True):
    """What the fields of the form show."""

    near: str
    radius: float
    radii: Sequence[float]
    price_max: str
    flags: Sequence[tuple[str, bool]]
    sort: str
    sorts: Sequence[str]
    facets: Sequence[Facet]
    kept: Sequence[tuple[str, str]]
    seen: Sequence[str]
    count: int
    """How many choices there are."""


def filter_form(
    state: PageState,
    words: str,
    understood: Mapping[str, Any],
    wishes: Wishes,
    counted: Mapping[str, Sequence[FacetCount]],
    taxonomy: Taxonomy,
    texts: Texts,
    *,
    point: str,
    of_articles: bool,
) -> FilterForm:
    """The form of a page; articles have no insurers, so their form does without.

    `point` is what stands for a chosen point; empty where a place was named.
    """
    place = understood.get("near", {})
    place = {} if place.get("preferred") else place
    near = point or state.near or str(place.get("label", ""))
    radius = float(state.radius_miles or place.get("radius_miles") or DEFAULT_RADIUS_MILES)
    price = wishes.price_max
    return FilterForm(
        near=near,
        radius=radius,
        radii=sorted({*_RADII, radius}),
        price_max=f"{price:g}" if price is not None else "",
        flags=[(name, bool({**wishes.flags, **state.flags}.get(name))) for name in PAGE_FLAGS],
        sort=state.sort if state.sort != "relevance" else str(understood.get("sort", "relevance")),
        sorts=[each for each in SORTS if each != "distance" or near],
        facets=list(_facets(wishes, counted, taxonomy, texts, of_articles)),
        kept=list(_kept(state)),
        seen=[*seen_of(words, understood), *(point_seen(state.near, point) if point else ())],
        count=_count(state),
    )


def _count(state: PageState) -> int:
    labels = sum(len(values) for values in state.labels.values())
    return labels + len(state.flags) + sum(map(bool, (state.near, state.price_min, state.price_max)))


def _facets(
    wishes: Wishes, counted: Mapping[str, Sequence[FacetCount]], taxonomy: Taxonomy, texts: Texts, of_articles: bool
) -> Iterator[Facet]:
    for name in PAGE_FACETS:
        if of_articles and name not in filters_of("article"):
            continue
        chosen = wishes.labels.get(name, ())
        values = [_said(each, name, texts) for each in counted.get(name, ())]
        known = {facet.value for facet in values}
        missing = [FacetCount(value, said(taxonomy, texts, name, value), 0) for value in chosen if value not in known]
        marked = [(facet, facet.value in chosen) for facet in (*missing, *values[:_MOST_VALUES])]
        marked += [(facet, True) for facet in values[_MOST_VALUES:] if facet.value in chosen]
        first = sorted(marked, key=lambda pair: not pair[1])
        cut = max(_AT_ONCE, len(chosen))
        if first:
            yield Facet(name, texts(f"facet-{name}"), first[:cut], first[cut:])


def _said(counted: FacetCount, name: str, texts: Texts) -> FacetCount:
    return FacetCount(counted.value, texts.label(name, counted.value, counted.label or counted.value), counted.count)


def _kept(state: PageState) -> Iterator[tuple[str, str]]:
    """What was chosen and has no control of its own in the form."""
    if state.type:
        yield "type", state.type
    for name in LABELS.keys() - {*PAGE_FACETS}:
        yield from ((name, value) for value in state.labels.get(name, ()))
    yield from ((name, "false") for name, wanted in state.flags.items() if not wanted)
    if state.map_area:
        yield "area", "map"
    if state.price_min is not None:
        yield "price_min", f"{state.price_min:g}"
    yield from ((name, "false") for name in ("interpret", "correct") if not getattr(state, name))
    yield from (("ignore", name) for name in state.ignored)
    yield from (("compare", id) for id in state.compare)
