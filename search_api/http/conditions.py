"""Conditional requests: what a caller holds already is not sent again (RFC 9110, 13.1.2)."""

from typing import Any

from litestar import Request
from msgspec import Struct

_ANY = "*"


class Held(Struct, frozen=True):
    """What a caller has of an address, by its `If-None-Match`."""

    tags: frozenset[str]

    def names(self, tag: str) -> bool:
        """Whether a tag such as `"1a2b"` is among them; weak ones count as well."""
        return tag.removeprefix("W/") in self.tags

    @property
    def is_any(self) -> bool:
        """Whether it is whatever there is: true of everything that exists."""
        return _ANY in self.tags


def held_by(request: Request[Any, Any, Any]) -> Held:
    """What the caller of a request has; nothing where it says nothing."""
    listed = ",".join(request.headers.getall("if-none-match", []))
    return Held(frozenset(part.strip().removeprefix("W/") for part in listed.split(",") if part.strip()))
