"""Text as it is shown: without what a reader does not see."""

import re

from indexing.text import squeezed, storable

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffd\ue000-\uf8ff\x80-\x84\x86-\x9f\U000f0000-\U0010fffd]"
)
"""Soft hyphens, zero widths, directions, C1 controls, replacement characters, and letters of icon fonts."""
_JOINER = re.compile("[\u200c\u200d]")
_JOINING = re.compile("[\u0600-\u109f\u1780-\u17ff\u2190-\u2bff\u3030\u303d\ufe0e\ufe0f\U0001f000-\U0001faff]")
"""Scripts and pictures in which joiners mean something."""


def legible(text: str) -> str:
    """`text` on one line without invisible characters; joiners stay where letters or pictures are joined by them."""
    if text.isascii():
        return squeezed(storable(text))
    text = _INVISIBLE.sub("", storable(text))
    if "\u200c" in text or "\u200d" in text:
        text = _JOINER.sub(lambda match: match.group() if _joins(text, match) else "", text)
    return squeezed(text)


def _joins(text: str, match: re.Match[str]) -> bool:
    before, after = text[max(match.start() - 1, 0) : match.start()], text[match.end() : match.end() + 1]
    return bool(before and after and _JOINING.match(before) and _JOINING.match(after))
