"""Words and phrases of the rules, found in a sentence also where they are mistyped, joined or written as heard."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from search_api.safety.tokens import normal, words_in_order

NUMBER, BIG_NUMBER = "NUM", "BIGNUM"
_BIG = 6
_NUMBER_WORDS = frozenset(
    "ten twelve fifteen twenty thirty forty fifty sixty hundred "
    "diez doce quince veinte treinta cuarenta cincuenta sesenta cien".split()
)
_LEAST_LETTERS, _LEAST_FOR_TWO, _MOST_EDITS = 5, 9, 2
_LEAST_JOINED, _LEAST_APART = 6, 8
_CACHED = 20_000
_LEAST_BEGUN, _MOST_COMPLETIONS = 3, 60
_TO_ONESELF, _MOST_LETTERS = frozenset({"my", "mi"}), 8
_SOUNDS = (
    ("qu", "k"),
    ("ce", "se"),
    ("ci", "si"),
    ("ge", "je"),
    ("gi", "ji"),
    ("c", "k"),
    ("v", "b"),
    ("z", "s"),
    ("ll", "y"),
    ("h", ""),
    ("x", "s"),
)

Phrase = tuple[str, ...]


class Lexicon:
    """Finds classes of phrases in words. Immutable after it was made; thread-safe."""

    def __init__(
        self, classes: Mapping[str, Iterable[str]], literals: Iterable[str], *, real_words: frozenset[str]
    ) -> None:
        """`real_words` are words near to those of the lexicon that are no misspellings of them."""
        self._by_first: dict[str, list[tuple[Phrase, str]]] = {}
        for name, phrases in classes.items():
            for phrase in phrases:
                self._add(phrase, name)
        for literal in dict.fromkeys(literals):
            self._add(literal, literal)
        self.words = frozenset(word for found in self._by_first.values() for phrase, _ in found for word in phrase)
        self._sorted = sorted(self.words)
        self._real = real_words
        self._near = _Neighbours(self.words)
        self.meanings = lru_cache(maxsize=_CACHED)(self._meanings)

    def _add(self, text: str, name: str) -> None:
        words = words_in_order(text)
        phrase = tuple(normal(words) or words)
        if phrase:
            self._by_first.setdefault(phrase[0], []).append((phrase, name))

    def spans(
        self, words: Sequence[str], *, is_unfinished: bool = False, is_alone: bool = False
    ) -> dict[str, list[tuple[int, int]]]:
        """Of each class and literal: where it stands; the last word may be the beginning of another.

        Where it `is_alone`, and nothing before it says the same, it takes a letter more.
        """
        meant = [self.meanings(word) for word in words]
        if is_unfinished and words:
            meant[-1] = (*meant[-1], *self._completions(words[-1], is_alone=is_alone))
        found: dict[str, list[tuple[int, int]]] = {}
        for place, word in enumerate(words):
            for form in meant[place]:
                for phrase, name in self._by_first.get(form, ()):
                    end = place + len(phrase)
                    if end <= len(words) and all(
                        p in m for p, m in zip(phrase[1:], meant[place + 1 : end], strict=True)
                    ):
                        found.setdefault(name, []).append((place, end))
            for name in _numbers(word):
                found.setdefault(name, []).append((place, place + 1))
        return found

    def _completions(self, begun: str, *, is_alone: bool) -> Iterator[str]:
        """The words of which this is most, and two letters of those that go on to oneself (`my`, `myself`)."""
        if len(begun) < _LEAST_BEGUN + is_alone and begun not in _TO_ONESELF:
            return
        longest = len(begun) * 2 - 1 if begun not in _TO_ONESELF else _MOST_LETTERS
        for word in self._sorted[bisect_left(self._sorted, begun) :][:_MOST_COMPLETIONS]:
            if word.startswith(begun) and len(word) <= longest:
                yield word

    def split(self, words: Sequence[str]) -> list[str]:
        """The words with those taken apart that were typed as one, and joined that were typed as two."""
        found: list[str] = []
        skip = False
        for word, following in zip(words, [*words[1:], ""], strict=False):
            if skip:
                skip = False
                continue
            whole = word + following
            if (
                following
                and word not in self.words
                and len(whole) >= _LEAST_JOINED
                and whole in self.words
                and word not in self._real
            ):
                found.append(whole)
                skip = True
            else:
                found.extend(self._apart(word))
        return found

    def _apart(self, word: str) -> tuple[str, ...]:
        if len(word) < _LEAST_APART or word in self.words or word in self._real or self.meanings(word) != (word,):
            return (word,)
        for at in range(3, len(word) - 2):
            if word[:at] in self.words and word[at:] in self.words:
                return word[:at], word[at:]
        return (word,)

    def _meanings(self, typed: str) -> tuple[str, ...]:
        if typed in self.words or typed in self._real or typed.isdigit():
            return (typed,)
        return self._near.of(typed) or (typed,)


def _numbers(word: str) -> Iterator[str]:
    digits = re.match(r"\d+", word)
    if digits:
        yield NUMBER
    if word in _NUMBER_WORDS or (digits and int(digits.group()[:6]) >= _BIG and len(word) <= 7):
        yield BIG_NUMBER


def as_heard(word: str) -> str:
    """A word by its sounds in Spanish: b and v, s, z and soft c, ll and y are one; h is silent."""
    for written, sound in _SOUNDS:
        word = word.replace(written, sound)
    return word


class _Neighbours:
    """Words within one edit of a typed one, two for long words, or of the same sounds."""

    def __init__(self, words: Iterable[str]) -> None:
        self._by_start: dict[tuple[str, int], list[str]] = {}
        self._sounds: dict[str, set[str]] = {}
        for word in words:
            if len(word) >= _LEAST_LETTERS - 1:
                self._sounds.setdefault(as_heard(word), set()).add(word)
            if len(word) >= _LEAST_LETTERS:
                self._by_start.setdefault((word[0], len(word)), []).append(word)

    def of(self, typed: str) -> tuple[str, ...]:
        """The nearest words, sorted."""
        if len(typed) < _LEAST_LETTERS - 1:
            return ()
        heard = self._sounds.get(as_heard(typed), set())
        within = dict(self._within(typed))
        best = min(within.values(), default=0)
        return tuple(sorted(heard | {word for word, edits in within.items() if edits == best}))

    def _within(self, typed: str) -> Iterator[tuple[str, int]]:
        """Words of the same first letter that are near, with their edits."""
        for length in range(len(typed) - _MOST_EDITS, len(typed) + _MOST_EDITS + 1):
            most = _MOST_EDITS if length >= _LEAST_FOR_TWO else 1
            if abs(length - len(typed)) > most:
                continue
            words = self._by_start.get((typed[0], length), ())
            found = process.extract(typed, words, scorer=OSA.distance, score_cutoff=most, limit=None)
            yield from ((word, int(edits)) for word, edits, _ in found)
