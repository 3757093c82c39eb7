"""Completion while typing: articles, clinics, topics and places, tolerant of typos from the first letter.

Everything is matched in memory, word by word: finished words must be held, the last may be unfinished.
"""

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import msgspec
import structlog
from msgspec import Struct

from indexing.analysis import words_in
from indexing.documents import DOCUMENT_TYPES
from indexing.engines.base import SearchEngine, Title
from indexing.errors import Unavailable
from indexing.places import Gazetteer
from indexing.queries import words_of
from indexing.taxonomy import FACETS, Taxonomy
from indexing.words import Vocabulary
from search_api.curation.curation import Curation, InForce
from search_api.search.present import linked, marked

log = structlog.get_logger()

Kind = Literal["article", "clinic", "topic", "place", "query"]
_REFRESH_SECONDS = 1.0
_BUSY_SHARE = 0.1
"""Of the time spent taking in changes: a large site lags some seconds behind."""
_MOST_COMPLETIONS = 200
_MOST_CORRECTIONS = 4
_MENDED_LETTERS = 4
"""One less than in searches: a completion is an offer, and all its other words must fit."""
_LEAST_CITY_SIZE = 3
_SHORT_FORMS = {"saint": "st", "fort": "ft", "mount": "mt"}
_KIND_ORDER: dict[str, float] = {"topic": 0.3, "article": 0.2, "clinic": 0.1, "place": 0.0}
_SECTION_WEIGHT = -1.1
"""A section stands after the articles that are called so."""
_READ_AT_ONCE = 300
_MOST_OF_A_KIND = 0.5
"""No kind takes more than this share while another has something to say."""


class Suggestion(Struct, frozen=True):
    """One completion; `html` marks what was typed."""

    kind: Kind
    text: str
    html: str
    url: str | None
    section_of: str | None = None
    """The title of the article whose section this is."""


class _Entry(Struct, frozen=True):
    kind: Kind
    text: str
    words: tuple[str, ...]
    weight: float
    id: str | None = None
    anchor: str = ""
    title: str | None = None
    """Of the article whose section this is; `words` then begins with those of the heading."""
    heading_words: int = 0


class _Linked(Struct, frozen=True):
    """What all cards have."""

    url: str


class _Index:
    """Entries by the words they hold."""

    def __init__(self, entries: Sequence[_Entry]) -> None:
        self.entries = entries
        self._holding: dict[str, list[int]] = {}
        for number, entry in enumerate(entries):
            for word in set(entry.words):
                self._holding.setdefault(word, []).append(number)
        self._words = Vocabulary((word, len(numbers)) for word, numbers in self._holding.items())

    def matches(self, typed: Sequence[str]) -> dict[int, float]:
        """Entries that hold all typed words, with a penalty for each edit."""
        found: dict[int, float] | None = None
        for position, word in enumerate(typed):
            held = self._holding_word(word, unfinished=position == len(typed) - 1)
            found = held if found is None else {n: found[n] + held[n] for n in found.keys() & held.keys()}
        return found or {}

    def _holding_word(self, word: str, *, unfinished: bool) -> dict[int, float]:
        options = {word: 0.0}
        if unfinished:
            options |= dict.fromkeys(self._words.completions(word, limit=_MOST_COMPLETIONS), 0.0)
        held = self._spread(options)
        if held:
            return held
        mended = self._words.corrections(
            word, limit=_MOST_CORRECTIONS, prefix=unfinished, least_letters=_MENDED_LETTERS
        )
        return self._spread({known: float(edits) for known, edits in mended})

    def _spread(self, options: dict[str, float]) -> dict[int, float]:
        held: dict[int, float] = {}
        for known, penalty in options.items():
            for number in self._holding.get(known, ()):
                held[number] = min(held.get(number, penalty), penalty)
        return held


