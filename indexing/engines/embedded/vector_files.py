"""The vectors of a journal in files of their own, in the order of its documents, for all processes to map.

They lag behind the journal: what is not sealed yet, readers take from there. Whatever lies behind what is sealed is
of no meaning.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec
import numpy as np

from indexing.engines.embedded.journal import Entry, JournalReader
from indexing.engines.embedded.keywords import Watermark
from indexing.engines.vectors import Rows

SEALED_BYTES = 4_000_000
"""Of the journal, that are sealed together: a few thousand passages."""
_SEAL = "sealed.json"
_NAMES = ("titles", "documents", "passages")


class VectorFiles:
    """Reads what is sealed."""

    def __init__(self, folder: Path, dimensions: int) -> None:
        self.folder = folder
        self.dimensions = dimensions

    def sealed(self) -> Watermark:
        """What the files hold; nothing where one of them is shorter, or gone."""
        try:
            mark = msgspec.json.decode((self.folder / _SEAL).read_bytes(), type=Watermark)
            lengths = [os.stat(self.folder / name).st_size for name in _NAMES]
        except (OSError, msgspec.MsgspecError):
            return Watermark()
        wanted = self._lengths(mark)
        return mark if all(found >= least for found, least in zip(lengths, wanted, strict=True)) else Watermark()

    def rows(self, mark: Watermark) -> tuple[Rows, Rows, Rows]:
        """Titles, documents and passages up to `mark`, mapped. Raises OSError or ValueError where they are gone."""
        titles, documents, passages = (
            self._mapped(name, count) for name, count in zip(_NAMES, self._counts(mark), strict=True)
        )
        return titles, documents, passages

    def _mapped(self, name: str, count: int) -> Rows:
        if not count:
            return np.empty((0, self.dimensions), dtype=np.float16)
        return np.memmap(self.folder / name, dtype="<f2", mode="r", shape=(count, self.dimensions))

    def _counts(self, mark: Watermark) -> tuple[int, int, int]:
        return mark.slots, mark.slots, mark.rows

    def _lengths(self, mark: Watermark) -> list[int]:
        """Of the files, in bytes."""
        return [count * self.dimensions * np.dtype(np.float16).itemsize for count in self._counts(mark)]


class VectorWriter(VectorFiles):
    """Seals. Used by the one writer of a generation."""

    def __init__(self, folder: Path, dimensions: int, *, at_once: int) -> None:
        """`at_once`: how many bytes of the journal are waited for."""
        super().__init__(folder, dimensions)
        self._at_once = at_once
        self._mark = self.sealed()

    def is_due(self, end: int) -> bool:
        """Whether the journal, `end` bytes long, is so far ahead that it is worth it."""
        return end - self._mark.journal >= self._at_once

    def seal(self, journal: JournalReader, end: int) -> None:
        """Bring the files up to byte `end` of a journal, and let readers know. Raises OSError on a full disk."""
        self.folder.mkdir(exist_ok=True)
        mark = self._mark
        if mark == Watermark():  # files that somebody may still map are not cut, but left to him
            for name in _NAMES:
                (self.folder / name).unlink(missing_ok=True)
        files = [open(self.folder / name, "ab") for name in _NAMES]  # noqa: SIM115
        try:
            for file, length in zip(files, self._lengths(mark), strict=True):
                os.ftruncate(file.fileno(), length)
            for entry in journal.entries(mark.journal, end):
                mark = self._written(files, journal, entry, mark)
            for file in files:
                file.flush()
                os.fdatasync(file.fileno())
        finally:
            for file in files:
                file.close()
        self._tell(mark)

    def _written(self, files: Sequence[BinaryIO], journal: JournalReader, entry: Entry, mark: Watermark) -> Watermark:
        """`mark` moved behind an entry whose vectors were written."""
        if entry.head.attributes is None:
            return Watermark(entry.end, mark.slots, mark.rows)
        rows = journal.vectors(entry)
        for file, part in zip(files, (rows[:1], rows[1:2], rows[2:]), strict=True):
            file.write(part.tobytes())
        return Watermark(entry.end, mark.slots + 1, mark.rows + entry.head.passages)

    def _tell(self, mark: Watermark) -> None:
        draft = self.folder / f".{_SEAL}"
        draft.write_bytes(msgspec.json.encode(mark))
        draft.rename(self.folder / _SEAL)
        self._mark = mark
