"""Listings in the words of schema.org, as site builders write them, in ours.

Only what means the same is taken over; a name of ours that is there as well wins. The rest is reported as unknown.
"""

import re
from collections.abc import Mapping
from typing import Any

from indexing.errors import FieldError
from indexing.places import state_code

_ADDRESS = {
    "streetAddress": "street",
    "addressLocality": "city",
    "addressRegion": "state",
    "postalCode": "zip",
}
_AMOUNT = re.compile(r"\$?\s*(\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")


def in_our_names(fields: Mapping[str, Any]) -> tuple[dict[str, Any], list[FieldError]]:
    """A listing's fields with schema.org's names replaced by ours, and what was read as what."""
    ours, notes = dict(fields), list[FieldError]()
    address = ours.get("address")
    if isinstance(address, dict):
        ours["address"] = _renamed(address, _ADDRESS, notes, path="address.")
        region = ours["address"].get("state")
        if isinstance(region, str) and len(region) > 2 and (code := state_code(region)):
            ours["address"]["state"] = code
    ours = _renamed(ours, {"telephone": "phone"}, notes, path="")
    _locate(ours, notes)
    _price(ours, notes)
    return ours, notes


def _renamed(
    values: Mapping[str, Any], names: Mapping[str, str], notes: list[FieldError], *, path: str
) -> dict[str, Any]:
    renamed = dict(values)
    for theirs, mine in names.items():
        if theirs in renamed and not renamed.get(mine):
            renamed[mine] = renamed.pop(theirs)
            notes.append(FieldError(f"{path}{theirs}", f"a name of schema.org; read as {path}{mine}"))
    return renamed


def _locate(ours: dict[str, Any], notes: list[FieldError]) -> None:
    geo = ours.get("geo")
    if not isinstance(geo, dict) or "location" in ours:
        return
    try:
        ours["location"] = {"lat": float(geo["latitude"]), "lng": float(geo["longitude"])}
    except (KeyError, TypeError, ValueError):
        return
    del ours["geo"]
    notes.append(FieldError("geo", "a name of schema.org; read as location"))


def _price(ours: dict[str, Any], notes: list[FieldError]) -> None:
    given = ours.get("priceRange")
    amounts = [float(text.replace(",", "")) for text in _AMOUNT.findall(given)] if isinstance(given, str) else []
    if not 1 <= len(amounts) <= 2 or "price_min" in ours or "price_max" in ours:
        return
    ours["price_min"], ours["price_max"] = min(amounts), max(amounts)
    del ours["priceRange"]
    notes.append(FieldError("priceRange", "a name of schema.org; read as price_min and price_max"))
