"""Cleaning of text at the edge, so that no later part meets characters it cannot store."""

import re

from indexing.analysis.normalizer import folded as folded

_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_SPACES = re.compile(r"\s+")


def storable(text: str) -> str:
    """`text` without NULs, control characters and lone surrogates: each becomes a space."""
    return _UNSTORABLE.sub(" ", text)


def squeezed(text: str) -> str:
    """`text` on one line, with single spaces."""
    return _SPACES.sub(" ", text).strip()
