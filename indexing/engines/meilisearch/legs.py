"""Both legs of a search in one request of three queries an index, and what is known of every document.

The server says which documents hold all words together and how well, which passages hold the words, and which
passages are nearest. Who holds which word, and the cosines of titles and documents, are known in this process.
"""

import contextlib
import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexing.embedders.base import Vector
from indexing.engines.attributes import Mask
from indexing.engines.base import Retrieval, Scores
from indexing.engines.meilisearch.filters import any_of, expressions
from indexing.engines.meilisearch.mirror import MirroredTable
from indexing.engines.meilisearch.records import (
    DOCUMENT,
    PASSAGE,
    PASSAGE_VECTOR,
    STAMP,
    searched,
)
from indexing.engines.meilisearch.server import IndexMissing, MeiliServer, Record, Results
from indexing.engines.table import NEAREST, Measurements, TableCandidates, informations, match_weights
from indexing.engines.terms import (
    BROADER_WEIGHT,
    SYNONYM_WEIGHT,
    CompiledQuery,
    Standing,
    Term,
    compile_query,
    frequencies,
    joined,
)
from indexing.errors import EngineUnavailable

_MOST_WORDS = 10
"""The server reads no more words of a query."""
_WORD_HITS = 100
"""Documents, and passages, whose standing by their words the server is asked for."""
_NEAREST = 100
"""Passages whose cosines are asked for where filters narrow the search."""
_MOST_MATCHING = 1_000
"""Passages that reach the match rule's cosine, in the first answer; where there are more, all are asked for."""
_ALL = 1_000_000
_ROUNDING = 1e-4

Take = Callable[[Results], None]
TakeCosines = Callable[[NDArray[np.int32], Scores, Sequence[Record]], None]


class Moved(EngineUnavailable):
    """The generation is not where it was: another one was promoted meanwhile."""


