"""Which documents hold which words, how often and in which fields, in memory: for engines whose server weighs words
in its own way, so that they are weighed as on every other engine.

Words come one document after the other and are sorted some documents at a time, as in Lucene's segments: reading a
document costs a look-up for each of its words, and two segments of like size become one.
"""

from array import array
from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from indexing.engines.attributes import Column, Mask
from indexing.engines.entries import Scores

_K1 = 1.2
_B = 0.75
"""Of Okapi BM25 (Robertson, Zaragoza, 2009), with the values that Tantivy has."""
_MOST = 255
"""How often a word counts in one field: BM25 is flat long before."""

_SORTED_AT_ONCE = 1_000_000
"""Words that wait to be sorted, at most."""
_LIKE = 3
"""Times as long as the one behind it a segment may be to become one with it."""
_HIGH = 32
"""Bits for the lower part of a key by which is sorted."""


class _Segment(Struct, frozen=True):
    """The words of some documents, ordered by word and slot."""

    stems: NDArray[np.int64]
    """The numbers of its words, ascending."""
    starts: NDArray[np.int64]
    """From where on the entries of each stand, and where the last ends."""
    slots: NDArray[np.int32]
    counts: NDArray[np.uint8]
    """How often a slot holds the word in each field, shape (entries, fields)."""

    def of(self, stem: int) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
        """Slots in ascending order, and their counts."""
        place = int(np.searchsorted(self.stems, stem))
        if place == len(self.stems) or self.stems[place] != stem:
            return self.slots[:0], self.counts[:0]
        start, end = self.starts[place], self.starts[place + 1]
        return self.slots[start:end], self.counts[start:end]

    @property
    def keys(self) -> NDArray[np.int64]:
        """Word and slot of each entry in one number."""
        return np.repeat(self.stems, np.diff(self.starts)) << _HIGH | self.slots

    def with_next(self, other: "_Segment") -> "_Segment":
        """One segment of this one and that of later slots."""
        keys = np.concatenate([self.keys, other.keys])
        order = np.argsort(keys, kind="stable")
        return _segment(keys[order], np.concatenate([self.counts, other.counts])[order])


def _segment(keys: NDArray[np.int64], counts: NDArray[np.uint8]) -> _Segment:
    """Of sorted, different keys."""
    stems, starts = np.unique(keys >> _HIGH, return_index=True)
    slots = (keys & ((1 << _HIGH) - 1)).astype(np.int32)
    return _Segment(stems, np.append(starts, len(keys)), slots, counts)


class PostingsView(Struct, frozen=True):
    """The postings of one state."""

    numbers: Mapping[str, int]
    """Of each word."""
    segments: tuple[_Segment, ...]
    boosts: Sequence[float]
    norms: NDArray[np.float32]
    """What BM25 adds to how often a slot holds a word, for the length of its field: shape (fields, slots)."""
    live: Mask
    total: int
    """How many are live."""

    def frequency(self, stem: str) -> int:
        """How many documents hold a stem, taken as the field in which most do."""
        slots, counts = self._of(stem)
        return int(self._held(slots, counts).max(initial=0))

    def frequencies(self) -> list[tuple[str, int]]:
        """Every word of the first field that a document holds, and how many do."""
        held = np.zeros(len(self.numbers), dtype=np.int64)
        for segment in self.segments:
            holds = (segment.counts[:, 0] > 0) & self.live[segment.slots]
            held[segment.stems] += np.add.reduceat(holds, segment.starts[:-1], dtype=np.int64)
        return [(word, count) for word, count in zip(self.numbers, held.tolist(), strict=True) if count]

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
        weights = (np.array(self.boosts) * information * (1 + _K1)).astype(np.float32)
        scores = np.zeros(len(self.live), dtype=np.float32)
        scores[slots] = weights @ (counts / (counts + self.norms[:, slots]))
        return scores

    def _together(self, stems: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float32]]:
        """The slots that hold all stems, their information by field (Robertson-Sparck Jones idf), and how often."""
        shared, information, least = None, np.zeros(len(self.boosts)), None
        for stem in stems:
            slots, counts = self._of(stem)
            held = self._held(slots, counts)
            information += np.log1p((np.maximum(self.total - held, 0) + 0.5) / (held + 0.5))
            if shared is None or least is None:
                shared, least = slots, counts
            else:
                shared, one, other = np.intersect1d(shared, slots, assume_unique=True, return_indices=True)
                least = np.minimum(least[:, one], counts[:, other])
        assert shared is not None
        assert least is not None
        return shared, information, least.astype(np.float32)

    def _held(self, slots: NDArray[np.int32], counts: NDArray[np.uint8]) -> NDArray[np.int64]:
        """In how many live ones of `slots` a word stands, by field."""
        living = counts if self.total == len(self.live) else counts[:, self.live[slots]]
        held: NDArray[np.int64] = np.count_nonzero(living, axis=1)
        return held

    def _of(self, stem: str) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
        """Slots in ascending order, and how often each holds the stem: shape (fields, slots)."""
        number = self.numbers.get(stem, -1)
        found = [segment.of(number) for segment in self.segments]
        held = [each for each in found if len(each[0])] or found[:1]
        if not held:
            return np.empty(0, dtype=np.int32), np.empty((len(self.boosts), 0), dtype=np.uint8)
        slots, counts = held[0] if len(held) == 1 else map(np.concatenate, zip(*held, strict=True))
        return slots, counts.T


