"""Both legs of a search in one request, and what the answer says of every document.

Each word that not everything holds is asked for by itself, so that documents with some of the words are
known and weighed by how much these words tell; all words together, so that it is known who has them all.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from msgspec import Struct
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
    TITLE_VECTOR,
    searched,
)
from indexing.engines.meilisearch.server import MeiliServer, Record, Results
from indexing.engines.table import NEAREST, Measurements, TableCandidates, informations
from indexing.engines.terms import CompiledQuery, Term, compile_query, joined
from indexing.errors import EngineUnavailable
from indexing.words import allowed_edits

_MOST_WORDS = 10
"""The server reads no more words of a query."""
_MOST_HITS = 1_000
_NEAREST = 400
"""Of passages and titles; the server's graph is walked over ten times as many."""
_MOST_ALTERNATIVES = 12
"""Synonyms of one question that are asked for."""
_SYNONYM_WEIGHT = 0.8
_LEAST_SHARE = 1e-3
"""Of a document that holds the words, where the server ran out of time before it had measured how well."""

Take = Callable[[Results], None]


class Moved(EngineUnavailable):
    """The generation is not where it was: another one was promoted meanwhile."""


class _Word(Struct, frozen=True):
    """A word as the server is asked for it, and how much it tells (idf)."""

    place: int
    text: str
    loose: str
    """The same where the server may take other spellings for it."""
    information: float
    is_rare: bool


class Question:
    """One retrieval: what is asked, each with what is done with its answer, and what is known in the end."""

    def __init__(self, table: MirroredTable, uid: str, retrieval: Retrieval) -> None:
        self._table = table
        self._uid = uid
        self._retrieval = retrieval
        self._schema = table.generation.stamp.schema
        self._filters = [any_of("generation", [table.generation.name]), *expressions(retrieval.filters, self._schema)]
        self._asked: list[tuple[Record, Take]] = []
        self._allowed = table.allowed(retrieval)
        self._scores = Measurements(table.size)
        self._passages = _Passages(table)

    def candidates(self, server: MeiliServer) -> TableCandidates:
        """Ask the server and measure. Raises Moved where the index is another generation by now."""
        table, retrieval, scores = self._table, self._retrieval, self._scores
        leg: _KeywordLeg | None = None
        if retrieval.keywords is not None:
            known = joined(table.synonyms, retrieval.synonyms)
            leg = _KeywordLeg(self, table, compile_query(retrieval.keywords, table.vocabulary, known))
        if retrieval.vector is not None:
            self._ask_nearest(retrieval.vector)
        for (_, take), answer in zip(self._asked, self._answers(server), strict=True):
            take(answer)
        if leg is not None:
            leg.settle(self._allowed, scores)
        if retrieval.vector is not None:
            self._measure_documents(retrieval.vector)
        found = table.found(retrieval, self._allowed, scores)
        return TableCandidates(table, table.by_id[found[table.by_id]], scores, self._passages)

    def _answers(self, server: MeiliServer) -> list[Results]:
        """The last query tells whose answers these are: queries are answered in order."""
        if not self._asked:
            return []
        stamp = {"indexUid": self._uid, "filter": any_of("kind", [STAMP]), "attributesToRetrieve": ["generation"]}
        *answers, whose = server.search([*(query for query, _ in self._asked), stamp])
        if [hit["generation"] for hit in whose.hits] != [self._table.generation.name]:
            raise Moved(f"generation {self._table.generation.name} was replaced during a search; ask again")
        return answers

    def ask(self, take: Take, kind: str = DOCUMENT, **parts: Any) -> None:
        """Ask for records of a kind."""
        identity = ["document", "revision", *(["number"] if kind == PASSAGE else [])]
        query = {
            "indexUid": self._uid,
            "filter": [any_of("kind", [kind]), *self._filters],
            "attributesToRetrieve": identity,
            "limit": _MOST_HITS,
            "showRankingScore": True,
            **parts,
        }
        self._asked.append((query, take))

    def ask_words(self, take: Take, text: str, kind: str = DOCUMENT, **parts: Any) -> None:
        """Ask for records that hold all words of `text`, or what else `parts` says."""
        fields = searched(self._schema.document_fields if kind == DOCUMENT else self._schema.passage_fields)
        self.ask(take, kind, **{"q": text, "attributesToSearchOn": fields, "matchingStrategy": "all", **parts})

    def slots(self, answer: Results) -> tuple[NDArray[np.int32], Scores, list[Record]]:
        """The slots, scores and hits of what this process knows, also in a revision that it has not read yet."""
        heads, slot_of_id = self._table.heads, self._table.slot_of_id
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
        holding = np.zeros(self._table.size, dtype=np.bool_)
        holding[self.slots(answer)[0]] = True
        self._allowed &= holding

    def leave_out(self, answer: Results) -> None:
        """None of these may be found."""
        self._allowed[self.slots(answer)[0]] = False

    def take_passages(self, answer: Results) -> None:
        """Note how well passages hold the words."""
        slots, shares, hits = self.slots(answer)
        np.maximum.at(self._scores.passage_keyword, slots, shares)
        self._passages.take_words(slots, shares, hits)

    def _ask_nearest(self, vector: Vector) -> None:
        numbers = np.round(vector.astype(np.float64), 6).tolist()

        def passages(answer: Results) -> None:
            slots, cosines, hits = self._cosines(answer)
            self._scores.add_passage_cosines(slots, cosines)
            self._passages.take_cosines(slots, cosines, hits)

        def titles(answer: Results) -> None:
            slots, cosines, _ = self._cosines(answer)
            self._scores.title_cosine[slots] = cosines
            self._scores.found[slots] = True

        for take, kind, embedder in ((passages, PASSAGE, PASSAGE_VECTOR), (titles, DOCUMENT, TITLE_VECTOR)):
            hybrid = {"embedder": embedder, "semanticRatio": 1.0}
            self.ask(take, kind, vector=numbers, hybrid=hybrid, limit=_NEAREST)

    def _cosines(self, answer: Results) -> tuple[NDArray[np.int32], Scores, list[Record]]:
        """A score is (1 + cosine) / 2; one of 0 says that there is no vector."""
        slots, scores, hits = self.slots(answer)
        kept = self._allowed[slots] & (scores > 0)
        return slots[kept], 2 * scores[kept] - 1, [hit for hit, is_kept in zip(hits, kept, strict=True) if is_kept]

    def _measure_documents(self, vector: Vector) -> None:
        """The documents' own vectors are at hand: measured exactly, without asking."""
        near, cosines = self._table.documents.nearest(vector, limit=NEAREST, allowed=self._allowed)
        self._scores.document_cosine[near] = cosines
        self._scores.found[near] = True


