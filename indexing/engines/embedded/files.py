"""Where things lie on the disk: `<engine>/<index>/<generation>/`, and which generation is live."""

import os
import secrets
import shutil
import time
from pathlib import Path

import msgspec

from indexing.documents import DocumentType
from indexing.engines.entries import Generation
from indexing.fingerprints import IndexStamp

JOURNAL = "journal"
DOCUMENTS = "documents"
PASSAGES = "passages"
VECTORS = "vectors"
_STAMP = "stamp.json"
_LIVE = "LIVE"
_KNOWN_SECONDS = 0.02
"""For which an answer holds: one search asks a dozen times."""


class EngineFiles:
    """The folder of an embedded engine."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._live: dict[DocumentType, tuple[float, Generation | None]] = {}
        """The last answers, each with the moment when it was looked up: asking again costs two looks at the disk."""
        self._names: dict[DocumentType, tuple[str | None, tuple[int, int]]] = {}
        """The names of the live generations, each with what its file looked like."""

    def folder(self, generation: Generation) -> Path:
        """The folder of one generation."""
        return self.root / generation.index / generation.name

    def create(self, index: DocumentType, stamp: IndexStamp) -> Generation:
        """A new generation's folder, complete with its stamp or not there at all.

        A name never comes again, so that whoever still holds files of a lost folder notices.
        """
        numbers = [int(generation.name[1:].partition("-")[0]) for generation in self.generations(index)]
        name = f"g{max(numbers, default=0) + 1:06d}-{secrets.token_hex(3)}"
        generation = Generation(index, name, stamp)
        folder = self.folder(generation)
        draft = folder.with_name(f".{folder.name}.{os.getpid()}")
        draft.mkdir(parents=True)
        (draft / JOURNAL).touch()
        with open(draft / _STAMP, "wb") as file:
            file.write(msgspec.json.encode(stamp))
            file.flush()
            os.fsync(file.fileno())
        _flush(draft)
        draft.rename(folder)
        _flush(folder.parent)
        return generation

    def generations(self, index: DocumentType) -> list[Generation]:
        """Every complete generation, oldest first."""
        found = []
        for folder in sorted((self.root / index).glob("g*")):
            stamp = folder / _STAMP
            if stamp.exists():
                found.append(Generation(index, folder.name, msgspec.json.decode(stamp.read_bytes(), type=IndexStamp)))
        return found

    def live_name(self, index: DocumentType) -> str | None:
        """The name of the live generation; asking again costs a look at the disk, as a promotion makes another file."""
        pointer = self.root / index / _LIVE
        try:
            status = os.stat(pointer)
            signature = status.st_ino, status.st_mtime_ns
            name, seen = self._names.get(index, (None, (0, 0)))
            if seen != signature:
                name = pointer.read_text().strip() or None
                self._names[index] = name, signature
        except FileNotFoundError:
            return None
        return name

    def live(self, index: DocumentType) -> Generation | None:
        """The live generation."""
        name = self.live_name(index)
        _, held = self._live.get(index, (0.0, None))
        if name is None or held is None or held.name != name or not self.folder(held).exists():
            held = next((generation for generation in self.generations(index) if generation.name == name), None)
        self._live[index] = time.monotonic(), held
        return held

    def lately_live(self, index: DocumentType) -> Generation | None:
        """The same, as it was a moment ago: what another process promotes is seen that much later."""
        looked_up, held = self._live.get(index, (float("-inf"), None))
        return held if time.monotonic() - looked_up < _KNOWN_SECONDS else self.live(index)

    def promote(self, generation: Generation) -> None:
        """Point to another generation in one rename that survives a power cut."""
        pointer = self.root / generation.index / _LIVE
        draft = pointer.with_name(f".{_LIVE}.{os.getpid()}")
        with open(draft, "w") as file:
            file.write(generation.name)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(pointer)
        _flush(pointer.parent)
        self._live.pop(generation.index, None)

    def discard(self, generation: Generation) -> None:
        """Delete a generation's folder; its stamp first, so that half of it is no generation."""
        folder = self.folder(generation)
        self._live.pop(generation.index, None)
        (folder / _STAMP).unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)


def _flush(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
