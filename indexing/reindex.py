"""Rebuilding an index beside the live one, and promoting it in one step.

A rebuild fills a generation of its own from the content store; edits that come meanwhile are written to
both. It can break off at any point and is taken up where it was, since a generation knows which revisions
it holds; until it is promoted, nobody sees it. The generation before stays for a rollback.
"""

import structlog
from msgspec import Struct

from indexing.content.documents import DocumentStore, StoredDocument
from indexing.content.embeddings import EmbeddingCache
from indexing.content.jobs import REEMBED, Job, JobState, JobStore
from indexing.documents import DOCUMENT_TYPES, DocumentType
from indexing.engines.base import Generation, SearchEngine
from indexing.errors import Inconsistent, SearchServiceError, Unavailable
from indexing.sync import Synchroniser

_PAGE = 100

log = structlog.get_logger()


class Cancelled(SearchServiceError):
    """The job was cancelled while it ran."""


class _Count(Struct):
    done: int = 0
    total: int = 0


class Rebuilder:
    """Runs rebuild jobs, one at a time. One instance in the process that writes."""

    def __init__(
        self,
        *,
        store: DocumentStore,
        jobs: JobStore,
        engine: SearchEngine,
        cache: EmbeddingCache,
        synchroniser: Synchroniser,
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._engine = engine
        self._cache = cache
        self._synchroniser = synchroniser

    def request_if_outdated(self) -> str | None:
        """Ask for a rebuild of what was built under other rules; the job's id if one was needed."""
        outdated = [
            index
            for index in DOCUMENT_TYPES
            if (live := self._engine.live_generation(index)) is not None and live.stamp != self._synchroniser.stamp
        ]
        if not outdated or self._jobs.next_reindex() is not None:
            return None
        log.warning("reindex.outdated", indexes=outdated)
        return self._jobs.open_reindex(outdated[0] if len(outdated) == 1 else "all", reembed=False)

    def run_next(self) -> bool:
        """Run the oldest unfinished job to its end; False when there is none."""
        job = self._jobs.next_reindex()
        if job is None:
            self._discard_orphans()
            return False
        indexes = [index for index in DOCUMENT_TYPES if job.type in (index, "all")]
        try:
            self._run(job, indexes)
        except Cancelled:
            self._discard_building(indexes)
            log.info("reindex.cancelled", job=job.id)
        except Unavailable as error:
            log.warning("reindex.interrupted", job=job.id, error=str(error))
        except Exception as error:
            log.exception("reindex.failed", job=job.id)
            self._discard_building(indexes)
            self._jobs.progress(job.id, state="failed", done=job.done, total=job.total, message=str(error)[:500])
        return True

    def _run(self, job: Job, indexes: list[DocumentType]) -> None:
        self._engine.open_for_writing()
        if job.state == "queued" and job.message == REEMBED:
            self._cache.forget(self._synchroniser.stamp.recipe)
        taken_up = job.state != "queued"
        count = _Count(total=sum(self._store.counts(index).stored for index in indexes))
        note = "taken up again after an interruption" if taken_up else ""
        built = [(index, self._fill(job, index, count, note)) for index in indexes]
        self._report(job, "verifying", count, note)
        for index, generation in built:
            self._verify(job, index, generation)
        self._report(job, "verifying", count, note)
        for index, generation in built:
            previous = self._engine.live_generation(index)
            self._engine.promote(generation)
            self._retire(index, previous)
        self._report(job, "succeeded", count, note)
        log.info("reindex.promoted", job=job.id, documents=count.done)

    def _fill(self, job: Job, index: DocumentType, count: _Count, note: str) -> Generation:
        building = self._synchroniser.building(index)
        generation = building[0] if building else self._engine.create_generation(index, self._synchroniser.stamp)
        for page in self._store.pages(index, size=_PAGE):
            self._report(job, "running", count, note)
            held = self._engine.revisions(generation, [row.id for row in page])
            self._bring_in(job, generation, [row for row in page if held.get(row.id, 0) < row.revision])
            count.done += len(page)
        self._report(job, "running", count, note)
        return generation

    def _bring_in(self, job: Job, generation: Generation, rows: list[StoredDocument]) -> None:
        if not rows:
            return
        prepared = self._synchroniser.prepare(rows)
        for id, error in prepared.failures.items():
            self._jobs.fail_document(job.id, generation.index, id, error)
        self._engine.write(generation, prepared.entries)

    def _verify(self, job: Job, index: DocumentType, generation: Generation) -> None:
        """Everything in the store is there, in no older revision, but for what was reported as failed."""
        failed = {failure.id for failure in self._jobs.get(job.id).failed_documents}
        for page in self._store.pages(index, size=_PAGE):
            lacking = [row for row in page if row.id not in failed]
            for _ in range(2):
                held = self._engine.revisions(generation, [row.id for row in lacking])
                lacking = [row for row in lacking if held.get(row.id, 0) < row.revision]
                self._bring_in(job, generation, lacking)
            if lacking:
                raise Inconsistent(f"the new index of {index}s lacks {lacking[0].id} and {len(lacking) - 1} more")

    def _retire(self, index: DocumentType, previous: Generation | None) -> None:
        """Keep the generation before for a rollback and discard what is older."""
        live = self._engine.live_generation(index)
        others = [generation for generation in self._engine.generations(index) if generation not in (live, previous)]
        for generation in others:
            self._engine.discard(generation)

    def _report(self, job: Job, state: JobState, count: _Count, note: str) -> None:
        goes_on = self._jobs.progress(job.id, state=state, done=count.done, total=count.total, message=note)
        if not goes_on:
            raise Cancelled(job.id)

    def _discard_building(self, indexes: list[DocumentType]) -> None:
        for index in indexes:
            for generation in self._synchroniser.building(index):
                self._engine.discard(generation)

    def _discard_orphans(self) -> None:
        """What a cancelled or failed rebuild left when its process died."""
        self._discard_building(list(DOCUMENT_TYPES))