class _KeywordLeg:
    """What the words of a question find."""

    def __init__(self, question: Question, table: MirroredTable, query: CompiledQuery) -> None:
        self._question = question
        self._table = table
        self._query = query
        self._words = _words(table, query)
        self._phrases = _phrases(query.phrases)
        self._whole = sum(word.information for word in self._words) or 1.0
        self._every = np.zeros(table.size, dtype=np.float32)
        self._has_all = np.zeros(table.size, dtype=np.bool_)
        self._by_word = {word.place: np.zeros(table.size, dtype=np.float32) for word in self._words}
        self._meant: dict[tuple[int, ...], Scores] = {}
        for words in query.excluded:
            question.ask_words(question.leave_out, _phrases([words]), limit=max(table.size, 1))
        if query.phrases:
            question.ask_words(question.keep_only, self._phrases, limit=max(table.size, 1))
        if self._words or query.phrases:
            self._ask()

    def _ask(self) -> None:
        """All words together, each rare one by itself, and what stands for some of them in their place."""
        question = self._question
        question.ask_words(self._take_whole(1.0), self._text())
        loose = " ".join([self._phrases, *(word.loose for word in self._words)]).lstrip()
        question.ask_words(question.take_passages, loose, PASSAGE, matchingStrategy="frequency")
        if len(self._words) > 1:
            for word in self._words:
                if word.is_rare:
                    question.ask_words(self._take_word(word), word.text)
        asked = 0
        for covered, alternatives in self._query.synonyms:
            for alternative in alternatives[: _MOST_ALTERNATIVES - asked]:
                asked += 1
                question.ask_words(self._take_meant(covered), _phrases([alternative]))
                question.ask_words(self._take_whole(_SYNONYM_WEIGHT), self._text(covered, alternative))

    def _text(self, covered: Sequence[int] = (), alternative: Sequence[str] = ()) -> str:
        """The question, with some of its words replaced."""
        parts = [self._phrases] if self._phrases else []
        for word in self._words:
            if word.place in covered:
                parts += [_phrases([alternative])] if word.place == covered[0] else []
            else:
                parts.append(word.text)
        return " ".join(parts)

    def _take_whole(self, weight: float) -> Take:
        def take(answer: Results) -> None:
            slots, shares, _ = self._question.slots(answer)
            self._has_all[slots] = True
            np.maximum.at(self._every, slots, weight * self._whole * np.maximum(shares, _LEAST_SHARE))

        return take

    def _take_word(self, word: _Word) -> Take:
        def take(answer: Results) -> None:
            slots, shares, _ = self._question.slots(answer)
            self._by_word[word.place][slots] = word.information * np.maximum(shares, _LEAST_SHARE)

        return take

    def _take_meant(self, covered: tuple[int, ...]) -> Take:
        own = sum(word.information for word in self._words if word.place in covered)

        def take(answer: Results) -> None:
            slots, shares, _ = self._question.slots(answer)
            meant = self._meant.setdefault(covered, np.zeros(self._table.size, dtype=np.float32))
            np.maximum.at(meant, slots, _SYNONYM_WEIGHT * own * np.maximum(shares, _LEAST_SHARE))

        return take

    def settle(self, allowed: Mask, scores: Measurements) -> None:
        """Add up what the words tell of each document; what stands for some counts where it tells more than they."""
        total = sum(self._by_word.values(), np.zeros(self._table.size, dtype=np.float32))
        for covered, meant in self._meant.items():
            own = sum((self._by_word[place] for place in covered if place in self._by_word), np.zeros_like(total))
            total = total + np.maximum(meant - own, 0.0)
        scores.keyword = np.where(allowed, np.maximum(total, self._every), 0.0).astype(np.float32)
        scores.has_all_words |= self._has_all & allowed
        scores.found |= scores.keyword > 0
        self._table.cover_titles(self._query, _idf(self._table, self._query.terms), scores.title_coverage)