class Question:
    """One retrieval: what the server is asked, what is done with its answers, and what is known in the end."""

    def __init__(self, table: MirroredTable, uid: str, retrieval: Retrieval) -> None:
        self.table = table
        self._uid = uid
        self._retrieval = retrieval
        self._schema = table.generation.stamp.schema
        self._filters = expressions(retrieval.filters, self._schema)
        self._asked: list[tuple[Record, Take]] = []
        self._eligible = table.eligible(retrieval)
        self._scores = Measurements(table.size)

    def begin(self) -> None:
        """Say what the server is to be asked first."""
        table, retrieval = self.table, self._retrieval
        if retrieval.keywords is not None:
            known = joined(table.synonyms, retrieval.synonyms)
            _KeywordLeg(self, table, compile_query(retrieval.keywords, table.vocabulary, known)).measure(
                self._scores, retrieval.match.idf_share
            )
        if retrieval.vector is not None:
            self._ask_nearest(retrieval.vector)

    def waiting(self) -> list[Record]:
        """What the server is to be asked now; the last query tells whose answers these are, as they come in order."""
        if not self._asked:
            return []
        stamp = {"indexUid": self._uid, "filter": any_of("kind", [STAMP]), "attributesToRetrieve": ["generation"]}
        return [*(query for query, _ in self._asked), stamp]

    def take(self, answers: Sequence[Results]) -> None:
        """Note the answers to what was waiting. Raises Moved where they are of another generation."""
        asked, self._asked = self._asked, []
        if [hit["generation"] for hit in answers[-1].hits] != [self.table.generation.name]:
            raise Moved(f"generation {self.table.generation.name} was replaced during a search; ask again")
        for (_, note), answer in zip(asked, answers[:-1], strict=True):
            note(answer)

    def candidates(self, server: MeiliServer) -> TableCandidates:
        """What was found, once nothing is waiting; `server` is asked for more about some of it."""
        if self._retrieval.vector is not None:
            self._measure_documents(self._retrieval.vector)
        return self.table.candidates(self._retrieval, self._eligible, self._scores, _Passages(self, server))

    def ask(self, take: Take, kind: str = DOCUMENT, *, filters: Sequence[str] = (), **parts: Any) -> None:
        """Ask for records of a kind."""
        identity = ["document", "revision", *(["number"] if kind == PASSAGE else [])]
        own = any_of("generation", [self.table.generation.name])
        query = {
            "indexUid": self._uid,
            "filter": [any_of("kind", [kind]), own, *filters],
            "attributesToRetrieve": identity,
            "limit": _WORD_HITS,
            "showRankingScore": True,
            **parts,
        }
        self._asked.append((query, take))

    def ask_words(self, take: Take, text: str, kind: str = DOCUMENT, **parts: Any) -> None:
        """Ask for records that hold all words of `text`, or what else `parts` says."""
        fields = searched(self._schema.document_fields if kind == DOCUMENT else self._schema.passage_fields)
        self.ask(take, kind, **{"q": text, "attributesToSearchOn": fields, "matchingStrategy": "all", **parts})

    @property
    def filters(self) -> Sequence[str]:
        """The conditions of the question, for measurements that only what passes them needs."""
        return self._filters

    def slots(self, answer: Results) -> tuple[NDArray[np.int32], Scores, list[Record]]:
        """The slots, scores and hits of what this process knows, also in a revision that it has not read yet."""
        heads, slot_of_id = self.table.heads, self.table.slot_of_id
        slots: list[int] = []
        scores: list[float] = []
        kept: list[Record] = []
        for hit in answer.hits:
            slot = slot_of_id.get(hit["document"])
            if slot is not None and hit["revision"] >= heads[slot].revision:
                slots.append(slot)
                scores.append(hit["_rankingScore"])
                kept.append(hit)
        return np.array(slots, dtype=np.int32), np.array(scores, dtype=np.float32), kept

    def keep_only(self, answer: Results) -> None:
        """Nothing else may be found."""
        holding = np.zeros(self.table.size, dtype=np.bool_)
        holding[self.slots(answer)[0]] = True
        self._eligible &= holding

    def leave_out(self, answer: Results) -> None:
        """None of these may be found."""
        self._eligible[self.slots(answer)[0]] = False

    def take_passages(self, answer: Results) -> None:
        """Note how well passages hold the words."""
        slots, shares, _ = self.slots(answer)
        np.maximum.at(self._scores.passage_keyword, slots, shares)

    def add_keyword(self, slots: NDArray[np.int32], scores: Scores) -> None:
        """Add to what the words of documents tell."""
        np.add.at(self._scores.keyword, slots, scores)

    def _ask_nearest(self, vector: Vector) -> None:
        """Every passage that reaches the rule's cosine, whatever the filters; and the nearest of what passes them."""
        parts = _near(vector)
        reaching = {**parts, "rankingScoreThreshold": (1 + self._retrieval.match.cosine) / 2}

        def match(answer: Results) -> None:
            if len(answer.hits) == _MOST_MATCHING:
                self.ask(match_all, PASSAGE, limit=_ALL, **reaching)
            else:
                match_all(answer)

        def match_all(answer: Results) -> None:
            slots = self._measure_passages(answer)
            self._scores.by_meaning[slots] = True

        self.ask(match, PASSAGE, limit=_MOST_MATCHING, **reaching)
        if self._filters:
            self.ask(self._take_nearest, PASSAGE, filters=self._filters, limit=_NEAREST, **parts)

    def _take_nearest(self, answer: Results) -> None:
        self._measure_passages(answer)

    def _measure_passages(self, answer: Results) -> NDArray[np.int32]:
        """Note cosines, best first; the slots."""
        slots, cosines, _ = self._with_cosines(answer)
        self._scores.add_passage_cosines(slots, cosines)
        return slots

    def _with_cosines(self, answer: Results) -> tuple[NDArray[np.int32], Scores, list[Record]]:
        """Slots, cosines and hits. A score is (1 + cosine) / 2; one of 0 says that there is no vector."""
        slots, scores, hits = self.slots(answer)
        kept = scores > 0
        return slots[kept], 2 * scores[kept] - 1, [hit for hit, is_kept in zip(hits, kept, strict=True) if is_kept]

    def ask_passages(self, take: TakeCosines, ids: Sequence[str], *, limit: int) -> None:
        """Ask for the cosines of all passages of some documents; for nothing where the question has no vector."""
        if (vector := self._retrieval.vector) is not None:
            own = [any_of("document", ids)]
            self.ask(
                lambda answer: take(*self._with_cosines(answer)), PASSAGE, filters=own, limit=limit, **_near(vector)
            )

    def _measure_documents(self, vector: Vector) -> None:
        """Titles and documents have their vectors here: measured exactly, without asking."""
        table, scores = self.table, self._scores
        scores.by_meaning[table.titles.reaching(vector, self._retrieval.match.cosine)[0]] = True
        allowed = self._eligible & table.attributes.passing(self._retrieval.filters)
        for matrix, target in ((table.titles, scores.title_cosine), (table.documents, scores.document_cosine)):
            near, cosines = matrix.nearest(vector, limit=NEAREST, allowed=allowed)
            target[near] = cosines


