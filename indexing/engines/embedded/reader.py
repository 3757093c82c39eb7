"""Follows the journal and the projections of one generation and makes a snapshot of each commit."""

import itertools
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import structlog

from indexing.engines.attributes import Column
from indexing.engines.builder import TableBuilder
from indexing.engines.embedded.files import DOCUMENTS, JOURNAL, PASSAGES, VECTORS
from indexing.engines.embedded.journal import Entry, JournalReader
from indexing.engines.embedded.keywords import KeywordSearcher, Projection
from indexing.engines.embedded.snapshot import Slot, Snapshot
from indexing.engines.embedded.vector_files import UNSEALED, mapped, seal_path, sealed
from indexing.engines.entries import Generation
from indexing.engines.terms import Synonyms
from indexing.engines.vectors import VectorMatrix
from indexing.words import PacedVocabulary

_AT_ONCE = 512
"""Entries of the journal that are in memory together."""

log = structlog.get_logger()


class GenerationReader:
    """The growing tables behind the snapshots of one generation. Used by one thread at a time."""

    def __init__(self, folder: Path, generation: Generation, synonyms: Synonyms) -> None:
        dimensions, schema = generation.stamp.dimensions, generation.stamp.schema
        self._folder = folder
        self._generation = generation
        self._synonyms = synonyms
        self._journal = JournalReader(folder / JOURNAL, dimensions)
        self._documents = Projection(folder / DOCUMENTS, schema.document_boosts)
        self._passages = Projection(folder / PASSAGES, schema.passage_boosts)
        self._position = 0
        self._table: TableBuilder[Slot] = TableBuilder(dimensions)
        self._slot_of_row = Column(np.int32)
        self._dimensions = dimensions
        self._mapped = UNSEALED
        """How far vectors are in files that are mapped; the others are in memory."""
        self._matrices = [VectorMatrix(dimensions) for _ in range(3)]
        self._vocabulary = PacedVocabulary()
        self._seen: tuple[int, ...] = ()

    def changed(self) -> bool:
        """Whether something was committed since the last snapshot, at the price of a few stat calls."""
        return self._signature() != self._seen

    @property
    def wants_vocabulary(self) -> bool:
        """Whether a snapshot is due only because the vocabulary of the last one is old."""
        return self._vocabulary.is_due

    def snapshot(self) -> Snapshot:
        """The newest commit. After an error this reader is of no more use."""
        seen = self._signature()
        documents, passages = self._documents.reload(), self._passages.reload()
        documents_at, passages_at = self._documents.watermark(documents), self._passages.watermark(passages)
        end = min(documents_at.journal, passages_at.journal)
        self._map(end)
        if end > self._position:
            self._follow(end)
            self._vocabulary.is_stale = True
        searcher = KeywordSearcher(self._documents, documents)
        titles, whole, parts = self._matrices
        self._seen = seen
        return Snapshot(
            generation=self._generation,
            **self._table.columns(),
            slots=self._table.heads,
            position=self._position,
            slot_of_row=self._slot_of_row.view(),
            title_vectors=titles,
            document_vectors=whole,
            passage_vectors=parts,
            document_keywords=searcher,
            passage_keywords=KeywordSearcher(self._passages, passages),
            vocabulary=self._vocabulary.current(searcher.words),
            journal=self._journal,
            synonyms=self._synonyms,
        )

    def _signature(self) -> tuple[int, ...]:
        metas = (self._folder / part / "meta.json" for part in (DOCUMENTS, PASSAGES))
        told = (*metas, seal_path(self._folder / VECTORS))
        return tuple(os.stat(each).st_mtime_ns for each in told if each.exists())

    def _follow(self, end: int) -> None:
        """Take in what the journal has up to `end`, and the vectors of it that are not mapped.

        Where it breaks off before, what is there is searched until the writer has repaired it.
        """
        entries = self._journal.entries(self._position, end)
        while batch := list(itertools.islice(entries, _AT_ONCE)):
            self._take(batch)
        if self._position != end:
            log.error("engine.damaged", index=self._generation.index, generation=self._generation.name)
            counts = len(self._table.heads), len(self._table.heads), self._slot_of_row.length
            self._matrices = [matrix.up_to(count) for matrix, count in zip(self._matrices, counts, strict=True)]
            self._table.questions.cut()

    def _map(self, end: int) -> None:
        """Let files take the place of vectors in memory, as far as they are sealed before byte `end`."""
        folder = self._folder / VECTORS
        seal = sealed(folder, self._dimensions)
        if seal.journal > end or seal.slots <= self._mapped.slots:
            return
        try:
            *files, questions = mapped(folder, self._dimensions, seal)
        except (OSError, ValueError):
            return
        self._matrices = [held.beginning_with(rows) for held, rows in zip(self._matrices, files, strict=True)]
        self._table.questions.map(questions)
        self._mapped = seal

    def _take(self, entries: Sequence[Entry]) -> None:
        """Note some entries, and the vectors of those that are not mapped."""
        unsealed = []
        for entry in entries:
            self._position = entry.end
            self._table.remove(entry.head.id)
            if entry.head.attributes is not None and self._add(entry) >= self._mapped.slots:
                unsealed.append(self._journal.vectors(entry))
        if unsealed:
            parts = (
                np.stack([rows[0] for rows in unsealed]),
                np.stack([rows[1] for rows in unsealed]),
                np.concatenate([rows[2:] for rows in unsealed]),
            )
            self._matrices = [m.appended(rows) for m, rows in zip(self._matrices, parts, strict=True)]

    def _add(self, entry: Entry) -> int:
        """Put a document into its slot."""
        head = entry.head
        assert head.attributes is not None
        place = entry.start, entry.head_length, entry.body_length
        kept = Slot(head.id, head.revision, head.title, head.passages, *place, self._slot_of_row.length)
        slot = self._table.add(kept, head.attributes, head.questions)
        for _ in range(head.passages):
            self._slot_of_row.append(slot)
        return slot
