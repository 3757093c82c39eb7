"""The declaration of a field: one FieldSpec beside its type, from which filters, facets, pages and clients follow.

telehealth: Annotated[bool, flag(sentence="Offers telehealth.", lacking="without telehealth")] = False
languages: Annotated[Labels, label(name="language", vocabulary="language")] = ()
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from functools import partial
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

Kind = Literal["flag", "label", "number"]
Vocabulary = Literal["taxonomy", "state", "language", "place", "text"]
"""Of what kind a label's values are: how they are read and shown, see `indexing.vocabularies`."""


class FieldSpec(Struct, frozen=True, kw_only=True):
    """How a field is searched and shown.

    A flag is yes or no; a label has any number of values of a vocabulary; a number is compared and sorted by: times
    and days are seconds since 1970.
    """

    kind: Kind
    name: str = ""
    """The attribute of an index, which is the query parameter as well; of a flag the name of its field or property."""
    reads: str = ""
    """The property of the document that holds the value, where it is not the field itself."""
    vocabulary: Vocabulary = "text"
    is_filter: bool = True
    """Whether searches can be filtered by it, and count its values."""
    is_offered: bool = False
    """Whether pages offer its values, with counts, to be chosen."""
    is_naming: bool = False
    """Whether its words name a listing as a title does."""
    description: str = ""
    """Of the query parameter, in the OpenAPI document."""
    sentence: str = ""
    """Said of a document whose flag is set; of a label, the verb before its values: `Offers`."""
    lacking: str = ""
    """Of clinics that do not meet the wish for it, in English, with `{}` for the value: `without telehealth`."""
    given_up: int = 0
    """When a wish for it is given up to find what is close: lower ones sooner; 0: never."""
    asked: str = ""
    """A regular expression of the words by which a search asks for a flag; they are its groups, where it has some."""
    asked_of_listings: str = ""
    """Further such words, where a search says nothing but what listings are searched by."""
    asked_apart: bool = False
    """Whether all these words count only apart, beside nothing but what listings are searched by, and in no story."""
    columns: tuple[str, ...] = ()
    """Names of columns by which a sheet of listings holds it, in small letters, the likeliest first."""
    is_checked: bool = False
    """Whether the day on which a sheet's row was checked speaks for it."""


class Declared(Struct, frozen=True):
    """A declared field of a type: where its value stands in a document, and how it is declared."""

    path: tuple[str, ...]
    default: Any
    spec: FieldSpec

    @property
    def field(self) -> str:
        """The name of the field itself."""
        return self.path[-1]

    def number(self, document: object) -> float | None:
        """Its value in a document, in seconds since 1970 of a time or day; None where there is none."""
        found: Any = document
        for name in (*self.path[:-1], self.spec.reads or self.field):
            found = None if found is None else getattr(found, name)
        if isinstance(found, date) and not isinstance(found, datetime):
            found = datetime.combine(found, time(), UTC)
        return found.timestamp() if isinstance(found, datetime) else found

    def values(self, document: object) -> tuple[Any, ...] | None:
        """Its values in a document; None where it was not given, and is to be recognised."""
        found: list[Any] = [document]
        for name in self.path:
            found = [getattr(each, name) for each in found]
            if found == [None]:
                return None
            if found and isinstance(found[0], tuple):
                found = list(found[0])
        return tuple(found)


flag = partial(FieldSpec, kind="flag", given_up=4)
"""The declaration of a field that is yes or no."""
number = partial(FieldSpec, kind="number")
"""The declaration of a field that is compared and sorted by."""
label = partial(FieldSpec, kind="label")
"""The declaration of a field with any number of values."""


def declared(cls: type[Any], kind: Kind, path: tuple[str, ...] = ()) -> Iterator[Declared]:
    """The fields of a type that are declared as of `kind`, in their order, those of structs within it as well."""
    hints = get_type_hints(cls, include_extras=True)
    for field in msgspec.structs.fields(cls):
        here, hint = (*path, field.name), hints[field.name]
        for part in getattr(hint, "__metadata__", ()):
            if isinstance(part, FieldSpec) and part.kind == kind:
                spec = part if part.name else msgspec.structs.replace(part, name=field.name)
                yield Declared(here, field.default, spec)
        for within in _structs_in(hint):
            yield from declared(within, kind, here)


def _structs_in(hint: Any) -> Iterator[type[Struct]]:
    """The struct that a field holds: alone, optional, or in a tuple."""
    if isinstance(hint, type) and issubclass(hint, Struct):
        yield hint
    elif get_origin(hint) in {Annotated, Union, UnionType, tuple}:
        yield from (found for part in get_args(hint) for found in _structs_in(part))


def always_given(cls: type[Struct], after: type[Struct] = Struct) -> type[Struct]:
    """A class with the fields of `cls` behind those of `after`, none of them optional: what answers always carry."""
    fields = [(field.name, field.type) for field in msgspec.structs.fields(cls)]
    return msgspec.defstruct(f"{cls.__name__}Given", fields, bases=(after,), frozen=True, kw_only=True)
