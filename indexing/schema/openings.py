"""Opening hours of a clinic, and the flags that follow from them; without hours all are false.

A clinic is open in the evening where it closes at six or later on some day from Monday to Friday, and early where it
opens before eight. Hours that close when or before they open end on the next day, and count for the day they begin.
"""

from collections.abc import Sequence
from functools import partial
from typing import Literal, get_args

from msgspec import Struct

from indexing.schema.fields import flag
from indexing.schema.values import Clock

Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
_WEEKDAYS: Sequence[Day] = get_args(Day)[:5]
_EVENING = "18:00"
_MORNING = "08:00"


class Hours(Struct, frozen=True):
    """Opening hours of one day, as 24-hour times of the clinic's own zone."""

    day: Day
    opens: Clock
    closes: Clock


def is_open_on(hours: Sequence[Hours], *days: Day) -> bool:
    """Whether a clinic is open on one of `days`."""
    return any(each.day in days for each in hours)


def is_open_late(hours: Sequence[Hours]) -> bool:
    """Whether it is open in the evening of some weekday."""
    return any(each.closes >= _EVENING or each.closes <= each.opens for each in hours if each.day in _WEEKDAYS)


def is_open_early(hours: Sequence[Hours]) -> bool:
    """Whether it opens before eight in the morning of some weekday."""
    return any(each.opens < _MORNING for each in hours if each.day in _WEEKDAYS)


_DAY = r"(?:saturdays?|sundays?|weekends?|evenings?|nights?)"
_BEFORE = (
    r"\b(?:open|available|appointments?|availability|hours|visits?|infusions?|sessions?|treatments?|openings?|seen)"
    rf" (?:(?:on|in|at|over|during|the|this|next|every|late|early|mornings?|weekdays?|and|&|,|{_DAY}) ){{0,5}}"
)
_BEHIND = (
    rf"(?= (?:(?:and|&) {_DAY} )?(?:(?:ketamine|spravato|iv) )?(?:hours?|appointments?|appts?|availability|openings?"
    r"|slots?|visits?|infusions?|sessions?|treatments?|clinics?)\b)"
)
_NOT_CLOSED = r"(?<!closed )(?<!closed on )(?<!or )(?<!/)"
_NO_CHOICE = r"(?!\s?(?:or\b|/))"
"""Of two times either will do where `or` joins them: neither is asked for by itself."""


_NO_COMPLAINT = r"(?! (?:anxiety|depression|panic|pain|headaches?|migraines?|blues|scaries)\b)"


def _then(words: str) -> str:
    """The words that say when."""
    return rf"{_NOT_CLOSED}\b({words})\b{_NO_CHOICE}{_NO_COMPLAINT}"


def _at(words: str) -> str:
    """The same where it is said that a clinic is to be open then: `open on WORDS`, `WORDS appointments`."""
    then = _then(words)
    return rf"{_BEFORE}{then}|{then}{_BEHIND}|(?<!closed )\b(on (?:the )?(?:{words}))\b{_NO_CHOICE}"


_opening = partial(flag, given_up=1, description="As `hours` say; false as well where they are not known.")
_EVERY_DAY = r"\b((?:7|seven) days (?:a|per) week)\b|\bopen ((?:7|seven|all) days(?: (?:a|per) week)?)\b"
_SATURDAY, _SUNDAY = r"saturdays?(?! night)", "sundays?"

OPEN_WEEKENDS = _opening(
    name="open_weekends",
    lacking="not known to be open on weekends",
    asked=rf"{_at('weekends?')}|\b({_SATURDAY}\s?(?:/|or|and/or)\s?{_SUNDAY})\b",
    asked_of_listings=_then("weekends?"),
)
OPEN_SATURDAYS = _opening(
    name="open_saturdays",
    lacking="not known to be open on Saturdays",
    asked=f"{_at(_SATURDAY)}|{_EVERY_DAY}",
    asked_of_listings=_then(_SATURDAY),
)
OPEN_SUNDAYS = _opening(
    name="open_sundays",
    lacking="not known to be open on Sundays",
    asked=f"{_at(_SUNDAY)}|{_EVERY_DAY}",
    asked_of_listings=_then(_SUNDAY),
)
OPEN_EVENINGS = _opening(
    name="open_evenings",
    lacking="not known to be open in the evening",
    asked=rf"{_at('evenings?|nights?')}|\b(after[\s-](?:(?:work|working|office|business|school) )?hours)\b"
    r"|\b(after (?:work|school))\b(?! (?:injur|accident|related))"
    r"|\b(?:open|available|hours|appointments?) ((?:until |till )?late)\b"
    r"|\b(late)(?= (?:hours|appointments?|visits?)\b)"
    r"|\b((?:after|past|until|till?) [5-9](?::[0-5]\d)? ?p\.?m)\b",
    asked_of_listings=_then("evenings?"),
)
OPEN_EARLY = _opening(
    name="open_early",
    lacking="not known to open before 8 am",
    asked=r"\b(early(?: mornings?)?)(?= (?:hours|appointments?|visits?|infusions?|sessions?)\b)|\b(early mornings?)\b"
    r"|\bopens? (early)\b|\b(before work)\b|\b(before [6-8](?::[0-5]\d)? ?a\.?m)\b",
)
