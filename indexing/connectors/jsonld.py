"""JSON-LD of web pages (schema.org): what a page says of itself, and clinic listings in it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from indexing.connectors.cells import price_range, zip_of

_CLINIC_TYPES = frozenset(
    """
    medicalclinic medicalbusiness medicalorganization physician hospital localbusiness healthandbeautybusiness
    communityhealth psychiatric outpatientclinic medicaltherapy
    """.split()
)
_ARTICLE_TYPES = frozenset("article blogposting newsarticle medicalwebpage webpage scholarlyarticle report".split())
_DEEPEST = 40
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def read_objects(texts: Sequence[str]) -> list[Mapping[str, Any]]:
    """Every object of JSON-LD texts, those inside `@graph` and lists included; what is no JSON is passed over."""
    found: list[Mapping[str, Any]] = []
    for text in texts:
        try:
            found += _objects(json.loads(text), _DEEPEST)
        except (ValueError, RecursionError):
            continue
    return found


def _objects(value: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    if depth == 0:
        return
    if isinstance(value, list):
        for item in value:
            yield from _objects(item, depth - 1)
    elif isinstance(value, dict):
        if "@type" in value:
            yield value
        for name in ("@graph", "itemListElement", "item", "mainEntity", "department", "location", "subOrganization"):
            if name in value:
                yield from _objects(value[name], depth - 1)


def article_of(objects: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The object that describes an article; empty where none does."""
    found = [each for each in objects if _types(each) & _ARTICLE_TYPES]
    return max(found, key=lambda each: "datePublished" in each or "headline" in each, default={})


class FoundClinic(Struct, frozen=True):
    """A listing: its `@id`, empty where it has none, and the fields of the HTTP contract."""

    id: str
    fields: Mapping[str, Any]


def clinics_of(objects: Sequence[Mapping[str, Any]]) -> list[FoundClinic]:
    """Listings, each once; only what has a name and an address."""
    found: dict[tuple[str, str], FoundClinic] = {}
    for each in objects:
        if _types(each) & _CLINIC_TYPES and each.get("address") and first_text(each.get("name")):
            fields = _clinic(each)
            own = first_text(each.get("@id"))
            found.setdefault((own or fields["name"], str(fields["address"])), FoundClinic(own, fields))
    return list(found.values())


def _types(value: Mapping[str, Any]) -> set[str]:
    return {str(name).rpartition("/")[2].lower() for name in _many(value.get("@type"))}


def _clinic(raw: Mapping[str, Any]) -> dict[str, Any]:
    low, high = price_range(first_text(raw.get("priceRange")))
    named = {
        "name": first_text(raw.get("name")),
        "url": first_text(raw.get("url")) or first_text(raw.get("@id")),
        "website": first_text(raw.get("url")),
        "description": first_text(raw.get("description")),
        "phone": first_text(raw.get("telephone")),
        "email": first_text(raw.get("email")).removeprefix("mailto:"),
        "image": first_text(raw.get("image")) or None,
        "price_min": low,
        "price_max": high,
        "languages": _texts(raw.get("knowsLanguage") or raw.get("availableLanguage")),
        "treatments": _texts(raw.get("availableService")) or None,
        "payment": _texts(raw.get("paymentAccepted")),
        "hours": _hours(raw.get("openingHoursSpecification")),
    }
    fields = {name: value for name, value in named.items() if value not in (None, "", [], ())}
    return {**fields, "address": _address(raw.get("address")), **_location(raw.get("geo"))}


def _address(value: Any) -> dict[str, str]:
    for each in _many(value):
        if isinstance(each, dict):
            return {
                "street": first_text(each.get("streetAddress")),
                "city": first_text(each.get("addressLocality")),
                "state": first_text(each.get("addressRegion")),
                "zip": zip_of(first_text(each.get("postalCode"))),
            }
    return {"street": first_text(value)}


def _location(value: Any) -> dict[str, Any]:
    geo = next((each for each in _many(value) if isinstance(each, dict)), {})
    try:
        return {"location": {"lat": float(geo["latitude"]), "lng": float(geo["longitude"])}}
    except (KeyError, TypeError, ValueError):
        return {}


def _hours(value: Any) -> list[dict[str, str]]:
    found = []
    for each in _many(value):
        if not isinstance(each, dict):
            continue
        opens, closes = first_text(each.get("opens"))[:5], first_text(each.get("closes"))[:5]
        named = {first_text(day).rpartition("/")[2].capitalize() for day in _many(each.get("dayOfWeek"))}
        found += [{"day": day.lower(), "opens": opens, "closes": closes} for day in _DAYS if day in named]
    return [hours for hours in found if hours["opens"] and hours["closes"] and hours["opens"] != hours["closes"]]


def moment_of(value: Any) -> str | None:
    """A date of JSON-LD or of a page as RFC 3339; None where it is none."""
    text = first_text(value).strip()
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return found.isoformat() if found.tzinfo else f"{found.isoformat()}Z"


def first_text(value: Any) -> str:
    """The first text in a value: itself, the first of several, or the name or address of an object."""
    for each in _many(value):
        if isinstance(each, str):
            return each.strip()
        if isinstance(each, (int, float)) and not isinstance(each, bool):
            return f"{each}"
        if isinstance(each, dict):
            return next((first_text(each[name]) for name in ("name", "url", "@value", "@id") if name in each), "")
    return ""


def _texts(value: Any) -> list[str]:
    texts = [first_text(each) for each in _many(value)]
    return [part.strip() for text in texts for part in text.split(",") if part.strip()]


def _many(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
