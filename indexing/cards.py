"""What an index stores of a document for showing it in a hit.

Nothing here is checked again: an index may be older than the rules of input, and one card that these would
refuse must not take down the searches that find it.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

import msgspec
from msgspec import Struct

from indexing.schema.clinic import Clinic, ShownClinic
from indexing.schema.types import label_fields


class PostalAddress(Struct, frozen=True):
    """A US postal address as it was indexed."""

    street: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""


class Coordinates(Struct, frozen=True):
    """A point in WGS 84 degrees as it was indexed."""

    lat: float
    lng: float


class Check(Struct, frozen=True):
    """When a field of a listing was checked, by whom, from what."""

    on: date
    by: str = ""
    source: str = ""


class Opening(Struct, frozen=True):
    """Opening hours of one day."""

    day: str
    opens: str
    closes: str


class Person(Struct, frozen=True):
    """Somebody who treats patients at a clinic."""

    name: str
    credentials: str = ""


class Certificate(Struct, frozen=True):
    """As of when a place is certified."""

    on: date


class ArticleCard(Struct, frozen=True):
    """An article beside its title and passages."""

    url: str
    summary: str = ""
    image: str | None = None
    published_at: datetime | None = None
    conditions: tuple[str, ...] = ()
    treatments: tuple[str, ...] = ()
    popularity: float = 0.0
    author: str = ""
    updated_at: datetime | None = None
    reviewed_by: str = ""
    reviewed_at: datetime | None = None
    language: str = "en"


class ClinicCard(ShownClinic, frozen=True):
    """A clinic beside its name."""

    url: str
    address: PostalAddress
    location: Coordinates | None = None
    hours: tuple[Opening, ...] = ()
    verified: dict[str, Check] = {}
    rems_certified: Certificate | None = None
    description: str = ""
    """The beginning of what the clinic says of itself."""
    providers: tuple[Person, ...] = ()


def shown_of(clinic: Clinic, labels: Mapping[str, Collection[str]]) -> dict[str, Any]:
    """The fields of ShownClinic in a listing; `labels` are the values of each label."""
    values = {field.name: getattr(clinic, field.name) for field in msgspec.structs.fields(ShownClinic)}
    of_taxonomy = (each for each in label_fields(Clinic) if each.spec.vocabulary == "taxonomy")
    return values | {each.field: tuple(labels[each.spec.name]) for each in of_taxonomy}
