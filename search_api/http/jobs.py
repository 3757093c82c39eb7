"""Jobs over HTTP: what was asked for, how far it is, what failed."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Literal

import msgspec
from litestar import Controller, delete, get, post
from litestar.params import FromQuery, JSONBody, PathParameter, QueryParameter
from litestar.response import ServerSentEvent, ServerSentEventMessage
from msgspec import Meta, Struct

from indexing.content.jobs import Job
from indexing.content.outbox import Failure, FailureFilter
from indexing.documents import DocumentType
from indexing.reindex import request_rollback
from search_api.http.auth import access
from search_api.http.services import Injected, Services

_POLL_SECONDS = 0.5
_MOST_IDS_BYTES = 200_000
_ENDED = frozenset({"succeeded", "failed", "cancelled"})

JobId = Annotated[str, PathParameter(max_length=32)]


class JobList(Struct, frozen=True):
    """Jobs, newest first."""

    jobs: list[Job]


class ReindexRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """What to rebuild; `reembed` encodes texts again that are known."""

    type: Literal[DocumentType, "all"] = "all"
    reembed: bool = False


class Retried(Struct, frozen=True):
    """How many documents are tried again."""

    documents: int


class ReindexReceipt(Struct, frozen=True):
    """The job that rebuilds."""

    job: str


class RollbackRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Which index returns to the one before."""

    type: Literal[DocumentType, "all"] = "all"


class FailureList(Struct, frozen=True):
    """Documents that failed again and again, by type and id."""

    failures: list[Failure]


class RetryRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Which failed documents are tried again; without any field all of them."""

    type: DocumentType | None = None
    ids: Annotated[tuple[str, ...], Meta(max_length=1_000)] = ()
    error: Annotated[str, Meta(max_length=500)] = ""
    """Text that the reason contains."""


class JobController(Controller):
    """What was asked for, and how far it is."""

    path = "/v1"
    tags = ["Jobs"]
    opt = access("write")

    @get("/jobs", operation_id="listJobs", summary="The newest jobs", opt=access("editor"))
    async def jobs(self, services: Injected, limit: Annotated[int, QueryParameter(ge=1, le=500)] = 50) -> JobList:
        """Newest first, without their failed documents."""
        return JobList(await services.writing.run(lambda: services.parts.jobs.recent(limit=limit)))

    @get("/jobs/{id:str}", operation_id="getJob", summary="One job")
    async def job(self, services: Injected, id: JobId) -> Job:
        """How far it is, and which documents failed for which reason."""
        return await services.writing.run(lambda: services.parts.jobs.get(id))

    @delete("/jobs/{id:str}", operation_id="cancelJob", summary="Cancel a rebuild", opt=access("editor"))
    async def cancel(self, services: Injected, id: JobId) -> None:
        """The live index stays as it is."""
        await services.writing.run(lambda: services.parts.jobs.cancel(id))

    @post("/jobs/{id:str}/retry", status_code=202, operation_id="retryJob", summary="Try failed documents again")
    async def retry(self, services: Injected, id: JobId) -> Retried:
        """The documents of a write that were set aside go back to work."""
        parts = services.parts
        retried = await services.writing.run(lambda: parts.outbox.retry(parts.jobs.get(id).id))
        services.doorbell.ring("live")
        return Retried(retried)

    @post("/reindex", status_code=202, operation_id="reindex", summary="Rebuild an index", opt=access("editor"))
    async def reindex(self, services: Injected, data: JSONBody[ReindexRequest | None] = None) -> ReindexReceipt:
        """A new index beside the live one, promoted when it is complete. 409 while one of the type runs."""
        asked = data or ReindexRequest()
        jobs = services.parts.jobs
        return ReindexReceipt(await services.writing.run(lambda: jobs.open_reindex(asked.type, reembed=asked.reembed)))

    @post(
        "/reindex/rollback",
        status_code=202,
        operation_id="rollback",
        summary="Return to the index before",
        opt=access("editor"),
    )
    async def rollback(self, services: Injected, data: JSONBody[RollbackRequest | None] = None) -> ReindexReceipt:
        """The index before the last rebuild is brought up to date and promoted, in seconds. 409 without one."""
        parts = services.parts
        asked = data or RollbackRequest()
        return ReindexReceipt(
            await services.writing.run(lambda: request_rollback(parts.jobs, parts.engine, asked.type, parts.stamp))
        )

    @get("/failures", operation_id="listFailures", summary="Documents that were set aside", opt=access("editor"))
    async def failures(
        self,
        services: Injected,
        type: FromQuery[DocumentType | None] = None,
        error: Annotated[str, QueryParameter(max_length=500, description="Text that the reason contains")] = "",
        limit: Annotated[int, QueryParameter(ge=1, le=1_000)] = 100,
    ) -> FailureList:
        """After five attempts a document waits here with its reason, and holds nobody up."""
        wanted = FailureFilter(type=type, error=error)
        return FailureList(await services.writing.run(lambda: services.parts.outbox.failed(wanted, limit=limit)))

    @post(
        "/failures/retry",
        status_code=202,
        operation_id="retryFailures",
        summary="Try documents again that were set aside",
        request_max_body_size=_MOST_IDS_BYTES,
        opt=access("editor"),
    )
    async def retry_failures(self, services: Injected, data: JSONBody[RetryRequest | None] = None) -> Retried:
        """Some, those with a reason, or all."""
        asked = data or RetryRequest()
        wanted = FailureFilter(asked.type, asked.ids, asked.error)
        retried = await services.writing.run(lambda: services.parts.outbox.retry_failed(wanted))
        services.doorbell.ring("live")
        return Retried(retried)

    @get("/jobs/{id:str}/events", operation_id="followJob", summary="One job as server-sent events")
    async def events(self, services: Injected, id: JobId) -> ServerSentEvent:
        """The job now, and again each time it changes, until it has ended."""
        job = await services.writing.run(lambda: services.parts.jobs.get(id))
        return ServerSentEvent(_changes(services, job), headers={"Cache-Control": "no-store"})


async def _changes(services: Services, job: Job) -> AsyncIterator[ServerSentEventMessage]:
    id, sent = job.id, None
    while True:
        if job != sent:
            yield ServerSentEventMessage(data=msgspec.json.encode(job).decode(), event="job")
            sent = job
        if job.state in _ENDED:
            return
        await asyncio.sleep(_POLL_SECONDS)
        job = await services.writing.run(lambda: services.parts.jobs.get(id))