class _Numbers(dict[str, int]):
    """A number for each word, given when it is first met."""

    def __missing__(self, word: str) -> int:
        self[word] = number = len(self)
        return number


class Postings:
    """Growing postings. Slots are only ever added, one after the other, so that a view stays what it was."""

    def __init__(self, boosts: Sequence[float]) -> None:
        """`boosts`: one for each searched field of a document, in the order in which words are given."""
        self._boosts = boosts
        self._numbers = _Numbers()
        self._segments: tuple[_Segment, ...] = ()
        self._lengths = [Column(np.int32) for _ in boosts]
        self._waiting = array("q")
        """The numbers of the words of the slots from `_sorted` on, field by field."""
        self._sorted = 0

    def add(self, words: Sequence[Sequence[str]]) -> None:
        """Note the words of each field of the next slot."""
        for column, of_field in zip(self._lengths, words, strict=True):
            column.append(len(of_field))
            self._waiting.extend(map(self._numbers.__getitem__, of_field))
        if len(self._waiting) >= _SORTED_AT_ONCE:
            self._sort()

    def view(self, live: Mask) -> PostingsView:
        """The postings of the slots so far, of which `live` are of documents."""
        self._sort()
        lengths, total = np.stack([column.view() for column in self._lengths]), int(live.sum())
        means = lengths[:, live].sum(axis=1, keepdims=True) / max(total, 1)
        norms = _K1 * (1 - _B + _B * lengths / np.maximum(means, 1e-9))
        return PostingsView(self._numbers, self._segments, self._boosts, norms.astype(np.float32), live, total)

    def _sort(self) -> None:
        """Make a segment of what waits, and one of it and those before it that are not much longer."""
        if not self._waiting:
            return
        fields = len(self._boosts)
        lengths = np.stack([column.view()[self._sorted :] for column in self._lengths], axis=1)
        places = np.repeat(np.arange(lengths.size) + self._sorted * fields, lengths.ravel())
        words = np.frombuffer(self._waiting, dtype=np.int64)
        keys, times = np.unique(words << _HIGH | places, return_counts=True)
        place = keys & ((1 << _HIGH) - 1)
        entries, entry = np.unique(keys >> _HIGH << _HIGH | place // fields, return_inverse=True)
        counts = np.zeros((len(entries), fields), dtype=np.uint8)
        counts[entry, place % fields] = np.minimum(times, _MOST)
        self._waiting, self._sorted = array("q"), self._lengths[0].length
        self._append(_segment(entries, counts))

    def _append(self, segment: _Segment) -> None:
        kept = self._segments
        while kept and len(kept[-1].slots) <= _LIKE * len(segment.slots):
            kept, segment = kept[:-1], kept[-1].with_next(segment)
        self._segments = (*kept, segment)
