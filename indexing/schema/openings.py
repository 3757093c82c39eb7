"""Opening hours of a clinic, and the flags that follow from them; without hours all are false.

A clinic is open in the evening where it closes at six or later on some day from Monday to Friday, and early where it
is open at some time from five to eight in the morning. Hours that close when or before they open end on the next day,
and count for the day they begin.

A wish for hours has its own words directly beside the days: `open on sundays`, `evening appointments`. A time of day
is one where a flag answers it in full, as `after 5 pm` and `before 8 am`; none does `after 7 pm`.
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
_DAWN, _MORNING = "05:00", "08:00"


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
    """Whether it is open at some time from five to eight in the morning of some weekday."""
    return any(
        each.opens < _MORNING and (each.closes > _DAWN or each.closes <= each.opens)
        for each in hours
        if each.day in _WEEKDAYS
    )


_HELD = r"appointments?|appts?|availability|hours|openings?|slots?"
_OFFERED = rf"(?:{_HELD}|visits?)"
_GIVEN = r"(?:(?:iv )?ketamine|spravato|esketamine)"
_OPEN = (
    rf"(?:\band )?\b(?:open|available|(?:{_HELD})(?: (?:of|for|with) {_GIVEN})?)"
    r"(?: (?:on|in|at|over|during|of))?(?: the)?"
)
_DAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)days?|week(?:day|end)s?|mornings?|afternoons?|evenings?|nights?)"
_AND = r",? (?:and|&)(?: on)?"
_LISTED = r"(?:saturdays?|sundays?|evenings?|weekends?),"
_OF_DAY = r"(?: (?:mornings?|afternoons?|evenings?))?"


def _at(words: str) -> str:
    """Where it is said that a clinic is to be open then: `open on WORDS`, `WORDS appointments`, `preferably WORDS`."""
    days = rf"(?<!\bor )(?<!/)(?:(?:{_DAY}{_AND}|{_LISTED}) )*({words})(?:(?:{_AND}|,) {_DAY})*"
    return (
        rf"{_OPEN} {days}\b|\b{days} (?:{_GIVEN} )?(?:{_OFFERED}|clinics?)\b"
        rf"|(?:\b(?:and|um|uh) )*\b(?:preferably|ideally)(?: (?:on|in|at|for|over))?(?: (?:an?|the))? {days}\b"
    )


_opening = partial(
    flag, given_up=1, asked_apart=True, description="As `hours` say; false as well where they are not known."
)
_EVERY_DAY = r"\bopen ((?:7|seven|all) days(?: (?:a|per) week)?|every day|daily)\b"
_SATURDAY, _SUNDAY = rf"saturdays?{_OF_DAY}", rf"sundays?{_OF_DAY}"
_EVENING_ITSELF = r"(?<!day )(?<!days )(?<!weekend )(?:evenings?|nights?)"
"""No evening of a Saturday or Sunday."""
_WEEKNIGHTS = (
    r"(?:evenings?|weeknights?|week nights?|nights?) (?:only|(?:after|from|past) [4-6](?::[0-5]\d)?(?: ?p\.?m\b)?)"
)
_LATE = r"after (?:(?:[45]|[45]:[0-5]\d)(?: ?p\.?m\b)?|four|five)(?![\w:])"
"""No later: an evening of the flag begins at six."""
_BEFORE_EIGHT = r"before (?:8(?: ?a\.?m\b)?|eight)(?![\w:])"
_AFTER_WORK = r"after[ -](?:work|school|(?:(?:work|working|office|business|school) )?hours)"

OPEN_WEEKENDS = _opening(
    name="open_weekends",
    lacking="not known to be open on weekends",
    asked=_at(rf"weekends?|{_SATURDAY}\s?(?:/|or|and/or)\s?{_SUNDAY}"),
    asked_of_listings=r"\b(weekends?)\b",
)
OPEN_SATURDAYS = _opening(
    name="open_saturdays",
    lacking="not known to be open on Saturdays",
    asked=f"{_at(_SATURDAY)}|{_EVERY_DAY}",
    asked_of_listings=r"\b(saturdays?)\b",
)
OPEN_SUNDAYS = _opening(
    name="open_sundays",
    lacking="not known to be open on Sundays",
    asked=f"{_at(_SUNDAY)}|{_EVERY_DAY}",
    asked_of_listings=r"\b(sundays?)\b",
)
OPEN_EVENINGS = _opening(
    name="open_evenings",
    lacking="not known to be open in the evening",
    asked=rf"{_at(_EVENING_ITSELF)}|{_OPEN} ({_AFTER_WORK})\b|\b({_AFTER_WORK}) {_OFFERED}\b"
    rf"|\b(after (?:work|working|office|business) hours)\b|\bopen ((?:until |till? )?late)\b"
    r"|\b(late) (?:hours|appointments?|appts?|slots?)\b"
    rf"|\b({_WEEKNIGHTS}|week ?nights?)(?!\w)|{_OPEN} ({_LATE})|\b({_LATE}) {_OFFERED}\b",
    asked_of_listings=rf"\b(evenings|after work|{_LATE})",
)
OPEN_EARLY = _opening(
    name="open_early",
    lacking="not known to be open before 8 am",
    asked=r"\b(early(?: mornings?)?) (?:hours|appointments?|appts?|slots?)\b"
    rf"|{_OPEN} (early(?: mornings?)?|before work)\b|\b(before[ -]work) {_OFFERED}\b"
    rf"|{_OPEN} ({_BEFORE_EIGHT})|\b({_BEFORE_EIGHT}) {_OFFERED}\b",
    asked_of_listings=rf"\b(early mornings?|before work|{_BEFORE_EIGHT})",
)
