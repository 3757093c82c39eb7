"""Bringing the index to where the content store is.

One pure function says what a document needs; the rest carries it out for a batch: compose, embed
together, commit to every open generation, and only then mark the work as done.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Literal, Protocol

import numpy as np
import structlog
from msgspec import Struct

from indexing.composition import ComposedDocument, Composer
from indexing.content.documents import DocumentStore, StoredDocument
from indexing.content.drift import DriftStore
from indexing.content.jobs import JobStore
from indexing.content.outbox import LEASE_SECONDS, Claim, Lane, Outbox
from indexing.documents import DOCUMENT_TYPES, DocumentType, indexes_of
from indexing.embedders.base import Embedder, EmbedderOf, Vector, Vectors
from indexing.engines.base import SearchEngine
from indexing.engines.entries import Generation, IndexedDocument, Removal
from indexing.errors import Conflict, EmbedderUnavailable, EngineUnavailable, Unavailable
from indexing.fingerprints import IndexStamp

_POSTPONED_SECONDS = 2.0

log = structlog.get_logger()

Need = Literal["replace", "remove", "mend", "nothing"]
"""`mend`: the stored document cannot be read; somebody has to send it again."""


class VectorCache(Protocol):
    """Where vectors of texts come from."""

    def embed(self, embedder: Embedder, texts: Sequence[str]) -> Vectors:
        """Vectors of `texts` in order."""
        ...


def plan_document(stored: StoredDocument | None) -> Need:
    """What the index needs for the newest state of a document."""
    if stored is None:
        return "nothing"
    if stored.fault:
        return "mend"
    if stored.document is None or stored.document.status != "published":
        return "remove"
    return "replace"


class Batch(Struct, frozen=True):
    """The outcome of one round: documents brought in, and how many were claimed."""

    done: int
    claimed: int


class Prepared(Struct, frozen=True):
    """Rows made ready for an index but for their vectors, and the reasons of those that could not be."""

    removals: list[Removal]
    documents: list[ComposedDocument]
    failures: dict[str, str]
    unreadable: dict[str, str]
    """Reasons that no further try will change."""

    @property
    def entries(self) -> list[ComposedDocument | Removal]:
        """Everything to be written."""
        return [*self.removals, *self.documents]


class Synchroniser:
    """Works the outbox off. Thread-safe; one instance a process."""

    def __init__(
        self,
        *,
        store: DocumentStore,
        outbox: Outbox,
        jobs: JobStore,
        drift: DriftStore,
        engine: SearchEngine,
        embedder_of: EmbedderOf,
        cache: VectorCache,
        composer: Composer,
        stamp: IndexStamp,
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._jobs = jobs
        self._drift = drift
        self._engine = engine
        self._embedder_of = embedder_of
        self._cache = cache
        self._composer = composer
        self._stamp = stamp
        self._creating = threading.Lock()

    def ensure_generations(self) -> None:
        """See that every index has a live generation. A new one is empty, so all documents must come in again."""
        with self._creating:
            for index in DOCUMENT_TYPES:
                if self._engine.live_generation(index) is None:
                    generation = self._engine.create_generation(index, self._stamp)
                    self._engine.promote(generation)
                    self._store.forget_indexed(index)
                    while self._store.requeue_unindexed(index):
                        continue
                    log.info("index.created", index=index, generation=generation.name)

    def sweep(self) -> int:
        """Put back to work whatever the index lacks, also after it was lost or damaged; returns how many."""
        self._engine.open_for_writing()
        self.ensure_generations()
        found = 0
        for kind in DOCUMENT_TYPES:
            self._reconcile(kind)
            while requeued := self._store.requeue_unindexed(kind):
                found += requeued
        if found:
            log.info("sync.requeued", documents=found)
        return found

    def _reconcile(self, kind: DocumentType) -> None:
        """Compare document by document what the store takes for indexed with what the index holds, and repair."""
        generation = self._engine.live_generation(kind)
        if generation is None:
            return
        for page in self._store.revisions(kind):
            held = self._engine.revisions(generation, page.keys())
            lacking = [id for id, known in page.items() if held.get(id, 0) < known.indexed]
            if lacking:
                log.warning("sync.index_lacks", index=kind, documents=len(lacking))
                self._drift.add(kind, "lacking", len(lacking))
                self._store.forget_indexed(kind, lacking)
        if foreign := self.foreign(generation):
            self._replace_index(kind, foreign)

    def foreign(self, generation: Generation) -> list[str]:
        """Documents that a generation holds, but the store does not know, or only in an older revision."""
        held = dict(self._engine.revisions(generation))
        for page in self._store.revisions(generation.index):
            for id, known in page.items():
                if held.get(id, 0) <= known.stored:
                    held.pop(id, None)
        return list(held)

    def _replace_index(self, kind: DocumentType, foreign: Sequence[str]) -> None:
        """No write can replace what is newer than the store: an older store was restored. Build the index anew."""
        with contextlib.suppress(Conflict):  # one is being built
            job = self._jobs.open_reindex(kind, reembed=False)
            self._drift.add(kind, "foreign", len(foreign))
            log.warning("sync.index_is_foreign", index=kind, documents=len(foreign), job=job)

    def run_batch(self, owner: str, *, lanes: Sequence[Lane], limit: int) -> Batch:
        """Claim up to `limit` documents and bring them into the index. Raises EngineBusy before it claims any."""
        self._engine.open_for_writing()
        claims = self._outbox.claim(owner, lanes=lanes, limit=limit)
        if not claims:
            return Batch(0, 0)
        with repeatedly(lambda: self._outbox.renew(owner, claims), every=LEASE_SECONDS / 3):
            try:
                done = self._bring_in(claims)
            except (Unavailable, OSError) as error:
                self._outbox.postpone(owner, claims, seconds=_POSTPONED_SECONDS, error=str(error))
                log.warning("sync.postponed", documents=len(claims), error=str(error))
                return Batch(0, 0)
        return Batch(done, len(claims))

    def _bring_in(self, claims: Sequence[Claim]) -> int:
        stored = self._store.get_many([(claim.type, claim.id) for claim in claims])
        finished = [claim for claim in claims if plan_document(stored.get((claim.type, claim.id))) == "nothing"]
        for index in DOCUMENT_TYPES:
            waiting = {claim.id: claim for claim in claims if claim.type == index and (index, claim.id) in stored}
            prepared = self.prepare([stored[index, id] for id in waiting])
            for id, error in prepared.failures.items():
                self._outbox.fail(waiting[id], error)
            for id, fault in prepared.unreadable.items():
                self._outbox.set_aside(waiting[id], fault)
            if not prepared.entries:
                continue
            self._write_where_it_is_found(index, prepared)
            finished += [Claim(index, entry.id, entry.revision, 1) for entry in prepared.entries]
        self._outbox.finish(finished)
        return len(finished)

    def _write_where_it_is_found(self, index: DocumentType, prepared: "Prepared") -> None:
        """Write to every open generation. Raises EngineUnavailable unless the live one was among them to the end.

        Only what the live generation holds may be taken for indexed.
        """
        written = self.open_generations(index)
        for generation in written:
            self.write(generation, prepared)
        if self._engine.live_generation(index) not in written:
            raise EngineUnavailable(f"the index of {index}s that searches read was not written to; to be tried again")

    def prepare(self, rows: Sequence[StoredDocument]) -> "Prepared":
        """Rows of one type as an index takes them, without vectors yet."""
        failures: dict[str, str] = {}
        composed: list[ComposedDocument] = []
        removals: list[Removal] = []
        unreadable = {row.id: row.fault for row in rows if row.fault}
        for row in rows:
            if row.fault:
                continue
            if row.document is None or plan_document(row) == "remove":
                removals.append(Removal(row.id, row.revision))
                continue
            try:
                composed.append(self._composer.compose(row.document, row.revision))
            except Exception as error:  # a bad document must not hold up its neighbours
                log.exception("sync.document_failed", type=row.type, id=row.id)
                failures[row.id] = f"{type(error).__name__}: {error}"
        return Prepared(removals, composed, failures, unreadable)

    def write(self, generation: Generation, prepared: Prepared) -> None:
        """Embed what was prepared, all texts together and each once, and commit it to a generation."""
        documents = self._embedded(prepared.documents, generation.stamp)
        self._engine.write(generation, [*prepared.removals, *documents])

    def _embedded(self, composed: Sequence[ComposedDocument], stamp: IndexStamp) -> list[IndexedDocument]:
        """The documents with vectors of the generation's own recipe; by words only where its model is gone."""
        texts = [text for document in composed for text in document.texts]
        embedder = self._embedder_of(stamp.recipe)
        if embedder is None:
            vectors: Vectors = np.zeros((len(texts), stamp.dimensions), dtype=np.float32)
        else:
            vectors = self._cache.embed(embedder, texts)
        documents, start = [], 0
        for document in composed:
            end = start + len(document.texts)
            documents.append(document.with_vectors(vectors[start:end]))
            start = end
        return documents

    def title_vector(self, composed: ComposedDocument, stamp: IndexStamp) -> Vector:
        """The vector of a document's title under a generation's recipe; it is the first of its texts."""
        embedder = self._embedder_of(stamp.recipe)
        if embedder is None:
            raise EmbedderUnavailable(f"the model of recipe {stamp.recipe} is gone")
        vector: Vector = self._cache.embed(embedder, composed.texts[:1])[0]
        return vector

    def open_generations(self, index: DocumentType) -> list[Generation]:
        """The generations that receive writes: the live one, and one that is being built beside it."""
        live = self._engine.live_generation(index)
        return [live, *self.building(index)] if live else []

    def building(self, index: DocumentType) -> list[Generation]:
        """The generation that a rebuild fills: the newest after the live one, on a rollback the one before it."""
        generations = list(self._engine.generations(index))
        live = self._engine.live_generation(index)
        if live not in generations:
            return []
        at = generations.index(live)
        going_back = any(
            job.kind == "rollback" and index in indexes_of(job.type) for job in self._jobs.unfinished_rebuilds()
        )
        found = generations[:at][-1:] if going_back else generations[at + 1 :][-1:]
        return [generation for generation in found if generation.stamp == self._stamp]

    @property
    def stamp(self) -> IndexStamp:
        """The rules under which this process builds."""
        return self._stamp


@contextlib.contextmanager
def repeatedly(renew: Callable[[], None], *, every: float) -> Iterator[None]:
    """Renew a claim every so many seconds while its work goes on, however long it takes."""
    ended = threading.Event()

    def keep() -> None:
        while not ended.wait(every):
            with contextlib.suppress(Unavailable):
                renew()

    thread = threading.Thread(target=keep, name="claims", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
