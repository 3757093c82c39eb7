"""Rebuilding an index beside the live one, and promoting it in one step.

A rebuild fills a generation of its own from the content store; edits that come meanwhile are written to
both. It can break off at any point and is taken up where it was, since a generation knows which revisions
it holds; until it is promoted, nobody sees it. The generation before stays for one rollback, which is the
same job on that generation: bring it up to date, verify, promote.
"""

from collections.abc import Callable, Sequence

import structlog
from msgspec import Struct

from indexing.content.documents import DocumentStore, StoredDocument
from indexing.content.embeddings import EmbeddingCache
from indexing.content.jobs import LEASE_SECONDS, PROMOTING, TAKEN_UP, Job, JobState, JobStore
from indexing.content.owners import owner_name
from indexing.documents import DOCUMENT_TYPES, DocumentType, indexes_of
from indexing.engines.base import SearchEngine
from indexing.engines.entries import Generation
from indexing.engines.retrieval import Retrieval
from indexing.errors import Conflict, Inconsistent, SearchServiceError, Unavailable
from indexing.fingerprints import IndexStamp
from indexing.queries import MAX_WORDS, KeywordQuery, words_of
from indexing.sync import Synchroniser, plan_document, repeatedly

_PAGE = 100
_SAMPLE = 20
"""Documents of a new index that must be found by their titles before it is promoted."""
_FEW_FAILURES, _FAILED_SHARE = 3, 0.1
"""Beyond both, documents that cannot be brought in speak against the rebuild and not against themselves."""
_SAME_TEXT_COSINE = 0.98
"""A text's vector and its stored copy of half the precision are at least this close."""

log = structlog.get_logger()


class Cancelled(SearchServiceError):
    """The job was cancelled while it ran."""


class _Pause(Exception):
    """The time of a slice is over."""


class _Run(Struct):
    """How far this process has come with a job."""

    job: str
    note: str = ""
    done: int = 0
    total: int = 0
    is_over: Callable[[], bool] = lambda: False
    reached: dict[Generation, str] = {}
    """Up to which id each generation is filled."""


def generation_before(engine: SearchEngine, index: DocumentType) -> Generation | None:
    """The generation that a rollback would return to."""
    generations = list(engine.generations(index))
    live = engine.live_generation(index)
    before = generations[: generations.index(live)] if live in generations else []
    return before[-1] if before else None


def check_rollback(engine: SearchEngine, indexes: Sequence[DocumentType], stamp: IndexStamp) -> None:
    """Raise Conflict, saying what to do, where there is nothing to return to."""
    for index in indexes:
        before = generation_before(engine, index)
        if before is None:
            raise Conflict(f"there is no earlier index of {index}s to return to")
        if before.stamp != stamp:
            raise Conflict(
                f"the earlier index of {index}s was built with another model or other rules; set these back and "
                "restart the workers, and they return to it by themselves"
            )


def request_rollback(jobs: JobStore, engine: SearchEngine, type: str, stamp: IndexStamp) -> str:
    """Ask for the return of a type (or `all`) to its index before; the job's id. Raises Conflict."""
    check_rollback(engine, indexes_of(type), stamp)
    return jobs.open_rollback(type)


