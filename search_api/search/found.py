"""What every hit tells, of whatever type."""

from typing import Literal

from msgspec import Struct

Leg = Literal["keyword", "semantic"]


class FoundHit(Struct, frozen=True, kw_only=True):
    """What every hit tells first."""

    id: str
    url: str
    title: str
    title_html: str
    snippet_html: str
    score: float
    matched: tuple[Leg, ...]
    """By what it was found; empty where filters alone decided."""
    pinned: bool
