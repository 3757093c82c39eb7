"""What a visitor wishes of a clinic, chosen or understood, and which of it a listing answers."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from indexing.queries import FLAG_ATTRIBUTES
from indexing.schema.clinic import Clinic, ShownClinic
from indexing.schema.types import flags_of, label_fields
from indexing.taxonomy import Taxonomy
from indexing.vocabularies import facet_of, value_of
from search_api.pages.flags import flag_badge
from search_api.pages.labels import said
from search_api.pages.state import PageState
from search_api.pages.texts import Texts
from search_api.search.answers import ClinicHit

_COMPARED = {
    each.spec.name: each.field
    for each in sorted(label_fields(Clinic), key=lambda each: -each.spec.given_up)
    if each.spec.is_filter and each.field in ShownClinic.__struct_fields__
}
"""Labels of listings with the field of a hit that holds their values, those first that are given up last."""
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
    for name, field in _COMPARED.items():
        wanted = wishes.labels.get(name, ())
        given = getattr(hit, field) if wanted else ()
        held = given if facet_of(name) is not None else [value_of(taxonomy, name, each) for each in given]
        for value in wanted:
            yield WishBadge(_badge(texts, name, said(taxonomy, texts, name, value, is_within=True)), value in held)


def _badge(texts: Texts, name: str, label: str) -> str:
    return texts(f"badge-{name}", name=label) if texts.knows(f"badge-{name}") else label


def _of_numbers(hit: ClinicHit, wishes: Wishes, texts: Texts) -> Iterator[WishBadge]:
    if wishes.price_max is not None and hit.price_min is not None:
        yield WishBadge(texts("badge-price"), hit.price_min <= wishes.price_max)
    for name in FLAG_ATTRIBUTES:
        if wishes.flags.get(name):
            yield WishBadge(flag_badge(texts, name), flags_of(hit)[name])
