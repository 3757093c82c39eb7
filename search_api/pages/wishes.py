"""What a visitor wishes of a clinic, chosen or understood, and which of it a listing answers."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from indexing.languages import language_value
from indexing.places import STATES
from indexing.queries import FLAG_ATTRIBUTES
from indexing.taxonomy import FACETS, Taxonomy
from search_api.pages.state import PageState
from search_api.pages.texts import Texts
from search_api.search.answers import ClinicHit

_COMPARED = ("insurance", "language", "treatment", "condition", "payment")
_MOST_BADGES = 5


class Wishes(Struct, frozen=True):
    """All that was asked of a clinic."""

    labels: Mapping[str, tuple[str, ...]] = {}
    flags: Mapping[str, bool] = {}
    price_max: float | None = None


class WishBadge(Struct, frozen=True):
    """A wish in words, and whether the listing says that it is met."""

    text: str
    matches: bool


def wishes_of(state: PageState, understood: Mapping[str, Any]) -> Wishes:
    """What was chosen, and what was understood beside it."""
    labels = {name: tuple(values) for name, values in understood.items() if isinstance(values, list)}
    for name, values in state.labels.items():
        labels[name] = tuple(dict.fromkeys((*values, *labels.get(name, ()))))
    flags = {name: understood[name] for name in FLAG_ATTRIBUTES if understood.get(name) is not None}
    price = state.price_max if state.price_max is not None else understood.get("price_max")
    return Wishes(labels, {**flags, **state.flags}, price)


def badges(hit: ClinicHit, wishes: Wishes, taxonomy: Taxonomy, texts: Texts) -> list[WishBadge]:
    """The wishes one by one, those that are met first."""
    found = [*_of_labels(hit, wishes, taxonomy, texts), *_of_numbers(hit, wishes, texts)]
    return sorted(found, key=lambda badge: not badge.matches)[:_MOST_BADGES]


def _of_labels(hit: ClinicHit, wishes: Wishes, taxonomy: Taxonomy, texts: Texts) -> Iterator[WishBadge]:
    held: Mapping[str, Sequence[str]] = {
        "insurance": hit.insurance,
        "language": [language_value(name) for name in hit.languages],
        "treatment": hit.treatments,
        "condition": hit.conditions,
        "payment": hit.payment,
    }
    for name in _COMPARED:
        for value in wishes.labels.get(name, ()):
            label = label_of(taxonomy, texts, name, value, is_within=True)
            yield WishBadge(texts(f"badge-{name}", name=label), value in held[name])


def _of_numbers(hit: ClinicHit, wishes: Wishes, texts: Texts) -> Iterator[WishBadge]:
    if wishes.price_max is not None and hit.price_min is not None:
        yield WishBadge(texts("badge-price"), hit.price_min <= wishes.price_max)
    for name in FLAG_ATTRIBUTES:
        if wishes.flags.get(name):
            yield WishBadge(texts(f"badge-{name}"), bool(getattr(hit, name)))


def label_of(taxonomy: Taxonomy, texts: Texts, name: str, value: str, *, is_within: bool = False) -> str:
    """A filter value as people read it, by itself or `is_within` a sentence."""
    facet = next((each for each in FACETS if each == name), None)
    if facet is not None:
        given = taxonomy.label(facet, value)
    elif name == "state":
        given = STATES.get(value, value)
    else:
        given = value.title() if name in {"language", "city"} else value
    return texts.label(name, value, given, is_within=is_within)


def languages_of(texts: Texts, names: Sequence[str]) -> list[str]:
    """Languages of a listing, by the names that it gives them."""
    return [texts.label("language", language_value(name), name) for name in names]
