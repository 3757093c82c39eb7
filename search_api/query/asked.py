"""The words of a question that say what it is about, with how much each tells, and how much of them a text holds."""

import math
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

from msgspec import Struct

from indexing.analysis import STOP_WORDS, stem
from indexing.engines.base import Words
from indexing.queries import words_of

Runs = Mapping[tuple[str, ...], Sequence[tuple[str, ...]]]
Stems = frozenset[str]

_LONGEST_RUN = 5
_KEPT_TEXTS = 20_000
"""Short texts whose words are kept: about 10 MB."""
_FRAME = frozenset(
    """
    how what when where which who why much many long often does do did can could should would will is are was
    best good better near there any some get need want know tell explain me my i you your it im ive
    """.split()
)
"""Words that frame a question and say nothing of what it is about."""


class Asked(Struct, frozen=True):
    """The words of a question that say what it is about, with how much each tells, and what may stand for them."""

    words: tuple[str, ...]
    weights: tuple[float, ...]
    rarity: tuple[float, ...]
    """Of each word how few articles hold it as it was typed, from 0 where all do or none does to almost 1."""
    meant: tuple[tuple[Stems, ...], ...]
    """For each word its stem, and the stems of each run of words that may stand for it."""
    known: tuple[bool, ...]
    """Whether any article holds the word or what stands for it."""
    field: tuple[bool, ...]
    """Whether it is a word of the field: of a condition, a treatment, a medicine."""

    @property
    def whole(self) -> float:
        """The sum of the weights; at least a little."""
        return max(sum(self.weights), 1e-9)

    @property
    def stems(self) -> Stems:
        """Those of the words themselves."""
        return frozenset().union(*(runs[0] for runs in self.meant))

    @property
    def anything(self) -> Stems:
        """Those of the words and of whatever may stand for them: what has none of these holds none of the words."""
        return frozenset().union(*(run for runs in self.meant for run in runs))

    def held(self, stems: Stems) -> list[bool]:
        """Of each word whether a text of these stems holds it, or what stands for it."""
        return [any(run <= stems for run in runs) for runs in self.meant]

    def coverage(self, stems: Stems) -> float:
        """The share of what the words tell that a text of these stems holds, in the words or what stands for them."""
        return self.share(self.held(stems))

    def share(self, held: Collection[bool]) -> float:
        """The share of what the words tell that those tell which are `held`, one a word."""
        return sum(weight for weight, is_held in zip(self.weights, held, strict=True) if is_held) / self.whole


def asked(text: str, vocabulary: Words, size: int, synonyms: Runs, field: Collection[str]) -> Asked:
    """Read a question against the words of an index of `size` documents; a word that none holds tells most."""
    typed = words_of(text)
    content = _content(typed)
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
        rarity=tuple(_rarity(frequency, size) for frequency in frequencies),
        meant=tuple(tuple(frozenset(map(stem, run)) for run in ((word,), *meant[word])) for word in content),
        known=tuple(known),
        field=tuple(word in field or word.removesuffix("s") in field for word in content),
    )


def stems_of(text: str) -> Stems:
    """The stems of all words of a text."""
    return frozenset(map(stem, words_of(text)))


@lru_cache(_KEPT_TEXTS)
def content_stems(text: str) -> Stems:
    """The stems of the words of a title or a heading that say what it is about."""
    return frozenset(map(stem, _content(words_of(text))))


def _content(words: Sequence[str]) -> Sequence[str]:
    return [word for word in words if word not in STOP_WORDS and word not in _FRAME] or words


def _rarity(frequency: int, size: int) -> float:
    """By the orders of magnitude between those that hold a word and all."""
    return 1 - math.log1p(min(frequency, size)) / math.log1p(size) if frequency else 0.0


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
