"""Close, but: clinics that meet all wishes but one, where fewer than three meet all of them.

Each group names the wish that is not met. What meets everything stands in the answer itself and is not repeated;
totals and facets of the answer stay those of the strict question.
"""

import functools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from indexing.engines.base import Candidates
from indexing.engines.retrieval import Retrieval
from indexing.queries import Filters, Near
from indexing.schema.types import FLAGS, LABELS
from indexing.taxonomy import Taxonomy
from indexing.vocabularies import label_of

ENOUGH = 3
"""Clinics that meet every wish from which on nothing is relaxed."""
_MOST_GROUPS = 4
_MOST_HITS = 3
_WIDER_MILES = (100.0, 250.0)
_FURTHEST_MILES = 12_500.0
_PRICE_GIVEN_UP = 5
_GIVEN_UP = {name: spec.given_up for name, spec in (*LABELS.items(), *FLAGS.items())} | {"price": _PRICE_GIVEN_UP}
_ORDER = sorted((name for name, place in _GIVEN_UP.items() if place), key=_GIVEN_UP.__getitem__)
"""Wishes that are given up more easily come first."""

Retrieve = Callable[[Retrieval], Candidates]


class Wish(Struct, frozen=True):
    """A wish that is given up: what it was, in the names of the parameters, and in words what its group is."""

    dropped: Mapping[str, Any]
    label: str
    filters: Filters
    instead: Mapping[str, Any] = {}
    """What takes its place: a wider radius."""


class Group(Struct, frozen=True):
    """Clinics that meet all wishes but one: how many, and the first of them by their place among the candidates."""

    wish: Wish
    total: int
    candidates: Candidates
    positions: tuple[int, ...]


def relaxed(
    filters: Filters,
    *,
    found: Collection[str],
    never: frozenset[str] = frozenset(),
    centre: Near | None,
    retrieve: Retrieve,
    taxonomy: Taxonomy,
) -> list[Group]:
    """Groups for a question that only the clinics `found` meet, nearest to `centre` first within each.

    Those in `never` are hidden, by editors or since another listing stands for them.
    """
    look = functools.partial(_group, never=never, centre=centre, retrieve=retrieve)
    groups: list[Group] = []
    taken = set(found)
    for wish in _wishes(filters, taxonomy):
        if len(groups) == _MOST_GROUPS:
            break
        group = look(wish, taken)
        if group is not None and not _is_wider_again(wish, groups):
            groups.append(group)
    if groups or found:
        return groups
    last = (look(wish, taken) for wish in _last_resorts(filters))
    return [group for group in last if group is not None][:1]


def _group(
    wish: Wish, taken: Collection[str], *, never: frozenset[str], centre: Near | None, retrieve: Retrieve
) -> Group | None:
    candidates = retrieve(Retrieval(filters=wish.filters, never=never))
    new = [place for place, id in enumerate(candidates.ids) if id not in taken]
    if not new:
        return None
    price = np.nan_to_num(candidates.numbers("price_min"), nan=np.inf)
    away = price if centre is None else np.nan_to_num(candidates.distances(centre.lat, centre.lng), nan=np.inf)
    ordered = sorted(new, key=lambda place: (away[place], price[place]))
    return Group(wish, len(new), candidates, tuple(ordered[:_MOST_HITS]))


def _is_wider_again(wish: Wish, groups: Sequence[Group]) -> bool:
    """Whether some group is already that of a smaller circle."""
    return "radius_miles" in wish.dropped and any("radius_miles" in group.wish.dropped for group in groups)


def _wishes(filters: Filters, taxonomy: Taxonomy) -> Iterator[Wish]:
    yield from _wider(filters)
    singles = {**{name: _without_label(filters, name, taxonomy) for name in filters.labels}, **_without_flags(filters)}
    if (filters.price_min, filters.price_max) != (None, None):
        singles["price"] = _without_price(filters)
    for name in _ORDER:
        if name in singles:
            yield singles[name]


def _wider(filters: Filters) -> Iterator[Wish]:
    near = filters.near
    for miles in _WIDER_MILES if near is not None else ():
        if near is not None and miles > near.radius_miles:
            yield Wish(
                dropped={"radius_miles": near.radius_miles},
                label=f"within {miles:g} miles",
                filters=_with(filters, near=Near(near.lat, near.lng, miles)),
                instead={"radius_miles": miles},
            )


def _without_label(filters: Filters, name: str, taxonomy: Taxonomy) -> Wish:
    values = filters.labels[name]
    labels = {other: kept for other, kept in filters.labels.items() if other != name}
    return Wish({name: list(values)}, _lacking(name, values, taxonomy), _with(filters, labels=labels))


def _lacking(name: str, values: Sequence[str], taxonomy: Taxonomy) -> str:
    return (LABELS[name].lacking or "without {}").format(label_of(taxonomy, name, values[0]))


def _without_flags(filters: Filters) -> dict[str, Wish]:
    return {
        name: Wish(
            {name: wanted},
            FLAGS[name].lacking if wanted else f"with {name.replace('_', ' ')}",
            _with(filters, flags={other: value for other, value in filters.flags.items() if other != name}),
        )
        for name, wanted in filters.flags.items()
    }


def _without_price(filters: Filters) -> Wish:
    prices = {name: getattr(filters, name) for name in ("price_min", "price_max")}
    dropped = {name: price for name, price in prices.items() if price is not None}
    high = filters.price_max
    label = (
        "at other prices, or without a listed price" if high is None else f"above ${high:g}, or without a listed price"
    )
    return Wish(dropped, label, _with(filters, price_min=None, price_max=None))


def _last_resorts(filters: Filters) -> Iterator[Wish]:
    """Everything but the place, and then the nearest of all."""
    dropped: dict[str, Any] = {name: list(values) for name, values in filters.labels.items() if name != "state"}
    dropped |= filters.flags
    dropped |= {n: getattr(filters, n) for n in ("price_min", "price_max") if getattr(filters, n) is not None}
    near = filters.near
    if near is None:
        state = {name: values for name, values in filters.labels.items() if name == "state"}
        yield Wish(dropped, "that meet a part of this", Filters(labels=state))
        yield Wish({**dropped, **{name: list(values) for name, values in state.items()}}, "elsewhere", Filters())
        return
    if dropped:
        for miles in (near.radius_miles, *(miles for miles in _WIDER_MILES if miles > near.radius_miles)):
            label = f"within {miles:g} miles that meet a part of this"
            yield Wish(dropped, label, Filters(near=Near(near.lat, near.lng, miles)), {"radius_miles": miles})
    everywhere = Near(near.lat, near.lng, _FURTHEST_MILES)
    away = {**dropped, "radius_miles": near.radius_miles}
    yield Wish(away, "further away, the nearest first", Filters(near=everywhere), {"radius_miles": _FURTHEST_MILES})


def _with(filters: Filters, **changes: Any) -> Filters:
    return msgspec.structs.replace(filters, **changes)
