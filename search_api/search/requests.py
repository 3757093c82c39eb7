"""What a caller can ask for, checked once."""

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from indexing.documents import DOCUMENT_TYPES, DocumentType
from indexing.errors import FieldError, InvalidQuery
from indexing.places import Gazetteer
from indexing.queries import LABEL_ATTRIBUTES, Filters, Near

Mode = Literal["hybrid", "keyword", "semantic"]
Sort = Literal["relevance", "distance", "price", "newest"]

MAX_QUERY_CHARACTERS = 512
MAX_PER_PAGE = 100
MAX_PAGE = 10_000
DEFAULT_RADIUS_MILES = 50.0


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
    sort: Sort = "relevance"
    facets: tuple[str, ...] = ()
    interpret: bool = True


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


def parse_facets(text: str) -> tuple[str, ...]:
    """The facet names of a comma-separated list. Raises InvalidQuery."""
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    unknown = [name for name in names if name not in LABEL_ATTRIBUTES]
    if unknown:
        message = f"unknown facet {unknown[0][:80]!r}; known are {', '.join(LABEL_ATTRIBUTES)}"
        raise InvalidQuery([FieldError("facets", message)])
    return names


def label_filters(values: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    """Filters without the names for which nothing was sent."""
    return {name: chosen for name, chosen in values.items() if chosen}
