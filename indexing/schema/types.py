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
CLASSES: Mapping[DocumentType, type[Document]] = {
    kind: next(cls for cls in get_args(Document) if cls.__name__.lower() == kind) for kind in DOCUMENT_TYPES
}
"""The class of each type, which is called as the type is."""
_KINDS = {cls: kind for kind, cls in CLASSES.items()}


def document_type(document: Document) -> DocumentType:
    """The type name under which `document` is stored and indexed."""
    return _KINDS[type(document)]


@cache
def label_fields(cls: type[Struct]) -> tuple[Declared, ...]:
    """The labels of a type, those of structs within it as well."""
    return tuple(declared(cls, "label"))


@cache
def flag_fields(cls: type[Struct]) -> tuple[Declared, ...]:
    """The flags of a class with fields of a type: the document's own, a card, a hit."""
    return tuple(declared(cls, "flag"))


@cache
def _number_fields(cls: type[Struct]) -> tuple[Declared, ...]:
    return tuple(declared(cls, "number"))


def flags_of(document: Struct) -> dict[str, bool]:
    """The flags of a document, a card or a hit, by name."""
    names = (each.spec.name for each in flag_fields(type(document)))
    return {name: getattr(document, name) for name in names}


def numbers_of(document: Struct) -> dict[str, float]:
    """The numbers that a document has, by name."""
    found = ((each.spec.name, each.number(document)) for each in _number_fields(type(document)))
    return {name: value for name, value in found if value is not None}


def _filters(kind: Kind) -> Iterator[tuple[str, FieldSpec]]:
    for cls in CLASSES.values():
        yield from ((each.spec.name, each.spec) for each in declared(cls, kind) if each.spec.is_filter)


_FIRST = ("condition", "treatment", "insurance", "payment", "state", "city", "language", "tag")
"""The order of labels in the stamps of the indexes there are; labels declared since come behind them."""
_LABELS = dict(_filters("label"))
LABELS: Mapping[str, FieldSpec] = {
    name: _LABELS[name] for name in dict.fromkeys((*_FIRST, *_LABELS)) if name in _LABELS
}
"""The labels of all types by the name of their filter."""
FLAGS: Mapping[str, FieldSpec] = dict(_filters("flag"))
"""The flags of all types by the name of their filter."""
NUMBERS: frozenset[str] = frozenset(name for name, _ in _filters("number"))
"""The numbers of all types: dollars, seconds since 1970, a count, and degrees."""


@cache
def filters_of(kind: DocumentType) -> frozenset[str]:
    """The names of labels and flags by which documents of a type can be filtered."""
    fields = (*label_fields(CLASSES[kind]), *flag_fields(CLASSES[kind]))
    return frozenset(each.spec.name for each in fields if each.spec.is_filter)


def naming_labels() -> frozenset[str]:
    """Labels whose words name a listing as its title does."""
    fields = (each for cls in CLASSES.values() for each in label_fields(cls))
    return frozenset(each.spec.name for each in fields if each.spec.is_naming)
