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
    """Where each ends, as int32."""

    @classmethod
    def of(cls, texts: Iterable[str]) -> "PackedTexts":
        """Of texts without line feeds."""
        lines = [f"{text}{_BETWEEN}".encode() for text in texts]
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
        line = text.encode() + _BETWEEN.encode()
        start = 0 if self.data.startswith(line) else self.data.find(_BETWEEN.encode() + line) + 1
        if not start and not self.data.startswith(line):
            return None
        return bisect_left(self._ends, start + len(line))

    @functools.cached_property
    def _ends(self) -> "memoryview[int]":
        return memoryview(self.ends).cast("i")
