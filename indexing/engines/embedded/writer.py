"""The one writer of a generation."""

from collections.abc import Collection, Iterable
from pathlib import Path

import msgspec
import numpy as np
import structlog

from indexing.engines.embedded.files import DOCUMENTS, JOURNAL, PASSAGES, VECTORS
from indexing.engines.embedded.journal import FrameHead, JournalReader, JournalWriter, encode_frame, frame_head
from indexing.engines.embedded.keywords import Projection, Watermark, add_document, add_passages
from indexing.engines.embedded.vector_files import SEALED_BYTES, VectorWriter
from indexing.engines.entries import IndexedDocument, Removal
from indexing.errors import EngineUnavailable, Inconsistent
from indexing.fingerprints import IndexStamp

_REPLAY_BATCH = 500

log = structlog.get_logger()


class GenerationWriter:
    """Appends to the journal and keeps both projections up with it. Not thread-safe: the engine locks."""

    def __init__(self, folder: Path, stamp: IndexStamp, *, sealed_bytes: int = SEALED_BYTES) -> None:
        """`sealed_bytes` of the journal are waited for until vectors are sealed."""
        self._dimensions = stamp.dimensions
        self._reader = JournalReader(folder / JOURNAL, stamp.dimensions)
        self._documents = Projection(folder / DOCUMENTS, stamp.schema.document_boosts)
        self._passages = Projection(folder / PASSAGES, stamp.schema.passage_boosts)
        self._heads: dict[str, FrameHead] = {}
        self._slots = 0
        end = 0
        for entry in self._reader.entries(0, verified=True):
            self._remember(entry.head)
            end = entry.end
        committed = max(self._passages.watermark().journal, self._documents.watermark().journal)
        self.is_damaged = end < committed
        """Whether the journal breaks off before what was committed: more than a torn last entry."""
        self._journal = JournalWriter(folder / JOURNAL, None if self.is_damaged else end)
        self._vectors = VectorWriter(folder / VECTORS, stamp.dimensions, at_once=sealed_bytes, end=end)
        if not self.is_damaged:
            self._project()

    @property
    def count(self) -> int:
        """Documents without removals."""
        return sum(head.attributes is not None for head in self._heads.values())

    @property
    def dead(self) -> int:
        """Journal entries of documents that were replaced or removed since."""
        return self._slots - self.count

    def revisions(self, ids: Collection[str] | None = None) -> dict[str, int]:
        """The newest revision of each of `ids` (all by default) that is known, or of its removal."""
        wanted = self._heads if ids is None else (id for id in ids if id in self._heads)
        return {id: self._heads[id].revision for id in wanted}

    def verify(self) -> None:
        """Raise Inconsistent where a projection does not show exactly what the journal has in force."""
        alive = [head for head in self._heads.values() if head.attributes is not None]
        for name, projection, expected in (
            ("documents", self._documents, len(alive)),
            ("passages", self._passages, sum(head.passages for head in alive)),
        ):
            if (found := projection.count()) != expected:
                raise Inconsistent(f"the keyword index shows {found} {name} of {expected}")

    def write(self, documents: Iterable[IndexedDocument | Removal]) -> None:
        """Commit what is newer than what is there; of several revisions of one document the newest wins.

        Raises Inconsistent before anything is written; after any other error the writer is of no more use.
        """
        newest: dict[str, IndexedDocument | Removal] = {}
        for document in documents:
            self._check(document)
            kept = newest.get(document.id)
            held = self._heads.get(document.id)
            if document.revision > max(held.revision if held else 0, kept.revision if kept else 0):
                newest[document.id] = document
        if not newest:
            return
        try:
            self._journal.append([encode_frame(document) for document in newest.values()])
        except OSError as error:
            raise EngineUnavailable(f"the index cannot be written: {error}") from error
        for document in newest.values():
            self._remember(frame_head(document))
        self._project()

    def copy_from(self, other: "GenerationWriter") -> None:
        """Take over every document and removal that is in force in `other`."""
        batch: list[bytes] = []
        for head, data in other._reader.raw(0):
            if other._heads[head.id].revision == head.revision:
                batch.append(data)
                self._remember(head)
            if len(batch) == _REPLAY_BATCH:
                self._journal.append(batch)
                batch.clear()
        self._journal.append(batch)
        self._project()

    def close(self) -> None:
        """Finish merges and release the files."""
        for projection in (self._passages, self._documents):
            projection.finish_merges()
        self._journal.close()

    def abandon(self) -> None:
        """Let go without waiting, after a failure."""
        for projection in (self._passages, self._documents):
            projection.abandon_writer()
        self._journal.close()

    def _check(self, document: IndexedDocument | Removal) -> None:
        if isinstance(document, Removal):
            return
        expected = len(document.passages), self._dimensions
        vectors = document.title_vector, document.document_vector, document.passage_vectors
        if vectors[2].shape != expected or {each.shape for each in vectors[:2]} != {expected[1:]}:
            raise Inconsistent(
                f"{document.id}: vectors of shape {document.passage_vectors.shape}, "
                f"but this index holds {expected[0]} passages of {expected[1]} dimensions"
            )
        asked = tuple(question.vector for question in document.questions)
        if any(each.shape != expected[1:] for each in asked):
            raise Inconsistent(f"{document.id}: a known question's vector has not {expected[1]} dimensions")
        if not all(np.isfinite(each).all() for each in (*vectors, *asked)):
            raise Inconsistent(f"{document.id}: a vector holds something that is no number")

    def _remember(self, head: FrameHead) -> None:
        self._heads[head.id] = msgspec.structs.replace(head, questions=())
        if head.attributes is not None:
            self._slots += 1

    def _project(self) -> None:
        """Bring both projections up to the end of the journal, passages first, and now and then the vectors."""
        passages_at, documents_at = self._passages.watermark(), self._documents.watermark()
        behind = min(passages_at, documents_at, key=lambda mark: mark.journal)
        slot, row, pending = behind.slots, behind.rows, 0
        for entry in self._reader.entries(behind.journal, self._journal.length):
            for projection, at in ((self._passages, passages_at), (self._documents, documents_at)):
                if at.journal < entry.end:
                    projection.delete(entry.head.id)
            if entry.head.attributes is not None:
                body = self._reader.body(entry.start + entry.head_length, entry.body_length)
                if documents_at.journal < entry.end:
                    add_document(self._documents, entry.head.id, slot, body)
                if passages_at.journal < entry.end:
                    add_passages(self._passages, entry.head.id, row, body)
                slot, row = slot + 1, row + entry.head.passages
            pending += 1
            if pending == _REPLAY_BATCH:
                self._commit(Watermark(entry.end, slot, row))
                pending = 0
        if pending:
            self._commit(Watermark(self._journal.length, slot, row))
        self._seal()

    def _seal(self) -> None:
        """Where there is no room for it, readers do without."""
        if self._vectors.is_due(self._journal.length):
            try:
                self._vectors.seal(self._reader, self._journal.length)
            except OSError as error:
                log.warning("engine.vectors_not_sealed", error=str(error))

    def _commit(self, watermark: Watermark) -> None:
        for projection in (self._passages, self._documents):
            projection.commit(watermark)
