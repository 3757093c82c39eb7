"""What a form already showed when it was sent: wishes that were understood from the words stand in its fields.

The form names them in hidden fields `seen`. What is still as it was goes on being read from the words; what was
taken away is not read from them any more; what was changed is a choice. Words that are new speak for themselves.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from indexing.queries import FLAG_ATTRIBUTES, LABEL_ATTRIBUTES
from search_api.pages.state import PageState

_NUMBERS = ("price_max", "radius_miles")
_MOST = 60
_POINT, _SHOWN = "point", "place"


def seen_of(words: str, understood: Mapping[str, Any]) -> Iterator[str]:
    """What the form of an answer shows: its words, and what was understood of them."""
    yield f"q:{words}"
    for name, given in understood.items():
        if isinstance(given, list):
            yield from (f"{name}:{value}" for value in given)
        elif name == "near" and not given.get("preferred"):
            yield f"near:{given['label']}"
            yield f"radius_miles:{given['radius_miles']:g}"
        elif name in FLAG_ATTRIBUTES:
            yield f"{name}:{str(given).lower()}"
        elif name == "price_max":
            yield f"{name}:{given:g}"
        elif name == "sort":
            yield f"{name}:{given}"


def point_seen(near: str, shown: str) -> tuple[str, str]:
    """That `shown` stands in the field for a place instead of the point that it means."""
    return f"{_POINT}:{near}", f"{_SHOWN}:{shown}"


def settled(state: PageState, seen: Sequence[str]) -> PageState:
    """The state that is meant by a form which showed `seen`."""
    shown = [(name, value) for name, _, value in (each.partition(":") for each in seen[:_MOST])]
    state = _with_point(state, dict(shown))
    words = dict(shown).get("q")
    is_new = words is not None and words != state.q
    if is_new:
        state = msgspec.structs.replace(state, type=None, page=1)
    for name, value in ((name, value) for name, value in shown if name not in {_POINT, _SHOWN}):
        state = _settled(state, name, value, is_new)
    return state


def _with_point(state: PageState, shown: Mapping[str, str]) -> PageState:
    """The point itself where its field was left as it was."""
    is_left = bool(state.near) and state.near == shown.get(_SHOWN)
    return msgspec.structs.replace(state, near=shown.get(_POINT, "")) if is_left else state


def _settled(state: PageState, name: str, value: str, is_new: bool) -> PageState:
    given = _given(state, name, value)
    if given == value:
        return _without(state, name, value)
    if given is None and not is_new and name != "q":
        ignored = f"{name}:{value}" if name in LABEL_ATTRIBUTES else name
        if name != "radius_miles" and ignored not in state.ignored:
            return msgspec.structs.replace(state, ignored=(*state.ignored, ignored))
    return state


def _given(state: PageState, name: str, value: str) -> str | None:
    """What the form says in a field, written like `value`; None where it says nothing."""
    if name in LABEL_ATTRIBUTES:
        return value if value in state.labels.get(name, ()) else None
    if name in FLAG_ATTRIBUTES:
        wanted = state.flags.get(name)
        return None if wanted is None else str(wanted).lower()
    if name in _NUMBERS:
        number = getattr(state, name)
        return None if number is None else f"{number:g}"
    if name == "sort":
        return None if state.sort == "relevance" else state.sort
    return (state.near or None) if name == "near" else state.q


def _without(state: PageState, name: str, value: str) -> PageState:
    """The state without what the words say anyway."""
    if name in state.labels:
        left = tuple(each for each in state.labels[name] if each != value)
        labels = {key: values for key, values in state.labels.items() if key != name} | ({name: left} if left else {})
        return msgspec.structs.replace(state, labels=labels)
    if name in state.flags:
        flags = {key: wanted for key, wanted in state.flags.items() if key != name}
        return msgspec.structs.replace(state, flags=flags)
    empty: dict[str, Any] = {"near": "", "sort": "relevance", "price_max": None, "radius_miles": None}
    return msgspec.structs.replace(state, **{name: empty[name]}) if name in empty else state
