"""Safety notices: what must be said before any result. Patterns are data, matching is here.

A crisis must not be missed for a typing error, so words match within small edits.
"""

import re
import tomllib
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct
from rapidfuzz.distance import OSA

from indexing.queries import words_of

DEFAULT_FILE = Path(__file__).parents[1] / "data" / "notices.toml"
_TYPO_LETTERS = 6
"""Shorter words standing alone must be typed right: one edit turns too many of them into another word."""
_TYPO_LETTERS_IN_PHRASE = 4
_SENTENCE_END = re.compile(r"[.!?\n]+")
_TYPED_SHORT = {"2": "to", "u": "you", "r": "are", "n": "and"}
"""As thumbs write; a text is read both ways."""


class Link(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a notice leads."""

    label: str
    url: str


class Notice(Struct, frozen=True):
    """What is shown."""

    id: str
    title: str
    body: str
    links: tuple[Link, ...]


class _Written(Struct, frozen=True, forbid_unknown_fields=True):
    """A rule as the file has it."""

    id: str
    title: str
    body: str
    links: tuple[Link, ...] = ()
    any: tuple[str, ...] = ()
    all: tuple[tuple[tuple[str, ...], ...], ...] = ()
    unless: tuple[str, ...] = ()


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    notice: tuple[_Written, ...]


_Phrase = tuple[str, ...]
_Phrases = tuple[_Phrase, ...]


class _Rule:
    """A notice, and what calls for it."""

    def __init__(self, written: _Written) -> None:
        self.notice = Notice(written.id, written.title, written.body, written.links)
        self._any = _phrases(written.any)
        self._all = [[_phrases(group) for group in groups] for groups in written.all]
        self._unless = _phrases(written.unless)

    def is_called_for(self, words: Sequence[str]) -> bool:
        """Whether a run of folded words calls for the notice."""
        heard = _Heard(words)
        if heard.holds_any(self._unless):
            heard = _Heard(_without(words, self._unless))
        return heard.holds_any(self._any) or any(
            all(heard.holds_any(group) for group in groups) for groups in self._all
        )


class _Heard:
    """The words of one sentence, looked up by what they may have been meant to be."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words
        self._by_letter: dict[str, set[str]] = {}
        for word in words:
            self._by_letter.setdefault(word[:1], set()).add(word)

    def holds_any(self, phrases: _Phrases) -> bool:
        """Whether any of the phrases is there; most begin with a letter that no word begins with."""
        letters = self._by_letter
        return any(self._holds(phrase) for phrase in phrases if phrase[0][:1] in letters)

    def _holds(self, phrase: _Phrase) -> bool:
        """Whether the words of a phrase stand there one after the other, perhaps mistyped."""
        least = _TYPO_LETTERS_IN_PHRASE if len(phrase) > 1 else _TYPO_LETTERS
        alike: list[set[str]] = []
        for wanted in phrase:
            near = {word for word in self._by_letter.get(wanted[:1], ()) if _is_alike(word, wanted, least)}
            if not near:
                return False
            alike.append(near)
        length = len(phrase)
        return length == 1 or any(
            all(self._words[at + place] in near for place, near in enumerate(alike))
            for at in range(len(self._words) - length + 1)
        )


class Notices:
    """The notices and when each is due."""

    def __init__(self, path: Path = DEFAULT_FILE) -> None:
        written = msgspec.convert(tomllib.loads(path.read_text("utf-8")), type=_File).notice
        self._rules = [_Rule(rule) for rule in written]

    def due(self, text: str, *, also: Collection[str] = ()) -> list[Notice]:
        """The notices that a question calls for, and those whose ids are in `also`, in the order of the file."""
        return self._due([words_of(text)], also)

    def due_in_text(self, text: str) -> list[Notice]:
        """The notices that any sentence of a longer text calls for."""
        return self._due([words_of(sentence) for sentence in _SENTENCE_END.split(text)])

    def _due(self, sentences: Iterable[Sequence[str]], also: Collection[str] = ()) -> list[Notice]:
        readings = list(dict.fromkeys(reading for words in sentences for reading in _readings(words)))
        return [
            rule.notice
            for rule in self._rules
            if rule.notice.id in also or any(rule.is_called_for(words) for words in readings)
        ]


def _readings(words: Sequence[str]) -> list[tuple[str, ...]]:
    if not words:
        return []
    return [tuple(words), tuple(_TYPED_SHORT.get(word, word) for word in words)]


def _phrases(texts: Iterable[str]) -> _Phrases:
    return tuple(tuple(words_of(text)) for text in texts)


def _without(words: Sequence[str], phrases: _Phrases) -> list[str]:
    """The words with an empty one in place of each that belongs to a phrase."""
    kept = list(words)
    for phrase in phrases:
        for at in range(len(words) - len(phrase) + 1):
            if tuple(words[at : at + len(phrase)]) == phrase:
                kept[at : at + len(phrase)] = [""] * len(phrase)
    return kept


def _is_alike(word: str, wanted: str, least_letters: int) -> bool:
    if word == wanted:
        return True
    return len(wanted) >= least_letters and OSA.distance(word, wanted, score_cutoff=1) <= 1
