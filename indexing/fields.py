"""Input converted field by field, so that every fault is reported and not only the first."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

import msgspec
from msgspec import Struct

from indexing.errors import FieldError
from indexing.expectations import in_words
from indexing.schema.values import ID_IN_WORDS as ID_IN_WORDS
from indexing.schema.values import ID_PATTERN as ID_PATTERN
from indexing.text import storable

Explain = Callable[[str, str, str], str]
"""Given a field, the path inside it and what is wrong with it, the same in words for the sender."""


def convert_fields(
    cls: type[Struct],
    fields: Mapping[str, Any],
    errors: list[FieldError],
    *,
    finish: Callable[[Any], Any] = lambda value: value,
    explain: Explain = lambda name, path, text: text,
) -> dict[str, Any]:
    """The values of a struct's fields as far as they are there and right; what is wrong is added to `errors`.

    `null` stands for an optional field that is not given. `finish` may change a value or raise OverflowError.
    """
    values: dict[str, Any] = {}
    for field in msgspec.structs.fields(cls):
        if field.name not in fields:
            if field.required:
                errors.append(FieldError(field.name, "is required"))
            continue
        value = fields[field.name]
        if value is None and not field.required:
            continue
        try:
            values[field.name] = finish(msgspec.convert(value, field.type))
        except msgspec.ValidationError as error:
            errors.append(_field_error(cls, field.name, str(error), explain))
        except OverflowError:
            errors.append(FieldError(field.name, "is outside the years 1900 to 9999"))
    return values


def convert_strictly(
    cls: type[Struct], raw: object, *, finish: Callable[[Any], Any] = lambda value: value
) -> tuple[dict[str, Any], list[FieldError]]:
    """The values of a struct's fields in decoded JSON, and what is wrong: fields that the struct lacks as well."""
    if not isinstance(raw, Mapping):
        return {}, [FieldError("", "expected a JSON object")]
    known = {field.name for field in msgspec.structs.fields(cls)}
    errors = [FieldError(storable(str(name))[:100], "unknown field") for name in sorted(raw.keys() - known)]
    return convert_fields(cls, raw, errors, finish=finish), errors


def in_utc(value: Any) -> Any:
    """A time with its zone, UTC where it has none; anything else as it is."""
    if not isinstance(value, datetime):
        return value
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _field_error(cls: type[Struct], name: str, message: str, explain: Explain) -> FieldError:
    text, _, path = message.partition(" - at `$")
    path = path.rstrip("`")
    written = _schema_of(cls)
    return FieldError(f"{name}{path}", explain(name, path, in_words(text, written, f"{name}{path}", written["$defs"])))


@cache
def _schema_of(cls: type[Struct]) -> Mapping[str, Any]:
    return msgspec.json.schema(cls)
