"""What a listing proves of itself: when it was checked, in words that a visitor reads."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time

from indexing.cards import Certificate, Check
from search_api.search.answers import Badge, Checked
from search_api.search.requests import checked_since


def checked_of(verified: Mapping[str, Check]) -> Checked | None:
    """The last check of a listing; None where there never was one."""
    last = max((each.on for each in verified.values()), default=None)
    if last is None:
        return None
    return Checked(last, datetime.combine(last, time(), UTC).timestamp() >= checked_since())


def badges_of(checked: Checked | None, certified: Certificate | None) -> tuple[Badge, ...]:
    """The badges of a listing."""
    badges = []
    if checked is not None:
        words = "Checked" if checked.is_current else "Not checked since"
        badges.append(Badge(f"{words} {_day(checked.on)}", checked.is_current))
    if certified is not None:
        badges.append(Badge(f"REMS-certified ({_day(certified.on)})", True))
    return tuple(badges)


def _day(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"
