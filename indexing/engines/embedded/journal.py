"""The journal of a generation: every document and removal, in the order they were committed.

A frame is a header (checksum and three lengths), the part that readers hold in memory (identity and
attributes), the part read when a hit is shown (texts), and the vectors as little-endian float16.
"""

import os
import struct
import weakref
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from indexing.engines.entries import Attributes, Content, IndexedDocument, IndexedPassage, Removal

_HEADER = struct.Struct("<IIII")


class FrameHead(Struct, frozen=True, array_like=True):
    """The part of a frame that readers hold; `attributes` of None is a removal."""

    id: str
    revision: int
    passages: int
    attributes: Attributes | None
    title: str = ""


class FrameBody(Struct, frozen=True, array_like=True):
    """The texts of a document."""

    title: str
    headings: tuple[str, ...]
    names: tuple[str, ...]
    card: bytes
    passages: tuple[IndexedPassage, ...]


class Frame(Struct, frozen=True):
    """One entry: `vectors` has shape (2 + passages, dimensions), title first, then document, then passages."""

    head: FrameHead
    body_start: int
    body_length: int
    vectors: NDArray[np.float16]
    end: int


_HEAD = msgspec.msgpack.Decoder(FrameHead)
_BODY = msgspec.msgpack.Decoder(FrameBody)


def frame_head(document: IndexedDocument | Removal) -> FrameHead:
    """The part of an entry that readers and the writer hold."""
    if isinstance(document, Removal):
        return FrameHead(document.id, document.revision, 0, None)
    return FrameHead(document.id, document.revision, len(document.passages), document.attributes, document.title[:300])


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
        weakref.finalize(self, os.close, self._descriptor)

    def frames(self, start: int, end: int | None = None) -> Iterator[Frame]:
        """Whole, undamaged entries from byte `start` up to `end`; stops at the first torn one."""
        position = start
        while end is None or position < end:
            header = os.pread(self._descriptor, _HEADER.size, position)
            if len(header) < _HEADER.size:
                return
            checksum, *lengths = _HEADER.unpack(header)
            head_length, body_length, _ = lengths
            payload = os.pread(self._descriptor, sum(lengths), position + _HEADER.size)
            if len(payload) < sum(lengths) or zlib.crc32(payload) != checksum:
                return
            vectors = np.frombuffer(payload, dtype="<f2", offset=head_length + body_length)
            body_start = position + _HEADER.size + head_length
            position += _HEADER.size + sum(lengths)
            yield Frame(
                head=_HEAD.decode(payload[:head_length]),
                body_start=body_start,
                body_length=body_length,
                vectors=vectors.reshape(-1, self._dimensions),
                end=position,
            )

    def raw_frames(self, start: int) -> Iterator[tuple[FrameHead, bytes]]:
        """The heads of whole entries with the bytes of each."""
        for frame in self.frames(start):
            yield frame.head, os.pread(self._descriptor, frame.end - start, start)
            start = frame.end

    def body(self, start: int, length: int) -> FrameBody:
        """The texts of one entry."""
        return _BODY.decode(os.pread(self._descriptor, length, start))

    def content(self, head: FrameHead, start: int, length: int) -> Content:
        """One document as it is shown."""
        body = self.body(start, length)
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
