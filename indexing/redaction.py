"""Free text of visitors without what tells who they are: addresses, numbers, e-mails and links are taken out."""

import re

from indexing.text import squeezed, storable

MAX_CHARACTERS = 300
_GONE = "[removed]"
_DIGIT = (
    r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple|"
    r"cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve)"
)
_STREET = (
    r"(?:st|street|ave|avenue|blvd|boulevard|rd|road|dr|drive|ln|lane|ct|court|pl|place|way|pkwy|parkway|hwy|highway|"
    r"ter|terrace|cir|circle|sq|square)"
)
_ROOM = r"(?:\s*,?\s*(?:#|apt|suite|ste|unit)\.?\s*\w+)?"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\S+\s*(?:@|\(at\)|\[at\])\s*\S+",
        r"\b[\w.+-]+\s+(?:at|arroba)\s+[\w-]+\s+(?:dot|punto)\s+\w+",
        r"\b(?:https?://|www\.)\S+",
        r"\b[\w-]+\.(?:com|org|net|info|edu|gov|io|co|us)\b\S*",
        r"\bp\.?\s?o\.?\s*box\s*\w*",
        r"\b(?:calle|avenida|av\.)\s+\w+(?:\s+\w+)?\s+(?:n[.ºo]*\s*)?\d+\w*",
        rf"\b\d+[\w-]*\s+(?:[\w.'-]+\s+){{0,4}}{_STREET}\b\.?{_ROOM}",
        rf"\b{_DIGIT}(?:[\s,.-]+{_DIGIT}){{3,}}\b",
        r"[+(]?\d(?:[\d\s().\-\u2010-\u2015/]*\d){4,}",
        r"(?<!\$)(?<!\$\s)(?<![\d$])\d{3,}",
        r"\b(?:my name is|i am called|me llamo|mi nombre es)\s+\w+(?:\s+\w+)?",
        r"(?<!\w)@\w{2,}",
    )
)
"""E-mails as written and as spelt out, links, post boxes, streets, digits as words, long numbers, names, accounts.

A price such as $450 stays: what a visitor was charged is what a report is about.
"""


def redacted(text: str) -> str:
    """`text` without personal details, on one line, at most MAX_CHARACTERS long."""
    plain = squeezed(storable(text))
    for pattern in _PATTERNS:
        plain = pattern.sub(_GONE, plain)
    return re.sub(rf"(?:{re.escape(_GONE)}[\s,;.]*){{2,}}", f"{_GONE} ", plain).strip()[:MAX_CHARACTERS]
