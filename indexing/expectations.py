"""What a field may hold, in words, read off the JSON Schema of its type: for whoever sent something else."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

_STEP = re.compile(r"([^.\[\]]+)|\[(?:\d+|\.\.\.)\]")
_PATTERN = re.compile(r"Expected `str` matching regex .*", re.DOTALL)


def in_words(message: str, schema: Schema, path: str, definitions: Schema, description: str = "") -> str:
    """A message of msgspec on the value at `path` (`hours[0].day`) of a schema, with what may be sent.

    `definitions` holds what `$ref` names. `description` is taken where the schema has none.
    """
    if not message.startswith("Invalid enum value") and not _PATTERN.fullmatch(message):
        return message
    found = [schema]
    for step in _STEP.finditer(path):
        found = [inner for each in found for inner in _below(each, step[1], definitions)]
    found += [item for each in found for item in _below(each, None, definitions)]  # of lists in a query string
    parts = [part for each in found for part in _parts(each, definitions)]
    if _PATTERN.fullmatch(message):
        described = next((part["description"] for part in parts if part.get("description")), description)
        return f"Expected {described}" if described else message
    choices = [str(choice) for part in parts for choice in part.get("enum", ()) if choice is not None]
    return f"{message}; send one of {', '.join(dict.fromkeys(choices))}" if choices else message


def _parts(schema: Schema, definitions: Schema) -> Iterator[Schema]:
    """A schema with all that may be in its place."""
    if "$ref" in schema:
        yield from _parts(definitions[schema["$ref"].rpartition("/")[2]], definitions)
        return
    yield schema
    for each in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _parts(each, definitions)


def _below(schema: Schema, name: str | None, definitions: Schema) -> Iterator[Schema]:
    """What may stand at a field, or without a name at an item."""
    for part in _parts(schema, definitions):
        inner = part.get("properties", {}).get(name) if name else part.get("items", part.get("additionalProperties"))
        if isinstance(inner, Mapping):
            yield inner
