"""Stamps: the rules an index was built under, so that a change of rules is seen and rebuilt."""

from msgspec import Struct

from indexing.chunking.passages import PASSAGE_VERSION

SCHEMA_VERSION = 2
"""Raised with every change of what `indexing.composition` puts into an index."""


class IndexStamp(Struct, frozen=True):
    """The rules behind a generation; two generations with equal stamps answer alike."""

    schema_version: int
    passage_version: int
    passage_tokens: int
    recipe: str
    dimensions: int


def index_stamp(*, recipe: str, dimensions: int, passage_tokens: int) -> IndexStamp:
    """The stamp of the rules now in force."""
    return IndexStamp(SCHEMA_VERSION, PASSAGE_VERSION, passage_tokens, recipe, dimensions)
