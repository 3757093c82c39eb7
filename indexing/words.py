"""Words in memory: completion by prefix, correction by edit distance."""

import time
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA

_ONE_EDIT_LETTERS = 5
_TWO_EDITS_LETTERS = 9
_VOCABULARY_SHARE = 0.02
"""Of the time spent reading the vocabulary again after changes: a large one lags behind by seconds, in which
new words are found exactly but not yet completed or mended."""


_LEAST_DIVIDED = 5
_LEAST_PART = 3
_SHORT_PARTS = {
    "first": frozenset("at in on up to e co go no tv iv im my ex re pre non anti self well long low at".split()),
    "last": frozenset("up in on to iv im me my of it at tv go is a".split()),
}


def _may_be_part(part: str, place: str) -> bool:
    return len(part) >= _LEAST_PART or part in _SHORT_PARTS[place]


def _has_digit(word: str) -> bool:
    return not word.isalpha() and any(character.isdigit() for character in word)


def allowed_edits(word: str, *, least_letters: int = _ONE_EDIT_LETTERS) -> int:
    """Edits (insert, delete, replace, swap of neighbours) within which a word counts as the one meant."""
    if any(character.isdigit() for character in word):
        return 0
    return 2 if len(word) >= _TWO_EDITS_LETTERS else 1 if len(word) >= least_letters else 0


class WordSet:
    """Whether words are among many, by their hashes alone: 8 bytes a word, where a set of strings takes 150.

    A word that is none of 200,000 is taken for one of them once in 10^14 times.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._hashes = array("q", sorted(map(hash, words)))

    def __len__(self) -> int:
        """How many they are."""
        return len(self._hashes)

    def __contains__(self, word: str) -> bool:
        """Whether it is one of them."""
        position = bisect_left(self._hashes, hash(word))
        return position < len(self._hashes) and self._hashes[position] == hash(word)

    def issuperset(self, words: Iterable[str]) -> bool:
        """Whether all of `words` are among them."""
        return all(word in self for word in words)


class Vocabulary:
    """An immutable list of words with their document frequencies."""

    def __init__(self, terms: Iterable[tuple[str, int]] = ()) -> None:
        ordered = sorted(terms)
        self._words = [word for word, _ in ordered]
        self._frequencies = np.array([frequency for _, frequency in ordered], dtype=np.int64)
        self._by_length: dict[int, list[int]] = {}
        for position, word in enumerate(self._words):
            self._by_length.setdefault(len(word), []).append(position)
        self._corrections = lru_cache(maxsize=4_096)(self._find_corrections)

    def __len__(self) -> int:
        """See Words."""
        return len(self._words)

    def frequency(self, word: str) -> int:
        """See Words."""
        position = bisect_left(self._words, word)
        found = position < len(self._words) and self._words[position] == word
        return int(self._frequencies[position]) if found else 0

    def completions(self, prefix: str, *, limit: int) -> Sequence[str]:
        """See Words."""
        start, end = bisect_left(self._words, prefix), bisect_left(self._words, prefix + "\U0010ffff")
        best = start + np.argsort(-self._frequencies[start:end], kind="stable")[:limit]
        return [self._words[position] for position in best]

    def beginning_with(self, prefix: str) -> Sequence[str]:
        """All words that begin with `prefix`, in order."""
        start, end = bisect_left(self._words, prefix), bisect_left(self._words, prefix + "\U0010ffff")
        return self._words[start:end]

    def divided(self, word: str) -> tuple[str, str] | None:
        """Two words of this list that `word` is made of, those that more documents hold; None where there are none.

        Short parts must be words that compounds begin or end with, so that no name falls to pieces.
        """
        if len(word) < _LEAST_DIVIDED or not word.isalpha():
            return None
        cuts = ((word[:cut], word[cut:]) for cut in range(1, len(word)))
        known = [(min(map(self.frequency, cut)), cut) for cut in cuts if all(map(_may_be_part, cut, ("first", "last")))]
        best = max(known, default=(0, None))
        return best[1] if best[0] else None

    def corrections(
        self, word: str, *, limit: int, prefix: bool = False, least_letters: int = _ONE_EDIT_LETTERS
    ) -> Sequence[tuple[str, int]]:
        """See Words; shorter words than `least_letters` are left alone."""
        return self._corrections(word, prefix, least_letters)[:limit]

    def _find_corrections(self, word: str, prefix: bool, least_letters: int) -> Sequence[tuple[str, int]]:
        edits = allowed_edits(word, least_letters=least_letters)
        if not edits:
            return ()
        positions = self._candidates(len(word), edits, prefix)
        positions = [position for position in positions if not _has_digit(self._words[position])]
        texts = [self._words[position] for position in positions]
        distances = _distances(word, texts, edits)
        if prefix:
            for length in (len(word), len(word) + 1):
                distances = np.minimum(distances, _distances(word, [text[:length] for text in texts], edits))
        found = [
            (int(distances[row]), texts[row][0] != word[0], -int(self._frequencies[positions[row]]), texts[row])
            for row in np.flatnonzero(distances <= edits)
        ]
        return tuple((text, distance) for distance, _, _, text in sorted(found))

    def _candidates(self, length: int, edits: int, prefix: bool) -> list[int]:
        longest = max(self._by_length, default=0) if prefix else length + edits
        lengths = range(max(length - edits, 2), longest + 1)
        return [position for size in lengths for position in self._by_length.get(size, ())]


class PacedVocabulary:
    """The vocabulary of an index that changes, read again no more often than its cost allows."""

    def __init__(self) -> None:
        self.is_stale = True
        self._due_at = float("-inf")
        self._vocabulary = Vocabulary()

    @property
    def is_due(self) -> bool:
        """Whether it is worth the cost to read it again."""
        return self.is_stale and time.monotonic() >= self._due_at

    def current(self, read: Callable[[], Iterable[tuple[str, int]]]) -> Vocabulary:
        """The words as they were lately; `read` gives those of now."""
        if self.is_due:
            started = time.monotonic()
            self._vocabulary = Vocabulary(read())
            ended = time.monotonic()
            self._due_at, self.is_stale = ended + (ended - started) / _VOCABULARY_SHARE, False
        return self._vocabulary


def _distances(word: str, texts: Sequence[str], most: int) -> NDArray[np.uint8]:
    """Edits (optimal string alignment) from `word` to each text; `most + 1` stands for any larger number."""
    distances: NDArray[np.uint8] = process.cdist([word], texts, scorer=OSA.distance, score_cutoff=most, dtype=np.uint8)
    row: NDArray[np.uint8] = distances[0]
    return row
