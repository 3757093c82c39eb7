"""Jobs and the state of the service over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

import msgspec
from litestar import Controller, delete, get, post
from litestar.params import JSONBody, PathParameter, QueryParameter
from litestar.response import ServerSentEvent, ServerSentEventMessage
from msgspec import Struct

from indexing.content.jobs import Job
from indexing.documents import DOCUMENT_TYPES
from search_api.http.auth import requires
from search_api.http.services import Injected, Services

_POLL_SECONDS = 0.5
_ENDED = frozenset({"succeeded", "failed", "cancelled"})

JobId = Annotated[str, PathParameter(max_length=32)]


class JobList(Struct, frozen=True):
    """Jobs, newest first."""

    jobs: list[Job]


class ReindexRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """What to rebuild; `reembed` encodes texts again that are known."""

    type: Literal["article", "clinic", "all"] = "all"
    reembed: bool = False


class Retried(Struct, frozen=True):
    """How many documents are tried again."""

    documents: int


class ReindexReceipt(Struct, frozen=True):
    """The job that rebuilds."""

    job: str


class TypeStatus(Struct, frozen=True, kw_only=True):
    """The state of one type of document."""

    stored: int
    indexed: int
    waiting: int
    failed: int
    oldest_waiting_seconds: float | None
    generation: str | None
    recipe: str | None
    is_current: bool
    """Whether the live generation was built under the rules now in force."""


class Status(Struct, frozen=True, kw_only=True):
    """The state of the service."""

    articles: TypeStatus
    clinics: TypeStatus
    engine: str
    embedder: str
    store_bytes: int


class JobController(Controller):
    """What was asked for, and how far it is."""

    path = "/v1"
    tags = ["Jobs"]
    guards = [requires("write")]

    @get("/jobs", operation_id="listJobs", summary="The newest jobs", guards=[requires("editor")])
    async def jobs(self, services: Injected, limit: Annotated[int, QueryParameter(ge=1, le=500)] = 50) -> JobList:
        """Newest first, without their failed documents."""
        return JobList(await services.writing.run(lambda: services.parts.jobs.recent(limit=limit)))

    @get("/jobs/{id:str}", operation_id="getJob", summary="One job")
    async def job(self, services: Injected, id: JobId) -> Job:
        """How far it is, and which documents failed for which reason."""
        return await services.writing.run(lambda: services.parts.jobs.get(id))

    @delete("/jobs/{id:str}", operation_id="cancelJob", summary="Cancel a rebuild", guards=[requires("editor")])
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

    @post("/reindex", status_code=202, operation_id="reindex", summary="Rebuild an index", guards=[requires("editor")])
    async def reindex(self, services: Injected, data: JSONBody[ReindexRequest]) -> ReindexReceipt:
        """A new index beside the live one, promoted when it is complete. 409 while one of the type runs."""
        jobs = services.parts.jobs
        return ReindexReceipt(await services.writing.run(lambda: jobs.open_reindex(data.type, reembed=data.reembed)))

    @get("/jobs/{id:str}/events", operation_id="followJob", summary="One job as server-sent events")
    async def events(self, services: Injected, id: JobId) -> ServerSentEvent:
        """The job now, and again each time it changes, until it has ended."""
        job = await services.writing.run(lambda: services.parts.jobs.get(id))
        return ServerSentEvent(_changes(services, job))

    @get("/status", operation_id="status", summary="The state of the service", guards=[requires("editor")])
    async def status(self, services: Injected) -> Status:
        """What is stored, indexed, waiting and failed, and what answers."""
        return await services.writing.run(lambda: _status(services))


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


def _status(services: Services) -> Status:
    parts = services.parts
    types: dict[str, Any] = {}
    for kind in DOCUMENT_TYPES:
        counts = parts.store.counts(kind)
        live = parts.engine.live_generation(kind)
        types[f"{kind}s"] = TypeStatus(
            stored=counts.stored,
            indexed=counts.indexed,
            waiting=counts.waiting,
            failed=counts.failed,
            oldest_waiting_seconds=counts.oldest_waiting_seconds,
            generation=live.name if live else None,
            recipe=live.stamp.recipe if live else None,
            is_current=live is not None and live.stamp == parts.stamp,
        )
    recipe = parts.embedder.recipe
    return Status(
        **types,
        engine=type(parts.engine).__name__,
        embedder=f"{recipe.model} ({recipe.dimensions} dimensions)",
        store_bytes=parts.database.size_bytes(),
    )
