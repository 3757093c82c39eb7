"""Bodies that handlers read by themselves, described for the OpenAPI document from the types they are checked by."""

from dataclasses import dataclass, field
from typing import Any

import msgspec
from litestar.openapi.spec import OpenAPI, OpenAPIMediaType, OpenAPIResponse, Operation, Reference, RequestBody, Schema

from indexing.nesting import MAX_CHARACTERS
from indexing.schema.types import CLASSES, Document, DocumentType
from search_api.curation.rules import Pin
from search_api.recommend.requests import MAX_BATCH, RecommendationRequest

_CLOCK = r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$"


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


def _body(media_type: str, schema: Schema | Reference, description: str, example: Any = None) -> RequestBody:
    content = {media_type: OpenAPIMediaType(schema=schema, example=example)}
    return RequestBody(content=content, description=description, required=True)


def _at_the_door(cls: type[Document]) -> _ReadySchema:
    """The schema of a type, where documents are checked otherwise when they come than when they are read again."""
    schema = _schema_of(cls)
    properties = schema.ready["properties"]
    if "body" in properties:
        properties["body"]["maxLength"] = MAX_CHARACTERS
    if "address" in properties:
        properties["address"]["properties"]["state"].pop("pattern")
    if "hours" in properties:
        times = properties["hours"]["items"]["properties"]
        times["opens"]["pattern"] = times["closes"]["pattern"] = _CLOCK
    return schema


def _reference(name: str) -> Reference:
    return Reference(ref=f"#/components/schemas/{name}")


COMPONENTS = {
    **{cls.__name__: _at_the_door(cls) for cls in CLASSES.values()},
    "Pin": _schema_of(Pin),
    "RecommendationRequest": _schema_of(RecommendationRequest),
    "RecommendationBatch": _ReadySchema(
        ready={
            "title": "RecommendationBatch",
            "type": "object",
            "required": ["requests"],
            "properties": {
                "requests": {
                    "type": "array",
                    "maxItems": MAX_BATCH,
                    "items": {"$ref": "#/components/schemas/RecommendationRequest"},
                }
            },
        }
    ),
}
"""The schemas of these bodies by name."""

_PROBLEM = _ReadySchema(
    ready={
        "title": "Problem",
        "description": "What went wrong (RFC 9457); `errors` names the fields at fault; no name: the body as a whole.",
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "errors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["field", "message"],
                    "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
                },
            },
        },
    }
)
_METHODS = ("get", "post", "put", "delete")


def complete(document: OpenAPI) -> None:
    """Add what the framework does not know: the bodies that handlers read by themselves, and our problems."""
    assert document.components.schemas is not None
    document.components.schemas.update(COMPONENTS | {"Problem": _PROBLEM})
    content = {"application/problem+json": OpenAPIMediaType(schema=_reference("Problem"))}
    for path in (document.paths or {}).values():
        for method in _METHODS:
            operation = getattr(path, method)
            if operation is not None and operation.responses is not None:
                operation.responses.pop("400", None)
                operation.responses["default"] = OpenAPIResponse(description="What went wrong.", content=content)


def document_operation(kind: DocumentType) -> type[Operation]:
    """An operation that takes a document of a type."""

    @dataclass
    class DocumentOperation(Operation):
        def __post_init__(self) -> None:
            """Describe the body."""
            reference = _reference(CLASSES[kind].__name__)
            self.request_body = _body("application/json", reference, _document_description(kind))

    return DocumentOperation


def _document_description(kind: DocumentType) -> str:
    return (
        f"The {kind}; its id may be left out. What GET answered may be sent back: beside its `order`, the write "
        "goes by `order.revision` in place of `revision`, which is then a counter of the service."
    )


@dataclass
class UploadOperation(Operation):
    """An operation that takes many documents."""

    def __post_init__(self) -> None:
        """Describe the body."""
        text = _ReadySchema(ready={"type": "string"})
        self.request_body = _body(
            "application/x-ndjson", text, f"One {' or '.join(CLASSES)} a line, each with its `type`."
        )


@dataclass
class PinOperation(Operation):
    """An operation that takes a pin."""

    def __post_init__(self) -> None:
        """Describe the body."""
        example = {"query": "spravato cost*", "pinned": ["spravato-coverage"], "reason": "Asked for by the clinics"}
        self.request_body = _body("application/json", _reference("Pin"), "The pin.", example)


@dataclass
class RecommendOperation(Operation):
    """An operation that takes the contexts of a recommendation."""

    def __post_init__(self) -> None:
        """Describe the body."""
        example = {"articles": ["ptsd"], "conditions": ["ptsd"], "limit": 3}
        self.request_body = _body(
            "application/json", _reference("RecommendationRequest"), "Any of the contexts.", example
        )


@dataclass
class RecommendBatchOperation(Operation):
    """An operation that takes many of these."""

    def __post_init__(self) -> None:
        """Describe the body."""
        example = {"requests": [{"articles": ["ptsd"]}, {"treatments": ["spravato"], "limit": 3}]}
        self.request_body = _body(
            "application/json", _reference("RecommendationBatch"), "Requests, answered in order.", example
        )
