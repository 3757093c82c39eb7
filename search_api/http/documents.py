"""Storing, reading and deleting single documents over HTTP. A 202 means: committed to the content store."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

import msgspec
import structlog
from litestar import Request, Router, delete, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import PathParameter, QueryParameter
from msgspec import Struct

from indexing.content.clock import as_datetime, microseconds, now
from indexing.content.documents import Write
from indexing.content.order import SourceOrder, credible, refuse_ahead
from indexing.documents import (
    Article,
    Clinic,
    DocumentType,
    ParsedDocument,
    encode_document,
    parse_document,
    time_in_query,
)
from indexing.errors import Conflict, FieldError, InvalidDocument, NotFound
from indexing.fields import ID_IN_WORDS, ID_PATTERN
from indexing.locating import locate
from indexing.readable import readable_clinic
from search_api.http.auth import access
from search_api.http.descriptions import document_operation
from search_api.http.encodings import unmarked
from search_api.http.services import Injected, Services

MAX_DOCUMENT_BYTES = 10_000_000

log = structlog.get_logger()

_WHEN = "As in a document: a time, or a date alone; `+` is written `%2B`, a space in its place is taken for it."
Id = Annotated[str, PathParameter(pattern=ID_PATTERN, description=ID_IN_WORDS)]


class FieldProblem(Struct, frozen=True):
    """One field and what is wrong with it."""

    field: str
    message: str


class LineProblem(Struct, frozen=True):
    """One rejected line of an upload."""

    line: int
    errors: list[FieldProblem]


class WriteWarning(Struct, frozen=True, omit_defaults=True):
    """What was ignored or taken otherwise in an accepted document; `line` in uploads."""

    path: str
    message: str
    field: str
    """The same as `path`."""
    line: int | None = None


class StoredOrder(Struct, frozen=True):
    """The newest place in the sender's own order that was seen of a document."""

    revision: int | None
    updated_at: datetime | None


class StaleLine(Struct, frozen=True):
    """A line of an upload that is older than what is stored."""

    line: int
    stored: StoredOrder


class OrderReset(Struct, frozen=True):
    """A document whose next write counts, whatever its sender's clock says."""

    stored: StoredOrder


class WriteReceipt(Struct, frozen=True, kw_only=True):
    """What became of a write: what was accepted is durable and will be indexed."""

    job: str
    accepted: int
    rejected: int = 0
    stale: int = 0
    stored: StoredOrder | None = None
    """Of a single write that was stale: what it was older than."""
    stale_lines: list[StaleLine] = []
    errors: list[LineProblem] = []
    warnings: list[WriteWarning] = []


def document_routes(kind: DocumentType) -> Router:
    """The routes of one type of document."""
    return Router(
        f"/v1/{kind}s",
        route_handlers=[_putting(kind), _getting(kind), _deleting(kind), _resetting(kind)],
        tags=["Documents"],
        opt=access("write"),
    )


def _putting(kind: DocumentType) -> HTTPRouteHandler:
    @put(
        "/{id:str}",
        status_code=202,
        operation_id=f"put{kind.title()}",
        summary=f"Create or replace {_one(kind)}",
        operation_class=document_operation(kind),
        request_max_body_size=MAX_DOCUMENT_BYTES,
    )
    async def put_document(services: Injected, request: Request[Any, Any, Any], id: Id) -> WriteReceipt:
        """Durable on return; searchable shortly after."""
        return await _put(services, request, kind, id)

    return put_document


def _getting(kind: DocumentType) -> HTTPRouteHandler:
    @get("/{id:str}", operation_id=f"get{kind.title()}", summary=f"A stored {kind} with its revisions")
    async def get_document(services: Injected, id: Id) -> dict[str, Any]:
        """The document as stored, whether it is indexed yet or not.

        `revision` is our own counter, `order` the newest place in the sender's order. The answer can be put back:
        beside `order`, PUT and uploads leave the counter aside and go by `order.revision` and `updated_at`.
        """
        return await services.writing.run(lambda: _stored(services, kind, id))

    return get_document


def _deleting(kind: DocumentType) -> HTTPRouteHandler:
    @delete("/{id:str}", status_code=202, operation_id=f"delete{kind.title()}", summary=f"Delete {_one(kind)}")
    async def delete_document(
        services: Injected,
        id: Id,
        updated_at: Annotated[str | None, QueryParameter(max_length=100, format="date-time", description=_WHEN)] = None,
        revision: Annotated[int | None, QueryParameter(ge=0, le=2**62)] = None,
    ) -> WriteReceipt:
        """Gone from the search shortly after; a write that the sender made earlier does not bring it back."""
        return await _delete(services, kind, id, updated_at, revision)

    return delete_document