def _phrases(phrases: Sequence[Sequence[str]]) -> str:
    return " ".join(f'"{" ".join(words)}"' for words in phrases)


def _idf(table: MirroredTable, terms: Sequence[Term]) -> list[float]:
    return informations([_frequency(table, term) for term in terms], max(len(table), 1))


def _words(table: MirroredTable, query: CompiledQuery) -> list[_Word]:
    """The most telling words of a query, in its order, as the server is asked for them."""
    unknown = math.log(1 + (len(table) + 0.5) / 0.5)
    idf = [information or unknown for information in _idf(table, query.terms)]
    kept = sorted(range(len(idf)), key=lambda place: -idf[place])[: max(_MOST_WORDS - len(query.phrases), 1)]
    return [_word(table, place, query.terms[place], idf[place]) for place in sorted(kept)]


def _word(table: MirroredTable, place: int, term: Term, information: float) -> _Word:
    """A word that documents hold is meant as it is: what has no quotes, the server also takes for other words."""
    loose = _asked(table, term)
    word = loose.rstrip()
    is_certain = word in table.frequencies or not allowed_edits(word)
    text = f'"{word}" ' if is_certain and loose != word else loose
    return _Word(place, text, loose, information, is_rare=_frequency(table, term) <= _MOST_HITS)


def _frequency(table: MirroredTable, term: Term) -> int:
    return max(table.frequencies.get(variant, 0) for variant in term.variants)


def _asked(table: MirroredTable, term: Term) -> str:
    """The stem of a word, or of what it was meant to be; what the server shall complete ends without a space."""
    known = [variant for variant in term.variants if table.frequencies.get(variant)]
    if not term.unfinished:
        return f"{(known or list(term.variants))[0]} "
    if not known or any(variant.startswith(term.unfinished) for variant in known):
        return term.unfinished
    return known[0]


class _Passages:
    """See PassageMeasurements; what the server did not name reads 0."""

    def __init__(self, table: MirroredTable) -> None:
        self._table = table
        self._cosines: dict[int, dict[int, float]] = {}
        self._words: dict[int, dict[int, float]] = {}
        self._best = 0.0

    def take_cosines(self, slots: NDArray[np.int32], cosines: Scores, hits: Sequence[Record]) -> None:
        """Note the nearest passages."""
        for slot, cosine, hit in zip(slots.tolist(), cosines.tolist(), hits, strict=True):
            self._cosines.setdefault(slot, {})[hit["number"]] = cosine

    def take_words(self, slots: NDArray[np.int32], scores: Scores, hits: Sequence[Record]) -> None:
        """Note the passages that hold the words."""
        self._best = float(scores.max(initial=0.0))
        for slot, score, hit in zip(slots.tolist(), scores.tolist(), hits, strict=True):
            self._words.setdefault(slot, {})[hit["number"]] = score / (self._best or 1.0)

    def cosines(self, slot: int, vector: Vector) -> Scores:
        """See PassageMeasurements; `vector` is that of the retrieval."""
        return self._column(slot, self._cosines)

    def keyword_scores(self, slot: int) -> Scores:
        """See PassageMeasurements."""
        return self._column(slot, self._words)

    def _column(self, slot: int, measured: dict[int, dict[int, float]]) -> Scores:
        column = np.zeros(self._table.packed[slot].passages, dtype=np.float32)
        for number, value in measured.get(slot, {}).items():
            if number < len(column):  # of a newer revision, perhaps
                column[number] = value
        return column
