"""Editors' decisions, as they were a second ago on every process. Answers never wait for the content store."""

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import structlog
from msgspec import Struct

from indexing.content.curation import CurationStore, Decision
from indexing.documents import DocumentType
from indexing.errors import NotFound
from indexing.queries import words_of
from search_api.curation.patterns import EVERY, Pattern
from search_api.curation.rules import (
    KINDS,
    CuratedNotice,
    HelpArticles,
    Pin,
    Rule,
    SuppressedSuggestion,
    Synonyms,
    TaughtAnswer,
    rule_class,
)

_REFRESH_SECONDS = 1.0
_STORED_AS = {"pins": "pin"}
"""Kinds that were stored under another name before."""

SynonymRuns = Mapping[tuple[str, ...], Sequence[tuple[str, ...]]]

log = structlog.get_logger()


class Curated(Struct, frozen=True):
    """What applies to one answer, in the order of the pins' ids."""

    pinned: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()


class _Compiled(Struct, frozen=True):
    id: str
    rule: Any
    patterns: tuple[Pattern, ...] = ()


class InForce:
    """The decisions that apply at one moment."""

    def __init__(
        self,
        rules: Mapping[str, Sequence[_Compiled]],
        moment: datetime,
        stand_ins: Mapping[str, str] | None = None,
    ) -> None:
        self._stand_ins = stand_ins or {}
        active = {kind: [each for each in found if each.rule.is_active(moment)] for kind, found in rules.items()}
        self._pins = active.get("pins", [])
        self._notices = active.get("notices", [])
        self._suppressed = active.get("suggestions", [])
        self._help_pages: dict[str, HelpArticles] = {each.id: each.rule for each in active.get("help_pages", [])}
        self.answers: tuple[TaughtAnswer, ...] = tuple(each.rule for each in active.get("answers", []))
        """Questions with the article that answers them."""
        self.synonyms = _runs(each.rule for each in active.get("synonyms", []))
        """Runs of words with what they also stand for."""

    def for_search(self, text: str, kind: DocumentType) -> Curated:
        """What applies to a search for `text` in the documents of one type."""
        duplicates = frozenset(self._stand_ins) if kind == "clinic" else frozenset()
        if not self._pins:
            return Curated(hidden=duplicates) if duplicates else _NOTHING
        words = words_of(text)
        pins = (
            each.rule
            for each in self._pins
            if each.rule.type == kind and any(pattern.matches(words) for pattern in each.patterns)
        )
        return _curated(pins, duplicates)

    def shown_clinic(self, id: str) -> str:
        """The listing that visitors see in place of a listing: itself, but where it is a duplicate."""
        return self._stand_ins.get(id, id)

    def for_readers(self, read: Collection[str], *, is_newcomer: bool) -> Curated:
        """What applies to recommendations for somebody who has read these articles."""
        return _curated(
            each.rule
            for each in self._pins
            if EVERY in each.rule.articles
            or not set(read).isdisjoint(each.rule.articles)
            or (is_newcomer and each.rule.newcomers)
        )

    def notices(self, text: str) -> list[tuple[str, CuratedNotice]]:
        """Notices that a search calls for, with their ids."""
        words = words_of(text)
        return [(each.id, each.rule) for each in self._notices if any(p.matches(words) for p in each.patterns)]

    def wording(self, id: str) -> CuratedNotice | None:
        """What a built-in notice says in place of its own words."""
        return next((each.rule for each in self._notices if each.id == id), None)

    def help_pages(self, kind: str) -> tuple[str, ...] | None:
        """The articles that lead for a kind of need, or None where the taxonomy says it."""
        chosen = self._help_pages.get(kind)
        return None if chosen is None else chosen.articles

    @property
    def suppresses_any(self) -> bool:
        """Whether there is any completion that is not to be offered."""
        return bool(self._suppressed)

    def suppresses(self, words: Sequence[str]) -> bool:
        """Whether a completion of these words is not to be offered."""
        return any(pattern.matches(words) for each in self._suppressed for pattern in each.patterns)


