"""Storing, reading and deleting documents over HTTP. A 202 means: committed to the content store."""

import asyncio
import codecs
import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any

import anyio
import msgspec
import structlog
from litestar import Controller, Request, delete, get, post, put
from litestar.exceptions import ClientException
from litestar.params import FromQuery, PathParameter, QueryParameter
from msgspec import Struct

from indexing.content.clock import as_datetime, microseconds
from indexing.content.documents import Write, WriteResult
from indexing.content.jobs import LEASE_SECONDS
from indexing.content.order import SourceOrder, refuse_ahead
from indexing.content.outbox import Lane
from indexing.content.owners import owner_name
from indexing.documents import (
    DOCUMENT_TYPES,
    Article,
    Clinic,
    DocumentType,
    ParsedDocument,
    encode_document,
    parse_document,
)
from indexing.errors import BacklogFull, Conflict, FieldError, InvalidDocument, NotFound, SearchServiceError
from indexing.fields import ID_PATTERN
from indexing.locating import locate
from indexing.readable import readable_clinic
from search_api.http.auth import access
from search_api.http.descriptions import UploadOperation, document_operation
from search_api.http.services import Injected, Services

MAX_DOCUMENT_BYTES = 10_000_000
_BATCH_LINES = 500
_BATCH_BYTES = 4_000_000
_MOST_ERRORS = 1_000
_FEW_LINES, _FEW_BYTES = 20, 200_000
"""An upload of at most this much is an edit, not bulk work."""

log = structlog.get_logger()

Id = Annotated[str, PathParameter(pattern=ID_PATTERN, description="1-128 of A-Z a-z 0-9 _ -")]


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


def document_controller(kind: DocumentType) -> type[Controller]:
    """The routes of one type of document."""
    name, article = kind.title(), f"{_article_of(kind)} {kind}"

    class DocumentsOfType(Controller):
        """Documents of one type."""

        path = f"/v1/{kind}s"
        tags = ["Documents"]
        opt = access("write")

        @put(
            "/{id:str}",
            status_code=202,
            operation_id=f"put{name}",
            summary=f"Create or replace {article}",
            operation_class=document_operation(kind),
            request_max_body_size=MAX_DOCUMENT_BYTES,
        )
        async def put(self, services: Injected, request: Request[Any, Any, Any], id: Id) -> WriteReceipt:
            """Durable on return; searchable shortly after."""
            return await _put(services, request, kind, id)

        @get("/{id:str}", operation_id=f"get{name}", summary=f"A stored {kind} with its revisions")
        async def get(self, services: Injected, id: Id) -> dict[str, Any]:
            """The document as stored, whether it is indexed yet or not."""
            return await services.writing.run(lambda: _stored(services, kind, id))

        @delete("/{id:str}", status_code=202, operation_id=f"delete{name}", summary=f"Delete {article}")
        async def delete(
            self,
            services: Injected,
            id: Id,
            updated_at: FromQuery[datetime | None] = None,
            revision: Annotated[int | None, QueryParameter(ge=0, le=2**62)] = None,
        ) -> WriteReceipt:
            """Gone from the search shortly after; a write that the sender made earlier does not bring it back."""
            return await _delete(services, kind, id, updated_at, revision)

        @post(
            "/{id:str}/reset-order",
            status_code=200,
            operation_id=f"reset{name}Order",
            summary=f"Let {article}'s next write count, whatever its sender's clock said before",
            opt=access("editor"),
        )
        async def reset_order(self, services: Injected, id: Id) -> OrderReset:
            """Forgets `updated_at` and `revision` of earlier writes and deletions; the document itself stays."""
            return await services.writing.run(lambda: _reset_order(services, kind, id))

    return DocumentsOfType


def _article_of(kind: str) -> str:
    return "an" if kind[0] in "aeiou" else "a"


class UploadController(Controller):
    """Documents of all types together."""

    path = "/v1"
    tags = ["Documents"]
    opt = access("write")

    @post(
        "/documents",
        status_code=202,
        operation_id="postDocuments",
        summary="Many documents, one JSON object a line",
        operation_class=UploadOperation,
        request_max_body_size=None,
    )
    async def post_documents(self, services: Injected, request: Request[Any, Any, Any]) -> WriteReceipt:
        """Every line has a `type`. Wrong lines are reported by number, the others are accepted."""
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in {"application/x-ndjson", "application/jsonl", "application/ndjson"}:
            raise ClientException("send the documents as application/x-ndjson", status_code=415)
        await services.writing.run(lambda: _refuse_when_full(services))
        return await _Upload(services).take(request.stream())


