"""Values as people write them in sheets and pages, brought to what the HTTP contract takes."""

import contextlib
import html
import math
import re
from datetime import datetime
from typing import Any, get_args

from selectolax.lexbor import LexborHTMLParser

from indexing.places import state_code
from indexing.schema.values import Status
from indexing.text import squeezed, storable

_ZIP = re.compile(r"\b\d{5}(?:-\d{4})?\b")
_PRICE = re.compile(r"\d[\d,]*(?:\.\d+)?")
_YES = frozenset("yes y true 1 x si sí on ✓ ✔".split())
_NO = frozenset("no n false 0 off -".split())
_ADDRESS = re.compile(r"https?://\S+|/(?![/\\])\S*", re.IGNORECASE)
_BARE_ADDRESS = re.compile(r"(?:[a-z0-9-]+\.)+[a-z]{2,}(?:[/?#]\S*)?", re.IGNORECASE)
_MOST_DEGREES = 180
_SEPARATORS = ("|", ";", "\n", ",")


def zip_of(text: str) -> str:
    """The ZIP code in a text, with the zeros that a sheet takes for nothing; without one the text itself."""
    if text.strip().isdecimal() and len(text.strip()) in {3, 4}:
        return text.strip().zfill(5)
    found = _ZIP.search(text)
    return found.group() if found else text.strip()


def checked_zip_of(text: str) -> str:
    """The ZIP code in a text. Raises ValueError."""
    found = zip_of(text)
    if not _ZIP.fullmatch(found):
        raise ValueError("expected a ZIP code such as 78701")
    return found


def state_of(text: str) -> str:
    """The two letters of a state, from them or from its name. Raises ValueError."""
    code = state_code(text)
    if code is None:
        raise ValueError("expected a US state such as TX or Texas")
    return code


def status_of(text: str) -> str:
    """Whether a listing is shown. Raises ValueError."""
    plain = text.strip().lower()
    if plain not in get_args(Status):
        raise ValueError(f"expected {', '.join(get_args(Status))}")
    return plain


def address_of(text: str) -> str:
    """An address of the web, also one written without `https://`. Raises ValueError."""
    plain = text.strip()
    if _BARE_ADDRESS.fullmatch(plain):
        return f"https://{plain}"
    if not _ADDRESS.fullmatch(plain):
        raise ValueError("expected an address such as https://example.org/")
    return plain


def degrees_of(text: str) -> float:
    """A latitude or longitude. Raises ValueError."""
    try:
        found = float(text)
    except ValueError:
        raise ValueError("expected degrees such as 30.27 or -97.74") from None
    if not math.isfinite(found) or abs(found) > _MOST_DEGREES:
        raise ValueError("expected degrees such as 30.27 or -97.74")
    return found


def price_of(text: str) -> float:
    """Dollars. Raises ValueError."""
    found = _PRICE.search(text)
    if found is None:
        raise ValueError("expected dollars such as 450 or $450")
    return float(found.group().replace(",", ""))


def price_range(text: str) -> tuple[float | None, float | None]:
    """The least and the highest price in a text such as `$400-$600`; None where it has none."""
    prices = [float(price.replace(",", "")) for price in _PRICE.findall(text)]
    return (min(prices), max(prices)) if prices else (None, None)


def yes_or_no(text: str) -> bool:
    """A flag. Raises ValueError."""
    plain = text.strip().lower()
    if plain in _YES or plain in _NO:
        return plain in _YES
    raise ValueError("expected yes or no")


def day_of(text: str) -> str:
    """A day as YYYY-MM-DD, from that or from month/day/year. Raises ValueError."""
    for form in ("%Y-%m-%d", "%m/%d/%Y", "%m/%d/%y", "%b %d, %Y", "%B %d, %Y"):
        with contextlib.suppress(ValueError):
            return datetime.strptime(text.strip()[:20], form).date().isoformat()
    raise ValueError("expected a day such as 2026-01-31 or 1/31/2026")


def several(text: str) -> list[str]:
    """The values of one cell, separated by the first that it holds of `|`, `;`, a line break and a comma."""
    separator = next((mark for mark in _SEPARATORS if mark in text), ",")
    return list(dict.fromkeys(part.strip() for part in text.split(separator) if part.strip()))


def plain_text(markup: str) -> str:
    """The text of a small piece of HTML, on one line."""
    if "<" in markup:
        markup = LexborHTMLParser(markup).text(separator=" ")
    return squeezed(storable(html.unescape(markup)))


def without_empty(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields that are given."""
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}
