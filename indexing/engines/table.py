"""The documents of one state of one generation in memory: what every engine knows of them beside its index.

Filters, facets, sorts and totals are computed here from columns, so that they are exact and the same on
every engine; an engine adds how well words and meaning fit.
"""

import math
from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Generic, Protocol, Self, TypeVar

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from indexing.analysis import stem
from indexing.analysis.stemmer import base_form
from indexing.analysis.tokenizer import compounds_of, words_of
from indexing.embedders.base import Vector, Vectors
from indexing.engines.attributes import AttributeTable, AttributeView, Column, LabelColumn, LabelView, Mask
from indexing.engines.base import Attributes, Content, FacetCount, Generation, Legs, Retrieval, Scores, Title, Words
from indexing.engines.terms import CompiledQuery, Synonyms
from indexing.engines.vectors import VectorMatrix
from indexing.queries import Filters
from indexing.schema.types import naming_labels
from indexing.words import Vocabulary

_NAMING = naming_labels()
NEAREST = KEYWORD_DOCUMENTS = KEYWORD_PASSAGES = 1_000
"""How many passages and documents each leg measures: enough for every page that is ever looked at."""


_MATE_SHARE = 0.2
"""What a word counts that only has the stem of the one that was asked for, beside documents that hold that one."""
_MOST_COMPARED = 200
"""Documents whose words are looked at for that, best first."""
_EXACT = "="
"""Before a word of a title without its inflection; no stem begins so."""


def informations(frequencies: Sequence[int], total: int) -> list[float]:
    """Robertson-Sparck Jones idf of each term, as BM25 uses it; 0 for a word that nothing holds."""
    return [
        math.log(1 + (max(total - frequency, 0) + 0.5) / (frequency + 0.5)) if frequency else 0.0
        for frequency in frequencies
    ]


def match_weights(frequencies: Sequence[int], total: int) -> list[float]:
    """What each term counts in a MatchRule: its information, and for a word that nothing holds that of the rarest.

    So a document that shares only a common word with a question about something else does not match it.
    """
    unknown = math.log(1 + (total + 0.5) / 0.5)
    return [information or unknown for information in informations(frequencies, total)]


class DocumentHead(Protocol):
    """What identifies a document in a table."""

    @property
    def id(self) -> str:
        """Its id."""
        ...

    @property
    def revision(self) -> int:
        """Its revision."""
        ...

    @property
    def title(self) -> str:
        """Its title, perhaps cut."""
        ...


_Head = TypeVar("_Head", bound=DocumentHead)


class PassageMeasurements(Protocol):
    """How well single passages fit a question."""

    def read(self, slots: Sequence[int]) -> None:
        """Measure the passages of the documents in `slots`."""
        ...

    def cosines(self, slot: int) -> Scores:
        """One a passage of the document in `slot`, which was read; zeros where no vector was asked for."""
        ...


class Measurements:
    """Measurements by slot, zero where a leg did not reach.

    `by_words` and `by_meaning` say of every slot whether it matches, also of those that filters keep out.
    """

    def __init__(self, size: int) -> None:
        self.keyword = np.zeros(size, dtype=np.float32)
        self.passage_keyword = np.zeros(size, dtype=np.float32)
        self.by_words = np.zeros(size, dtype=np.bool_)
        self.by_meaning = np.zeros(size, dtype=np.bool_)
        self.has_all_words = np.zeros(size, dtype=np.bool_)
        self.title_coverage = np.zeros(size, dtype=np.float32)
        self.passage_cosine = np.zeros(size, dtype=np.float32)
        self.passage_support = np.zeros(size, dtype=np.float32)
        self.title_cosine = np.zeros(size, dtype=np.float32)
        self.document_cosine = np.zeros(size, dtype=np.float32)

    def add_passage_cosines(self, slots: NDArray[np.int32], cosines: Scores) -> None:
        """Note passages' cosines, best first: the best of each document and its second best."""
        best, first = np.unique(slots, return_index=True)
        self.passage_cosine[best] = cosines[first]
        others = cosines.copy()
        others[first] = 0.0
        np.maximum.at(self.passage_support, slots, others)


