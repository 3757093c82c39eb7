"""Safety notices: what must be said before any result. Patterns are data, matching is here.

A crisis must not be missed for a typing error, so words match within small edits.
"""

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import msgspec
from msgspec import Struct
from rapidfuzz.distance import OSA

from indexing.queries import words_of
from search_api.curation.curation import InForce
from search_api.curation.rules import CuratedNotice

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


class _Phrases:
    """Phrases by their first word, so that only those are looked at whose first word was heard."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._by_first: dict[str, list[_Phrase]] = {}
        for text in texts:
            phrase = tuple(words_of(text))
            self._by_first.setdefault(phrase[0], []).append(phrase)

    def words(self) -> Iterator[str]:
        """Every word of every phrase."""
        return (word for phrases in self._by_first.values() for phrase in phrases for word in phrase)

    def heard_in(self, heard: "_Heard") -> Iterator[_Phrase]:
        """Those that stand in a text."""
        return (
            phrase
            for first in heard.meant.keys() & self._by_first.keys()
            for phrase in self._by_first[first]
            if heard.holds(phrase)
        )


class _Rule:
    """A notice, and what calls for it."""

    def __init__(self, written: _Written) -> None:
        self.notice = Notice(written.id, written.title, written.body, written.links)
        self._any = _Phrases(written.any)
        self._all = [[_Phrases(group) for group in groups] for groups in written.all]
        self._unless = _Phrases(written.unless)

    def words(self) -> Iterator[str]:
        """Every word that this rule listens for."""
        for phrases in (self._any, self._unless, *(group for groups in self._all for group in groups)):
            yield from phrases.words()

    def is_called_for(self, words: Sequence[str], meanings: "_Meanings") -> bool:
        """Whether a run of folded words calls for the notice."""
        heard = _Heard(words, meanings)
        if excepted := list(self._unless.heard_in(heard)):
            heard = _Heard(_without(words, excepted), meanings)
        return _any(self._any.heard_in(heard)) or any(
            all(_any(group.heard_in(heard)) for group in groups) for groups in self._all
        )


class _Meanings:
    """Which words that rules listen for a typed word may have been meant to be."""

    def __init__(self, wanted: Iterable[str]) -> None:
        self._by_letter: dict[str, set[str]] = {}
        for word in wanted:
            self._by_letter.setdefault(word[:1], set()).add(word)
        self.of = lru_cache(maxsize=20_000)(self._of)

    def _of(self, typed: str) -> frozenset[str]:
        return frozenset(wanted for wanted in self._by_letter.get(typed[:1], ()) if _is_alike(typed, wanted))


class _Heard:
    """The words of one sentence, by what each may have been meant to be."""

    def __init__(self, words: Sequence[str], meanings: _Meanings) -> None:
        self._words = words
        self.meant: dict[str, set[int]] = {}
        for place, word in enumerate(words):
            for wanted in meanings.of(word):
                self.meant.setdefault(wanted, set()).add(place)

    def holds(self, phrase: _Phrase) -> bool:
        """Whether the words of a phrase stand there one after the other, perhaps mistyped."""
        if len(phrase) == 1:
            (wanted,) = phrase
            return wanted in self._words or (wanted in self.meant and len(wanted) >= _TYPO_LETTERS)
        places = self.meant.get(phrase[0], set())
        for offset, wanted in enumerate(phrase[1:], start=1):
            places = {place for place in places if place + offset in self.meant.get(wanted, ())}
        return bool(places)


class Notices:
    """The notices and when each is due."""

    def __init__(self, path: Path = DEFAULT_FILE) -> None:
        written = msgspec.convert(tomllib.loads(path.read_text("utf-8")), type=_File).notice
        self._rules = [_Rule(rule) for rule in written]
        self._meanings = _Meanings(word for rule in self._rules for word in rule.words())

    @property
    def ids(self) -> frozenset[str]:
        """The built-in notices."""
        return frozenset(rule.notice.id for rule in self._rules)

    def due(self, text: str, *, also: Collection[str] = (), curated: InForce | None = None) -> list[Notice]:
        """The notices that a question calls for, and those whose ids are in `also`.

        The built-in ones come first, in the order of the file and perhaps in editors' words, then editors' own.
        """
        found = _reworded(self._due([words_of(text)], also), curated)
        known = {notice.id for notice in found}
        own = curated.notices(text) if curated is not None else []
        return [*found, *(_notice(id, rule) for id, rule in own if id not in known)]

    def due_in_text(self, text: str, *, curated: InForce | None = None) -> list[Notice]:
        """The notices that any sentence of a longer text calls for."""
        return _reworded(self._due([words_of(sentence) for sentence in _SENTENCE_END.split(text)]), curated)

    def _due(self, sentences: Iterable[Sequence[str]], also: Collection[str] = ()) -> list[Notice]:
        readings = list(dict.fromkeys(reading for words in sentences for reading in _readings(words)))
        return [
            rule.notice
            for rule in self._rules
            if rule.notice.id in also or any(rule.is_called_for(words, self._meanings) for words in readings)
        ]


def _reworded(notices: Iterable[Notice], curated: InForce | None) -> list[Notice]:
    found = ((notice, curated.wording(notice.id) if curated is not None else None) for notice in notices)
    return [notice if wording is None else _notice(notice.id, wording) for notice, wording in found]


def _notice(id: str, rule: CuratedNotice) -> Notice:
    return Notice(id, rule.title, rule.body, tuple(Link(link.label, link.url) for link in rule.links))


def _readings(words: Sequence[str]) -> list[tuple[str, ...]]:
    if not words:
        return []
    return [tuple(words), tuple(_TYPED_SHORT.get(word, word) for word in words)]


def _any(phrases: Iterator[_Phrase]) -> bool:
    return next(phrases, None) is not None


def _without(words: Sequence[str], phrases: Iterable[_Phrase]) -> list[str]:
    """The words with an empty one in place of each that belongs to a phrase."""
    kept = list(words)
    for phrase in phrases:
        for at in range(len(words) - len(phrase) + 1):
            if tuple(words[at : at + len(phrase)]) == phrase:
                kept[at : at + len(phrase)] = [""] * len(phrase)
    return kept


def _is_alike(word: str, wanted: str) -> bool:
    if word == wanted:
        return True
    return len(wanted) >= _TYPO_LETTERS_IN_PHRASE and OSA.distance(word, wanted, score_cutoff=1) <= 1
