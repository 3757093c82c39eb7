"""Many short texts as one: as objects of their own each would take 60 bytes more."""

import functools
from bisect import bisect_left
from collections.abc import Iterable, Iterator

import numpy as np
from msgspec import Struct

_BETWEEN = "\n"
"""No text holds it."""


class PackedTexts(Struct, frozen=True, dict=True):
    """Texts by number; in order, they can be searched by `bisect`."""

    data: bytes
    """In UTF-8, a line feed behind each."""
    ends: bytes
    """Where each ends, as int32; both are kept in files as they are."""

    @classmethod
    def of(cls, texts: Iterable[str]) -> "PackedTexts":
        """Of texts without line feeds. Raises ValueError where one has some."""
        lines = [f"{text}{_BETWEEN}".encode() for text in texts]
        if any(line.count(_BETWEEN.encode()) > 1 for line in lines):
            raise ValueError("a text holds a line feed")
        return cls(b"".join(lines), np.cumsum([len(line) for line in lines], dtype=np.int32).tobytes())

    def __len__(self) -> int:
        """How many there are."""
        return len(self._ends)

    def __getitem__(self, number: int) -> str:
        """One of them. Raises IndexError."""
        if not 0 <= number < len(self._ends):
            raise IndexError(number)
        start = self._ends[number - 1] if number else 0
        return self.data[start : self._ends[number] - 1].decode()

    def __iter__(self) -> Iterator[str]:
        """All of them."""
        return iter(self.data.decode().split(_BETWEEN)[:-1])

    def number_of(self, text: str) -> int | None:
        """Which one is `text`; None where none is."""
        between, data = _BETWEEN.encode(), _BETWEEN.encode() + self.data
        start = -1 if _BETWEEN in text else data.find(between + text.encode() + between)
        return bisect_left(self._ends, start + 1) if start >= 0 else None

    @functools.cached_property
    def _ends(self) -> "memoryview[int]":
        return memoryview(self.ends).cast("i")
