"""The registry of types, and what all of them together can be filtered by."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Literal, get_args

from msgspec import Struct

from indexing.schema.article import Article
from indexing.schema.clinic import Clinic
from indexing.schema.fields import Declared, FieldSpec, Kind, declared

DocumentType = Literal["article", "clinic"]
DOCUMENT_TYPES: tuple[DocumentType, ...] = get_args(DocumentType)
Document = Article | Clinic
CLASSES: Mapping[DocumentType, type[Article] | type[Clinic]] = {"article": Article, "clinic": Clinic}


def _filters(kind: Kind) -> Iterator[tuple[str, FieldSpec]]:
    for cls in CLASSES.values():
        yield from ((each.spec.name, each.spec) for each in declared(cls, kind))


FLAGS: Mapping[str, FieldSpec] = dict(_filters("flag"))
"""The flags of all types by the name of their filter."""


@cache
def flag_fields(cls: type[Struct]) -> tuple[Declared, ...]:
    """The flags of a class with fields of a type: the document's own, a card, a hit."""
    return tuple(declared(cls, "flag"))


def flags_of(document: Struct) -> dict[str, bool]:
    """The flags of a document, a card or a hit, by name."""
    return {each.field: getattr(document, each.field) for each in flag_fields(type(document))}