class Curation:
    """The decisions of the content store. Thread-safe."""

    def __init__(self, store: CurationStore, stand_ins: Callable[[], Mapping[str, str]] = dict[str, str]) -> None:
        self._store = store
        self._find_stand_ins = stand_ins
        self._stand_ins: Mapping[str, str] = {}
        self._version = ""
        self._rules: dict[str, list[_Compiled]] = {}
        self._prepare: Callable[[Sequence[TaughtAnswer]], None] | None = None
        self._stopped = threading.Event()

    # For editors

    def put(self, kind: str, id: str, rule: Rule, *, by: str, expected: int | None = None) -> None:
        """Make or replace a decision, of the revision `expected` where one is given. Raises DecisionChanged."""
        self.put_all(kind, {id: rule}, by=by, expected={} if expected is None else {id: expected})

    def put_all(
        self, kind: str, rules: Mapping[str, Rule], *, by: str, expected: Mapping[str, int] | None = None
    ) -> None:
        """Make or replace several decisions, all or none; see `CurationStore.put_all`."""
        payloads = {id: msgspec.json.encode(rule) for id, rule in rules.items()}
        self._store.put_all(_stored_as(kind), payloads, by=by, expected=expected)
        self.refresh()

    def delete(self, kind: str, id: str, *, expected: int | None = None) -> None:
        """Take a decision back. Raises NotFound and DecisionChanged."""
        if not self._store.delete(_stored_as(kind), id, expected=expected):
            raise NotFound(f"there is no {kind.removesuffix('s')} {id!r}")
        self.refresh()

    def all(self, kind: str) -> list[tuple[Decision, Any]]:
        """Every decision of a kind, in force or not, by id; without those that only a newer version understands."""
        cls = rule_class(kind)
        found = ((decision, _decoded(decision, cls)) for decision in self._store.all(_stored_as(kind)))
        return [(decision, rule) for decision, rule in found if rule is not None]

    def get(self, kind: str, id: str) -> tuple[Decision, Any]:
        """One decision. Raises NotFound."""
        for decision, rule in self.all(kind):
            if decision.id == id:
                return decision, rule
        raise NotFound(f"there is no {kind.removesuffix('s')} {id!r}")

    def refresh(self) -> None:
        """Take in what changed."""
        self._stand_ins = self._find_stand_ins()
        version = self._store.version()
        if version != self._version:
            self._rules = {kind: [_compiled(d.id, rule) for d, rule in self.all(kind)] for kind in KINDS}
            self._version = version
        if self._prepare is not None:
            self._prepare([each.rule for each in self._rules.get("answers", ())])

    def prepare_by(self, prepare: Callable[[Sequence[TaughtAnswer]], None]) -> None:
        """From now on let `prepare` know of all answers, in force or not yet, whenever decisions are looked at."""
        self._prepare = prepare

    def follow(self) -> None:
        """Refresh in the background from now on."""
        threading.Thread(target=self._follow, name="curation", daemon=True).start()

    def close(self) -> None:
        """Stop following."""
        self._stopped.set()

    def _follow(self) -> None:
        while True:
            try:
                self.refresh()
            except Exception as error:  # those of before stay in force
                log.warning("curation.refresh_failed", error=str(error))
            if self._stopped.wait(_REFRESH_SECONDS):
                return

    # For answers

    def in_force(self) -> InForce:
        """What applies now."""
        return InForce(self._rules, datetime.now(UTC), self._stand_ins)

    def with_rule(self, kind: str, id: str, rule: Rule | None) -> InForce:
        """What would apply with one decision made, or taken back: for looking before publishing."""
        others = [each for each in self._rules.get(kind, []) if each.id != id]
        own = [] if rule is None else [_compiled(id, rule)]
        rules = {**self._rules, kind: sorted([*others, *own], key=lambda each: each.id)}
        return InForce(rules, datetime.now(UTC), self._stand_ins)

    def version(self) -> str:
        """Another one whenever other decisions are in force."""
        moment = datetime.now(UTC)
        marks = "".join(
            "1" if each.rule.is_active(moment) else "0" for kind in KINDS for each in self._rules.get(kind, ())
        )
        return f"{self._version}.{marks}"


def _compiled(id: str, rule: Any) -> _Compiled:
    texts: Iterable[str] = ()
    if isinstance(rule, Pin):
        texts = (rule.query,) if rule.query.strip() else ()
    elif isinstance(rule, CuratedNotice):
        texts = rule.queries
    elif isinstance(rule, SuppressedSuggestion):
        texts = (rule.text,)
    return _Compiled(id, rule, tuple(Pattern(text) for text in texts))


def _curated(pins: Iterator[Pin], duplicates: frozenset[str] = frozenset()) -> Curated:
    pinned: dict[str, None] = {}
    hidden: set[str] = set(duplicates)
    for pin in pins:
        pinned |= dict.fromkeys(pin.pinned)
        hidden |= set(pin.hidden)
    return Curated(tuple(id for id in pinned if id not in hidden), frozenset(hidden))


def _runs(groups: Iterable[Synonyms]) -> SynonymRuns:
    runs: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for group in groups:
        phrases = list(dict.fromkeys(tuple(words_of(phrase)) for phrase in group.words))
        for phrase in phrases:
            known = runs.setdefault(phrase, [])
            known += [other for other in phrases if other != phrase and other not in known]
    return runs


def _stored_as(kind: str) -> str:
    return _STORED_AS.get(kind, kind)


def _decoded(decision: Decision, cls: type[Rule]) -> Rule | None:
    try:
        return msgspec.json.decode(decision.payload, type=cls)
    except msgspec.MsgspecError as error:
        log.warning("curation.not_understood", id=decision.id, error=str(error))
        return None


_NOTHING = Curated()