def answered(questions: Sequence[Question], server: MeiliServer) -> list[TableCandidates]:
    """Ask what all questions need in one request, and what follows from the answers in another.

    Raises Moved where an index is another generation by now.
    """
    for question in questions:
        question.begin()
    drained(questions, server)
    return [question.candidates(server) for question in questions]


def drained(questions: Sequence[Question], server: MeiliServer) -> None:
    """Ask until nothing is waiting. Raises Moved."""
    while any(waiting := [question.waiting() for question in questions]):
        answers = iter(server.search([query for queries in waiting for query in queries]))
        for question, queries in zip(questions, waiting, strict=True):
            if queries:
                question.take(list(itertools.islice(answers, len(queries))))


class _KeywordLeg:
    """What the words of a question find."""

    def __init__(self, question: Question, table: MirroredTable, query: CompiledQuery) -> None:
        self._question = question
        self._table = table
        self._query = query
        self._frequencies = frequencies(query, lambda stem: table.frequencies.get(stem, 0))
        self._idf = informations(self._frequencies, max(len(table), 1))
        for words in query.excluded:
            question.ask_words(question.leave_out, _phrases([words]), limit=max(table.size, 1))
        if query.phrases:
            question.ask_words(question.keep_only, _phrases(query.phrases), limit=max(table.size, 1))
        if query.terms or query.phrases:
            self._ask()

    def _ask(self) -> None:
        """All words together, and the passages that hold the most telling of them."""
        question, phrases = self._question, _phrases(self._query.phrases)
        most = max(_MOST_WORDS - len(self._query.phrases), 1)
        telling = sorted(range(len(self._idf)), key=lambda place: -(self._idf[place] or math.inf))[:most]
        words = [_asked(self._table, self._query.terms[place]) for place in sorted(telling)]
        text = " ".join([phrases, *words]).lstrip()
        question.ask_words(self._take_whole, text, filters=question.filters)
        question.ask_words(
            question.take_passages, text, PASSAGE, filters=question.filters, matchingStrategy="frequency"
        )

    def _take_whole(self, answer: Results) -> None:
        """Of documents with all words, how well they stand together adds to how much the words tell."""
        slots, shares, _ = self._question.slots(answer)
        self._question.add_keyword(slots, sum(self._idf) * shares)

    def measure(self, scores: Measurements, share: float) -> None:
        """Match by the words that documents hold, and weigh each by its information."""
        table, terms, size = self._table, self._query.terms, self._table.size
        weights = match_weights(self._frequencies, max(len(table), 1))
        same, broader = self._standing_in(self._query.synonyms), self._standing_in(self._query.broader)
        held = [self._held(term) for term in terms]
        carried = np.zeros(size, dtype=np.float32)
        scores.has_all_words |= bool(terms)
        for place, (strength, weight) in enumerate(zip(held, weights, strict=True)):
            strength = np.maximum(strength, SYNONYM_WEIGHT * same[place])
            scores.has_all_words &= strength > 0
            strength = np.maximum(strength, BROADER_WEIGHT * broader[place])
            carried += weight * (strength > 0)
            scores.keyword += (weight * strength).astype(np.float32)
        if terms:
            scores.by_words |= (carried > 0) & (carried >= share * sum(weights) * (1 - _ROUNDING))
        else:
            scores.by_words |= bool(self._query.phrases)
        table.cover_titles(self._query, self._idf, scores.title_coverage)
        table.prefer_exact(self._query, scores)

    def _held(self, term: Term) -> Scores:
        """How surely each document holds a term, 0-1: a spelling or completion counts less than the word itself."""
        strength = np.zeros(self._table.size, dtype=np.float32)
        for variant, weight in term.variants.items():
            np.maximum(
                strength, np.float32(weight) * self._table.postings.holding(variant, len(strength)), out=strength
            )
        return strength

    def _standing_in(self, standing: Sequence[Standing]) -> list[Mask]:
        """For each term the documents that hold all words of something that stands for it."""
        size = self._table.size
        meant = [np.zeros(size, dtype=np.bool_) for _ in self._query.terms]
        for each in standing:
            for alternative in each.alternatives:
                masks = [self._table.postings.holding(stem, size) for stem in alternative]
                holding = np.logical_and.reduce(masks)
                for place in each.covered:
                    meant[place] |= holding
        return meant


