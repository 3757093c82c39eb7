"""The declaration of a field: one FieldSpec beside its type, from which filters, facets, pages and clients follow.

telehealth: Annotated[bool, flag(sentence="Offers telehealth.", lacking="without telehealth")] = False
"""

from collections.abc import Iterator
from typing import Any, Literal, get_args, get_type_hints

import msgspec
from msgspec import Struct

Kind = Literal["flag", "label"]


class FieldSpec(Struct, frozen=True, kw_only=True):
    """How a field is searched and shown. A flag is yes or no; a label has any number of values of a vocabulary."""

    kind: Kind
    name: str = ""
    """The attribute of an index, which is the query parameter as well; of a flag the name of its field."""
    description: str = ""
    """Of the query parameter, in the OpenAPI document."""
    sentence: str = ""
    """Said of a document whose flag is set, where its fields are read as text."""
    lacking: str = ""
    """Of clinics that do not meet the wish for it, in English: `without telehealth`."""
    asked: str = ""
    """A regular expression of the words by which a search asks for a flag."""
    asked_of_listings: str = ""
    """Further such words, where a search says nothing but what listings are searched by."""
    columns: tuple[str, ...] = ()
    """Names of columns by which a sheet of listings holds it, in small letters, the likeliest first."""
    is_checked: bool = False
    """Whether the day on which a sheet's row was checked speaks for it."""


class Declared(Struct, frozen=True):
    """A declared field of a type: where its value stands in a document, and how it is declared."""

    field: str
    default: Any
    spec: FieldSpec


def flag(
    *,
    lacking: str,
    sentence: str = "",
    asked: str = "",
    asked_of_listings: str = "",
    columns: tuple[str, ...] = (),
    is_checked: bool = False,
) -> FieldSpec:
    """The declaration of a field that is yes or no. See FieldSpec."""
    return FieldSpec(
        kind="flag",
        sentence=sentence,
        lacking=lacking,
        asked=asked,
        asked_of_listings=asked_of_listings,
        columns=columns,
        is_checked=is_checked,
    )


def declared(cls: type[Struct], kind: Kind) -> Iterator[Declared]:
    """The fields of a type that are declared as of `kind`, in their order."""
    hints = get_type_hints(cls, include_extras=True)
    for field in msgspec.structs.fields(cls):
        for part in get_args(hints[field.name])[1:]:
            if isinstance(part, FieldSpec) and part.kind == kind:
                spec = part if part.name else msgspec.structs.replace(part, name=field.name)
                yield Declared(field.name, field.default, spec)


def always_given(cls: type[Struct], after: type[Struct] = Struct) -> type[Struct]:
    """A class with the fields of `cls` behind those of `after`, none of them optional: what answers always carry."""
    fields = [(field.name, field.type) for field in msgspec.structs.fields(cls)]
    return msgspec.defstruct(f"{cls.__name__}Given", fields, bases=(after,), frozen=True, kw_only=True)
