"""What a results page shows, as its address says it: read leniently, written exactly."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, get_args
from urllib.parse import urlencode

import msgspec
from msgspec import Struct

from indexing.documents import DOCUMENT_TYPES, DocumentType
from indexing.fields import ID_PATTERN
from indexing.queries import FLAG_ATTRIBUTES
from indexing.schema.types import LABELS
from indexing.text import storable
from search_api.pages.map import Area, area_of
from search_api.search.requests import MAX_PAGE, MAX_QUERY_CHARACTERS, RESULT_WINDOW, SearchQuery, Sort

PAGE_FACETS = tuple(name for name, spec in LABELS.items() if spec.is_offered)
"""Labels whose values can be chosen in the form."""
PAGE_FLAGS = (*FLAG_ATTRIBUTES, "verified")
_PER_PAGE = 10
LAST_PAGE = RESULT_WINDOW // _PER_PAGE
MOST_COMPARED = 3
_POINT = re.compile(r"-?\d+(\.\d+)?,\s*-?\d+(\.\d+)?")

Fields = Mapping[str, Sequence[str]]


class PageState(Struct, frozen=True, kw_only=True):
    """Everything that a visitor chose."""

    q: str = ""
    type: DocumentType | None = None
    labels: Mapping[str, tuple[str, ...]] = {}
    flags: Mapping[str, bool] = {}
    price_min: float | None = None
    price_max: float | None = None
    near: str = ""
    radius_miles: float | None = None
    area: bool = False
    """Whether the place is the middle of what the map showed."""
    sort: Sort = "relevance"
    page: int = 1
    interpret: bool = True
    correct: bool = True
    ignored: tuple[str, ...] = ()
    """What is not to be understood from the words: `near`, `price_max`, `condition:ptsd`, …"""
    compare: tuple[str, ...] = ()
    """Ids of clinics that are to be compared."""

    @property
    def is_start(self) -> bool:
        """Whether nothing was asked for or chosen."""
        return not (self.q or self.has_filters or self.sort != "relevance" or self.page > 1 or self.compare)

    @property
    def is_of_a_point(self) -> bool:
        """Whether the place is a point on the map, as devices tell it."""
        return bool(_POINT.fullmatch(self.near))

    @property
    def map_area(self) -> Area | None:
        """The part of the map that was searched; None for places that came otherwise."""
        if not (self.area and self.is_of_a_point and self.radius_miles):
            return None
        lat, lng = map(float, self.near.split(","))
        return Area(lat, lng, self.radius_miles)

    @property
    def has_filters(self) -> bool:
        """Whether anything but words and order was chosen."""
        return bool(self.labels or self.flags or self.near or self.type or self.price_min or self.price_max)

    def query(self) -> SearchQuery:
        """The same as a search."""
        return SearchQuery(
            text=self.q,
            types=(self.type,) if self.type else DOCUMENT_TYPES,
            page=self.page,
            per_page=_PER_PAGE,
            labels=self.labels,
            flags={name: value for name, value in self.flags.items() if name != "verified"},
            verified=self.flags.get("verified", False),
            price_min=self.price_min,
            price_max=self.price_max,
            near=self.near,
            radius_miles=self.radius_miles,
            sort=self.sort if self.sort != "relevance" else None,
            facets=PAGE_FACETS,
            interpret=self.interpret,
            correct=self.correct,
            ignored=self.ignored,
        )

    def address(self, to: str = "/", **changes: Any) -> str:
        """The address of this page with some choices changed; always of the first page unless said.

        With `to`, that of another page, which knows from it what was searched.
        """
        state = msgspec.structs.replace(self, **{"page": 1, **changes})
        pairs: list[tuple[str, str]] = []
        pairs += [(name, getattr(state, name)) for name in ("q", "type", "near") if getattr(state, name)]
        pairs += [(name, value) for name, values in state.labels.items() for value in values]
        pairs += [(name, str(value).lower()) for name, value in state.flags.items()]
        for name in ("price_min", "price_max", "radius_miles"):
            if (number := getattr(state, name)) is not None:
                pairs.append((name, f"{number:g}"))
        if state.map_area:
            pairs.append(("area", "map"))
        if state.sort != "relevance":
            pairs.append(("sort", state.sort))
        if state.page > 1:
            pairs.append(("page", str(state.page)))
        pairs += [("ignore", name) for name in state.ignored]
        pairs += [(name, "false") for name in ("interpret", "correct") if not getattr(state, name)]
        pairs += [("compare", id) for id in state.compare]
        return f"{to}?{urlencode(pairs)}" if pairs else to

    def without(self, name: str, value: str | None = None) -> str:
        """The address without one choice."""
        if name in self.labels:
            left = tuple(each for each in self.labels[name] if each != value)
            return self.address(labels={**self.labels, name: left} if left else _less(self.labels, name))
        if name in self.flags:
            return self.address(flags=_less(self.flags, name))
        if name == "near":
            return self.address(near="", radius_miles=None, sort=without_distance(self.sort))
        return self.address("/", **{name: None})

    def ignoring(self, name: str) -> str:
        """The address with one thing that was understood left out, and the rest understood as before."""
        return self.address(ignored=(*self.ignored, name))


def read_state(fields: Fields) -> PageState:
    """The state that an address names; what cannot be understood is left out."""
    numbers = {name: _number(_last(fields, name)) for name in ("price_min", "price_max", "radius_miles")}
    labels = {name: tuple(dict.fromkeys(v[:200] for v in fields.get(name, ()) if v))[:50] for name in LABELS}
    flags = {name: _last(fields, name) for name in PAGE_FLAGS}
    kind = next((each for each in DOCUMENT_TYPES if each == _last(fields, "type")), None)
    sort: Sort = next((each for each in get_args(Sort) if each == _last(fields, "sort")), "relevance")
    near, area = storable(_last(fields, "near")).strip()[:200], _last(fields, "area")
    if (seen := area_of(area)) is not None:
        near, numbers["radius_miles"] = seen.near, seen.radius_miles
    return PageState(
        q=storable(_last(fields, "q")).strip()[:MAX_QUERY_CHARACTERS],
        type=kind,
        labels={name: values for name, values in labels.items() if values},
        flags={name: value == "true" for name, value in flags.items() if value in {"true", "false"}},
        near=near,
        area=seen is not None or area == "map",
        sort=sort,
        page=min(max(int(_number(_last(fields, "page")) or 1), 1), MAX_PAGE),
        interpret=_last(fields, "interpret") != "false",
        correct=_last(fields, "correct") != "false",
        ignored=tuple(dict.fromkeys(name[:200] for name in fields.get("ignore", ()) if name))[:20],
        compare=_ids(fields.get("compare", ())),
        **numbers,
    )


def _ids(values: Sequence[str]) -> tuple[str, ...]:
    found = (value for value in values if re.fullmatch(ID_PATTERN, value))
    return tuple(dict.fromkeys(found))[:MOST_COMPARED]


def _last(fields: Fields, name: str) -> str:
    values = fields.get(name) or ("",)
    return values[-1]


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and 0 < number <= 1e6 else None


def _less(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return {key: value for key, value in values.items() if key != name}


def without_distance(sort: Sort) -> Sort:
    """The order where there is no place."""
    return "relevance" if sort == "distance" else sort