class DocumentTable(Struct, frozen=True):
    """Documents in slots; a replaced or removed one leaves a dead slot behind. Also a Library."""

    generation: Generation
    heads: Sequence[DocumentHead]
    id_of_slot: Sequence[str]
    slot_of_id: Mapping[str, int]
    live: Mask
    by_id: NDArray[np.int64]
    """Slots in the order of their ids."""
    attributes: AttributeView
    title_words: LabelView
    documents: VectorMatrix
    titles: VectorMatrix
    vocabulary: Vocabulary
    synonyms: Synonyms

    @abstractmethod
    def content_of(self, slot: int) -> Content:
        """What is stored of a document."""

    @property
    @abstractmethod
    def version(self) -> str:
        """See Library."""

    @property
    def size(self) -> int:
        """Slots, dead ones included."""
        return len(self.live)

    @property
    def words(self) -> Words:
        """See Library."""
        return self.vocabulary

    def __len__(self) -> int:
        """See Library."""
        return len(self.by_id)

    def ids(self) -> Sequence[str]:
        """See Library."""
        return [self.id_of_slot[slot] for slot in self.by_id]

    def numbers(self, attribute: str) -> NDArray[np.float64]:
        """See Library."""
        return self.attributes.numbers[attribute][self.by_id]

    def contents(self, ids: Collection[str]) -> Mapping[str, Content]:
        """See Library."""
        return {id: self.content_of(slot) for id, slot in self.slots_of(ids)}

    def revisions(self, ids: Collection[str]) -> Mapping[str, int]:
        """See Library."""
        return {id: self.heads[slot].revision for id, slot in self.slots_of(ids)}

    def vectors(self, ids: Collection[str]) -> Mapping[str, Vector]:
        """See Library."""
        return {id: self.documents.row(slot) for id, slot in self.slots_of(ids)}

    def mean_vector(self) -> Vector:
        """See Library."""
        return self.documents.mean(self.live)

    def nearest(self, vectors: Vectors, *, limit: int) -> Sequence[Sequence[str]]:
        """See Library."""
        allowed = None if self.live.all() else self.live
        found = self.documents.nearest_many(vectors, limit=limit, allowed=allowed)
        return [[self.id_of_slot[slot] for slot in slots.tolist()] for slots, _ in found]

    def title_list(self) -> tuple[Title, ...]:
        """The titles of all documents, ordered by id."""
        popularity = np.nan_to_num(self.attributes.numbers["popularity"])
        heads = ((self.heads[slot], popularity[slot]) for slot in self.by_id)
        return tuple(Title(head.id, head.title, float(popularity)) for head, popularity in heads)

    def slots_of(self, ids: Collection[str]) -> Iterator[tuple[str, int]]:
        """Those of `ids` that exist, with their slots."""
        found = ((id, self.slot_of_id.get(id)) for id in ids)
        return ((id, slot) for id, slot in found if slot is not None and self.live[slot])

    def as_of(self, moment: float) -> Self:
        """The table without documents that are published later than `moment` (seconds since 1970)."""
        ahead = self.live & (self.attributes.numbers["published_at"] > moment)
        if not ahead.any():
            return self
        live = self.live & ~ahead
        return msgspec.structs.replace(self, live=live, by_id=self.by_id[live[self.by_id]])

    def eligible(self, retrieval: Retrieval) -> Mask:
        """Which slots a question may find, filters apart."""
        eligible = self.live.copy()
        for _, slot in self.slots_of(retrieval.never):
            eligible[slot] = False
        return eligible

    def matching(self, retrieval: Retrieval, eligible: Mask, scores: Measurements, legs: Legs) -> Mask:
        """Which slots match by one of `legs`, filters apart; all that are eligible where nothing is asked of them."""
        is_browsing = retrieval.keywords is None and retrieval.vector is None
        if is_browsing or retrieval.keeps_all:
            return eligible
        return eligible & ((scores.by_words & legs.words) | (scores.by_meaning & legs.meaning))

    def pinned(self, retrieval: Retrieval, filters: Filters) -> Mask:
        """Slots that are shown whatever was asked."""
        pinned = np.zeros(self.size, dtype=np.bool_)
        if retrieval.always:
            fitting = self.live & self.attributes.passing(filters)
            for id, slot in self.slots_of(retrieval.always):
                pinned[slot] = fitting[slot] and id not in retrieval.never
        return pinned

    def candidates(
        self, retrieval: Retrieval, eligible: Mask, scores: Measurements, passages: PassageMeasurements
    ) -> "TableCandidates":
        """What matches by any leg and passes the filters, and what is pinned."""
        passing = self.attributes.passing(retrieval.filters)
        found = self.matching(retrieval, eligible, scores, Legs()) & passing
        found |= self.pinned(retrieval, retrieval.always_within)
        return TableCandidates(self, self.by_id[found[self.by_id]], _Asked(retrieval, eligible, scores), passages)

    def measure_documents(self, vector: Vector, least: float, allowed: Mask, scores: Measurements) -> None:
        """Which titles match, whatever the filters; and how near titles and documents are that are `allowed`."""
        slots, cosines = self.titles.reaching(vector, least, limit=NEAREST)
        scores.by_meaning[slots[cosines >= least]] = True
        wanted = None if allowed.all() else allowed
        if wanted is not None:
            slots, cosines = self.titles.nearest(vector, limit=NEAREST, allowed=wanted)
        scores.title_cosine[slots[:NEAREST]] = cosines[:NEAREST]
        slots, cosines = self.documents.nearest(vector, limit=NEAREST, allowed=wanted)
        scores.document_cosine[slots] = cosines

    def cover_titles(self, query: CompiledQuery, informations: Sequence[float], coverage: Scores) -> None:
        """The share of the query's information that stands in each title."""
        if not (whole := sum(informations)):
            return
        for term, information in zip(query.terms, informations, strict=True):
            if not information:
                continue
            share = _MATE_SHARE if term.mates else 1.0
            coverage[self.title_words.any_of(tuple(term.variants), self.size)] += share * information
            if term.mates:
                exact = self.title_words.any_of((_EXACT + term.base,), self.size)
                coverage[exact] += (1.0 - share) * information
        coverage /= whole

    @abstractmethod
    def holding(self, words: Sequence[str], found: NDArray[np.int64]) -> Mask:
        """Which slots hold any of the unstemmed `words`, as far as they are among `found`."""

    def prefer_exact(self, query: CompiledQuery, scores: "Measurements") -> None:
        """Lower what words tell of documents that hold only stem-mates of a word that others hold: they lack a word.

        Of one or two words, each decides what is meant; of more, one that is inflected otherwise matters less.
        """
        if not any(term.mates for term in query.terms):
            return
        best = np.argsort(-scores.keyword, kind="stable")[:_MOST_COMPARED]
        found = best[scores.keyword[best] > 0]
        lacking = np.zeros(self.size, dtype=np.float32)
        for term in query.terms:
            if term.mates and term.forms:
                lacking[self.holding(term.mates, found) & ~self.holding(term.forms, found)] += 1.0
        scores.has_all_words &= lacking == 0
        kept = np.power(_MATE_SHARE, np.minimum(2.0 * lacking / len(query.terms), 1.0)).astype(np.float32)
        scores.keyword *= kept
        scores.passage_keyword *= kept
        scores.title_coverage *= kept


