"""Safety notices: what must be said before any result. Patterns are data, matching is here.

A crisis must not be missed for a typing error, so words match within small edits.
"""

import tomllib
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec import Struct
from rapidfuzz.distance import OSA

from indexing.queries import words_of

DEFAULT_FILE = Path(__file__).parents[1] / "data" / "notices.toml"
_TYPO_LETTERS = 6
"""Shorter words standing alone must be typed right: one edit turns too many of them into another word."""
_TYPO_LETTERS_IN_PHRASE = 4


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


class _Rule(Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    title: str
    body: str
    links: tuple[Link, ...] = ()
    any: tuple[str, ...] = ()
    all: tuple[tuple[tuple[str, ...], ...], ...] = ()


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    notice: tuple[_Rule, ...]


class Notices:
    """The notices and when each is due."""

    def __init__(self, path: Path = DEFAULT_FILE) -> None:
        rules = msgspec.convert(tomllib.loads(path.read_text("utf-8")), type=_File).notice
        self._rules = [(rule, [tuple(words_of(phrase)) for phrase in rule.any]) for rule in rules]

    def due(self, text: str) -> list[Notice]:
        """The notices that `text` calls for, in the order of the file."""
        words = words_of(text)
        if not words:
            return []
        return [
            Notice(rule.id, rule.title, rule.body, rule.links)
            for rule, phrases in self._rules
            if any(_holds(words, phrase) for phrase in phrases)
            or any(_holds_each(words, groups) for groups in rule.all)
        ]


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