class Suggester:
    """Completions from what the engine holds now, the taxonomy, and the gazetteer. Thread-safe."""

    def __init__(self, *, engine: SearchEngine, taxonomy: Taxonomy, gazetteer: Gazetteer, curation: Curation) -> None:
        self._engine = engine
        self._curation = curation
        self._fixed = [*_topics(taxonomy), *_places(gazetteer)]
        self._seen: tuple[Sequence[Title], ...] = ()
        self._sections: dict[str, tuple[int, tuple[tuple[str, str], ...]]] = {}
        """Headings and anchors of each article, with the revision that has them."""
        self._sections_wanted = False
        self._index = _Index(self._fixed)
        self._stopped = threading.Event()
        self.refresh()

    def suggest(self, text: str, *, limit: int, curated: InForce | None = None) -> list[Suggestion]:
        """Up to `limit` completions of `text`, best first."""
        typed = words_of(text)
        if not typed:
            return []
        index = self._index
        scored = sorted(
            (
                (self._score(index.entries[number], typed, penalty), number)
                for number, penalty in index.matches(typed).items()
            ),
            key=lambda pair: (-pair[0], index.entries[pair[1]].text),
        )
        in_force = curated or self._curation.in_force()
        hidden = {(kind, id) for kind in DOCUMENT_TYPES for id in in_force.for_search(text, kind).hidden}
        entries = (index.entries[number] for _, number in scored)
        offered = [entry for entry in entries if (entry.kind, entry.id) not in hidden and _is_of_heading(entry, typed)]
        if in_force.suppresses_any:
            offered = [entry for entry in offered if not in_force.suppresses(words_of(entry.text))]
        chosen = _mixed(offered, limit)
        return [
            Suggestion(entry.kind, entry.text, _marked(entry.text, typed), self._url(entry), entry.title)
            for entry in chosen
        ]

    def _score(self, entry: _Entry, typed: Sequence[str], penalty: float) -> float:
        opens = entry.words[0].startswith(typed[0])
        in_order = entry.words[: len(typed) - 1] == tuple(typed[:-1])
        return _KIND_ORDER[entry.kind] + entry.weight + 1.0 * opens + 0.5 * in_order - 0.7 * penalty

    def _url(self, entry: _Entry) -> str | None:
        if entry.id is None:
            return None
        try:
            library = self._engine.library("article" if entry.kind == "article" else "clinic")
        except Unavailable:
            return None
        content = library.contents([entry.id]).get(entry.id)
        if content is None:
            return None
        url = msgspec.json.decode(content.card, type=_Linked).url
        return linked(url, entry.anchor)

    def refresh(self) -> None:
        """Take in what was committed since the last time."""
        try:
            seen = tuple(self._engine.titles(kind) for kind in DOCUMENT_TYPES)
        except Unavailable:
            return
        is_same = len(seen) == len(self._seen) and all(new is old for new, old in zip(seen, self._seen, strict=True))
        if is_same and not self._sections_wanted:
            return
        sections = list(self._section_entries(seen[0]))
        self._index = _Index([*self._fixed, *_titles("article", seen[0]), *_titles("clinic", seen[1]), *sections])
        self._seen = seen

    def _section_entries(self, titles: Sequence[Title]) -> Iterator[_Entry]:
        """Sections of articles, with what is new read a part at a time, so that completions never wait for it."""
        if not titles:
            return
        library = self._engine.library("article")
        revisions = library.revisions([title.id for title in titles])
        self._sections = {id: held for id, held in self._sections.items() if revisions.get(id) == held[0]}
        missing = [id for id in revisions if id not in self._sections]
        for id, content in library.contents(missing[:_READ_AT_ONCE]).items():
            found = {(p.heading, p.anchor): None for p in content.passages if p.heading and p.anchor}
            self._sections[id] = content.revision, tuple(found)
        self._sections_wanted = len(missing) > _READ_AT_ONCE
        for title in titles:
            for heading, anchor in self._sections.get(title.id, (0, ()))[1]:
                own = tuple(words_of(heading))
                if own and own != tuple(words_of(title.title)):
                    words = (*own, *words_of(title.title))
                    yield _Entry("article", heading, words, _SECTION_WEIGHT, title.id, anchor, title.title, len(own))

    def follow(self) -> None:
        """Refresh in the background from now on."""
        threading.Thread(target=self._follow, name="suggester", daemon=True).start()

    def close(self) -> None:
        """Stop following."""
        self._stopped.set()

    def _follow(self) -> None:
        took = 0.0
        while not self._stopped.wait(max(_REFRESH_SECONDS, took / _BUSY_SHARE)):
            started = time.monotonic()
            try:
                self.refresh()
            except Exception as error:  # completions may be old for a while; the next round tries again
                log.warning("suggest.refresh_failed", error=str(error))
            took = time.monotonic() - started


def _topics(taxonomy: Taxonomy) -> Iterable[_Entry]:
    for facet in FACETS:
        for entry in taxonomy.entries(facet):
            words = words_of(entry.label)
            extra = [word for name in (*entry.names, *entry.misspellings) for word in words_of(name)]
            yield _Entry("topic", entry.label, (*words, *(w for w in extra if w not in words)), 0.2)


def _places(gazetteer: Gazetteer) -> Iterable[_Entry]:
    for place in gazetteer.cities():
        if place.size >= _LEAST_CITY_SIZE:
            words = words_of(place.label)
            short = [_SHORT_FORMS[word] for word in words if word in _SHORT_FORMS]
            yield _Entry("place", place.label, (*words, *short), min(place.size / 200, 0.3))


def _titles(kind: Kind, titles: Sequence[Title]) -> Iterable[_Entry]:
    highest = max((title.popularity for title in titles), default=0.0) or 1.0
    for title in titles:
        words = tuple(words_of(title.title))
        if words:
            yield _Entry(kind, title.title, words, 0.2 * title.popularity / highest, title.id)


def _is_of_heading(entry: _Entry, typed: Sequence[str]) -> bool:
    """Whether a section is meant: some typed word is of its heading, and not only of its article's title."""
    own = entry.words[: entry.heading_words]
    return entry.title is None or any(word.startswith(part) for part in typed for word in own)


def _mixed(ranked: Sequence[_Entry], limit: int) -> list[_Entry]:
    """The best, with room for every kind that has something, each text once."""
    most = max(int(limit * _MOST_OF_A_KIND), 1)
    taken: list[_Entry] = []
    spare: list[_Entry] = []
    counts: dict[str, int] = {}
    seen: set[tuple[str, str, str | None]] = set()
    for entry in ranked:
        if (entry.kind, entry.text, entry.title) in seen:
            continue
        seen.add((entry.kind, entry.text, entry.title))
        counts[entry.kind] = counts.get(entry.kind, 0) + 1
        (taken if counts[entry.kind] <= most else spare).append(entry)
        if len(taken) >= limit:
            break
    return (taken + spare)[:limit]


def _marked(text: str, typed: Sequence[str]) -> str:
    """`text` with the part of each word marked that was typed."""
    spans = []
    for word in words_in(text):
        length = max((len(part) for part in typed if word.folded.startswith(part)), default=0)
        if length:
            spans.append((word.start, word.end_of(length)))
    return marked(text, spans)
