"""Rules over words: who, which verb, which danger. The words are data, matching them is here."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from search_api.safety.language import DEFAULT, Language, language_of
from search_api.safety.lexicon import Lexicon
from search_api.safety.patterns import END, START, Pattern, Spans, parse
from search_api.safety.tokens import DATA, normal, sentences, words_in_order

Kind = Literal["emergency", "crisis", "clinician"]
DANGERS: frozenset[str] = frozenset({"emergency", "crisis"})
"""Kinds in which somebody is in danger now."""
KINDS: tuple[Kind, ...] = ("emergency", "crisis", "clinician")
"""In the order in which they are told."""
_FILES = ("rules_en.toml", "rules_es.toml")
_REAL_WORDS = "real_words.txt"
_NUMBERS = frozenset(("NUM", "BIGNUM"))
_NEAR, _MOST_NEIGHBOURS = 2, 13
"""Classes with at most so many words between them are a pair; so many of those that follow are looked at."""
_IDIOM, _DOUBT = "#idiom", "#doubt"
_LONGEST_ACRONYM = 2
"""Letters of a word that is written in capitals and no class: OD."""
_ASSENT_IN_DOUBT = 0.6
"""What a sure rule needs where a sentence is rather about long ago, about others' study, or says that it is not so."""


class Heard(Struct, frozen=True):
    """A rule that a text meets; one that is not `sure` needs the classifier's assent."""

    kind: Kind
    rule: str
    is_sure: bool
    assent: float = 0.0
    """The probability that a rule which is not sure needs."""
    language: Language | None = None
    """The only language of text in which the rule is heard; None for every one."""
    is_doubted: bool = False
    """Whether the rule is sure where no other words of the sentence make it doubtful."""


class Reading(Struct, frozen=True):
    """What the lexicon finds in a text: the rules that it meets, and what it speaks of."""

    heard: tuple[Heard, ...]
    """Sure ones first, each once."""
    concepts: tuple[str, ...]
    """Names of classes, of pairs of classes that stand near one another in order, of rules, of idioms, and of the
    language: words of one meaning have one name, and so the classifier learns from all of them what it was shown for
    one."""


class _Idiom(Struct, frozen=True, forbid_unknown_fields=True):
    patterns: tuple[str, ...]


class _Doubt(Struct, frozen=True, forbid_unknown_fields=True):
    patterns: tuple[str, ...]
    kinds: tuple[Kind, ...] = KINDS


