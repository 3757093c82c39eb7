"""What a connector is: a source that tells what changed, lists what it publishes, and hands out single documents.

Removals come from a listing or from an asked-for document that is gone, never from a feed: what a feed
no longer shows is only older.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from indexing.connectors.columns import ColumnProblem
from indexing.connectors.fetcher import NO_VALIDATORS, Validators
from indexing.documents import DocumentType

Cursor = Mapping[str, Any]
"""A place in a source, as JSON; only the connector that made it reads it."""


class Entry(Struct, frozen=True):
    """One document as a source lists it.

    `key` is its identity there and survives a new slug or host where the source has such a thing. `version`
    is another one whenever the document is another one; empty where the source does not tell.
    """

    key: str
    version: str = ""
    url: str = ""


DECIDING = frozenset({"status"})
"""Fields that decide whether a document is shown: with a fault there, what is stored stays as it is."""


class RowProblem(Struct, frozen=True):
    """A document that cannot be taken: where it is in the source, and what to do about it."""

    where: str
    message: str
    key: str = ""
    is_passing: bool = False
    """Whether the source may well give it later: the next run asks again."""


class SourcedDocument(Struct, frozen=True, kw_only=True):
    """A document read from a source; `fields` are those of the HTTP contract, without `id`."""

    key: str
    type: DocumentType
    fields: Mapping[str, Any]
    version: str = ""
    id: str = ""
    """The id that the source itself gives it; empty: one is made from the key."""
    faults: Sequence[RowProblem] = ()
    """What of it was left out, and why."""
    validators: Validators = NO_VALIDATORS


class Absent(Struct, frozen=True):
    """The source was asked for this key and does not publish it."""

    key: str
    reason: str = ""


class Unchanged(Struct, frozen=True):
    """The source says that nothing changed since it was read before."""

    key: str


Answer = SourcedDocument | Absent | Unchanged | RowProblem


class Known(Struct, frozen=True):
    """What the service remembers of a document of a source."""

    key: str
    url: str = ""
    validators: Validators = NO_VALIDATORS


class Changes(Struct, frozen=True):
    """A part of what is new in a source; `more` says to ask again at once with `cursor`."""

    answers: Sequence[Answer]
    cursor: Cursor
    more: bool = False


class Listing(Struct, frozen=True):
    """A part of everything that a source publishes now; `next` of None was the last one."""

    entries: Sequence[Entry]
    next: Cursor | None = None
    read: Sequence[str] = ()
    """Of a sheet the fields that it has a column for."""
    columns: Sequence[str] = ()
    """Those of them that hold something: the next run misses them where they are there no more."""
    problems: Sequence[ColumnProblem] = ()
    """Columns of a sheet that are left out."""


class Notice(Struct, frozen=True):
    """One document that a hook names: by the source's id (with its type there), by its address, or both."""

    id: str = ""
    type: str = ""
    url: str = ""


class Source(Protocol):
    """A connector at work, for one slice. Every method may raise SourceUnavailable and SourceForbidden."""

    can_list: bool
    """Whether `listing` tells everything; without it nothing is removed but what a hook names."""

    def changes(self, since: Cursor | None) -> Changes:
        """What is new or another one since `since`; from the beginning with None. May tell more than that."""
        ...

    def listing(self, after: Cursor | None) -> Listing:
        """The next part of the listing. A source that cannot tell all of it raises, and never leaves some out."""
        ...

    def fetch(self, known: Sequence[Known]) -> Iterator[Answer]:
        """These documents as they are now, one answer each, in any order."""
        ...

    def absent(self, known: Sequence[Known]) -> list[str]:
        """Of keys that the listing lacks, those that the source does not publish indeed."""
        ...

    def key_of(self, notice: Notice) -> str | None:
        """The key of what a hook names; None where it names nothing of this source."""
        ...


def not_listed(_: Cursor | None) -> Listing:
    """The listing of a source that has none."""
    return Listing(())
