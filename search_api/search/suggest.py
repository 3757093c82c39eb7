"""Completion while typing: articles, clinics, topics and places, tolerant of typos from the first letter.

Everything is matched in memory, word by word, the last of which may be unfinished: entries that hold all of them, else
places beside what is sought, else words that are spelt or sound nearly so, else what holds most of what was typed.
"""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence

import msgspec
import structlog
from msgspec import Struct

from indexing.analysis import STOP_WORDS, words_in
from indexing.documents import DOCUMENT_TYPES
from indexing.engines.base import Retriever, titles_of
from indexing.engines.entries import Title
from indexing.errors import Unavailable
from indexing.places import Gazetteer
from indexing.queries import words_of
from indexing.taxonomy import Taxonomy
from search_api.curation.curation import Curation, InForce
from search_api.safety.language import DEFAULT, LANGUAGES, Language, language_of, small_words
from search_api.search.present import linked, marked
from search_api.suggest.asked import offers
from search_api.suggest.entries import Entry, Kind, fixed_entries, meant_entries, title_entries
from search_api.suggest.held import NAMES, EntryIndex
from search_api.suggest.order import begins, mixed, nearly_opens, score
from search_api.suggest.places import (
    bare_places,
    behind,
    is_place_sought,
    is_whole,
    opening_places,
    split_place,
    zip_entries,
)

log = structlog.get_logger()

_REFRESH_SECONDS = 1.0
_BUSY_SHARE = 0.1
"""Of the time spent taking in changes: a large site lags some seconds behind."""
_MOST_PLACES, _MOST_PLACES_OFFERED = 5, 2
_LETTERS_FOR_CLINICS = 2
"""One letter begins the names of half of all clinics."""
_SECTION_WEIGHT = -1.1
"""A section stands after the articles that are called so."""
_TELLING_LETTERS, _TELLING_WORDS = 4, 2
"""Of an unfinished word, and small words of Spanish alone, from which on a language is told."""
_FEW = 3
"""Fewer completions in one language are followed by questions of the other."""
_LACKING, _IN_PART = 0.3, 6.0
"""Edits that count as much as a small word that is lacking, and as all words."""
_READ_AT_ONCE = 300


class Suggestion(Struct, frozen=True):
    """One completion; `html` marks what was typed."""

    kind: Kind
    text: str
    html: str
    url: str | None
    section_of: str | None = None
    """The title of the article whose section this is."""


class _Linked(Struct, frozen=True):
    """What all cards have."""

    url: str