class _Written(Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    kind: Kind
    patterns: tuple[str, ...]
    sure: bool = False
    assent: float = 0.5
    language: Language | None = None
    unless: tuple[str, ...] = ()


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    classes: Mapping[str, str]
    idiom: tuple[_Idiom, ...]
    doubt: tuple[_Doubt, ...]
    rule: tuple[_Written, ...]


class _Rule(Struct, frozen=True):
    heard: Heard
    patterns: tuple[Pattern, ...]
    unless: tuple[Pattern, ...]


class Rules:
    """All rules of all languages over one lexicon. Immutable; thread-safe."""

    def __init__(self, paths: Sequence[Path], real_words: frozenset[str] = frozenset()) -> None:
        """Raises ValueError where a pattern asks for what it can never find."""
        files = [msgspec.convert(tomllib.loads(path.read_text("utf-8")), type=_File) for path in paths]
        classes: dict[str, list[str]] = {}
        for file in files:
            for name, phrases in file.classes.items():
                classes.setdefault(name, []).extend(part.strip() for part in phrases.split(",") if part.strip())
        self._classes = frozenset((*classes, *_NUMBERS))
        self._idioms = [parse(text) for file in files for idiom in file.idiom for text in idiom.patterns]
        self._doubts = [(parse(text), doubt.kinds) for file in files for doubt in file.doubt for text in doubt.patterns]
        self._rules = [
            _Rule(
                Heard(rule.kind, rule.id, rule.sure, 0.0 if rule.sure else rule.assent, rule.language),
                tuple(parse(text) for text in rule.patterns),
                tuple(parse(text) for text in rule.unless),
            )
            for file in files
            for rule in file.rule
        ]
        every = [
            *self._idioms,
            *(pattern for pattern, _ in self._doubts),
            *(p for rule in self._rules for p in (*rule.patterns, *rule.unless)),
        ]
        literals = [name for pattern in every for name in pattern.names if name not in classes]
        _refuse_unknown_classes(literals)
        self.lexicon = Lexicon(
            classes, (name for name in literals if name not in {START, END, *_NUMBERS}), real_words=real_words
        )
        by_language = [_words_of(file) for file in files]
        self.spanish_words = by_language[-1].difference(*by_language[:-1])
        """Words of the last file alone."""
        self._idioms_by_opener = _by_opener((pattern, pattern) for pattern in self._idioms)
        self._doubts_by_opener = _by_opener(self._doubts)
        self._rules_by_opener = _by_opener((pattern, rule) for rule in self._rules for pattern in rule.patterns)

    def read(self, text: str, *, is_unfinished: bool = False) -> Reading:
        """What a text says to the rules; its last word may be `is_unfinished`."""
        heard: dict[Heard, None] = {}
        concepts: list[str] = []
        parts = list(sentences(text))
        for number, sentence in enumerate(parts, start=1):
            is_last = is_unfinished and number == len(parts) and text[-1:].isalnum()
            words, spans, has_idiom = self._spans(words_in_order(sentence))
            possible = self.lexicon.spans(words, is_unfinished=True) if is_last else spans
            doubted = self._doubted(spans, len(words))
            met = [
                _doubted(each) if each.kind in doubted else each for each in self._met(words, possible, spans, is_last)
            ]
            heard |= dict.fromkeys(met)
            concepts += [*self._concepts(possible), *[_IDIOM] * has_idiom, *[_DOUBT] * bool(doubted)]
        concepts += [f"!{each.rule}" for each in heard]
        concepts.append(f"@{language_of(text, spanish_words=self.spanish_words) or DEFAULT}")
        return Reading(tuple(sorted(heard, key=lambda each: not each.is_sure)), tuple(concepts))

    def _spans(self, typed: Sequence[str]) -> tuple[Sequence[str], Spans, bool]:
        """The words of a sentence, where classes stand in them, and whether idioms were taken out."""
        words = self.lexicon.split(normal(typed))
        spans = self.lexicon.spans(words)
        masked = self._without_idioms(words, spans)
        return (words, spans, False) if masked is None else (masked, self.lexicon.spans(masked), True)

    def _met(self, words: Sequence[str], possible: Spans, spans: Spans, is_unfinished: bool) -> list[Heard]:
        """The rules that are met by `possible` spans while a word is unfinished; exceptions need whole words."""
        found: dict[Heard, None] = {}
        length = len(words)
        alone = self.lexicon.spans(words, is_unfinished=True, is_alone=True) if is_unfinished else spans
        for name in possible:
            for pattern, rule in self._rules_by_opener.get(name, ()):
                place = None if rule.heard in found else pattern.find(possible, length, is_unfinished=is_unfinished)
                if place is None:
                    continue
                if place == (length - 1, length) and pattern.find(alone, length, is_unfinished=is_unfinished) is None:
                    continue
                if not any(other.find(spans, length) for other in rule.unless):
                    found[rule.heard] = None
        return list(found)

    def _doubted(self, spans: Spans, length: int) -> frozenset[Kind]:
        """The kinds whose sure rules are in doubt in a sentence."""
        return frozenset(
            kind
            for name in spans
            for pattern, kinds in self._doubts_by_opener.get(name, ())
            if pattern.find(spans, length) is not None
            for kind in kinds
        )

    def _concepts(self, spans: Spans) -> Iterator[str]:
        """The classes of a sentence, and which of them follows which within a few words."""
        placed = sorted(
            (begin, end, name) for name, places in spans.items() if name in self._classes for begin, end in places
        )
        yield from (f"#{name}" for name in dict.fromkeys(name for _, _, name in placed))
        for number, (_, end, name) in enumerate(placed, start=1):
            for begin, _, other in placed[number : number + _MOST_NEIGHBOURS]:
                if 0 <= begin - end <= _NEAR and other != name:
                    yield f"#{name}>{other}"

    def _without_idioms(self, words: Sequence[str], spans: Spans) -> list[str] | None:
        """The words with nothing in place of those that mean something else; None where there are none."""
        kept = list(words)
        for name in spans:
            for pattern, _ in self._idioms_by_opener.get(name, ()):
                if (place := pattern.find(spans, len(words))) is not None:
                    kept[place[0] : place[1]] = [""] * (place[1] - place[0])
        return kept if kept != list(words) else None


def _doubted(heard: Heard) -> Heard:
    if not heard.is_sure:
        return heard
    return msgspec.structs.replace(heard, is_sure=False, assent=_ASSENT_IN_DOUBT, is_doubted=True)


def _refuse_unknown_classes(literals: Iterable[str]) -> None:
    """Raises ValueError for a name that is written as one of a class but is none: its pattern would never match."""
    unknown = sorted({name for name in literals if name.isupper() and len(name) > _LONGEST_ACRONYM} - _NUMBERS)
    if unknown:
        raise ValueError(f"patterns ask for classes that no file has: {', '.join(unknown)}")


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
