"""Rules over words: who, which verb, which danger. The words are data, matching them is here."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from search_api.safety.lexicon import Lexicon
from search_api.safety.patterns import END, START, Pattern, Spans, parse
from search_api.safety.tokens import DATA, normal, sentences, words_in_order

Kind = Literal["emergency", "crisis", "clinician"]
KINDS: tuple[Kind, ...] = ("emergency", "crisis", "clinician")
"""In the order in which they are told."""
_FILES = ("rules_en.toml", "rules_es.toml")
_REAL_WORDS = "real_words.txt"
_NUMBERS = frozenset(("NUM", "BIGNUM"))


class Heard(Struct, frozen=True):
    """A rule that a text meets; one that is not `sure` needs the classifier's assent."""

    kind: Kind
    rule: str
    is_sure: bool
    assent: float = 0.0
    """The probability that a rule which is not sure needs."""


class _Idiom(Struct, frozen=True, forbid_unknown_fields=True):
    patterns: tuple[str, ...]


class _Written(Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    kind: Kind
    patterns: tuple[str, ...]
    sure: bool = False
    assent: float = 0.5
    unless: tuple[str, ...] = ()


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    classes: Mapping[str, str]
    idiom: tuple[_Idiom, ...]
    rule: tuple[_Written, ...]


class _Rule(Struct, frozen=True):
    heard: Heard
    patterns: tuple[Pattern, ...]
    unless: tuple[Pattern, ...]


class Rules:
    """All rules of all languages over one lexicon. Immutable; thread-safe."""

    def __init__(self, paths: Sequence[Path], real_words: frozenset[str] = frozenset()) -> None:
        files = [msgspec.convert(tomllib.loads(path.read_text("utf-8")), type=_File) for path in paths]
        classes: dict[str, list[str]] = {}
        for file in files:
            for name, phrases in file.classes.items():
                classes.setdefault(name, []).extend(part.strip() for part in phrases.split(",") if part.strip())
        self._idioms = [parse(text) for file in files for idiom in file.idiom for text in idiom.patterns]
        self._rules = [
            _Rule(
                Heard(rule.kind, rule.id, rule.sure, 0.0 if rule.sure else rule.assent),
                tuple(parse(text) for text in rule.patterns),
                tuple(parse(text) for text in rule.unless),
            )
            for file in files
            for rule in file.rule
        ]
        every = [*self._idioms, *(p for rule in self._rules for p in (*rule.patterns, *rule.unless))]
        literals = [name for pattern in every for name in pattern.names if name not in classes]
        self.lexicon = Lexicon(
            classes, (name for name in literals if name not in {START, END, *_NUMBERS}), real_words=real_words
        )
        by_language = [_words_of(file) for file in files]
        self.spanish_words = by_language[-1].difference(*by_language[:-1])
        """Words of the last file alone."""
        self._idioms_by_opener = _by_opener((pattern, pattern) for pattern in self._idioms)
        self._rules_by_opener = _by_opener((pattern, rule) for rule in self._rules for pattern in rule.patterns)

    def heard_in(self, text: str, *, is_unfinished: bool = False) -> list[Heard]:
        """The rules that a text meets, sure ones first, each once; its last word may be `is_unfinished`."""
        found: dict[Heard, None] = {}
        parts = list(sentences(text))
        for number, sentence in enumerate(parts, start=1):
            is_last = is_unfinished and number == len(parts) and text[-1:].isalnum()
            found |= dict.fromkeys(self._heard_in_words(words_in_order(sentence), is_unfinished=is_last))
        return sorted(found, key=lambda heard: not heard.is_sure)

    def _heard_in_words(self, typed: Sequence[str], *, is_unfinished: bool) -> list[Heard]:
        words = self.lexicon.split(normal(typed))
        spans = self.lexicon.spans(words)
        masked = self._without_idioms(words, spans)
        if masked is not None or is_unfinished:
            words = masked or words
            spans = self.lexicon.spans(words, is_unfinished=is_unfinished)
        found: dict[Heard, None] = {}
        for name in spans:
            for pattern, rule in self._rules_by_opener.get(name, ()):
                if rule.heard in found or pattern.find(spans, len(words)) is None:
                    continue
                if not any(other.find(spans, len(words)) for other in rule.unless):
                    found[rule.heard] = None
        return list(found)

    def _without_idioms(self, words: Sequence[str], spans: Spans) -> list[str] | None:
        """The words with nothing in place of those that mean something else; None where there are none."""
        kept = list(words)
        for name in spans:
            for pattern, _ in self._idioms_by_opener.get(name, ()):
                if (place := pattern.find(spans, len(words))) is not None:
                    kept[place[0] : place[1]] = [""] * (place[1] - place[0])
        return kept if kept != list(words) else None


def _by_opener(pairs: Iterable[tuple[Pattern, Any]]) -> dict[str, list[tuple[Pattern, Any]]]:
    found: dict[str, list[tuple[Pattern, Any]]] = {}
    for pattern, owner in pairs:
        for name in pattern.openers:
            found.setdefault(name, []).append((pattern, owner))
    return found


def _words_of(file: _File) -> frozenset[str]:
    return frozenset(word for phrases in file.classes.values() for word in words_in_order(phrases))


@cache
def built_in_rules() -> Rules:
    """The rules that the service ships."""
    path = DATA / _REAL_WORDS
    real = frozenset(path.read_text("utf-8").split()) if path.exists() else frozenset()
    return Rules([DATA / name for name in _FILES], real)