class TableBuilder(Generic[_Head]):
    """The growing columns behind the tables of one generation. Used by one thread at a time."""

    def __init__(self) -> None:
        self.heads: list[_Head] = []
        self._id_of_slot: list[str] = []
        self.slot_of_id: dict[str, int] = {}
        self._attributes = AttributeTable()
        self._title_words = LabelColumn()
        self._live = Column(np.bool_)

    def add(self, head: _Head, attributes: Attributes) -> int:
        """Put a document into a slot of its own, in place of an earlier one of its id."""
        self.remove(head.id)
        slot = len(self.heads)
        self.heads.append(head)
        self._id_of_slot.append(head.id)
        self.slot_of_id[head.id] = slot
        self._live.append(True)
        self._attributes.append(attributes)
        names = (name for attribute in _NAMING for name in attributes.labels.get(attribute, {}).values())
        texts = (head.title, *names)
        words = {word for text in texts for word in (*words_of(text), *compounds_of(text))}
        exact = {_EXACT + base_form(word) for word in words}
        self._title_words.append(slot, dict.fromkeys({*map(stem, words), *exact}, ""))
        return slot

    def remove(self, id: str) -> int | None:
        """Mark a document's slot as dead; the slot, if there was one."""
        slot = self.slot_of_id.pop(id, None)
        if slot is not None:
            self._live.view()[slot] = False
        return slot

    def columns(self) -> dict[str, Any]:
        """The fields of a DocumentTable that come from here, as they are now."""
        ordered = sorted(self.slot_of_id)
        return {
            "heads": self.heads,
            "id_of_slot": self._id_of_slot,
            "slot_of_id": dict(self.slot_of_id),
            "live": self._live.view().copy(),
            "by_id": np.fromiter((self.slot_of_id[id] for id in ordered), dtype=np.int64, count=len(ordered)),
            "attributes": self._attributes.view(),
            "title_words": self._title_words.view(),
        }


