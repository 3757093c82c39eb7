"""Close, but: clinics that meet all wishes but one, each group with the address of the search without that wish."""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from indexing.taxonomy import Taxonomy
from search_api.pages.labels import said
from search_api.pages.state import PageState
from search_api.pages.texts import Texts
from search_api.search.answers import ClinicHit, Relaxed, SearchAnswer


class CloseGroup(Struct, frozen=True):
    """A heading (`2 within 100 miles`), its first clinics, and the address without the wish that they don't meet."""

    heading: str
    address: str
    hits: Sequence[ClinicHit]


def close_groups(state: PageState, answer: SearchAnswer | None, taxonomy: Taxonomy, texts: Texts) -> list[CloseGroup]:
    """The groups of an answer; none where enough clinics meet every wish."""
    return [] if answer is None else [_group(state, each, taxonomy, texts) for each in answer.relaxed]


def _group(state: PageState, relaxed: Relaxed, taxonomy: Taxonomy, texts: Texts) -> CloseGroup:
    label = relaxed.label if texts.language == "en" else _label(relaxed, taxonomy, texts)
    return CloseGroup(f"{relaxed.total:,} {label}", _without(state, relaxed), relaxed.hits)


def _label(relaxed: Relaxed, taxonomy: Taxonomy, texts: Texts) -> str:
    """What the group is, in another language than that of the answer."""
    if "radius_miles" in relaxed.instead and len(relaxed.dropped) == 1:
        return texts("less-radius", n=f"{relaxed.instead['radius_miles']:g}")
    (name, value), *others = relaxed.dropped.items() or [("", "")]
    if name.startswith("price"):
        return texts("less-price")
    if others or not texts.knows(f"less-{name}"):
        return texts("less-part")
    first = str(value[0]) if isinstance(value, list) else ""
    return texts(f"less-{name}", name=said(taxonomy, texts, name, first, is_within=True))


def _without(state: PageState, relaxed: Relaxed) -> str:
    """The address without what was dropped: choices are taken away, and what was understood is not read any more."""
    names = relaxed.dropped.keys() - {"radius_miles"}
    changes: dict[str, Any] = {
        "labels": _less(state.labels, names),
        "flags": _less(state.flags, names),
        **{name: None for name in ("price_min", "price_max") if name in names},
    }
    understood = sorted(name for name in names if name not in state.labels and name not in state.flags)
    changes["ignored"] = (*state.ignored, *(name for name in understood if name not in state.ignored))
    return state.address(**changes, **relaxed.instead)


def _less(values: Mapping[str, Any], names: set[str]) -> Mapping[str, Any]:
    return {name: value for name, value in values.items() if name not in names}
