"""What was understood of a query, as an answer tells it."""

from typing import Any

import msgspec

from search_api.query.interpretation import Interpretation
from search_api.search.requests import Place


def echo(understood: Interpretation, text: str) -> dict[str, Any]:
    """The parts that were understood, by the names of the parameters that say the same."""
    told: dict[str, Any] = {"text": understood.text if understood.found_anything else text}
    told |= {facet: list(values) for facet, values in understood.labels.items()}
    near = understood.near or understood.preferred
    if near is not None:
        told["near"] = _near(near, understood)
    if understood.place_wanted:
        told["place_wanted"] = True
    if understood.abroad:
        told["abroad"] = understood.abroad
    single: dict[str, Any] = {"price_min": understood.price_min, "price_max": understood.price_max}
    single |= {**understood.flags, "sort": understood.sort}
    return told | {name: value for name, value in single.items() if value is not None}


def _near(near: Place, understood: Interpretation) -> dict[str, Any]:
    said = msgspec.structs.asdict(near)
    if understood.namesakes:
        said["alternatives"] = list(understood.namesakes)
    if understood.near is None:
        said["preferred"] = True
    return said