class _Asked(Struct, frozen=True):
    """A question, which slots it may find, and what was measured of them."""

    retrieval: Retrieval
    eligible: Mask
    scores: Measurements


class TableCandidates:
    """See Candidates."""

    def __init__(
        self, table: DocumentTable, slots: NDArray[np.int64], asked: _Asked, passages: PassageMeasurements
    ) -> None:
        self._table = table
        self._slots = slots
        self._asked = asked
        self._passages = passages
        self._contents: dict[int, Content] = {}
        scores = asked.scores
        self.by_words: Mask = scores.by_words[slots] & asked.eligible[slots]
        self.by_meaning: Mask = scores.by_meaning[slots] & asked.eligible[slots]
        self.keyword_score: Scores = scores.keyword[slots]
        self.passage_keyword_score: Scores = scores.passage_keyword[slots]
        self.has_all_words: NDArray[np.bool_] = scores.has_all_words[slots]
        self.title_coverage: Scores = scores.title_coverage[slots]
        self.passage_cosine: Scores = scores.passage_cosine[slots]
        self.passage_support: Scores = scores.passage_support[slots]
        self.title_cosine: Scores = scores.title_cosine[slots]
        self.document_cosine: Scores = scores.document_cosine[slots]

    @property
    def ids(self) -> list[str]:
        """See Candidates."""
        return [self._table.id_of_slot[slot] for slot in self._slots]

    def __len__(self) -> int:
        """See Candidates."""
        return len(self._slots)

    def positions(self, ids: Sequence[str]) -> list[int]:
        """See Candidates."""
        slots = (self._table.slot_of_id.get(id) for id in ids)
        found = (np.flatnonzero(self._slots == slot) for slot in slots if slot is not None)
        return [int(place[0]) for place in found if len(place)]

    def numbers(self, attribute: str) -> NDArray[np.float64]:
        """See Candidates."""
        return self._table.attributes.numbers[attribute][self._slots]

    def distances(self, lat: float, lng: float) -> NDArray[np.float64]:
        """See Candidates."""
        return self._table.attributes.distances(lat, lng)[self._slots]

    def facets(self, attribute: str, filters: Filters, legs: Legs) -> list[FacetCount]:
        """See Candidates."""
        table, asked = self._table, self._asked
        matching = table.matching(asked.retrieval, asked.eligible, asked.scores, legs)
        counted = matching & table.attributes.passing(filters)
        counted |= table.pinned(asked.retrieval, asked.retrieval.always_within.without(attribute))
        return table.attributes.counts(attribute, counted)

    def content(self, position: int) -> Content:
        """See Candidates."""
        if (known := self._contents.get(position)) is None:
            known = self._contents[position] = self._table.content_of(int(self._slots[position]))
        return known

    def read_passages(self, positions: Sequence[int]) -> None:
        """See Candidates."""
        self._passages.read([int(self._slots[position]) for position in positions])

    def passage_cosines(self, position: int) -> Scores:
        """See Candidates."""
        return self._passages.cosines(int(self._slots[position]))
