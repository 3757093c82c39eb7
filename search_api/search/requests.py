"""What a caller can ask for, checked once."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, get_args

from msgspec import Struct

from indexing.documents import DOCUMENT_TYPES, DocumentType
from indexing.errors import FieldError, InvalidQuery
from indexing.places import Gazetteer
from indexing.queries import FLAG_ATTRIBUTES, LABEL_ATTRIBUTES, Filters, Near, typed_text
from indexing.taxonomy import Taxonomy
from indexing.vocabularies import EXCLUDED, excludes, value_of
from search_api.safety.language import DEFAULT, Language, preferred

Mode = Literal["hybrid", "keyword", "semantic"]
MODES: tuple[Mode, ...] = get_args(Mode)
Sort = Literal["relevance", "distance", "price", "newest"]

MAX_QUERY_CHARACTERS = 512
MAX_PER_PAGE = 100
MAX_PAGE = 10_000
DEFAULT_RADIUS_MILES = 50.0
CHECKED_DAYS = 90
"""A listing that nobody has checked for longer is shown as such: health plans in the US have to verify their
provider directories every 90 days (No Surprises Act, section 116)."""


class Place(Struct, frozen=True):
    """Where somebody looks for a clinic."""

    label: str
    lat: float
    lng: float
    radius_miles: float

    @property
    def circle(self) -> Near:
        """The place as a filter."""
        return Near(self.lat, self.lng, self.radius_miles)


class SearchRequest(Struct, frozen=True, kw_only=True):
    """One search; `filters` are the caller's own, `near` is part of them as well."""

    text: str = ""
    types: tuple[DocumentType, ...] = DOCUMENT_TYPES
    mode: Mode = "hybrid"
    page: int = 1
    per_page: int = 10
    filters: Filters = Filters()
    near: Place | None = None
    sort: Sort | None = None
    """The order that was sent; None leaves it to the words, and else to relevance."""
    radius_miles: float | None = None
    """Around a place that was understood, in place of what the words say."""
    facets: tuple[str, ...] = ()
    interpret: bool = True
    correct: bool = True
    ignored: tuple[str, ...] = ()
    """Parts not to be understood from the words: `near`, `price_max`, `condition:ptsd`, …"""
    explain: bool = False
    on_one_tab: bool = False
    """Show the type alone that is likelier sought, and count the others; both where help leads."""
    spoken: Language = DEFAULT
    """The language that the visitor's browser prefers."""

    @property
    def bounds(self) -> tuple[int, int]:
        """From which hit to before which one the page goes."""
        return (self.page - 1) * self.per_page, self.page * self.per_page


RESULT_WINDOW = 1_000
"""Results whose order is defined: pages end with them, totals and facets do not."""


def parse_near(text: str, radius_miles: float, gazetteer: Gazetteer) -> Place:
    """The place that `near` names: `lat,lng`, a ZIP code, or `city, state`. Raises InvalidQuery."""
    parts = text.split(",")
    if len(parts) == 2:
        try:
            lat, lng = float(parts[0]), float(parts[1])
        except ValueError:
            pass
        else:
            if not (-90 <= lat <= 90 and -180 <= lng <= 180):
                raise InvalidQuery([FieldError("near", "latitude is -90 to 90 and longitude -180 to 180")])
            return Place(f"{lat:g}, {lng:g}", lat, lng, radius_miles)
    place = gazetteer.find(text)
    if place is None:
        message = f"no US place {text[:80]!r} is known; send `lat,lng`, a ZIP code, or `city, state`"
        raise InvalidQuery([FieldError("near", message)])
    return Place(place.label, round(place.lat, 4), round(place.lng, 4), radius_miles)


def parse_facets(lists: Sequence[str]) -> tuple[str, ...]:
    """The facet names of comma-separated lists. Raises InvalidQuery."""
    names = tuple(dict.fromkeys(name.strip() for name in ",".join(lists).split(",") if name.strip()))
    known = (*LABEL_ATTRIBUTES, *FLAG_ATTRIBUTES)
    unknown = [name for name in names if name not in known]
    if unknown:
        message = f"unknown facet {unknown[0][:80]!r}; known are {', '.join(known)}"
        raise InvalidQuery([FieldError("facets", message)])
    return names


class SearchQuery(Struct, frozen=True, kw_only=True):
    """One search as a caller writes it, before its names are looked up."""

    text: str = ""
    types: tuple[DocumentType, ...] = DOCUMENT_TYPES
    mode: Mode = "hybrid"
    page: int = 1
    per_page: int = 10
    labels: Mapping[str, Sequence[str]] = {}
    flags: Mapping[str, bool] = {}
    price_min: float | None = None
    price_max: float | None = None
    published_after: date | None = None
    published_before: date | None = None
    verified: bool = False
    """Only listings of which something was checked lately."""
    near: str = ""
    radius_miles: float | None = None
    sort: Sort | None = None
    facets: tuple[str, ...] = ()
    interpret: bool = True
    correct: bool = True
    ignored: tuple[str, ...] = ()
    explain: bool = False
    accept_language: str = ""

    def resolved(self, taxonomy: Taxonomy, gazetteer: Gazetteer) -> SearchRequest:
        """The search with slugs for names and coordinates for places. Raises InvalidQuery."""
        if faults := list(self._faults()):
            raise InvalidQuery(faults)
        place = parse_near(self.near, self.radius_miles or DEFAULT_RADIUS_MILES, gazetteer) if self.near else None
        labels = {
            name: tuple(value_of(taxonomy, name, text) for text in values) for name, values in self.labels.items()
        }
        return SearchRequest(
            text=typed_text(self.text),
            types=self.types,
            mode=self.mode,
            page=self.page,
            per_page=self.per_page,
            filters=Filters(
                labels={name: values for name, values in labels.items() if values},
                flags=self.flags,
                price_min=self.price_min,
                price_max=self.price_max,
                published_after=_midnight(self.published_after),
                published_before=_midnight(self.published_before),
                near=place.circle if place else None,
                checked_after=checked_since() if self.verified else None,
            ),
            near=place,
            radius_miles=self.radius_miles,
            sort=self.sort,
            facets=self.facets,
            interpret=self.interpret,
            correct=self.correct,
            ignored=self.ignored,
            explain=self.explain,
            spoken=preferred(self.accept_language),
        )

    def _faults(self) -> Iterator[FieldError]:
        """What cannot be meant."""
        if self.price_min is not None and self.price_max is not None and self.price_min > self.price_max:
            yield FieldError("price_min", "is above price_max")
        if self.published_after and self.published_before and self.published_after > self.published_before:
            yield FieldError("published_after", "is later than published_before")
        for name, values in self.labels.items():
            if any(map(excludes, values)):
                yield FieldError(name, EXCLUDED)
        if (self.page - 1) * self.per_page >= RESULT_WINDOW:
            last = -(-RESULT_WINDOW // self.per_page)
            message = f"lies beyond the first {RESULT_WINDOW} results, which end with page {last}; narrow the search"
            yield FieldError("page", message)


def checked_since() -> float:
    """Since when a listing must have been checked to count as checked, in seconds since 1970."""
    return _midnight(datetime.now(UTC).date() - timedelta(days=CHECKED_DAYS)) or 0.0


def _midnight(day: date | None) -> float | None:
    return None if day is None else datetime.combine(day, time(), UTC).timestamp()
