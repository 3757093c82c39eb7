"""Bringing the index to where the content store is.

One pure function says what a document needs; the rest carries it out for a batch: compose, embed
together, commit to every open generation, and only then mark the work as done.
"""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from typing import Literal, Protocol

import structlog
from msgspec import Struct

from indexing.composition import ComposedDocument, Composer
from indexing.content.documents import DocumentStore, StoredDocument
from indexing.content.outbox import LEASE_SECONDS, Claim, Lane, Outbox
from indexing.documents import DOCUMENT_TYPES, DocumentType
from indexing.embedders.base import Embedder, Vectors
from indexing.engines.base import Generation, IndexedDocument, Removal, SearchEngine
from indexing.errors import Unavailable
from indexing.fingerprints import IndexStamp

_POSTPONED_SECONDS = 2.0

log = structlog.get_logger()

Need = Literal["replace", "remove", "nothing"]


class VectorCache(Protocol):
    """Where vectors of texts come from."""

    def embed(self, embedder: Embedder, texts: Sequence[str]) -> Vectors:
        """Vectors of `texts` in order."""
        ...


def plan_document(stored: StoredDocument | None) -> Need:
    """What the index needs for the newest state of a document."""
    if stored is None:
        return "nothing"
    if stored.document is None or stored.document.status != "published":
        return "remove"
    return "replace"


class Batch(Struct, frozen=True):
    """The outcome of one round: documents done, and whether there may be more."""

    done: int
    claimed: int


class Synchroniser:
    """Works the outbox off. Thread-safe; one instance a process."""

    def __init__(
        self,
        *,
        store: DocumentStore,
        outbox: Outbox,
        engine: SearchEngine,
        embedder: Embedder,
        cache: VectorCache,
        composer: Composer,
        stamp: IndexStamp,
    ) -> None:
        self._store = store
        self._outbox = outbox
        self._engine = engine
        self._embedder = embedder
        self._cache = cache
        self._composer = composer
        self._stamp = stamp

    def ensure_generations(self) -> None:
        """See that every index has a live generation. A new one is empty, so all documents must come in again."""
        for index in DOCUMENT_TYPES:
            if self._engine.live_generation(index) is None:
                generation = self._engine.create_generation(index, self._stamp)
                self._engine.promote(generation)
                self._store.forget_indexed(index)
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
        """Compare revision by revision what the store takes for indexed with what the index holds."""
        generation = self._engine.live_generation(kind)
        if generation is None:
            return
        for page in self._store.indexed_revisions(kind):
            held = self._engine.revisions(generation, page.keys())
            lacking = [id for id, revision in page.items() if held.get(id, 0) < revision]
            if lacking:
                log.warning("sync.index_lacks", index=kind, documents=len(lacking))
                self._store.forget_indexed(kind, lacking)

    def run_batch(self, owner: str, *, lanes: Sequence[Lane], limit: int) -> Batch:
        """Claim up to `limit` documents and bring them into the index. Raises EngineBusy before it claims any."""
        self._engine.open_for_writing()
        claims = self._outbox.claim(owner, lanes=lanes, limit=limit)
        if not claims:
            return Batch(0, 0)
        with _kept_alive(self._outbox, owner, claims):
            try:
                done = self._bring_in(claims)
            except Unavailable as error:
                self._outbox.postpone(claims, seconds=_POSTPONED_SECONDS, error=str(error))
                log.warning("sync.postponed", documents=len(claims), error=str(error))
                return Batch(0, 0)
        return Batch(done, len(claims))

    def _bring_in(self, claims: Sequence[Claim]) -> int:
        stored = self._store.get_many([(claim.type, claim.id) for claim in claims])
        finished: list[Claim] = []
        removals: list[tuple[Claim, Removal]] = []
        composed: list[tuple[Claim, ComposedDocument]] = []
        for claim in claims:
            row = stored.get((claim.type, claim.id))
            need = plan_document(row)
            if row is None or need == "nothing":
                finished.append(claim)
                continue
            newest = Claim(claim.type, claim.id, row.revision, claim.attempts)
            if need == "remove":
                removals.append((newest, Removal(row.id, row.revision)))
            elif (document := self._composed(claim, row)) is not None:
                composed.append((newest, document))
        entries: list[tuple[Claim, IndexedDocument | Removal]] = [*removals, *self._with_vectors(composed)]
        for index in DOCUMENT_TYPES:
            batch = [entry for claim, entry in entries if claim.type == index]
            for generation in self.open_generations(index) if batch else ():
                self._engine.write(generation, batch)
        finished += [claim for claim, _ in entries]
        self._outbox.finish(finished)
        return len(finished)

    def _composed(self, claim: Claim, row: StoredDocument) -> ComposedDocument | None:
        """The document, or None after its failure was recorded: it must not hold up its neighbours."""
        assert row.document is not None
        try:
            return self._composer.compose(row.document, row.revision)
        except Exception as error:
            log.exception("sync.document_failed", type=claim.type, id=claim.id)
            self._outbox.fail(claim, f"{type(error).__name__}: {error}")
            return None

    def _with_vectors(self, composed: Sequence[tuple[Claim, ComposedDocument]]) -> list[tuple[Claim, IndexedDocument]]:
        """All texts of the batch are embedded together: fuller batches, and each text once."""
        vectors = self._cache.embed(self._embedder, [text for _, document in composed for text in document.texts])
        entries, start = [], 0
        for claim, document in composed:
            end = start + len(document.texts)
            entries.append((claim, document.with_vectors(vectors[start:end])))
            start = end
        return entries

    def open_generations(self, index: DocumentType) -> list[Generation]:
        """The generations that receive writes."""
        live = self._engine.live_generation(index)
        return [live] if live else []


@contextlib.contextmanager
def _kept_alive(outbox: Outbox, owner: str, claims: Sequence[Claim]) -> Iterator[None]:
    """Renew the claims while their work goes on, however long a document is."""
    ended = threading.Event()

    def renew() -> None:
        while not ended.wait(LEASE_SECONDS / 3):
            with contextlib.suppress(Unavailable):
                outbox.renew(owner, claims)

    thread = threading.Thread(target=renew, name="claims", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
