"""Which documents hold which words, how often and in which fields, in memory: for engines whose server weighs words
in its own way, so that they are weighed as on every other engine.
"""

from array import array
from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from indexing.engines.attributes import Column, Mask
from indexing.engines.base import Scores

_K1 = 1.2
_B = 0.75
"""Of Okapi BM25 (Robertson, Zaragoza, 2009), with the values that Tantivy has."""
_MOST = 255
"""How often a word counts in one field: BM25 is flat long before."""


class PostingsView(Struct, frozen=True):
    """The postings of one state; slots from the number of `live` on are of later ones."""

    slots: Mapping[str, "array[int]"]
    counts: Mapping[str, "array[int]"]
    """For each of the slots one number a field."""
    boosts: Sequence[float]
    lengths: NDArray[np.int32]
    """Words by field and slot, shape (fields, slots)."""
    live: Mask
    total: int
    """How many are live."""
    means: NDArray[np.float64]
    """Words of a live one on average, by field."""

    def frequency(self, stem: str) -> int:
        """How many documents hold a stem, taken as the field in which most do."""
        slots, counts = self._of(stem)
        return int((counts[:, self.live[slots]] > 0).sum(axis=1).max(initial=0))

    def holding(self, stems: Sequence[str]) -> Mask:
        """Which slots hold all of these stems, wherever."""
        mask = np.ones(len(self.live), dtype=np.bool_)
        for stem in stems:
            own = np.zeros(len(self.live), dtype=np.bool_)
            own[self._of(stem)[0]] = True
            mask &= own
        return mask

    def scores(self, stems: Sequence[str]) -> Scores:
        """BM25 of a stem by slot, fields weighted; of several as of one that occurs as often as the rarest of them."""
        slots, information, counts = self._together(stems)
        norms = _K1 * (1 - _B + _B * self.lengths[:, slots] / np.maximum(self.means, 1e-9)[:, None])
        weights = np.array(self.boosts)[:, None] * information[:, None] * (1 + _K1)
        scores = np.zeros(len(self.live), dtype=np.float32)
        scores[slots] = (weights * counts / (counts + norms)).sum(axis=0)
        return scores

    def _together(self, stems: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
        """The slots that hold all stems, their information by field (Robertson-Sparck Jones idf), and how often."""
        shared, information, least = None, np.zeros(len(self.boosts)), None
        for stem in stems:
            slots, counts = self._of(stem)
            held = (counts[:, self.live[slots]] > 0).sum(axis=1)
            information += np.log1p((np.maximum(self.total - held, 0) + 0.5) / (held + 0.5))
            if shared is None or least is None:
                shared, least = slots, counts
            else:
                shared, one, other = np.intersect1d(shared, slots, assume_unique=True, return_indices=True)
                least = np.minimum(least[:, one], counts[:, other])
        assert shared is not None
        assert least is not None
        return shared, information, least.astype(np.float64)

    def _of(self, stem: str) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
        """Slots in ascending order, and how often each holds the stem: shape (fields, slots)."""
        slots = np.array(self.slots.get(stem, ()), dtype=np.int32)
        slots = slots[: int(np.searchsorted(slots, len(self.live)))]
        fields = len(self.boosts)
        counts = np.array(self.counts.get(stem, ()), dtype=np.uint8)[: len(slots) * fields]
        return slots, counts.reshape(-1, fields).T


class Postings:
    """Growing postings. Slots are only ever added, one after the other, so that a view stays what it was."""

    def __init__(self, boosts: Sequence[float]) -> None:
        """`boosts`: one for each searched field of a document, in the order in which words are given."""
        self._boosts = boosts
        self._slots: dict[str, array[int]] = {}
        self._counts: dict[str, array[int]] = {}
        self._lengths = [Column(np.int32) for _ in boosts]

    def add(self, slot: int, words: Sequence[Mapping[str, int]]) -> None:
        """Note how often each stem occurs in each field of a new slot."""
        for column, counted in zip(self._lengths, words, strict=True):
            column.append(sum(counted.values()))
        for stem in set().union(*words):
            counts = (min(counted.get(stem, 0), _MOST) for counted in words)
            self._counts.setdefault(stem, array("B")).extend(counts)  # before its slot: a view counts by slots
            self._slots.setdefault(stem, array("i")).append(slot)

    def view(self, live: Mask) -> PostingsView:
        """The postings of the slots so far, of which `live` are of documents."""
        lengths, total = np.stack([column.view() for column in self._lengths]), int(live.sum())
        means = lengths[:, live].sum(axis=1) / max(total, 1)
        return PostingsView(self._slots, self._counts, self._boosts, lengths, live, total, means)
