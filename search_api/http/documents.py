"""Storing, reading and deleting documents over HTTP. A 202 means: committed to the content store."""

import codecs
import contextlib
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, delete, get, post, put
from litestar.exceptions import ClientException
from litestar.params import FromQuery, PathParameter, QueryParameter
from msgspec import Struct

from indexing.content.clock import microseconds
from indexing.content.documents import SourceOrder, Write
from indexing.content.outbox import Lane
from indexing.documents import (
    DOCUMENT_TYPES,
    Clinic,
    DocumentType,
    ParsedDocument,
    encode_document,
    parse_document,
)
from indexing.errors import BacklogFull, FieldError, InvalidDocument, NotFound
from indexing.fields import ID_PATTERN
from indexing.locating import locate
from indexing.readable import readable_clinic
from search_api.http.auth import requires
from search_api.http.descriptions import ArticleOperation, ClinicOperation, UploadOperation
from search_api.http.services import Injected, Services

MAX_DOCUMENT_BYTES = 10_000_000
_BATCH_LINES = 500
_BATCH_BYTES = 4_000_000
_MOST_ERRORS = 1_000
_FEW_LINES, _FEW_BYTES = 20, 200_000
"""An upload of at most this much is an edit, not bulk work."""

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


class WriteReceipt(Struct, frozen=True, kw_only=True):
    """What became of a write: what was accepted is durable and will be indexed."""

    job: str
    accepted: int
    rejected: int = 0
    stale: int = 0
    errors: list[LineProblem] = []
    warnings: list[WriteWarning] = []


class DocumentController(Controller):
    """Articles and clinic listings."""

    path = "/v1"
    tags = ["Documents"]
    guards = [requires("write")]

    @put(
        "/articles/{id:str}",
        status_code=202,
        operation_id="putArticle",
        summary="Create or replace an article",
        operation_class=ArticleOperation,
    )
    async def put_article(self, services: Injected, request: Request[Any, Any, Any], id: Id) -> WriteReceipt:
        """Durable on return; searchable shortly after."""
        return await _put(services, request, "article", id)

    @put(
        "/clinics/{id:str}",
        status_code=202,
        operation_id="putClinic",
        summary="Create or replace a clinic",
        operation_class=ClinicOperation,
    )
    async def put_clinic(self, services: Injected, request: Request[Any, Any, Any], id: Id) -> WriteReceipt:
        """Durable on return; searchable shortly after."""
        return await _put(services, request, "clinic", id)

    @get("/articles/{id:str}", operation_id="getArticle", summary="A stored article with its revisions")
    async def get_article(self, services: Injected, id: Id) -> dict[str, Any]:
        """The document as stored, whether it is indexed yet or not."""
        return await services.writing.run(lambda: _stored(services, "article", id))

    @get("/clinics/{id:str}", operation_id="getClinic", summary="A stored clinic with its revisions")
    async def get_clinic(self, services: Injected, id: Id) -> dict[str, Any]:
        """The document as stored, whether it is indexed yet or not."""
        return await services.writing.run(lambda: _stored(services, "clinic", id))

    @delete("/articles/{id:str}", status_code=202, operation_id="deleteArticle", summary="Delete an article")
    async def delete_article(
        self,
        services: Injected,
        id: Id,
        updated_at: FromQuery[datetime | None] = None,
        revision: Annotated[int | None, QueryParameter(ge=0, le=2**62)] = None,
    ) -> WriteReceipt:
        """Gone from the search shortly after; a write that the sender made earlier does not bring it back."""
        return await _delete(services, "article", id, updated_at, revision)

    @delete("/clinics/{id:str}", status_code=202, operation_id="deleteClinic", summary="Delete a clinic")
    async def delete_clinic(
        self,
        services: Injected,
        id: Id,
        updated_at: FromQuery[datetime | None] = None,
        revision: Annotated[int | None, QueryParameter(ge=0, le=2**62)] = None,
    ) -> WriteReceipt:
        """Gone from the search shortly after; a write that the sender made earlier does not bring it back."""
        return await _delete(services, "clinic", id, updated_at, revision)

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


async def _put(services: Services, request: Request[Any, Any, Any], kind: DocumentType, id: str) -> WriteReceipt:
    body = await request.body()

    def accept() -> WriteReceipt:
        parsed = parse_document(kind, decoded(body), id=id)
        receipt = _accept_one(services, Write.storing(parsed.document))
        return msgspec.structs.replace(receipt, warnings=_warnings(services, parsed))

    return await services.writing.run(accept)


async def _delete(
    services: Services, kind: DocumentType, id: str, updated_at: datetime | None, revision: int | None
) -> WriteReceipt:
    order = SourceOrder(microseconds(updated_at) if updated_at else None, revision)
    return await services.writing.run(lambda: _accept_one(services, Write(kind, id, None, order)))


def _accept_one(services: Services, write: Write) -> WriteReceipt:
    parts = services.parts
    job = parts.jobs.open("write", write.type)
    (outcome,) = parts.store.accept([write], lane="live", job=job)
    parts.jobs.close_input(job)
    if outcome == "unknown":
        raise NotFound(f"there is no {write.type} {write.id!r}")
    services.doorbell.ring("live")
    stale = int(outcome == "stale")
    return WriteReceipt(job=job, accepted=1 - stale, stale=stale)


def _stored(services: Services, kind: DocumentType, id: str) -> dict[str, Any]:
    row = services.parts.store.get(kind, id)
    if row is None or row.document is None:
        raise NotFound(f"there is no {kind} {id!r}")
    document: dict[str, Any] = msgspec.json.decode(encode_document(row.document))
    answered = {"type": kind, "revision": row.revision, "indexed_revision": row.indexed_revision}
    return document | answered | {"indexed_at": row.indexed_at}


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
        self._job = ""
        self._line = 0
        self._writes: list[Write] = []
        self._bytes = 0
        self._errors: list[LineProblem] = []
        self._warnings: list[WriteWarning] = []
        self._is_first = True
        self._accepted = self._rejected = self._stale = 0
        self._lane: Lane = "live"

    async def take(self, chunks: AsyncIterator[bytes]) -> WriteReceipt:
        """Read to the end; what was committed stays, also when the sender breaks off."""
        run = self._services.writing.run
        self._job = await run(lambda: self._services.parts.jobs.open("write", "all"))
        try:
            async for lines in _batches_of_lines(chunks):
                await run(partial(self._read, lines))
            await run(self._commit)
        finally:
            with contextlib.suppress(Exception):
                await run(lambda: self._services.parts.jobs.close_input(self._job))
        return WriteReceipt(
            job=self._job,
            accepted=self._accepted,
            rejected=self._rejected,
            stale=self._stale,
            errors=self._errors,
            warnings=self._warnings,
        )

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
                self._writes.append(Write.storing(parsed.document))
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
        if not writes:
            return
        _refuse_when_full(self._services)
        outcomes = self._services.parts.store.accept(writes, lane=self._lane, job=self._job)
        stale = outcomes.count("stale")
        self._stale += stale
        self._accepted += len(writes) - stale
        self._services.doorbell.ring(self._lane)


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