class Suggester:
    """Completions from what the engine holds now, the taxonomy, and the gazetteer. Thread-safe."""

    def __init__(self, *, engine: Retriever, taxonomy: Taxonomy, gazetteer: Gazetteer, curation: Curation) -> None:
        self._engine = engine
        self._curation = curation
        self._taxonomy = taxonomy
        self._gazetteer = gazetteer
        self._fixed = {language: fixed_entries(taxonomy, gazetteer, language) for language in LANGUAGES}
        self._small: dict[Language, frozenset[str]] = {"en": STOP_WORDS, "es": STOP_WORDS | small_words("es")}
        self._spanish_words = frozenset(run[0] for run in taxonomy.lexicon.spanish.only if len(run) == 1)
        self._respelt = taxonomy.respelt
        self._seen: tuple[Sequence[Title], ...] = ()
        self._sections: dict[str, tuple[int, tuple[tuple[str, str], ...]]] = {}
        """Headings and anchors of each article, with the revision that has them."""
        self._sections_wanted = False
        self._indexes = {language: EntryIndex(fixed) for language, fixed in self._fixed.items()}
        self._stopped = threading.Event()
        self.refresh()

    def suggest(
        self, text: str, *, limit: int, curated: InForce | None = None, spoken: Language = DEFAULT
    ) -> list[Suggestion]:
        """Up to `limit` completions of `text`, best first, in its language, or the one that is `spoken`."""
        typed = words_of(text)
        if not typed:
            return []
        ranked = self._ways_on(text, typed, self._language(typed) or spoken)
        in_force = curated or self._curation.in_force()
        hidden = {(kind, id) for kind in DOCUMENT_TYPES for id in in_force.for_search(text, kind).hidden}
        offered = [entry for entry in ranked if (entry.kind, entry.id) not in hidden and _is_of_heading(entry, typed)]
        if sum(map(len, typed)) < _LETTERS_FOR_CLINICS:
            offered = [entry for entry in offered if entry.kind != "clinic"]
        if in_force.suppresses_any:
            offered = [entry for entry in offered if not in_force.suppresses(words_of(entry.text))]
        chosen = mixed(offered, limit)
        return [
            Suggestion(entry.kind, entry.text, _marked(entry.text, typed), self._url(entry), entry.title)
            for entry in chosen
        ]

    def _language(self, typed: Sequence[str]) -> Language | None:
        """The language of what was typed; an unfinished short word does not tell it, nor `los` of Los Angeles."""
        told = typed if len(typed[-1]) >= _TELLING_LETTERS else typed[:-1]
        language = language_of(" ".join(told), spanish_words=self._spanish_words)
        small = sum(word in small_words("es") for word in told)
        return (
            None if language == "es" and small < _TELLING_WORDS and self._spanish_words.isdisjoint(told) else language
        )

    def _ways_on(self, text: str, typed: Sequence[str], language: Language) -> list[Entry]:
        """What completes a text; where hardly anything holds its words, what it is likely to mean as well."""
        found = self._with_places(self._in_language(typed, language), text, typed, language)
        found = found or self._offered_at(typed, language) or self._of_age(text, language)
        spoken = (language, *(each for each in LANGUAGES if each != language))
        for likely in (self._ranked_as_spelt, self._ranked_in_part):
            found = found or next((ranked for each in spoken if (ranked := likely(typed, each))), [])
        is_little = 0 < len(found) < _FEW and len(typed) > 1
        return [*found, *self._ranked_in_part(typed, language)] if is_little else found

    def _in_language(self, typed: Sequence[str], language: Language) -> list[Entry]:
        """What a language has for what was typed; where that is little, questions of the other that begin so as well.

        They come first where nothing of the language begins so; where it has nothing, there is all that the other has.
        """
        ranked = self._ranked(typed, language)
        if len(ranked) >= _FEW and _holds(ranked, typed[-1]):
            return ranked
        others = [entry for each in LANGUAGES if each != language for entry in self._ranked(typed, each)]
        if not ranked or (_holds(others, typed[-1]) and not _holds(ranked, typed[-1])):
            return [*others, *ranked]
        begun = [entry for entry in others if entry.kind == "query" and begins(entry.words, typed)]
        is_other = len(typed) > 1 and not any(begins(entry.words, typed) for entry in ranked)
        return [*begun, *ranked] if is_other else [*ranked, *begun]

    def _with_places(self, ranked: Sequence[Entry], text: str, typed: Sequence[str], language: Language) -> list[Entry]:
        """Places where a place is typed; before what else holds the words, but after a search that begins with them.

        Where no word tells that it is a place, only behind what holds the words.
        """
        zips = zip_entries(text, self._gazetteer)
        if (split := split_place(text, self._taxonomy)) is not None:
            first = [entry for entry in ranked if entry.kind == "query" and begins(entry.words, typed)]
            rest = [entry for entry in ranked if entry not in first]
            return [*first, *behind(split[0], self._places(split[1])), *rest, *zips]
        is_mended = not _holds(ranked, typed[-1])
        for sought, where in bare_places(text, self._taxonomy):
            if places := self._places(where, nearly=is_mended):
                offered = behind(sought, places, language)
                ranked = [entry for entry in ranked if entry.kind != "place"]
                return [*offered, *ranked] if is_mended else [*ranked, *offered]
        return [*ranked, *zips]

    def _of_age(self, text: str, language: Language) -> list[Entry]:
        """What there is for people of an age that is named."""
        ages = (words_of(meant) for meant in self._taxonomy.lexicon.of_age(text))
        told = ([each for each in self._ranked(words, language) if each.kind not in NAMES] for words in ages)
        return next(filter(None, told), [])

    def _offered_at(self, typed: Sequence[str], language: Language) -> list[Entry]:
        """What clinics have at a place that was typed to its end, before what is sought."""
        for where, sought in opening_places(typed):
            whole = [place for place in self._places(" ".join(where)) if is_whole(place, where)][:_MOST_PLACES_OFFERED]
            begun = [
                offer for offer in offers(language) if any(each.startswith(sought[-1]) for each in words_of(offer))
            ]
            begun = [offer for offer in begun if {*sought[:-1]}.issubset(words_of(offer))]
            if whole and begun:
                return [entry for offer in begun for entry in behind(offer, whole, language)]
        return []

    def _ranked(self, typed: Sequence[str], language: Language) -> list[Entry]:
        """The entries that hold what was typed, best first; small words need not be held where nothing holds all."""
        index = self._indexes[language]
        if found := index.matches(typed):
            return self._ordered(index, typed, found)
        ranked = self._without_small(index, typed, self._told(typed, language))
        if ranked or len(typed[-1]) < _TELLING_LETTERS:
            return ranked
        ranked = self._without_small(index, typed, self._told(typed, language, tells_too=False))
        return ranked if _holds(ranked, typed[-1]) else []

    def _without_small(self, index: EntryIndex, typed: Sequence[str], told: Sequence[str]) -> list[Entry]:
        """The entries that hold what is left of what was typed; names only where a place is sought."""
        found = index.matches(told) if len(told) < len(typed) else {}
        lacking = index.lacking(set(typed[:-1]) - set(told), found)
        edits = {number: each + _LACKING * lacking[number] for number, each in found.items()}
        ranked = self._ordered(index, typed, edits)
        return [each for each in ranked if each.kind not in NAMES or is_place_sought(typed)]

    def _ranked_as_spelt(self, typed: Sequence[str], language: Language) -> list[Entry]:
        """The entries that hold words spelt or sounding nearly like those typed, small ones left out."""
        index = self._indexes[language]
        told = [self._respelt.get(word, word) for word in self._told(typed, language)]
        return self._ordered(index, typed, index.matches(told, spelt=True))

    def _ranked_in_part(self, typed: Sequence[str], language: Language) -> list[Entry]:
        """The entries that hold most of what was typed."""
        index = self._indexes[language]
        lacked = index.matches_in_part(typed, self._small[language])
        return self._ordered(index, typed, {number: _IN_PART * share for number, share in lacked.items()})

    def _told(self, typed: Sequence[str], language: Language, *, tells_too: bool = True) -> list[str]:
        """What was typed without finished small words; those stay that few entries hold, if they tell too."""
        small, tells = self._small[language], self._indexes[language].tells
        return [*(word for word in typed[:-1] if word not in small or (tells_too and tells(word))), typed[-1]]

    def _ordered(self, index: EntryIndex, typed: Sequence[str], found: Mapping[int, float]) -> list[Entry]:
        """Entries by number with their penalties, best first, without help that was not typed for."""
        scored = sorted(
            (
                (score(index.entries[number], typed, penalty), number)
                for number, penalty in found.items()
                if not index.entries[number].leads or len(typed) >= len(index.entries[number].words)
            ),
            key=lambda pair: (-pair[0], index.entries[pair[1]].text),
        )
        return [index.entries[number] for _, number in scored]

    def _places(self, text: str, *, nearly: bool = True) -> list[Entry]:
        """The places that begin so, or with what is spelt `nearly` so; the digits of a ZIP code begin it."""
        typed = words_of(text)
        if not typed or (zips := zip_entries(text, self._gazetteer)):
            return zips if typed else []
        found = [entry for entry in self._ranked(typed, DEFAULT) if entry.kind == "place"]
        begun = [entry for entry in found if begins(entry.words, typed)]
        alike = [entry for entry in found if nearly and nearly_opens(entry.words[0], typed[0])]
        return (begun or alike)[:_MOST_PLACES]

    def _url(self, entry: Entry) -> str | None:
        if entry.id is None:
            return None
        try:
            library = self._engine.library(next((kind for kind in DOCUMENT_TYPES if kind == entry.kind), "article"))
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
            seen = tuple(titles_of(self._engine, kind) for kind in DOCUMENT_TYPES)
        except Unavailable:
            return
        is_same = len(seen) == len(self._seen) and all(new is old for new, old in zip(seen, self._seen, strict=True))
        if is_same and not self._sections_wanted:
            return
        sections = list(self._section_entries(seen[0]))
        named = zip(DOCUMENT_TYPES, seen, strict=True)
        titles = [entry for kind, of_kind in named for entry in title_entries(kind, of_kind)]
        titles += meant_entries(self._taxonomy, seen[0])
        self._indexes = {
            "en": EntryIndex([*self._fixed["en"], *titles, *sections]),
            "es": EntryIndex([*self._fixed["es"], *titles]),
        }
        self._seen = seen

    def _section_entries(self, titles: Sequence[Title]) -> Iterator[Entry]:
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
                    yield Entry("article", heading, words, _SECTION_WEIGHT, title.id, anchor, title.title, len(own))

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


def _holds(ranked: Sequence[Entry], unfinished: str) -> bool:
    """Whether the best of them holds a word that begins so, and not only one that is spelt nearly so."""
    return any(word.startswith(unfinished) for entry in ranked[:1] for word in entry.words)


def _is_of_heading(entry: Entry, typed: Sequence[str]) -> bool:
    """Whether a section is meant: some typed word is of its heading, and not only of its article's title."""
    own = entry.words[: entry.heading_words]
    return entry.title is None or any(word.startswith(part) for part in typed for word in own)


def _marked(text: str, typed: Sequence[str]) -> str:
    """`text` with the part of each word marked that was typed."""
    spans = []
    for word in words_in(text):
        length = max((len(part) for part in typed if word.folded.startswith(part)), default=0)
        if length:
            spans.append((word.start, word.end_of(length)))
    return marked(text, spans)
