"""The filters of a search for clinics: what the caller chose, completed by what the words say."""

from indexing.queries import Filters
from indexing.schema.types import filters_of
from search_api.query.interpretation import Interpretation

_NOWHERE = Filters(labels={"state": ("abroad",)})
"""No listing is outside the United States."""


def clinic_filters(explicit: Filters, understood: Interpretation) -> Filters:
    """The caller's filters, completed by what was understood and says nothing else than they."""
    if understood.abroad and explicit.near is None and "state" not in explicit.labels:
        return _NOWHERE
    labels = {**understood.labels, **explicit.labels}
    near = understood.near.circle if understood.near else None
    return Filters(
        labels=labels,
        flags={**understood.flags, **explicit.flags},
        price_min=understood.price_min if explicit.price_min is None else explicit.price_min,
        price_max=understood.price_max if explicit.price_max is None else explicit.price_max,
        published_after=explicit.published_after,
        published_before=explicit.published_before,
        checked_after=explicit.checked_after,
        near=explicit.near or near,
    )


def seeks_clinics(explicit: Filters) -> bool:
    """Whether a caller's own filters are such that only listings are meant."""
    chosen = {*explicit.labels, *explicit.flags} - filters_of("article")
    numbers = (explicit.price_min, explicit.price_max, explicit.checked_after)
    return bool(chosen or explicit.near or any(number is not None for number in numbers))