DOCUMENT_CONTROLLERS = (*(document_controller(kind) for kind in DOCUMENT_TYPES), UploadController)
"""The routes of all types."""


async def _put(services: Services, request: Request[Any, Any, Any], kind: DocumentType, id: str) -> WriteReceipt:
    body = await request.body()

    def accept() -> WriteReceipt:
        parsed = parse_document(kind, decoded(body), id=id)
        receipt = _accept_one(services, _in_order(Write.storing(parsed.document)))
        if isinstance(parsed.document, Article) and receipt.accepted:
            services.reader.taken(parsed.document)
        return msgspec.structs.replace(receipt, warnings=_warnings(services, parsed))

    return await services.writing.run(accept)


async def _delete(
    services: Services, kind: DocumentType, id: str, updated_at: datetime | None, revision: int | None
) -> WriteReceipt:
    order = SourceOrder(microseconds(updated_at) if updated_at else None, revision)

    def accept() -> WriteReceipt:
        receipt = _accept_one(services, _in_order(Write(kind, id, None, order)))
        if kind == "article" and receipt.accepted:
            services.reader.gone(id)
        return receipt

    return await services.writing.run(accept)


def _in_order(write: Write) -> Write:
    """The write itself. Raises InvalidDocument where it is dated ahead of our clock."""
    refuse_ahead(write.order)
    return write


def _accept_one(services: Services, write: Write) -> WriteReceipt:
    job, result = services.parts.store.accept_one(write)
    if result.outcome == "unknown":
        raise NotFound(f"there is no {write.type} {write.id!r}")
    services.doorbell.ring("live")
    if result.outcome == "stale":
        return WriteReceipt(job=job, accepted=0, stale=1, stored=_stored_order(result.order))
    return WriteReceipt(job=job, accepted=1)


def _stored_order(order: SourceOrder) -> StoredOrder:
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
    return document | answered | {"indexed_at": row.indexed_at, "order": _stored_order(row.order)}


