"""Completion while typing: articles, clinics, topics and places, tolerant of typos from the first letter.

Everything is matched in memory, word by word: finished words must be held, the last may be unfinished.
"""

import itertools
import threading
import time
from collections.abc import Iterator, Sequence

import msgspec
import structlog
from msgspec import Struct
from rapidfuzz.distance import OSA

from indexing.analysis import STOP_WORDS, words_in
from indexing.documents import DOCUMENT_TYPES
from indexing.engines.base import Retriever, titles_of
from indexing.engines.entries import Title
from indexing.errors import Unavailable
from indexing.places import Gazetteer
from indexing.queries import words_of
from indexing.taxonomy import Taxonomy
from indexing.words import Vocabulary, allowed_edits
from search_api.curation.curation import Curation, InForce
from search_api.safety.language import DEFAULT, LANGUAGES, Language, language_of, small_words
from search_api.search.present import linked, marked
from search_api.suggest.entries import Entry, Kind, fixed_entries, meant_entries, title_entries
from search_api.suggest.places import behind, split_place, zip_entries

log = structlog.get_logger()

_REFRESH_SECONDS = 1.0
_BUSY_SHARE = 0.1
"""Of the time spent taking in changes: a large site lags some seconds behind."""
_MOST_COMPLETIONS = 200
_MOST_CORRECTIONS = 4
_MOST_PLACES = 5
_MENDED_LETTERS = 4
"""One less than in searches: a completion is an offer, and all its other words must fit."""
_KIND_ORDER: dict[str, float] = {"topic": 0.3, "article": 0.2, "query": 0.15, "clinic": 0.1, "place": 0.0}
_OF_OTHER_TYPES = 0.1
_LETTERS_FOR_CLINICS = 2
"""One letter begins the names of half of all clinics."""
_SECTION_WEIGHT = -1.1
"""A section stands after the articles that are called so."""
_TELLING_LETTERS, _TELLING_WORDS = 4, 2
"""Of an unfinished word, and small words of Spanish alone, from which on a language is told."""
_FEW = 3
"""Fewer completions in one language are followed by questions of the other."""
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


class _Linked(Struct, frozen=True):
    """What all cards have."""

    url: str


_OTHER_FIRST_LETTER = 0.5
"""Edits that another first letter counts beside its own: the first is rarely the wrong one."""


