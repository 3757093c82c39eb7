"""Both legs of a search in one request, and what is known of every document.

The server says which passages are nearest, and which documents hold phrases. Who holds which word how often, and the
cosines of titles and documents, are known in this process: so words are weighed as on the embedded engine.
"""

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexing.embedders.base import Vector
from indexing.engines.candidates import TableCandidates, candidates
from indexing.engines.entries import Scores
from indexing.engines.matching import match_words, score_words
from indexing.engines.measurements import Measurements, informations, match_weights
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
from indexing.engines.retrieval import Retrieval
from indexing.engines.table import KEYWORD_PASSAGES
from indexing.engines.terms import (
    CompiledQuery,
    compile_query,
    frequencies,
    joined,
)
from indexing.errors import EngineUnavailable

_NEAREST = 40
"""Passages whose cosines are asked for first; where all of them match, the others that do are asked for as well."""
_FURTHER = 5
"""Times as many then."""

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
        self._words: _KeywordLeg | None = None

    def begin(self) -> None:
        """Say what the server is to be asked first."""
        table, retrieval = self.table, self._retrieval
        if retrieval.keywords is not None:
            query = compile_query(retrieval.keywords, table.vocabulary, joined(table.synonyms, retrieval.synonyms))
            self._words = _KeywordLeg(self, query)
        if retrieval.vector is not None:
            self._ask_nearest(retrieval.vector)

    def measure(self) -> None:
        """Measure what is known here without the server's answers."""
        if self._words is not None:
            self._words.measure(self._scores, self._retrieval.match.idf_share)
        if self._words is None or not self._words.narrows:
            self._measure_documents()

    def _measure_documents(self) -> None:
        """Titles and documents have their vectors here: exact, without asking."""
        retrieval, table = self._retrieval, self.table
        if retrieval.vector is not None:
            allowed = self._eligible & table.attributes.passing(retrieval.filters)
            table.measure_documents(retrieval, retrieval.vector, allowed, self._scores)

    def waiting(self) -> list[Record]:
        """What the server is to be asked now."""
        return [query for query, _ in self._asked]

    def take(self, answers: Sequence[Results]) -> None:
        """Note the answers to what was waiting; where one found nothing, another generation may be there by now."""
        asked, self._asked = self._asked, []
        for (_, note), answer in zip(asked, answers, strict=True):
            note(answer)
        if not all(answer.hits for answer in answers):
            stamp = {"indexUid": self._uid, "filter": any_of("kind", [STAMP]), "attributesToRetrieve": ["generation"]}
            self._asked.append((stamp, self._confirm))

    def _confirm(self, answer: Results) -> None:
        """Raises Moved where the index is not of this generation any more: then nothing could be found."""
        if [hit["generation"] for hit in answer.hits] != [self.table.generation.name]:
            raise Moved(f"generation {self.table.generation.name} was replaced during a search; ask again")

    def candidates(self, server: MeiliServer) -> TableCandidates:
        """What was found, once nothing is waiting; `server` is asked for more about some of it."""
        if self._words is not None and self._words.narrows:
            self._measure_documents()
        return candidates(self.table, self._retrieval, self._eligible, self._scores, _Passages(self, server))

    def ask(self, take: Take, kind: str = DOCUMENT, *, filters: Sequence[str] = (), **parts: Any) -> None:
        """Ask for records of a kind."""
        identity = ["document", "revision", *(["number"] if kind == PASSAGE else [])]
        own = any_of("generation", [self.table.generation.name])
        query = {
            "indexUid": self._uid,
            "filter": [any_of("kind", [kind]), own, *filters],
            "attributesToRetrieve": identity,
            "showRankingScore": True,
            **parts,
        }
        self._asked.append((query, take))

    def ask_phrases(self, take: Take, phrases: Sequence[Sequence[str]]) -> None:
        """Ask for the documents that hold all of some phrases."""
        fields = searched(self._schema.document_fields)
        text = " ".join(f'"{" ".join(words)}"' for words in phrases)
        self.ask(take, q=text, attributesToSearchOn=fields, matchingStrategy="all", limit=max(self.table.size, 1))

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

    def _ask_nearest(self, vector: Vector) -> None:
        """The nearest passages whatever the filters, as far as they match; and the nearest of what passes them."""
        self._ask_matching(vector, _NEAREST)
        if self._filters:
            self.ask(self._take_nearest, PASSAGE, filters=self._filters, limit=_NEAREST, **_near(vector))

    def _ask_matching(self, vector: Vector, limit: int) -> None:
        """The nearest `limit` passages, and more where all of these match.

        A limit on scores beside one on hits makes the server search again and again: ten times as slow as more hits.
        """
        least = self._retrieval.match.cosine

        def match(answer: Results) -> None:
            if len(answer.hits) == limit and 2 * answer.hits[-1]["_rankingScore"] - 1 >= least:
                self._ask_matching(vector, limit * _FURTHER)
                return
            slots, cosines, _ = self._with_cosines(answer)
            self._scores.add_passage_cosines(slots, cosines)
            self._scores.by_meaning[slots[cosines >= least]] = True

        self.ask(match, PASSAGE, limit=limit, **_near(vector))

    def _take_nearest(self, answer: Results) -> None:
        slots, cosines, _ = self._with_cosines(answer)
        self._scores.add_passage_cosines(slots, cosines)

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


