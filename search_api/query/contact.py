"""A clinic that is looked up by its telephone number, e-mail address or street."""

import re

from indexing.contacts import phone_digits
from indexing.queries import words_of

_PHONE = re.compile(r"(?<![\d$])(?:\+?1[\s./-]*)?\(?\d{3}\)?[\s./-]*\d{3}[\s./-]*\d{4}(?!\d)")
_LOCAL_PHONE = re.compile(r"^\s*\d{3}[\s.-]\d{4}\s*$")
_EMAIL = re.compile(r"\S+@[^\s@]+\.[a-z]{2,}", re.IGNORECASE)
_STREET = re.compile(
    r"(?<![\d$])\b(\d{1,5})\s+((?:(?:n|s|e|w|north|south|east|west|ne|nw|se|sw)\.?\s+)?(?:[a-z]+|\d+(?:st|nd|rd|th)))"
    r"(?:\s+[a-z]+)?\s+(?:st|street|ave|avenue|rd|road|dr|drive|blvd|boulevard|ln|lane|way|ct|court|pl|place|pkwy"
    r"|parkway|hwy|highway|cir|circle|ter|terrace|sq|square|loop|trail)\b",
    re.IGNORECASE,
)
_COUNTED = frozenset("minutes hours days weeks sessions infusions miles mg patients people dollars year years".split())

Phrase = tuple[str, ...]


def contact_in(text: str) -> Phrase | None:
    """The words that a listing must hold one behind the other, if a contact is what was typed."""
    if (found := _EMAIL.search(text)) is not None:
        return tuple(words_of(found.group()))
    if (found := _PHONE.search(text) or _LOCAL_PHONE.search(text)) is not None:
        return (phone_digits(found.group()),)
    if (found := _STREET.search(text)) is not None:
        words = words_of(f"{found[1]} {found[2]}")
        return None if _COUNTED.intersection(words) else tuple(words)
    return None
