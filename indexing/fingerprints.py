"""Stamps: the rules an index was built under, so that a change of rules is seen and rebuilt.

A stamp carries the schema of its index: readers and writers of every version open an index by that, and not
by the schema that they would build today.
"""

from collections.abc import Mapping

from msgspec import Struct

from indexing.chunking.passages import PASSAGE_VERSION
from indexing.queries import FLAG_ATTRIBUTES, LABEL_ATTRIBUTES

SCHEMA_VERSION = 6
"""Raised with every change of what `indexing.composition` puts into an index."""


class IndexSchema(Struct, frozen=True):
    """The fields of an index: searched ones with their boosts, and what it can be filtered by."""

    document_fields: tuple[tuple[str, float], ...]
    passage_fields: tuple[tuple[str, float], ...]
    labels: tuple[str, ...]
    flags: tuple[str, ...]

    @property
    def document_boosts(self) -> Mapping[str, float]:
        """The searched fields of a document."""
        return dict(self.document_fields)

    @property
    def passage_boosts(self) -> Mapping[str, float]:
        """The searched fields of a passage."""
        return dict(self.passage_fields)


_UNSTAMPED = IndexSchema(
    document_fields=(("title", 3.0), ("headings", 1.5), ("names", 1.5), ("body", 1.0)),
    passage_fields=(("context", 0.5), ("text", 1.0)),
    labels=("condition", "treatment", "insurance", "payment", "state", "city", "tag"),
    flags=("telehealth", "accepting_patients"),
)
"""What version 0.1.0 built, whose stamps do not say it."""

SCHEMA = IndexSchema(
    document_fields=(("title", 3.0), ("headings", 1.5), ("names", 1.5), ("body", 1.0)),
    passage_fields=(("context", 0.5), ("text", 1.0)),
    labels=LABEL_ATTRIBUTES,
    flags=FLAG_ATTRIBUTES,
)
"""What this version builds."""


class IndexStamp(Struct, frozen=True):
    """The rules behind a generation; two generations with equal stamps answer alike."""

    schema_version: int
    passage_version: int
    passage_tokens: int
    recipe: str
    dimensions: int
    schema: IndexSchema = _UNSTAMPED


def index_stamp(*, recipe: str, dimensions: int, passage_tokens: int, schema: IndexSchema = SCHEMA) -> IndexStamp:
    """The stamp of the rules now in force."""
    return IndexStamp(SCHEMA_VERSION, PASSAGE_VERSION, passage_tokens, recipe, dimensions, schema)
