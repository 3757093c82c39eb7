"""Names in a document that nothing here reads, by their path, so that no misspelt field is lost in silence."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct, inspect
from rapidfuzz import fuzz, process

from indexing.errors import FieldError
from indexing.text import storable

_MOST = 100
"""Warnings of one document; a sender who gets so many needs no more."""
_ALIKE = 72.0
"""Of 100 (rapidfuzz's WRatio), from which on another name may have been meant: `zipcode` and `zip` have 90."""
_SHORTEST = 3
_SHORT = 4
"""Names up to this long are compared as a whole: `fax` is no part of `price max`."""


def unknown_fields(cls: type[Struct], value: Mapping[str, Any], *, also: frozenset[str]) -> list[FieldError]:
    """Every name in `value` (decoded JSON) that `cls` lacks, at any depth; `also` are further names of the top."""
    found = _within(_field_types(cls), value, "", also)
    return [error for error, _ in zip(found, range(_MOST), strict=False)]


def _within(
    known: Mapping[str, inspect.Type], value: Mapping[str, Any], path: str, also: frozenset[str]
) -> Iterator[FieldError]:
    for name, inner in value.items():
        here = f"{path}.{name}" if path else str(name)
        if name in known:
            yield from _below(known[name], inner, here)
        elif name not in also:
            yield FieldError(storable(here)[:200], f"unknown field, ignored{did_you_mean(str(name), known)}")


def _below(kind: inspect.Type, value: Any, path: str) -> Iterator[FieldError]:
    if isinstance(kind, inspect.UnionType):
        for part in kind.types:
            yield from _below(part, value, path)
    elif isinstance(kind, inspect.Metadata):
        yield from _below(kind.type, value, path)
    elif isinstance(kind, inspect.StructType) and isinstance(value, Mapping):
        yield from _within(_field_types(kind.cls), value, path, frozenset())
    elif isinstance(kind, inspect.VarTupleType | inspect.ListType) and isinstance(value, list):
        for number, item in enumerate(value):
            yield from _below(kind.item_type, item, f"{path}[{number}]")
    elif isinstance(kind, inspect.DictType) and isinstance(value, Mapping):
        for name, item in value.items():
            yield from _below(kind.value_type, item, f"{path}.{name}")


@cache
def _field_types(cls: type[Struct]) -> Mapping[str, inspect.Type]:
    info = msgspec.inspect.type_info(cls)
    assert isinstance(info, inspect.StructType)
    return {field.encode_name: field.type for field in info.fields}


def did_you_mean(name: str, known: Mapping[str, Any] | frozenset[str]) -> str:
    """`; did you mean …?` where a known name is near; else nothing."""
    best = nearest(name.strip().strip("[]").replace("-", "_").lower(), known)
    return f"; did you mean {best}?" if best else ""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that may have been meant by another one, both in small letters; None where none is near."""
    if len(name) < _SHORTEST:
        return None
    scorer = fuzz.WRatio if len(name) > _SHORT else fuzz.ratio
    best = process.extractOne(name, list(known), scorer=scorer, score_cutoff=_ALIKE)
    return best[0] if best else None
