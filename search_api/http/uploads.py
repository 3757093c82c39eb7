"""Uploads of many documents, one a line: read as they arrive, and committed batch by batch."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any

import anyio
from litestar import Controller, Request, post
from litestar.exceptions import ClientException

from indexing.content.documents import Write, WriteResult
from indexing.content.jobs import LEASE_SECONDS
from indexing.content.outbox import Lane
from indexing.content.owners import owner_name
from indexing.documents import DOCUMENT_TYPES, ParsedDocument, parse_document
from indexing.errors import BacklogFull, FieldError, InvalidDocument, SearchServiceError
from search_api.http.auth import access
from search_api.http.descriptions import UploadOperation
from search_api.http.documents import (
    MAX_DOCUMENT_BYTES,
    LineProblem,
    StaleLine,
    WriteReceipt,
    WriteWarning,
    decoded,
    in_order,
    problems_of,
    stored_order,
    warnings_of,
)
from search_api.http.encodings import unmarked
from search_api.http.services import Injected, Services

_BATCH_LINES = 500
_BATCH_BYTES = 4_000_000
_MOST_ERRORS = 1_000
_FEW_LINES, _FEW_BYTES = 20, 200_000
"""An upload of at most this much is an edit, not bulk work."""


def _refuse_when_full(services: Services) -> None:
    waiting, most = services.parts.outbox.waiting(), services.parts.settings.most_waiting
    if waiting >= most:
        raise BacklogFull(f"{waiting} documents wait to be indexed; send more when the workers have caught up")


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
        return await Upload(services).take(request.stream())


class Upload:
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
            self._refuse_nothing()
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

    def _refuse_nothing(self) -> None:
        """Raise InvalidDocument where no line held anything."""
        if self._is_first:
            raise InvalidDocument([FieldError("", "no document was in it; send one a line (NDJSON)")])

    async def _keep_job(self) -> None:
        """Hold the job while lines come, however slowly; when this process dies, it ends as broken off."""
        while True:
            await asyncio.sleep(LEASE_SECONDS / 3)
            with contextlib.suppress(SearchServiceError):
                await self._services.writing.run(lambda: self._services.parts.jobs.renew(self._job, self._owner))

    def _read(self, lines: Sequence[bytes]) -> None:
        for number, sent in enumerate(lines):
            self._line += 1
            line = unmarked(sent)
            if not line.strip():
                continue
            if self._is_first:
                self._is_first = False
                _refuse_other_forms(line, lines[number + 1 : number + 2])
            try:
                parsed = _parsed(line)
                self._writes.append(in_order(Write.storing(parsed.document)))
                self._lines.append(self._line)
                self._bytes += len(line)
                self._warn(parsed)
            except InvalidDocument as error:
                self._rejected += 1
                if len(self._errors) < _MOST_ERRORS:
                    self._errors.append(LineProblem(self._line, problems_of(error.errors)))
            if len(self._writes) > _FEW_LINES or self._bytes > _FEW_BYTES:
                self._lane = "bulk"
            if len(self._writes) >= _BATCH_LINES or self._bytes >= _BATCH_BYTES:
                self._commit()

    def _warn(self, parsed: ParsedDocument) -> None:
        room = _MOST_ERRORS - len(self._warnings)
        if room > 0:
            self._warnings += warnings_of(self._services, parsed, self._line)[:room]

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
            StaleLine(line, stored_order(result.order))
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
        known = " or ".join(f"`{each}`" for each in DOCUMENT_TYPES)
        raise InvalidDocument([FieldError("type", f"is required: {known}")])
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
