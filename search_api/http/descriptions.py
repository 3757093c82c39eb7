"""Bodies that handlers read by themselves, described for the OpenAPI document from the types they are checked by."""

from dataclasses import dataclass, field
from typing import Any

import msgspec
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema

from indexing.documents import Article, Clinic


@dataclass
class _ReadySchema(Schema):
    """A schema that msgspec has written already."""

    ready: dict[str, Any] = field(default_factory=dict)

    def to_schema(self) -> dict[str, Any]:
        """The schema as it stands."""
        return self.ready


def _schema_of(type_: Any) -> _ReadySchema:
    written = msgspec.json.schema(type_)
    definitions = written.pop("$defs", {})
    return _ReadySchema(ready=_inlined(written, definitions))


def _inlined(schema: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_inlined(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return {name: _inlined(value, definitions) for name, value in schema.items()}


def _body(media_type: str, schema: Schema, description: str) -> RequestBody:
    return RequestBody(content={media_type: OpenAPIMediaType(schema=schema)}, description=description, required=True)


@dataclass
class ArticleOperation(Operation):
    """An operation that takes an article."""

    def __post_init__(self) -> None:
        """Describe the body."""
        self.request_body = _body("application/json", _schema_of(Article), "The article; its id may be left out.")


@dataclass
class ClinicOperation(Operation):
    """An operation that takes a clinic."""

    def __post_init__(self) -> None:
        """Describe the body."""
        self.request_body = _body("application/json", _schema_of(Clinic), "The clinic; its id may be left out.")


@dataclass
class UploadOperation(Operation):
    """An operation that takes many documents."""

    def __post_init__(self) -> None:
        """Describe the body."""
        text = _ReadySchema(ready={"type": "string"})
        self.request_body = _body("application/x-ndjson", text, "One article or clinic a line, each with its `type`.")
