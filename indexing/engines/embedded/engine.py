"""The embedded engine as the service sees it."""

import fcntl
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import structlog

from indexing.documents import DOCUMENT_TYPES, DocumentType
from indexing.engines.base import Candidates, Library
from indexing.engines.embedded.files import EngineFiles
from indexing.engines.embedded.reader import GenerationReader
from indexing.engines.embedded.snapshot import Snapshot
from indexing.engines.embedded.vector_files import SEALED_BYTES
from indexing.engines.embedded.writer import GenerationWriter
from indexing.engines.entries import Generation, IndexedDocument, Removal
from indexing.engines.retrieval import Retrieval
from indexing.engines.table import Published
from indexing.engines.terms import Synonyms
from indexing.errors import Conflict, EngineBusy, EngineUnavailable, Inconsistent
from indexing.fingerprints import IndexStamp

_POLL_SECONDS = 0.1
_LEAST_DEAD = 5_000
"""A generation is compacted when more entries are dead than alive, and at least this many."""

log = structlog.get_logger()


class EmbeddedEngine:
    """Tantivy and exact vectors in one folder.

    Any number of processes may read; the first that writes owns the folder until it closes or dies.
    """

    def __init__(self, root: Path, *, synonyms: Synonyms | None = None, sealed_bytes: int = SEALED_BYTES) -> None:
        """`sealed_bytes` of new documents, vectors and all, are waited for until processes share their vectors."""
        self._sealed_bytes = sealed_bytes
        self._files = EngineFiles(root)
        self._synonyms = synonyms or {}
        self._write_lock = threading.RLock()
        self._read_lock = threading.Lock()
        self._owner: int | None = None
        self._writers: dict[Generation, GenerationWriter] = {}
        self._readers: dict[DocumentType, tuple[Generation, GenerationReader]] = {}
        self._snapshots: dict[DocumentType, Snapshot] = {}
        self._published: Published[Snapshot] = Published()
        self._stopped = threading.Event()
        self._follower: threading.Thread | None = None

    # Generations

    def create_generation(self, index: DocumentType, stamp: IndexStamp) -> Generation:
        """See SearchEngine."""
        with self._write_lock:
            self._own()
            generation = self._files.create(index, stamp)
            self._writer(generation).write([])
            return generation

    def generations(self, index: DocumentType) -> Sequence[Generation]:
        """See SearchEngine."""
        return self._files.generations(index)

    def live_generation(self, index: DocumentType) -> Generation | None:
        """See SearchEngine; who writes has to know it exactly."""
        return self._files.lately_live(index) if self._owner is None else self._files.live(index)

    def promote(self, generation: Generation) -> None:
        """See SearchEngine."""
        with self._write_lock:
            self._own()
            self._files.promote(generation)
            self._refresh(generation.index)

    def discard(self, generation: Generation) -> None:
        """See SearchEngine."""
        with self._write_lock:
            self._own()
            if self._files.live_name(generation.index) == generation.name:
                raise Conflict(f"generation {generation.name} of {generation.index} is live")
            writer = self._writers.pop(generation, None)
            if writer is not None:
                writer.close()
            self._files.discard(generation)

    # Writing

    def revisions(self, generation: Generation, ids: Collection[str] | None = None) -> Mapping[str, int]:
        """See SearchEngine."""
        with self._write_lock:
            return self._writer(generation).revisions(ids)

    def write(self, generation: Generation, documents: Iterable[IndexedDocument | Removal]) -> None:
        """See SearchEngine."""
        with self._write_lock:
            writer = self._writer(generation)
            try:
                writer.write(documents)
            except Inconsistent:
                raise
            except Exception:
                self._writers.pop(generation).abandon()
                raise
            if self._files.live_name(generation.index) == generation.name:
                is_due = writer.dead > max(_LEAST_DEAD, writer.count)
                if is_due and self._files.generations(generation.index)[-1] == generation:
                    self._compact(generation)
                self._refresh(generation.index)

    def verify(self, generation: Generation) -> None:
        """See SearchEngine."""
        with self._write_lock:
            self._writer(generation).verify()

    def _compact(self, generation: Generation) -> None:
        """Copy what is alive into a generation of its own and go on there; without room for that, later."""
        try:
            fresh = self._move(generation)
        except (OSError, EngineUnavailable) as error:
            log.warning("engine.compaction_failed", index=generation.index, error=str(error))
            return
        log.info("engine.compacted", index=generation.index, generation=fresh.name, documents=self._writer(fresh).count)

    def _move(self, generation: Generation) -> Generation:
        fresh = self._files.create(generation.index, generation.stamp)
        self._writer(fresh).copy_from(self._writers[generation])
        self._files.promote(fresh)
        self._writers.pop(generation).abandon()
        self._files.discard(generation)
        return fresh

    def _writer(self, generation: Generation) -> GenerationWriter:
        self._own()
        folder = self._files.folder(generation)
        if not folder.exists():
            if lost := self._writers.pop(generation, None):
                lost.abandon()
            raise EngineUnavailable(f"generation {generation.name} of {generation.index} is gone")
        if generation not in self._writers:
            writer = GenerationWriter(folder, generation.stamp, sealed_bytes=self._sealed_bytes)
            self._writers[generation] = writer
            if writer.is_damaged:
                self._salvage(generation)
        return self._writers[generation]

    def _salvage(self, damaged: Generation) -> None:
        """Go on with what can be read of a damaged generation; a reconciliation brings back the rest."""
        log.error("engine.damaged", index=damaged.index, generation=damaged.name)
        if self._files.live_name(damaged.index) == damaged.name:
            self._move(damaged)
        else:
            self._writers.pop(damaged).abandon()
            self._files.discard(damaged)
        raise EngineUnavailable(f"generation {damaged.name} of {damaged.index} was damaged and is being repaired")

    def open_for_writing(self) -> None:
        """See SearchEngine."""
        with self._write_lock:
            self._own()

    def _own(self) -> None:
        """Take the writer's lock of the folder; the system frees it when the owner dies."""
        if self._owner is not None:
            return
        self._files.root.mkdir(parents=True, exist_ok=True)
        lock = open(self._files.root / "WRITER", "w")  # noqa: SIM115
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.close()
            raise EngineBusy("another process writes to this index; there can be one") from error
        self._lock_file = lock
        self._owner = lock.fileno()

    # Reading

    def retrieve(self, retrievals: Mapping[DocumentType, Retrieval]) -> Mapping[DocumentType, Candidates]:
        """See Retriever."""
        return {index: self._state(index).retrieve(retrieval) for index, retrieval in retrievals.items()}

    def retrieve_from(self, generation: Generation, retrievals: Sequence[Retrieval]) -> Sequence[Candidates]:
        """See SearchEngine."""
        reader = GenerationReader(self._files.folder(generation), generation, self._synonyms)
        snapshot = reader.snapshot()
        return [snapshot.retrieve(retrieval) for retrieval in retrievals]

    def library(self, index: DocumentType) -> Library:
        """See Retriever."""
        return self._state(index)

    def _state(self, index: DocumentType) -> Snapshot:
        """What is published of an index, of the last commit that was seen."""
        return self._published.of(self._snapshot(index))

    def check(self) -> None:
        """See SearchEngine."""
        for index in DOCUMENT_TYPES:
            if self._files.live_name(index) is not None:
                self._snapshot(index)

    def close(self) -> None:
        """See SearchEngine."""
        self._stopped.set()
        if self._follower is not None:
            self._follower.join(timeout=5)
        with self._write_lock:
            for writer in self._writers.values():
                writer.close()
            self._writers.clear()
            if self._owner is not None:
                self._lock_file.close()
                self._owner = None

    def _snapshot(self, index: DocumentType) -> Snapshot:
        if index not in self._snapshots:
            self._refresh(index, first=True)
        if self._follower is None:
            self._follow()
        if index not in self._snapshots:
            raise EngineUnavailable(f"there is no index of {index}s yet")
        return self._snapshots[index]

    def _refresh(self, index: DocumentType, *, first: bool = False) -> None:
        """See the newest commit of the live generation; only once somebody reads in this process."""
        with self._read_lock:
            if not first and index not in self._snapshots:
                return
            generation = self._files.live(index)
            if generation is None:
                return
            held = self._readers.get(index)
            if held is None or held[0] != generation:
                folder = self._files.folder(generation)
                held = generation, GenerationReader(folder, generation, self._synonyms)
            elif not held[1].changed() and not held[1].wants_vocabulary:
                return
            self._readers.pop(index, None)
            self._snapshots[index] = held[1].snapshot()
            self._readers[index] = held

    def _follow(self) -> None:
        with self._read_lock:
            if self._follower is not None:
                return
            self._follower = threading.Thread(target=self._poll, name="engine-follower", daemon=True)
            self._follower.start()

    def _poll(self) -> None:
        while not self._stopped.wait(_POLL_SECONDS):
            for index in DOCUMENT_TYPES:
                try:
                    self._refresh(index, first=True)
                except Exception as error:  # the snapshot in use stays; the next round tries again
                    log.warning("engine.refresh_failed", index=index, error=str(error))
