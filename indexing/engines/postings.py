"""Which documents hold which words, in memory: for engines whose server weighs words in its own way."""

from array import array
from collections.abc import Collection

import numpy as np

from indexing.engines.attributes import Mask


class Postings:
    """Slots by stem. Slots are only ever added, so that a view of `size` slots stays what it was."""

    def __init__(self) -> None:
        self._slots: dict[str, array[int]] = {}

    def add(self, slot: int, stems: Collection[str]) -> None:
        """Note the words of a new slot."""
        for stem in stems:
            self._slots.setdefault(stem, array("i")).append(slot)

    def holding(self, stem: str, size: int) -> Mask:
        """Which of the first `size` slots hold a stem."""
        mask = np.zeros(size, dtype=np.bool_)
        if (slots := self._slots.get(stem)) is not None:
            held = np.array(slots, dtype=np.int32)
            mask[held[held < size]] = True
        return mask
