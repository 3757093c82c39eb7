"""Cleaning of text at the edge, so that no later part meets characters it cannot store."""

import re
import unicodedata

_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_SPACES = re.compile(r"\s+")


def storable(text: str) -> str:
    """`text` without NULs, control characters and lone surrogates: each becomes a space."""
    return _UNSTORABLE.sub(" ", text)


def squeezed(text: str) -> str:
    """`text` on one line, with single spaces."""
    return _SPACES.sub(" ", text).strip()


def folded(text: str) -> str:
    """`text` in lower case without accents: the form in which words are compared."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).lower()