def _near(vector: Vector) -> dict[str, Any]:
    """The part of a query that asks for the nearest passages."""
    numbers = np.round(vector.astype(np.float64), 6).tolist()
    return {"vector": numbers, "hybrid": {"embedder": PASSAGE_VECTOR, "semanticRatio": 1.0}}


def _phrases(phrases: Sequence[Sequence[str]]) -> str:
    return " ".join(f'"{" ".join(words)}"' for words in phrases)


def _asked(table: MirroredTable, term: Term) -> str:
    """The stem of a word, or of what it was meant to be; what the server shall complete ends without a space."""
    known = [variant for variant in term.variants if table.frequencies.get(variant)]
    if not term.unfinished:
        return f"{(known or list(term.variants))[0]} "
    if not known or any(variant.startswith(term.unfinished) for variant in known):
        return term.unfinished
    return known[0]


class _Passages:
    """See PassageMeasurements; the server is asked once for the passages of all documents that are read.

    Where another generation was promoted since the search, they stay unmeasured: what was found is shown all the same.
    """

    def __init__(self, question: Question, server: MeiliServer) -> None:
        self._question = question
        self._server = server
        self._cosines: dict[int, Scores] = {}

    def read(self, slots: Sequence[int]) -> None:
        """See PassageMeasurements."""
        table, question = self._question.table, self._question
        sizes = {slot: table.packed[slot].passages for slot in slots if slot not in self._cosines}
        self._cosines |= {slot: np.zeros(size, dtype=np.float32) for slot, size in sizes.items()}
        several = [slot for slot, size in sizes.items() if size > 1]
        if not several:
            return
        question.ask_passages(self._take, [table.id_of_slot[slot] for slot in several], limit=2 * sum(sizes.values()))
        with contextlib.suppress(Moved, IndexMissing):
            drained([question], self._server)

    def _take(self, slots: NDArray[np.int32], cosines: Scores, hits: Sequence[Record]) -> None:
        for slot, cosine, hit in zip(slots.tolist(), cosines.tolist(), hits, strict=True):
            column = self._cosines.get(slot)
            if column is not None and hit["number"] < len(column):  # of a newer revision, perhaps
                column[hit["number"]] = cosine

    def cosines(self, slot: int) -> Scores:
        """See PassageMeasurements."""
        if slot not in self._cosines:
            self.read([slot])
        return self._cosines[slot]
