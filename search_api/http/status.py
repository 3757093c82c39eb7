"""The state of the service: for people as JSON, for alarms as metrics."""

from collections.abc import Iterator
from typing import Any

from litestar import Controller, Response, get
from litestar.plugins.prometheus import PrometheusController
from msgspec import Struct
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from indexing.bootstrap import Parts
from indexing.content.drift import Drift
from indexing.content.heartbeats import Heartbeat
from indexing.documents import DOCUMENT_TYPES, DocumentType, indexes_of
from indexing.errors import EmbedderUnavailable, SearchServiceError
from indexing.facts import days_unchecked, expired, facts
from indexing.reindex import generation_before
from search_api.http.auth import access
from search_api.http.services import Injected, Services
from search_api.safety.assessment import built_in_safety


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
    earlier_generation: str | None
    """What a rollback would return to."""
    rebuilding: str | None
    """The job that rebuilds this type now."""


class Status(Struct, frozen=True, kw_only=True):
    """The state of the service."""

    articles: TypeStatus
    clinics: TypeStatus
    types: dict[DocumentType, TypeStatus]
    """The same by type, of every type there is."""
    engine: str
    embedder: str
    queue: str
    """`ok`, or why messages do not reach the workers; these look for work by themselves meanwhile."""
    workers: list[Heartbeat]
    drift: list[Drift]
    """What comparing the index with the content store found and repaired, since the store was made."""
    store_bytes: int
    safety: str
    """`ok`, or what is missing for hearing crises: weights for the model, help articles, facts to check again."""


class StatusController(Controller):
    """How everything is."""

    path = "/v1"
    tags = ["Jobs"]
    opt = access("editor")

    @get("/status", operation_id="status", summary="The state of the service")
    async def status(self, services: Injected) -> Status:
        """What is stored, indexed, waiting and failed, what answers, and who works."""
        return await services.writing.run(lambda: _status(services))


class MetricsController(PrometheusController):
    """Counts of requests, and the state of the service."""

    opt = access("public")

    @get()
    async def get(self, services: Injected) -> Response[bytes]:
        """Prometheus text format."""
        counted = await super().get.fn(self)
        state = await services.metrics.run(lambda: generate_latest(_registry(services.parts)))
        return Response(counted.content + state, headers=counted.headers)


def _status(services: Services) -> Status:
    parts = services.parts
    types = {kind: _type_status(parts, kind) for kind in DOCUMENT_TYPES}
    return Status(
        articles=types["article"],
        clinics=types["clinic"],
        types=types,
        engine=type(parts.engine).__name__,
        embedder=_embedder(parts),
        queue=services.doorbell.trouble() or "ok",
        workers=parts.heartbeats.all(),
        drift=parts.drift.all(),
        store_bytes=parts.database.size_bytes(),
        safety=_safety(services),
    )


def _safety(services: Services) -> str:
    troubles = [f"check {fact.id} ({fact.source}) again" for fact in expired()]
    if missing := services.help_pages.missing(services.curation.in_force()):
        troubles.append(f"help articles are not published: {', '.join(missing)}")
    recipes = {live.stamp.recipe for kind in DOCUMENT_TYPES if (live := services.parts.engine.live_generation(kind))}
    if any(not built_in_safety().knows(recipe) for recipe in recipes):
        troubles.append("this model has no weights: run `python -m search_api.safety fit`")
    return "; ".join(troubles) or "ok"


def _embedder(parts: Parts) -> str:
    try:
        recipe = parts.embedder.recipe
    except EmbedderUnavailable as error:
        return f"unavailable: {error}"
    return f"{recipe.model} ({recipe.dimensions} dimensions)"


def _type_status(parts: Parts, kind: DocumentType) -> TypeStatus:
    counts = parts.store.counts(kind)
    live = parts.engine.live_generation(kind)
    before = generation_before(parts.engine, kind)
    rebuilds = [job.id for job in parts.jobs.unfinished_rebuilds() if kind in indexes_of(job.type)]
    return TypeStatus(
        stored=counts.stored,
        indexed=counts.indexed,
        waiting=counts.waiting,
        failed=counts.failed,
        oldest_waiting_seconds=counts.oldest_waiting_seconds,
        generation=live.name if live else None,
        recipe=live.stamp.recipe if live else None,
        is_current=live is not None and _is_current(parts, live.stamp),
        earlier_generation=before.name if before else None,
        rebuilding=rebuilds[0] if rebuilds else None,
    )


def _is_current(parts: Parts, stamp: Any) -> bool:
    try:
        return bool(stamp == parts.stamp)
    except EmbedderUnavailable:
        return True


def _registry(parts: Parts) -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(_State(parts))
    return registry


class _State(Collector):
    """The state of the content store at the moment of the scrape."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def describe(self) -> list[Metric]:
        """Nothing is known before it is asked for."""
        return []

    def collect(self) -> Iterator[Metric]:
        """See Collector; nothing while the content store is away."""
        try:
            yield from self._documents()
            yield from self._rest()
        except SearchServiceError:
            return

    def _documents(self) -> Iterator[Metric]:
        documents = GaugeMetricFamily("search_documents", "Documents by type and state", labels=["type", "state"])
        age = GaugeMetricFamily("search_oldest_waiting_seconds", "Age of the oldest waiting write", labels=["type"])
        generations = GaugeMetricFamily("search_generations", "Index generations on disk", labels=["type"])
        for kind in DOCUMENT_TYPES:
            counts = self._parts.store.counts(kind)
            for state in ("stored", "indexed", "waiting", "failed"):
                documents.add_metric([kind, state], getattr(counts, state))
            age.add_metric([kind], counts.oldest_waiting_seconds or 0.0)
            generations.add_metric([kind], len(self._parts.engine.generations(kind)))
        yield from (documents, age, generations)

    def _rest(self) -> Iterator[Metric]:
        found = CounterMetricFamily(
            "search_drift", "Documents in which index and content store differed", labels=["type", "kind"]
        )
        for finding in self._parts.drift.all():
            found.add_metric([finding.type, finding.kind], finding.documents)
        alive = sum(beat.is_alive for beat in self._parts.heartbeats.all())
        yield found
        oldest = max(days_unchecked(fact) for fact in facts().values())
        yield GaugeMetricFamily("search_facts_unchecked_days", "Days since the oldest fact was checked", value=oldest)
        yield GaugeMetricFamily("search_workers", "Workers seen lately", value=alive)
        yield GaugeMetricFamily(
            "search_store_bytes", "Size of the SQLite files", value=self._parts.database.size_bytes()
        )
