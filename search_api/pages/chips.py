"""By what the results are narrowed: one chip each, with the address of the results without it."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from indexing.queries import FLAG_ATTRIBUTES
from indexing.taxonomy import Taxonomy
from search_api.pages.labels import said
from search_api.pages.state import PageState
from search_api.pages.texts import Texts
from search_api.search.answers import SearchAnswer
from search_api.search.requests import DEFAULT_RADIUS_MILES


class Chip(Struct, frozen=True):
    """One thing by which the results are narrowed, and the address without it."""

    text: str
    address: str
    is_understood: bool = False
    """Whether it was read out of the words, not chosen."""


def chips_of(state: PageState, answer: SearchAnswer | None, taxonomy: Taxonomy, texts: Texts) -> Iterator[Chip]:
    """What was chosen, then what was understood."""
    for name, values in state.labels.items():
        for value in values:
            yield Chip(said(taxonomy, texts, name, value), state.without(name, value))
    for name, wanted in state.flags.items():
        yield Chip(_flag(name, wanted, texts), state.without(name))
    if state.near:
        yield Chip(_near(state, texts), state.without("near"))
    for name in ("price_min", "price_max"):
        if (price := getattr(state, name)) is not None:
            yield Chip(_price(name, price, texts), state.without(name))
    if answer is not None:
        yield from _understood(state, answer.query.interpreted, taxonomy, texts)


def _near(state: PageState, texts: Texts) -> str:
    miles = f"{state.radius_miles or DEFAULT_RADIUS_MILES:g}"
    if state.map_area:
        return texts("chip-area", n=miles)
    return texts("chip-near", n=miles, place=texts("your-location") if state.is_of_a_point else state.near)


def _understood(state: PageState, understood: Mapping[str, Any], taxonomy: Taxonomy, texts: Texts) -> Iterator[Chip]:
    """What was read out of the words; without one of them, the others are understood as before."""
    for name, given in understood.items():
        if isinstance(given, list):
            for value in given:
                address = state.ignoring(f"{name}:{value}")
                yield Chip(said(taxonomy, texts, name, value), address, is_understood=True)
        elif text := _said(name, given, texts):
            yield Chip(text, state.ignoring(name), is_understood=True)


def _said(name: str, given: Any, texts: Texts) -> str:
    if name == "near":
        if given.get("preferred"):
            return texts("chip-preferred", place=given["label"])
        return texts("chip-near", n=f"{given['radius_miles']:g}", place=given["label"])
    if name == "sort":
        return texts(f"chip-sort-{given}")
    if name.startswith("price"):
        return _price(name, given, texts)
    return _flag(name, given, texts) if name in FLAG_ATTRIBUTES else ""


def _price(name: str, price: float, texts: Texts) -> str:
    return texts(f"chip-{name}", price=f"${price:,.0f}")


def _flag(name: str, wanted: bool, texts: Texts) -> str:
    text = texts(f"flag-{name}")
    return text if wanted else texts("flag-not", text=text)