def _resetting(kind: DocumentType) -> HTTPRouteHandler:
    @post(
        "/{id:str}/reset-order",
        status_code=200,
        operation_id=f"reset{kind.title()}Order",
        summary=f"Let {_one(kind)}'s next write count, whatever its sender's clock said before",
        opt=access("editor"),
    )
    async def reset_order(services: Injected, id: Id) -> OrderReset:
        """Forgets `updated_at` and `revision` of earlier writes and deletions; the document itself stays."""
        return await services.writing.run(lambda: _reset_order(services, kind, id))

    return reset_order


def _one(kind: str) -> str:
    """The type with its article."""
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


async def _put(services: Services, request: Request[Any, Any, Any], kind: DocumentType, id: str) -> WriteReceipt:
    body = await request.body()

    def accept() -> WriteReceipt:
        parsed = parse_document(kind, decoded(body), id=id)
        receipt = _accept_one(services, in_order(Write.storing(parsed.document)))
        if isinstance(parsed.document, Article) and receipt.accepted:
            services.reader.taken(parsed.document)
        return msgspec.structs.replace(receipt, warnings=warnings_of(services, parsed))

    return await services.writing.run(accept)


async def _delete(
    services: Services, kind: DocumentType, id: str, updated_at: str | None, revision: int | None
) -> WriteReceipt:
    moment, remarks = time_in_query("updated_at", updated_at) if updated_at else (None, ())
    order = SourceOrder(microseconds(moment) if moment else None, revision)

    def accept() -> WriteReceipt:
        receipt = _accept_one(services, in_order(Write(kind, id, None, order)))
        if kind == "article" and receipt.accepted:
            services.reader.gone(id)
        return msgspec.structs.replace(receipt, warnings=_told(remarks))

    return await services.writing.run(accept)


def in_order(write: Write) -> Write:
    """The write itself. Raises InvalidDocument where it is dated ahead of our clock."""
    refuse_ahead(write.order)
    return write


def _accept_one(services: Services, write: Write) -> WriteReceipt:
    job, result = services.parts.store.accept_one(write)
    if result.outcome == "unknown":
        raise NotFound(f"there is no {write.type} {write.id!r}")
    services.doorbell.ring("live")
    if result.outcome == "stale":
        return WriteReceipt(job=job, accepted=0, stale=1, stored=stored_order(result.order))
    return WriteReceipt(job=job, accepted=1)


def stored_order(order: SourceOrder) -> StoredOrder:
    """The order of what is stored, as an answer tells it."""
    return StoredOrder(order.revision, as_datetime(order.updated_at))


def _reset_order(services: Services, kind: DocumentType, id: str) -> OrderReset:
    if not services.parts.store.reset_order(kind, id):
        raise NotFound(f"there is no {kind} {id!r}")
    log.info("document.order_reset", type=kind, id=id)
    return OrderReset(StoredOrder(None, None))


def _stored(services: Services, kind: DocumentType, id: str) -> dict[str, Any]:
    row = services.parts.store.get(kind, id)
    if row is not None and row.fault:
        raise Conflict(f"{kind} {id!r} was {row.fault}")
    if row is None or row.document is None:
        raise NotFound(f"there is no {kind} {id!r}")
    document: dict[str, Any] = msgspec.json.decode(encode_document(row.document))
    answered = {"type": kind, "revision": row.revision, "indexed_revision": row.indexed_revision}
    order = credible(row.order, moment=now())
    return document | answered | {"indexed_at": row.indexed_at, "order": stored_order(order)}


def decoded(body: bytes) -> Any:
    """A JSON body. Raises InvalidInput."""
    try:
        return msgspec.json.decode(unmarked(body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidDocument([FieldError("", f"this is not JSON: {error}")]) from error


def problems_of(errors: Iterable[FieldError]) -> list[FieldProblem]:
    """Faults of fields, as an answer tells them."""
    return [FieldProblem(error.field, error.message) for error in errors]


def warnings_of(services: Services, parsed: ParsedDocument, line: int | None = None) -> list[WriteWarning]:
    """The remarks on a document, and those on where it is."""
    remarks = list(parsed.warnings)
    if isinstance(parsed.document, Clinic):
        remarks += locate(readable_clinic(parsed.document), services.parts.gazetteer).warnings
        remarks += services.parts.doubts(parsed.document)
    return _told(remarks, line)


def _told(remarks: Iterable[FieldError], line: int | None = None) -> list[WriteWarning]:
    return [WriteWarning(each.field, each.message, each.field, line) for each in remarks]