def decoded(body: bytes) -> Any:
    """A JSON body. Raises InvalidInput."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidDocument([FieldError("", f"this is not JSON: {error}")]) from error


def _problems(errors: Iterable[FieldError]) -> list[FieldProblem]:
    return [FieldProblem(error.field, error.message) for error in errors]


def _warnings(services: Services, parsed: ParsedDocument, line: int | None = None) -> list[WriteWarning]:
    """The remarks on a document, and those on where it is."""
    remarks = list(parsed.warnings)
    if isinstance(parsed.document, Clinic):
        remarks += locate(readable_clinic(parsed.document), services.parts.gazetteer).warnings
    return [WriteWarning(each.field, each.message, each.field, line) for each in remarks]


def _refuse_when_full(services: Services) -> None:
    waiting, most = services.parts.outbox.waiting(), services.parts.settings.most_waiting
    if waiting >= most:
        raise BacklogFull(f"{waiting} documents wait to be indexed; send more when the workers have caught up")


class _Upload:
    """An upload of many lines, read and committed in a thread batch by batch as it arrives."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._owner = owner_name()
        self._job = ""
        self._line = 0
        self._writes: list[Write] = []
        self._lines: list[int] = []
        self._bytes = 0
        self._stale_lines: list[StaleLine] = []
        self._errors: list[LineProblem] = []
        self._warnings: list[WriteWarning] = []
        self._is_first = True
        self._accepted = self._rejected = self._stale = 0
        self._lane: Lane = "live"

    async def take(self, chunks: AsyncIterator[bytes]) -> WriteReceipt:
        """Read to the end; what was committed stays, also when the sender or this process breaks off."""
        run, jobs = self._services.writing.run, self._services.parts.jobs
        self._job = await run(lambda: jobs.open("write", "all", owner=self._owner))
        renewing = asyncio.create_task(self._keep_job())
        try:
            async for lines in _batches_of_lines(chunks):
                await run(partial(self._read, lines))
            await run(self._commit)
            await run(lambda: jobs.close_input(self._job))
        except BaseException:
            with contextlib.suppress(Exception), anyio.CancelScope(shield=True):
                await run(lambda: jobs.break_off(self._job))
            raise
        finally:
            renewing.cancel()
        return WriteReceipt(
            job=self._job,
            accepted=self._accepted,
            rejected=self._rejected,
            stale=self._stale,
            stale_lines=self._stale_lines,
            errors=self._errors,
            warnings=self._warnings,
        )

    async def _keep_job(self) -> None:
        """Hold the job while lines come, however slowly; when this process dies, it ends as broken off."""
        while True:
            await asyncio.sleep(LEASE_SECONDS / 3)
            with contextlib.suppress(SearchServiceError):
                await self._services.writing.run(lambda: self._services.parts.jobs.renew(self._job, self._owner))

    def _read(self, lines: Sequence[bytes]) -> None:
        for number, sent in enumerate(lines):
            self._line += 1
            line = sent.removeprefix(codecs.BOM_UTF8)
            if not line.strip():
                continue
            if self._is_first:
                self._is_first = False
                _refuse_other_forms(line, lines[number + 1 : number + 2])
            try:
                parsed = _parsed(line)
                self._writes.append(_in_order(Write.storing(parsed.document)))
                self._lines.append(self._line)
                self._bytes += len(line)
                self._warn(parsed)
            except InvalidDocument as error:
                self._rejected += 1
                if len(self._errors) < _MOST_ERRORS:
                    self._errors.append(LineProblem(self._line, _problems(error.errors)))
            if len(self._writes) > _FEW_LINES or self._bytes > _FEW_BYTES:
                self._lane = "bulk"
            if len(self._writes) >= _BATCH_LINES or self._bytes >= _BATCH_BYTES:
                self._commit()

    def _warn(self, parsed: ParsedDocument) -> None:
        room = _MOST_ERRORS - len(self._warnings)
        if room > 0:
            self._warnings += _warnings(self._services, parsed, self._line)[:room]

    def _commit(self) -> None:
        writes, self._writes, self._bytes = self._writes, [], 0
        lines, self._lines = self._lines, []
        if not writes:
            return
        _refuse_when_full(self._services)
        store = self._services.parts.store
        self._count(lines, store.accept(writes, lane=self._lane, job=self._job, lines=self._line))
        self._services.doorbell.ring(self._lane)

    def _count(self, lines: Sequence[int], results: Sequence[WriteResult]) -> None:
        stale = [
            StaleLine(line, _stored_order(result.order))
            for line, result in zip(lines, results, strict=True)
            if result.outcome == "stale"
        ]
        self._stale += len(stale)
        self._accepted += len(results) - len(stale)
        self._stale_lines += stale[: _MOST_ERRORS - len(self._stale_lines)]


def _refuse_other_forms(first: bytes, following: Sequence[bytes]) -> None:
    """Raise InvalidDocument where the first line shows that all of it is JSON of another form."""
    text = first.strip()
    if text.startswith(b"["):
        message = "this is one JSON array; send one document a line, without brackets and commas around them (NDJSON)"
        raise InvalidDocument([FieldError("", message)])
    if (
        text.startswith(b"{")
        and not text.endswith(b"}")
        and any(not line.strip().startswith(b"{") for line in following)
    ):
        raise InvalidDocument([FieldError("", "this document goes over several lines; send each on one line (NDJSON)")])


def _parsed(line: bytes) -> ParsedDocument:
    if len(line) > MAX_DOCUMENT_BYTES:
        raise InvalidDocument([FieldError("", f"the line is longer than {MAX_DOCUMENT_BYTES} bytes")])
    raw = decoded(line)
    kind = raw.get("type") if isinstance(raw, dict) else None
    if kind not in DOCUMENT_TYPES:
        raise InvalidDocument([FieldError("type", "is required: `article` or `clinic`")])
    return parse_document(kind, raw)


async def _batches_of_lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[list[bytes]]:
    """Whole lines as they arrive; of a line beyond the limit just enough is kept to see that it is too long."""
    rest = b""
    async for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        rest = rest[: MAX_DOCUMENT_BYTES + 1]
        if lines:
            yield lines
    yield [rest]
