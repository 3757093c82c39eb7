"""Safety notices: what must be said before any result. Patterns are data, matching is here.

A crisis must not be missed for a typing error, so words match within small edits.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
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


_Groups = tuple[tuple[str, ...], ...]
"""Groups of phrases of each of which one must be there."""


class _Rule(Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    title: str
    body: str
    links: tuple[Link, ...] = ()
    any: tuple[str, ...] = ()
    all: tuple[_Groups, ...] = ()


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    notice: tuple[_Rule, ...]


class Notices:
    """The notices and when each is due."""

    def __init__(self, path: Path = DEFAULT_FILE) -> None:
        rules = msgspec.convert(tomllib.loads(path.read_text("utf-8")), type=_File).notice
        self._rules = [(rule, [tuple(words_of(phrase)) for phrase in rule.any]) for rule in rules]

    def due(self, text: str) -> list[Notice]:
        """The notices that a question calls for, in the order of the file."""
        words = words_of(text)
        return [_notice(rule) for rule, phrases in self._rules if words and _calls_for(words, phrases, rule.all)]

    def due_in_text(self, text: str) -> list[Notice]:
        """The notices that any sentence of a longer text calls for."""
        sentences = [words for sentence in _SENTENCE_END.split(text) if (words := words_of(sentence))]
        present = _Present(word for words in sentences for word in words)
        found = []
        for rule, phrases in self._rules:
            likely = [phrase for phrase in phrases if present.may_hold(phrase)]
            groups = tuple(each for each in rule.all if present.may_hold_each(each))
            if (likely or groups) and any(_calls_for(words, likely, groups) for words in sentences):
                found.append(_notice(rule))
        return found


class _Present:
    """The words of a long text, to rule out at once what cannot be in it."""

    def __init__(self, words: Iterable[str]) -> None:
        self._by_letter: dict[str, set[str]] = {}
        for word in words:
            self._by_letter.setdefault(word[:1], set()).add(word)

    def may_hold(self, phrase: Sequence[str]) -> bool:
        """Whether each word of a phrase occurs somewhere, perhaps mistyped."""
        least = _TYPO_LETTERS_IN_PHRASE if len(phrase) > 1 else _TYPO_LETTERS
        return all(
            any(_alike(word, wanted, least) for word in self._by_letter.get(wanted[:1], ())) for wanted in phrase
        )

    def may_hold_each(self, groups: Sequence[Sequence[str]]) -> bool:
        """Whether each group has a phrase that may be there."""
        return all(any(self.may_hold(tuple(words_of(phrase))) for phrase in group) for group in groups)


def _notice(rule: _Rule) -> Notice:
    return Notice(rule.id, rule.title, rule.body, rule.links)


def _calls_for(words: Sequence[str], phrases: Sequence[Sequence[str]], each: Sequence[_Groups]) -> bool:
    return any(_holds(words, phrase) for phrase in phrases) or any(_holds_each(words, groups) for groups in each)


def _holds_each(words: Sequence[str], groups: Sequence[Sequence[str]]) -> bool:
    return all(any(_holds(words, tuple(words_of(phrase))) for phrase in group) for group in groups)


def _holds(words: Sequence[str], phrase: Sequence[str]) -> bool:
    length = len(phrase)
    least = _TYPO_LETTERS_IN_PHRASE if length > 1 else _TYPO_LETTERS
    return any(
        all(_alike(word, wanted, least) for word, wanted in zip(words[at : at + length], phrase, strict=True))
        for at in range(len(words) - length + 1)
    )


def _alike(word: str, wanted: str, least_letters: int) -> bool:
    if word == wanted:
        return True
    if len(wanted) < least_letters or word[:1] != wanted[:1]:
        return False
    return OSA.distance(word, wanted, score_cutoff=1) <= 1