class _Index:
    """Entries by the words they hold."""

    def __init__(self, entries: Sequence[Entry]) -> None:
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
        return self._spread(
            {known: edits + (_OTHER_FIRST_LETTER if known[:1] != word[:1] else 0.0) for known, edits in mended}
        )

    def _spread(self, options: dict[str, float]) -> dict[int, float]:
        held: dict[int, float] = {}
        for known, penalty in options.items():
            for number in self._holding.get(known, ()):
                held[number] = min(held.get(number, penalty), penalty)
        return held


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
        self._seen: tuple[Sequence[Title], ...] = ()
        self._sections: dict[str, tuple[int, tuple[tuple[str, str], ...]]] = {}
        """Headings and anchors of each article, with the revision that has them."""
        self._sections_wanted = False
        self._indexes = {language: _Index(fixed) for language, fixed in self._fixed.items()}
        self._stopped = threading.Event()
        self.refresh()

    def suggest(
        self, text: str, *, limit: int, curated: InForce | None = None, spoken: Language = DEFAULT
    ) -> list[Suggestion]:
        """Up to `limit` completions of `text`, best first, in its language, or the one that is `spoken`."""
        typed = words_of(text)
        if not typed:
            return []
        ranked = self._with_places(self._in_language(typed, self._language(typed) or spoken), text, typed)
        in_force = curated or self._curation.in_force()
        hidden = {(kind, id) for kind in DOCUMENT_TYPES for id in in_force.for_search(text, kind).hidden}
        offered = [entry for entry in ranked if (entry.kind, entry.id) not in hidden and _is_of_heading(entry, typed)]
        if sum(map(len, typed)) < _LETTERS_FOR_CLINICS:
            offered = [entry for entry in offered if entry.kind != "clinic"]
        if in_force.suppresses_any:
            offered = [entry for entry in offered if not in_force.suppresses(words_of(entry.text))]
        chosen = _mixed(offered, limit)
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

    def _in_language(self, typed: Sequence[str], language: Language) -> list[Entry]:
        """What a language has for what was typed; where that is little, questions of the other that begin so as well.

        Where it has nothing, all that the other has.
        """
        ranked = self._ranked(typed, language)
        if len(ranked) >= _FEW:
            return ranked
        others = [entry for each in LANGUAGES if each != language for entry in self._ranked(typed, each)]
        if not ranked:
            return others
        return [*ranked, *(entry for entry in others if entry.kind == "query" and _begins(entry.words, typed))]

    def _with_places(self, ranked: Sequence[Entry], text: str, typed: Sequence[str]) -> list[Entry]:
        """Places where a place is typed; before what else holds the words, but after a search that begins with them."""
        zips = zip_entries(text, self._gazetteer)
        if (split := split_place(text, self._taxonomy.lexicon)) is None:
            return [*ranked, *zips]
        first = [entry for entry in ranked if entry.kind == "query" and _begins(entry.words, typed)]
        rest = [entry for entry in ranked if entry not in first]
        return [*first, *behind(split[0], self._places(split[1])), *rest, *zips]

    def _ranked(self, typed: Sequence[str], language: Language) -> list[Entry]:
        """The entries that hold what was typed, best first; small words need not be held where nothing holds all."""
        index = self._indexes[language]
        found = index.matches(typed)
        told = [word for word in typed[:-1] if word not in self._small[language]]
        if not found and len(told) < len(typed) - 1:
            found = index.matches([*told, typed[-1]])
        scored = sorted(
            ((self._score(index.entries[number], typed, penalty), number) for number, penalty in found.items()),
            key=lambda pair: (-pair[0], index.entries[pair[1]].text),
        )
        return [index.entries[number] for _, number in scored]

    def _places(self, text: str) -> list[Entry]:
        """The places that begin so."""
        typed = words_of(text)
        found = [entry for entry in self._ranked(typed, DEFAULT) if entry.kind == "place"] if typed else []
        return ([entry for entry in found if _begins(entry.words, typed)] or found)[:_MOST_PLACES]

    def _score(self, entry: Entry, typed: Sequence[str], penalty: float) -> float:
        opens = entry.words[0].startswith(typed[0]) or (penalty > 0 and _nearly_opens(entry.words[0], typed[0]))
        order = 0.5 if _begins(entry.words, typed) else 0.3 if entry.words[: len(typed) - 1] == tuple(typed[:-1]) else 0
        together = 0.2 * (len(typed) > 1 and _are_together(entry.words, typed[-2], typed[-1]))
        whole = 0.1 * (typed[-1] in entry.words)
        return (
            _KIND_ORDER.get(entry.kind, _OF_OTHER_TYPES)
            + entry.weight
            + 1.0 * opens
            + order
            + together
            + whole
            - 0.7 * penalty
        )

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
            "en": _Index([*self._fixed["en"], *titles, *sections]),
            "es": _Index([*self._fixed["es"], *titles]),
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


def _nearly_opens(word: str, typed: str) -> bool:
    """Whether a word begins with what was typed, but for a slip after its first letter."""
    slips = min(OSA.distance(word[: len(typed) + more], typed) for more in (-1, 0, 1))
    return word[:1] == typed[:1] and slips <= allowed_edits(typed)


def _are_together(words: Sequence[str], first: str, unfinished: str) -> bool:
    """Whether one word stands behind another."""
    return any(one == first and other.startswith(unfinished) for one, other in itertools.pairwise(words))


def _begins(words: Sequence[str], typed: Sequence[str]) -> bool:
    """Whether words begin with those that were typed, the last of which may be unfinished."""
    last = len(typed) - 1
    return len(words) > last and tuple(words[:last]) == tuple(typed[:last]) and words[last].startswith(typed[last])


def _is_of_heading(entry: Entry, typed: Sequence[str]) -> bool:
    """Whether a section is meant: some typed word is of its heading, and not only of its article's title."""
    own = entry.words[: entry.heading_words]
    return entry.title is None or any(word.startswith(part) for part in typed for word in own)


def _mixed(ranked: Sequence[Entry], limit: int) -> list[Entry]:
    """The best, with room for every kind that has something, each text once."""
    most = max(int(limit * _MOST_OF_A_KIND), 1)
    taken: list[Entry] = []
    spare: list[Entry] = []
    counts: dict[str, int] = {}
    seen: set[tuple[str, str, str | None]] = set()
    for entry in ranked:
        key = entry.kind, entry.topic or entry.text, entry.title
        if key in seen:
            continue
        seen.add(key)
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
