"""The journal of a generation: every document and removal, in the order they were committed.

A frame is a header (checksum and three lengths), the part that readers hold in memory (identity and
attributes), the part read when a hit is shown (texts), and the vectors as little-endian float16.
"""

import functools
import os
import struct
import weakref
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct

from indexing.engines.entries import Attributes, Content, IndexedDocument, IndexedPassage, Removal
from indexing.engines.questions import StoredQuestion
from indexing.engines.table import KEPT_CONTENTS
from indexing.engines.vectors import Rows
from indexing.errors import EngineUnavailable

_HEADER = struct.Struct("<IIII")


class ShownHead(Struct, frozen=True, array_like=True):
    """What a document is; `attributes` of None is a removal."""

    id: str
    revision: int
    passages: int
    attributes: Attributes | None
    title: str = ""


class FrameHead(ShownHead, frozen=True, array_like=True):
    """The part of a frame that readers read of every document: what it is, and the questions that it answers."""

    questions: tuple[StoredQuestion, ...] = ()


class FrameBody(Struct, frozen=True, array_like=True):
    """The texts of a document."""

    title: str
    headings: tuple[str, ...]
    names: tuple[str, ...]
    card: bytes
    passages: tuple[IndexedPassage, ...]


class Entry(Struct, frozen=True):
    """Where a document or a removal stands: its head begins at byte `start`, its texts and vectors follow."""

    head: FrameHead
    start: int
    head_length: int
    body_length: int
    end: int


_HEAD = msgspec.msgpack.Decoder(FrameHead)
_SHOWN = msgspec.msgpack.Decoder(ShownHead)
_BODY = msgspec.msgpack.Decoder(FrameBody)


def frame_head(document: IndexedDocument | Removal) -> FrameHead:
    """The part of an entry that readers and the writer hold."""
    if isinstance(document, Removal):
        return FrameHead(document.id, document.revision, 0, None)
    questions = tuple(map(StoredQuestion.of, document.questions))
    passages = len(document.passages)
    return FrameHead(document.id, document.revision, passages, document.attributes, document.title[:300], questions)


def encode_frame(document: IndexedDocument | Removal) -> bytes:
    """The bytes of one entry."""
    if isinstance(document, Removal):
        body, vectors = b"", b""
    else:
        body = msgspec.msgpack.encode(
            FrameBody(document.title, document.headings, document.names, document.card, document.passages)
        )
        rows = np.vstack([document.title_vector, document.document_vector, document.passage_vectors])
        vectors = rows.astype("<f2").tobytes()
    parts = msgspec.msgpack.encode(frame_head(document)), body, vectors
    payload = b"".join(parts)
    return _HEADER.pack(zlib.crc32(payload), *(len(part) for part in parts)) + payload


class JournalReader:
    """Reads entries from a journal file that another process appends to.

    The file is released with the last snapshot that uses it.
    """

    def __init__(self, path: Path, dimensions: int) -> None:
        self._descriptor = os.open(path, os.O_RDONLY)
        self._dimensions = dimensions
        self._content = functools.lru_cache(KEPT_CONTENTS)(functools.partial(_content, self._descriptor))
        weakref.finalize(self, os.close, self._descriptor)

    def entries(self, start: int, end: int | None = None, *, verified: bool = False) -> Iterator[Entry]:
        """Entries from byte `start` up to `end`, or to where the journal breaks off.

        With `verified` texts and vectors are read as well, and what is damaged or torn is not there, nor anything
        behind it; what a projection has committed need not be read for that again.
        """
        position = start
        while end is None or position < end:
            header = os.pread(self._descriptor, _HEADER.size, position)
            if len(header) < _HEADER.size:
                return
            checksum, head_length, *others = _HEADER.unpack(header)
            length, begin = head_length + sum(others), position + _HEADER.size
            payload = os.pread(self._descriptor, length if verified else head_length, begin)
            if verified and (len(payload) < length or zlib.crc32(payload) != checksum):
                return
            try:
                head = _HEAD.decode(payload[:head_length])
            except msgspec.MsgspecError:
                return
            position = begin + length
            yield Entry(head, begin, head_length, others[0], position)

    def raw(self, start: int) -> Iterator[tuple[FrameHead, bytes]]:
        """The heads of all entries that are whole, with the bytes of each."""
        for entry in self.entries(start, verified=True):
            yield entry.head, os.pread(self._descriptor, entry.end - start, start)
            start = entry.end

    def vectors(self, entry: Entry) -> Rows:
        """Those of a document, shape (2 + passages, dimensions): title first, then document, then passages."""
        begin = entry.start + entry.head_length + entry.body_length
        data = os.pread(self._descriptor, entry.end - begin, begin)
        return np.frombuffer(data, dtype="<f2").reshape(-1, self._dimensions)

    def body(self, start: int, length: int) -> FrameBody:
        """The texts of one entry."""
        return _BODY.decode(os.pread(self._descriptor, length, start))

    def content(self, start: int, head_length: int, body_length: int) -> Content:
        """One document as it is shown. Raises EngineUnavailable where it is damaged."""
        return self._content(start, head_length, body_length)


def _content(descriptor: int, start: int, head_length: int, body_length: int) -> Content:
    data = memoryview(os.pread(descriptor, head_length + body_length, start))
    try:
        head, body = _SHOWN.decode(data[:head_length]), _BODY.decode(data[head_length:])
    except msgspec.MsgspecError as error:
        raise EngineUnavailable("the index is damaged") from error
    return Content(head.id, head.revision, body.card, body.title, head.attributes or Attributes(), body.passages)


class JournalWriter:
    """Appends entries; they are on the disk when `append` returns."""

    def __init__(self, path: Path, valid_length: int | None) -> None:
        """Cut a torn end off at `valid_length`; None leaves the file as it is."""
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        if valid_length is not None:
            os.ftruncate(self._descriptor, valid_length)
        self.length = os.fstat(self._descriptor).st_size

    def append(self, frames: list[bytes]) -> None:
        """Write and flush `frames`; on failure nothing of them remains."""
        data = memoryview(b"".join(frames))
        written = 0
        try:
            while written < len(data):
                written += os.pwrite(self._descriptor, data[written:], self.length + written)
            os.fdatasync(self._descriptor)
        except OSError:
            os.ftruncate(self._descriptor, self.length)
            raise
        self.length += len(data)

    def close(self) -> None:
        """Release the file."""
        os.close(self._descriptor)
