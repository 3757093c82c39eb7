"""The vectors of a journal in files of their own, in the order of its documents, for all processes to map.

They lag behind the journal, from which readers take what is not sealed yet. What the files hold beyond the seal counts
for nothing.
"""

import contextlib
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
_NAMES = ("titles", "documents", "passages", "questions")
_BYTES = np.dtype(np.float16).itemsize


class Seal(Watermark, frozen=True):
    """How far vectors are sealed; -1 questions were sealed by the version before, which knew none."""

    questions: int = -1

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Rows in each of the files."""
        return self.slots, self.slots, self.rows, self.questions

    @property
    def is_possible(self) -> bool:
        """Whether no number is negative."""
        return min(self.journal, *self.counts) >= 0


UNSEALED = Seal(questions=0)


def seal_path(folder: Path) -> Path:
    """The file that changes when more is sealed."""
    return folder / _SEAL


def sealed(folder: Path, dimensions: int) -> Seal:
    """What the files of a folder hold; nothing where one of them is shorter, or gone."""
    try:
        seal = msgspec.json.decode(seal_path(folder).read_bytes(), type=Seal)
        lengths = [os.stat(folder / name).st_size for name in _NAMES]
    except (OSError, msgspec.MsgspecError):
        return UNSEALED
    wanted = _lengths(seal, dimensions)
    is_there = all(found >= least for found, least in zip(lengths, wanted, strict=True))
    return seal if is_there and seal.is_possible else UNSEALED


def mapped(folder: Path, dimensions: int, seal: Seal) -> list[Rows]:
    """What each of the files holds up to `seal`. Raises OSError or ValueError where they are gone by now."""
    return [_mapped(folder / name, count, dimensions) for name, count in zip(_NAMES, seal.counts, strict=True)]


def _mapped(path: Path, count: int, dimensions: int) -> Rows:
    if not count:
        return np.empty((0, dimensions), dtype=np.float16)
    return np.memmap(path, dtype="<f2", mode="r", shape=(count, dimensions))


def _lengths(seal: Seal, dimensions: int) -> list[int]:
    """Of the files, in bytes."""
    return [count * dimensions * _BYTES for count in seal.counts]


class VectorWriter:
    """Seals. Used by the one writer of a generation."""

    def __init__(self, folder: Path, dimensions: int, *, at_once: int, end: int) -> None:
        """`at_once` bytes of the journal are waited for; a seal beyond its `end` is of another journal."""
        self._folder = folder
        self._dimensions = dimensions
        self._at_once = at_once
        seal = sealed(folder, dimensions)
        self._seal = seal if seal.journal <= end else UNSEALED
        self._tried = self._seal.journal

    def is_due(self, end: int) -> bool:
        """Whether the journal, `end` bytes long, has grown so far that it is worth to try."""
        return end - self._tried >= self._at_once

    def seal(self, journal: JournalReader, end: int) -> None:
        """Bring the files up to byte `end` of a journal, and let readers know; raises OSError on a full disk.

        Then the files are as they were. Files that changed meanwhile are made anew.
        """
        self._tried = end
        if sealed(self._folder, self._dimensions) != self._seal:
            self._seal = UNSEALED
        if self._seal == UNSEALED:
            self._begin()
        try:
            seal = self._written(journal, end)
        except OSError:
            self._cut()
            raise
        self._tell(seal)

    def _begin(self) -> None:
        """Files that somebody may still map are left to him, not cut."""
        self._folder.mkdir(exist_ok=True)
        for name in (_SEAL, *_NAMES):
            (self._folder / name).unlink(missing_ok=True)

    def _cut(self) -> None:
        """Take off what is behind the seal."""
        with contextlib.suppress(OSError):
            for name, length in zip(_NAMES, _lengths(self._seal, self._dimensions), strict=True):
                os.truncate(self._folder / name, length)

    def _written(self, journal: JournalReader, end: int) -> Seal:
        seal = self._seal
        with contextlib.ExitStack() as stack:
            files = [stack.enter_context(open(self._folder / name, "ab")) for name in _NAMES]
            for file, length in zip(files, _lengths(seal, self._dimensions), strict=True):
                os.ftruncate(file.fileno(), length)
            for entry in journal.entries(seal.journal, end, verified=True):
                seal = self._appended(files, journal, entry, seal)
            for file in files:
                file.flush()
                os.fdatasync(file.fileno())
        return seal

    def _appended(self, files: Sequence[BinaryIO], journal: JournalReader, entry: Entry, seal: Seal) -> Seal:
        """`seal` moved behind an entry whose vectors were written."""
        if entry.head.attributes is None:
            return Seal(entry.end, seal.slots, seal.rows, seal.questions)
        rows, questions = journal.vectors(entry), entry.head.questions
        parts = [part.tobytes() for part in (rows[:1], rows[1:2], rows[2:])]
        for file, part in zip(files, [*parts, b"".join(each.vector for each in questions)], strict=True):
            file.write(part)
        return Seal(entry.end, seal.slots + 1, seal.rows + entry.head.passages, seal.questions + len(questions))

    def _tell(self, seal: Seal) -> None:
        draft = self._folder / f".{_SEAL}"
        with open(draft, "wb") as file:
            file.write(msgspec.json.encode(seal))
            file.flush()
            os.fsync(file.fileno())
        draft.rename(seal_path(self._folder))
        self._seal = seal
