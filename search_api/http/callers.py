"""Who calls."""

from typing import Any

from litestar.connection import ASGIConnection
from msgspec import Struct

from indexing.content.keys import ApiKey


class Caller(Struct, frozen=True):
    """The key that somebody calls with, or with whose session; without one an anonymous client."""

    client: str
    """Tells clients apart; says nothing of them."""
    key: ApiKey | None = None

    @property
    def is_anonymous(self) -> bool:
        """Whether there is no key: such callers are limited, and come after others."""
        return self.key is None

    @property
    def name(self) -> str:
        """Whose key it is; empty for an anonymous caller."""
        return self.key.name if self.key is not None else ""


def caller_of(connection: ASGIConnection[Any, Any, Any, Any]) -> Caller:
    """Who the guard of the application found."""
    found: Caller = connection.scope["state"]["caller"]
    return found
