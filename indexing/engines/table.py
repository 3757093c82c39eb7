"""The documents of one state of one generation in memory: what every engine knows of them beside its index.

Filters, facets, sorts and totals are computed here from columns, so that they are exact and the same on
every engine; an engine adds how well words and meaning fit.
"""

import functools
import time
from abc import abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Generic, Protocol, Self, TypeVar, overload

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from indexing.documents import DocumentType
from indexing.embedders.base import Vector, Vectors
from indexing.engines.attributes import AttributeView, LabelView, Mask
from indexing.engines.base import Words
from indexing.engines.entries import Content, Generation, Scores, Title
from indexing.engines.measurements import Measurements
from indexing.engines.questions import QuestionView
from indexing.engines.retrieval import Legs, Retrieval
from indexing.engines.terms import CompiledQuery, Synonyms
from indexing.engines.vectors import VectorMatrix, nearest
from indexing.queries import Filters
from indexing.words import Vocabulary

NEAREST = KEYWORD_DOCUMENTS = KEYWORD_PASSAGES = 1_000
"""How many passages and documents each leg measures: enough for every page that is ever looked at."""
KEPT_CONTENTS = 512
"""Documents whose contents stay unpacked, since visitors find the same ones: some 10 KB each."""
_MATE_SHARE = 0.2
"""What a word counts that only has the stem of the one that was asked for, beside documents that hold that one."""
_MOST_COMPARED = 200
"""Documents whose words are looked at for that, best first."""
EXACT = "="
"""Before a word of a title without its inflection; no stem begins so."""


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


class _Titles(Sequence[Title]):
    """Titles in the order of their ids, each made when it is asked for: a search needs only how many there are."""

    def __init__(
        self, heads: Sequence[DocumentHead], slots: NDArray[np.int64], popularity: NDArray[np.float64]
    ) -> None:
        self._heads, self._slots, self._popularity = heads, slots, popularity

    def __len__(self) -> int:
        return len(self._slots)

    @overload
    def __getitem__(self, place: int) -> Title: ...
    @overload
    def __getitem__(self, place: slice) -> "_Titles": ...
    def __getitem__(self, place: int | slice) -> "Title | _Titles":
        if isinstance(place, slice):
            return _Titles(self._heads, self._slots[place], self._popularity)
        return next(iter(_Titles(self._heads, self._slots[[place]], self._popularity)))

    def __iter__(self) -> Iterator[Title]:
        popularity = np.nan_to_num(self._popularity[self._slots]).tolist()
        for slot, each in zip(self._slots.tolist(), popularity, strict=True):
            yield Title(self._heads[slot].id, self._heads[slot].title, each)


class DocumentTable(Struct, frozen=True, dict=True):
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
    document_vectors: VectorMatrix
    title_vectors: VectorMatrix
    questions: QuestionView
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
        """How many documents are published."""
        return len(self.by_id)

    def contents(self, ids: Collection[str]) -> Mapping[str, Content]:
        """See Library."""
        return {id: self.content_of(slot) for id, slot in self.slots_of(ids)}

    def revisions(self, ids: Collection[str]) -> Mapping[str, int]:
        """See Library."""
        return {id: self.heads[slot].revision for id, slot in self.slots_of(ids)}

    def vectors(self, ids: Collection[str]) -> Mapping[str, Vector]:
        """See Library."""
        return {id: self.document_vectors.row(slot) for id, slot in self.slots_of(ids)}

    def mean_vector(self) -> Vector:
        """See Library."""
        return self.document_vectors.mean(self.live)

    def nearest(self, vectors: Vectors, *, limit: int) -> Sequence[Sequence[str]]:
        """See Library."""
        allowed = None if self.live.all() else self.live
        found = self.document_vectors.nearest_many(vectors, limit=limit, allowed=allowed)
        return [[self.id_of_slot[slot] for slot in slots.tolist()] for slots, _ in found]

    @functools.cached_property
    def titles(self) -> Sequence[Title]:
        """See Library."""
        return _Titles(self.heads, self.by_id, self.attributes.numbers["popularity"])

    def slots_of(self, ids: Collection[str]) -> Iterator[tuple[str, int]]:
        """Those of `ids` that exist, with their slots."""
        found = ((id, self.slot_of_id.get(id)) for id in ids)
        return ((id, slot) for id, slot in found if slot is not None and self.live[slot])

    def as_of(self, moment: float) -> Self:
        """The table without documents that are published later than `moment` (seconds since 1970)."""
        ahead = self._ahead(moment)
        if not ahead.any():
            return self
        live = self.live & ~ahead
        return msgspec.structs.replace(self, live=live, by_id=self.by_id[live[self.by_id]])

    def changes_at(self, moment: float) -> float:
        """When the next document is published that is not yet at `moment`; infinite where there is none."""
        ahead = self.attributes.numbers["published_at"][self._ahead(moment)]
        return float(ahead.min(initial=np.inf))

    def _ahead(self, moment: float) -> Mask:
        return self.live & (self.attributes.numbers["published_at"] > moment)

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

    def measure_documents(self, retrieval: Retrieval, vector: Vector, allowed: Mask, scores: Measurements) -> None:
        """Which titles and known questions match, whatever the filters; how near titles and documents are that are
        `allowed`, and how near known questions.
        """
        match, wanted = retrieval.match, None if allowed.all() else allowed
        scores.add_question_cosines(self.questions.slots, self.questions.cosines(vector), match.question)
        for told in retrieval.taught:
            if (slot := self.slot_of_id.get(told.id)) is not None:
                scores.add_taught(slot, told.cosine, match.question)
        cosines = self.title_vectors.cosines(vector)
        scores.by_meaning[cosines >= match.cosine] = True
        slots, near = nearest(cosines, NEAREST, wanted)
        scores.title_cosine[slots] = near
        slots, near = self.document_vectors.nearest(vector, limit=NEAREST, allowed=wanted)
        scores.document_cosine[slots] = near

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
                exact = self.title_words.any_of((EXACT + term.base,), self.size)
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


_Table = TypeVar("_Table", bound=DocumentTable)


class Published(Generic[_Table]):
    """What of each index's table is published by now; the same object until that changes."""

    def __init__(self) -> None:
        self._held: dict[DocumentType, tuple[_Table, _Table, float]] = {}
        """The whole table, what is published of it, and until when."""

    def of(self, table: _Table) -> _Table:
        """The table without what is published later than now."""
        moment, held = time.time(), self._held.get(table.generation.index)
        if held is None or held[0] is not table or moment >= held[2]:
            held = self._held[table.generation.index] = table, table.as_of(moment), table.changes_at(moment)
        return held[1]
