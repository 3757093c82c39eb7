"""What speaks for and against the first article as the answer to a question: numbers between 0 and about 1."""

import math
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from indexing.analysis import STOP_WORDS, stem
from indexing.engines.base import Candidates, IndexedPassage, Words
from indexing.queries import words_of

NAMES = (
    "nearest", "title_cosine", "document_cosine", "title_coverage", "every_word", "known", "covered", "ahead",
    "brevity", "rarity", "field", "agreement",
)  # fmt: skip
"""The order of the evidence in every file of weights."""
Evidence = NDArray[np.float64]
Runs = Mapping[tuple[str, ...], Sequence[tuple[str, ...]]]

_LONGEST_RUN = 5
_COMPARED = 10
"""The hit that the nearest one is measured against."""
_MANY_WORDS = 8
_RAREST = 10.0
"""About what a word tells that none of 10,000 documents holds."""
_FRAME = frozenset(
    """
    how what when where which who why much many long often does do did can could should would will is are was
    best good better near there any some get need want know tell me my i you your it im ive
    """.split()
)
"""Words that frame a question and say nothing of what it is about."""


class Asked(Struct, frozen=True):
    """The words of a question that say what it is about, with how much each tells, and what may stand for them."""

    words: tuple[str, ...]
    weights: tuple[float, ...]
    meant: tuple[tuple[tuple[str, ...], ...], ...]
    """For each word the runs that may stand for it."""
    known: tuple[bool, ...]
    """Whether any article holds the word or what stands for it."""
    field: tuple[bool, ...]
    """Whether it is a word of the field: of a condition, a treatment, a medicine."""

    @property
    def whole(self) -> float:
        """The sum of the weights; at least a little."""
        return max(sum(self.weights), 1e-9)

    def coverage(self, stems: Collection[str]) -> float:
        """The share of what the words tell that a text of these stems holds, in the words or what stands for them."""
        held = [_is_held(word, runs, stems) for word, runs in zip(self.words, self.meant, strict=True)]
        return self.share(held)

    def share(self, held: Collection[bool]) -> float:
        """The share of what the words tell that those tell which are `held`, one a word."""
        return sum(weight for weight, is_held in zip(self.weights, held, strict=True) if is_held) / self.whole


def asked(text: str, vocabulary: Words, size: int, synonyms: Runs, field: Collection[str]) -> Asked:
    """Read a question against the words of an index of `size` documents; a word that none holds tells most."""
    typed = words_of(text)
    content = [word for word in typed if word not in STOP_WORDS and word not in _FRAME] or typed
    meant = {word: _meant(word, typed, synonyms) for word in content}
    frequencies = [_frequency(word, vocabulary) for word in content]
    known = [
        bool(frequency) or any(all(_frequency(part, vocabulary) for part in run) for run in meant[word])
        for word, frequency in zip(content, frequencies, strict=True)
    ]
    weights = [math.log(1 + (size - min(each, size) + 0.5) / (each + 0.5)) for each in frequencies]
    return Asked(
        words=tuple(content),
        weights=tuple(weights),
        meant=tuple(meant[word] for word in content),
        known=tuple(known),
        field=tuple(word in field or word.removesuffix("s") in field for word in content),
    )


def evidence(question: Asked, candidates: Candidates, first: int, title: str, passage: IndexedPassage) -> Evidence:
    """The numbers named in NAMES, of the candidate at `first` and its best passage."""
    nearest = np.maximum(candidates.passage_cosine, candidates.title_cosine)
    ranked = np.sort(nearest)[::-1]
    behind = float(ranked[min(_COMPARED, len(ranked) - 1)])
    holds = frozenset(stem(word) for word in words_of(f"{title} {passage.heading} {passage.text}"))
    covered = question.coverage(holds)
    return np.array(
        [
            nearest[first],
            candidates.title_cosine[first],
            candidates.document_cosine[first],
            candidates.title_coverage[first],
            candidates.has_all_words[first],
            question.share(question.known),
            covered,
            nearest[first] - behind,
            1.0 - min(len(question.words), _MANY_WORDS) / _MANY_WORDS,
            max(question.weights, default=0.0) / _RAREST,
            question.share(question.field),
            covered * nearest[first],
        ]
    )


def _is_held(word: str, runs: Sequence[tuple[str, ...]], holds: Collection[str]) -> bool:
    return stem(word) in holds or any(all(stem(part) in holds for part in run) for run in runs)


def _frequency(word: str, vocabulary: Words) -> int:
    """Of the word or a plain inflection of it."""
    bases = {word, word.removesuffix("s"), word.removesuffix("es"), word.removesuffix("ing"), word.removesuffix("ed")}
    return max(vocabulary.frequency(base + ending) for base in bases for ending in ("", "s", "es", "ing", "ed"))


def _meant(word: str, typed: Sequence[str], synonyms: Runs) -> tuple[tuple[str, ...], ...]:
    """What stands for the word by itself, or for a run of the question that holds it."""
    found: list[tuple[str, ...]] = []
    for start in range(len(typed)):
        for end in range(start + 1, min(start + _LONGEST_RUN, len(typed)) + 1):
            run = tuple(typed[start:end])
            if word in run:
                found += synonyms.get(run, ())
    return tuple(found)
