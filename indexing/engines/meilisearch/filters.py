"""Filters in Meilisearch's language, made of typed values only."""

from collections.abc import Iterable

from indexing.fingerprints import IndexSchema
from indexing.queries import Filters

METRES_PER_MILE = 1609.344
_SLACK = 1.001
"""The server measures the earth a little differently; circles are drawn exactly afterwards."""


def quoted(text: str) -> str:
    """A value that cannot end before its end."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def any_of(attribute: str, values: Iterable[str]) -> str:
    """The attribute has one of the values."""
    return f"{attribute} IN [{', '.join(map(quoted, values))}]"


def expressions(filters: Filters, schema: IndexSchema) -> list[str]:
    """Conditions that all hold for what `filters` lets pass; perhaps also for a little more.

    What an index of this schema cannot be filtered by is left to the exact filter in this process.
    """
    found = [any_of(name, values) for name, values in filters.labels.items() if name in schema.labels]
    found += [f"{name} = {str(wanted).lower()}" for name, wanted in filters.flags.items() if name in schema.flags]
    if filters.price_min is not None:
        found.append(f"price_high >= {filters.price_min!r}")
    if filters.price_max is not None:
        found.append(f"price_low <= {filters.price_max!r}")
    if filters.published_after is not None:
        found.append(f"published_at >= {filters.published_after!r}")
    if filters.published_before is not None:
        found.append(f"published_at < {filters.published_before!r}")
    if (near := filters.near) is not None:
        found.append(f"_geoRadius({near.lat!r}, {near.lng!r}, {near.radius_miles * METRES_PER_MILE * _SLACK:.1f})")
    return found
