"""What a type tells of itself to be indexed by its declarations alone."""

from typing import Protocol

from msgspec import Struct


class Described(Protocol):
    """A document with a title and a text; its labels and flags are those that it declares."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def title(self) -> str:
        """What it is called."""
        ...

    @property
    def body(self) -> str:
        """Its text, as HTML."""
        ...

    def shown(self) -> Struct:
        """What a hit shows of it, beside its title and a passage; it has the field `url`."""
        ...