class Rebuilder:
    """Runs rebuilds and rollbacks, one at a time. One instance in the process that writes."""

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
        self._left: _Run | None = None

    def request_if_outdated(self) -> str | None:
        """Ask for a rebuild of what was built under other rules; the job's id if one was needed.

        Where the generation before has the rules now in force, as after an unlucky change of model, going back
        to it is enough.
        """
        stamp = self._synchroniser.stamp
        outdated = [
            index
            for index in DOCUMENT_TYPES
            if (live := self._engine.live_generation(index)) is not None and live.stamp != stamp
        ]
        if not outdated or self._jobs.unfinished_rebuilds():
            return None
        log.warning("reindex.outdated", indexes=outdated)
        kind = outdated[0] if len(outdated) == 1 else "all"
        try:
            check_rollback(self._engine, outdated, stamp)
        except Conflict:
            return self._jobs.open_reindex(kind, reembed=False)
        return self._jobs.open_rollback(kind)

    def run(self, id: str, *, is_over: Callable[[], bool] = lambda: False) -> bool:
        """Work at a job until the caller's time is over, asked between pages; whether it goes on after that.

        Nothing where somebody else is at it, or another one comes first.
        """
        owner = owner_name()
        job = self._jobs.claim_rebuild(id, owner)
        if job is None:
            return False
        run = self._left if self._left is not None and self._left.job == id else _Run(id)
        run.note = TAKEN_UP if job.message == TAKEN_UP else run.note
        run.is_over = is_over
        with repeatedly(lambda: self._jobs.renew(id, owner), every=LEASE_SECONDS / 3):
            goes_on = self._run_for_its_time(job, run)
        self._left = run if goes_on or run.note else None
        self._jobs.release(id, owner)
        return goes_on

    def tidy(self) -> None:
        """Discard what a process left that died in a job that was cancelled meanwhile."""
        if not self._jobs.unfinished_rebuilds():
            self._tidy(DOCUMENT_TYPES)

    def fill(self, id: str) -> None:
        """Run a job that fills new indexes of everything, beside whatever runs, and promotes them.

        For moving to another engine: nobody reads there yet, and workers there bring in what changes meanwhile.
        """
        job = self._jobs.get(id)
        owner = owner_name()
        self._jobs.take(id, owner)
        with repeatedly(lambda: self._jobs.renew(id, owner), every=LEASE_SECONDS / 3):
            self._run_for_its_time(job, _Run(id))
        if self._jobs.get(id).finished_at is None:
            self._jobs.progress(id, state="failed", done=0, total=0, message="the engine was away; start it again")

    def _run_for_its_time(self, job: Job, run: _Run) -> bool:
        indexes = indexes_of(job.type)
        try:
            self._run(job, run, indexes)
        except _Pause:
            return True
        except Cancelled:
            self._tidy(indexes)
            log.info("reindex.cancelled", job=job.id)
        except Unavailable as error:
            run.note = TAKEN_UP
            log.warning("reindex.interrupted", job=job.id, error=str(error))
        except Exception as error:
            log.exception("reindex.failed", job=job.id)
            self._jobs.progress(job.id, state="failed", done=job.done, total=job.total, message=str(error)[:500])
            self._tidy(indexes)
        return False

    def _run(self, job: Job, run: _Run, indexes: Sequence[DocumentType]) -> None:
        self._engine.open_for_writing()
        if job.state == "queued":
            self._tidy(indexes)
            if job.reembed:
                self._cache.forget(self._synchroniser.stamp.recipe)
        run.total = sum(self._store.counts(index).stored for index in indexes)
        built = self._generations(job, indexes)
        for generation in built:
            self._fill(run, generation)
        for generation in built:
            self._report(run, "verifying")
            self._verify(run, generation)
        self._report(run, "verifying", PROMOTING)
        for generation in built:
            self._engine.promote(generation)
        self._report(run, "succeeded")
        self._tidy(indexes)
        log.info("reindex.promoted", job=job.id, kind=job.kind, documents=run.done)

    def _generations(self, job: Job, indexes: Sequence[DocumentType]) -> list[Generation]:
        """What this job fills: begun before, made now, or the one that it returns to."""
        found = []
        for index in indexes:
            building = self._synchroniser.building(index)
            if job.kind != "rollback":
                found += building or [self._engine.create_generation(index, self._synchroniser.stamp)]
            elif self._newer(index):  # the rollback died after its promotion
                found += [live for live in (self._engine.live_generation(index),) if live is not None]
            elif building:
                found += building
            else:
                raise Inconsistent(f"there is no earlier index of {index}s to return to")
        return found

    def _fill(self, run: _Run, generation: Generation) -> None:
        for page in self._store.pages(generation.index, size=_PAGE, after=run.reached.get(generation, "")):
            self._report(run, "running")
            if run.is_over():
                raise _Pause
            self._bring_in(run, generation, self._behind(generation, page))
            run.done += sum(row.document is not None or bool(row.fault) for row in page)
            run.reached[generation] = page[-1].id
        self._report(run, "running")

    def _behind(self, generation: Generation, rows: Sequence[StoredDocument]) -> list[StoredDocument]:
        held = self._engine.revisions(generation, [row.id for row in rows])
        return [row for row in rows if held.get(row.id, 0) < row.revision]

    def _bring_in(self, run: _Run, generation: Generation, rows: Sequence[StoredDocument]) -> None:
        if not rows:
            return
        prepared = self._synchroniser.prepare(rows)
        for id, error in {**prepared.failures, **prepared.unreadable}.items():
            self._jobs.fail_document(run.job, generation.index, id, error)
        self._synchroniser.write(generation, prepared)

    def _verify(self, run: _Run, generation: Generation) -> None:
        """Everything in the store is there and nothing else, searches see all of it, and samples are found."""
        failed = {id for type, id in self._jobs.failures(run.job) if type == generation.index}
        published = 0
        sample: list[StoredDocument] = []
        for page in self._store.pages(generation.index, size=_PAGE):
            lacking = self._behind(generation, [row for row in page if row.id not in failed])
            if lacking:  # edits of the last moments
                self._bring_in(run, generation, lacking)
                lacking = self._behind(generation, lacking)
            if lacking:
                raise Inconsistent(
                    f"the new index of {generation.index}s lacks {lacking[0].id} and {len(lacking) - 1} more"
                )
            searchable = [row for row in page if plan_document(row) == "replace"]
            published += len(searchable)
            found = [row for row in searchable if row.id not in failed]
            sample += found[: 1 if sample else _SAMPLE]
        if failed and (len(failed) >= published or len(failed) > max(_FEW_FAILURES, _FAILED_SHARE * published)):
            raise Inconsistent(f"{len(failed)} of {published} {generation.index}s could not be brought in")
        if foreign := self._synchroniser.foreign(generation):
            raise Inconsistent(f"the new index of {generation.index}s holds {foreign[0]}, which is not stored")
        self._engine.verify(generation)
        self._try(generation, sample[:_SAMPLE])

    def _try(self, generation: Generation, sample: Sequence[StoredDocument]) -> None:
        """Documents are found by the words of their titles and by their meaning."""
        composed = [self._synchroniser.prepare([row]).documents[0] for row in sample]
        words = [tuple(words_of(document.title)[:MAX_WORDS]) for document in composed]
        by_words = [Retrieval(keywords=KeywordQuery(words=each)) for each in words]
        by_meaning = [
            Retrieval(vector=self._synchroniser.title_vector(document, generation.stamp)) for document in composed
        ]
        found = self._engine.retrieve_from(generation, [*by_words, *by_meaning])
        for place, row in enumerate(sample):
            nearest = max(found[len(sample) + place].title_cosine, default=0.0)
            if (not words[place] or row.id in found[place].ids) and nearest >= _SAME_TEXT_COSINE:
                continue
            newest = self._store.get(row.type, row.id)
            if newest is not None and newest.revision == row.revision:
                raise Inconsistent(f"the new index of {generation.index}s does not find {row.id} by its title")

    def _report(self, run: _Run, state: JobState, note: str = "") -> None:
        goes_on = self._jobs.progress(run.job, state=state, done=run.done, total=run.total, message=note or run.note)
        if not goes_on:
            raise Cancelled(run.job)

    def _newer(self, index: DocumentType) -> list[Generation]:
        """Generations after the live one: nobody has seen them yet, or a rollback left them behind."""
        generations = list(self._engine.generations(index))
        live = self._engine.live_generation(index)
        return generations[generations.index(live) + 1 :] if live in generations else []

    def _tidy(self, indexes: Sequence[DocumentType]) -> None:
        """Keep of each index what is live and the one before it."""
        for index in indexes:
            live = self._engine.live_generation(index)
            if live is None:
                continue
            kept = {live, generation_before(self._engine, index)}
            for generation in self._engine.generations(index):
                if generation not in kept:
                    self._engine.discard(generation)