def answered(questions: Sequence[Question], server: MeiliServer) -> list[TableCandidates]:
    """Ask what all questions need at once, and what follows from the answers after that.

    Raises Moved where an index is another generation by now.
    """
    for question in questions:
        question.begin()

    def measure() -> None:
        for question in questions:
            question.measure()

    drained(questions, server, measure)
    return [question.candidates(server) for question in questions]


def drained(questions: Sequence[Question], server: MeiliServer, meanwhile: Callable[[], None] | None = None) -> None:
    """Ask until nothing is waiting, one request a question; while the first are answered, do something else.

    Raises Moved.
    """
    while (asking := [question for question in questions if question.waiting()]) or meanwhile:
        answers = server.search_together([question.waiting() for question in asking], meanwhile)
        meanwhile = None
        for question, answer in zip(asking, answers, strict=True):
            question.take(answer)


class _KeywordLeg:
    """What the words of a question find."""

    def __init__(self, question: Question, query: CompiledQuery) -> None:
        self._table = question.table
        self._query = query
        self.narrows = bool(query.phrases or query.excluded)
        """Whether the server's answers tell which documents may be found at all."""
        for words in query.excluded:
            question.ask_phrases(question.leave_out, [words])
        if query.phrases:
            question.ask_phrases(question.keep_only, query.phrases)

    def measure(self, scores: Measurements, share: float) -> None:
        """Match by the words that documents hold, and weigh them and those of the best passages."""
        table, query = self._table, self._query
        held, total = frequencies(query, table.postings.frequency), max(len(table), 1)
        scores.keyword += score_words(query, table.postings.scores)
        match_words(query, table.postings.holding, match_weights(held, total), share, scores)
        table.cover_titles(query, informations(held, total), scores.title_coverage)
        self._measure_passages(score_words(query, table.passage_postings.scores), scores)
        table.prefer_exact(query, scores)

    def _measure_passages(self, of_passages: Scores | float, scores: Measurements) -> None:
        """Note how well the best passages hold the words."""
        rows = np.zeros(len(self._table.slot_of_row), dtype=np.float32) + of_passages
        if len(rows) > KEYWORD_PASSAGES:
            rows[rows < np.partition(rows, -KEYWORD_PASSAGES)[-KEYWORD_PASSAGES]] = 0.0
        np.maximum.at(scores.passage_keyword, self._table.slot_of_row, rows)


def _near(vector: Vector) -> dict[str, Any]:
    """The part of a query that asks for the nearest passages."""
    numbers = np.round(vector.astype(np.float64), 6).tolist()
    return {"vector": numbers, "hybrid": {"embedder": PASSAGE_VECTOR, "semanticRatio": 1.0}}


class _Passages:
    """See PassageMeasurements; the server is asked once for the passages of all documents that are read.

    Where another generation was promoted since the search, they stay unmeasured: what was found is shown all the same.
    """

    def __init__(self, question: Question, server: MeiliServer) -> None:
        self._question = question
        self._server = server
        self._cosines: dict[int, Scores] = {}

    def cosines(self, slots: Sequence[int]) -> list[Scores]:
        """See PassageMeasurements."""
        if unread := [slot for slot in slots if slot not in self._cosines]:
            self._read(unread)
        return [self._cosines[slot] for slot in slots]

    def _read(self, slots: Sequence[int]) -> None:
        table, question = self._question.table, self._question
        sizes = {slot: table.packed[slot].passages for slot in slots}
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
