"""The sender's own order of writes to one document, and how far a sender's clock is believed.

A write that is dated ahead of time would close its document to everything sent later with a right clock, so
it is refused, and a date that an earlier version let in does not count.
"""

from msgspec import Struct

from indexing.content.clock import now
from indexing.errors import FieldError, InvalidDocument

AHEAD_MINUTES = 5
"""How far a sender's clock may be ahead of ours."""
_AHEAD = AHEAD_MINUTES * 60_000_000
_UNITS: tuple[tuple[int, str, int, int], ...] = (
    (10**11, "seconds", 1, 1_000_000),
    (10**14, "milliseconds", 1, 1_000),
    (10**17, "microseconds", 1, 1),
    (10**20, "nanoseconds", 1_000, 1),
)
"""Revisions below the first number are a counter or a time in this unit: so many of it are so many microseconds.

Each bound is a moment of the year 5138 in its own unit, and of 1973 in the next one.
"""


class SourceOrder(Struct, frozen=True):
    """What a write says of its place in the order: a time in microseconds since 1970, a revision, or neither."""

    updated_at: int | None = None
    revision: int | None = None


def refuse_ahead(order: SourceOrder, *, moment: int | None = None) -> None:
    """Raise InvalidDocument naming the fields that lie more than AHEAD_MINUTES ahead of `moment` (default: now)."""
    latest = (now() if moment is None else moment) + _AHEAD
    faults = []
    if order.updated_at is not None and order.updated_at > latest:
        message = f"lies more than {AHEAD_MINUTES} minutes ahead of our clock; send the time of the change in UTC"
        faults.append(FieldError("updated_at", message))
    if order.revision is not None:
        limit, unit = _latest_revision(order.revision, latest)
        message = f"is above {limit}, the clock in {unit}; send a counter, or a time that is not ahead of our clock"
        faults += [FieldError("revision", message)] if order.revision > limit else []
    if faults:
        raise InvalidDocument(faults)


def credible(order: SourceOrder, *, moment: int) -> SourceOrder:
    """A stored order without what lies ahead of `moment`: no later write could ever pass it."""
    latest = moment + _AHEAD
    updated_at, revision = order.updated_at, order.revision
    if updated_at is not None and updated_at > latest:
        updated_at = None
    if revision is not None and revision > _latest_revision(revision, latest)[0]:
        revision = None
    return SourceOrder(updated_at, revision)


def _latest_revision(revision: int, latest: int) -> tuple[int, str]:
    """The highest revision that is not ahead, in the unit that a revision of this size is in, and that unit."""
    for bound, unit, count, microseconds in _UNITS:
        if revision < bound:
            return latest * count // microseconds, unit
    raise AssertionError("revisions are at most 2**62")
