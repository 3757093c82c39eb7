"""Both legs of a search in one request, and what the answer says of every document.

Each word that not everything holds is asked for by itself, so that documents with some of the words are
known and weighed by how much these words tell; all words together, so that it is known who has them all.
"""

import math
from collections.abc import Iterator, Sequence
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
    DOCUMENT_FIELDS,
    DOCUMENT_VECTOR,
    PASSAGE,
    PASSAGE_FIELDS,
    PASSAGE_VECTOR,
    STAMP,
    TITLE_VECTOR,
)
from indexing.engines.meilisearch.server import MeiliServer, Record, Results
from indexing.engines.table import NEAREST, Measurements, TableCandidates, informations
from indexing.engines.terms import CompiledQuery, Term, compile_query, joined
from indexing.errors import EngineUnavailable
from indexing.words import allowed_edits

_MOST_WORDS = 10
"""The server reads no more words of a query."""
_MOST_HITS = 1_000
_EVERY_HIT = 100_000
"""For phrases and excluded words, where a missing hit would be a wrong answer."""


class Moved(EngineUnavailable):
    """The generation is not where it was: another one was promoted meanwhile."""


class _Word(Struct, frozen=True):
    """A word as the server is asked for it, and how much it tells (idf)."""

    text: str
    loose: str
    """The same where the server may take other spellings for it."""
    information: float
    is_rare: bool


class Question:
    """One retrieval as queries, in an order that `measure` knows."""

    def __init__(self, table: MirroredTable, uid: str, retrieval: Retrieval) -> None:
        self._table = table
        self._uid = uid
        self._retrieval = retrieval
        self._filters = [any_of("generation", [table.generation.name]), *expressions(retrieval.filters)]

    def candidates(self, server: MeiliServer) -> TableCandidates:
        """Ask the server and measure. Raises Moved where the index is another generation by now."""
        table, retrieval = self._table, self._retrieval
        allowed = table.allowed(retrieval)
        scores = Measurements(table.size)
        passages = _Passages(table)
        keywords, vector = retrieval.keywords, retrieval.vector
        known = joined(table.synonyms, retrieval.synonyms)
        query = compile_query(keywords, table.vocabulary, known) if keywords is not None else None
        words = _words(table, query) if query is not None else []
        asked: list[Record] = []
        if query is not None:
            asked += self._limits(query)
            asked += self._words(query, words)
        if vector is not None:
            asked += self._nearest(vector)
        answers = iter(self._answers(server, asked) if asked else [])
        if query is not None:
            allowed = self._limited(query, allowed, answers)
            self._measure_words(query, words, allowed, scores, passages, answers)
        if vector is not None:
            self._measure_vector(allowed, scores, passages, answers)
        found = allowed if keywords is None and vector is None else scores.found
        table.add_always(retrieval, found)
        return TableCandidates(table, table.by_id[found[table.by_id]], scores, passages)

    def _answers(self, server: MeiliServer, asked: Sequence[Record]) -> list[Results]:
        """The last query tells whose answers these are: queries are answered in order."""
        stamp = {"indexUid": self._uid, "filter": any_of("kind", [STAMP]), "attributesToRetrieve": ["generation"]}
        *answers, whose = server.search([*asked, stamp])
        if [hit["generation"] for hit in whose.hits] != [self._table.generation.name]:
            raise Moved(f"generation {self._table.generation.name} was replaced during a search; ask again")
        return answers

    # What is asked

    def _query(self, kind: str, **parts: Any) -> Record:
        identity = ["document", "revision", *(["number"] if kind == PASSAGE else [])]
        return {
            "indexUid": self._uid,
            "filter": [any_of("kind", [kind]), *self._filters],
            "attributesToRetrieve": identity,
            "limit": _MOST_HITS,
            "showRankingScore": True,
            **parts,
        }

    def _by_words(self, text: str, kind: str = DOCUMENT, **parts: Any) -> Record:
        fields = DOCUMENT_FIELDS if kind == DOCUMENT else PASSAGE_FIELDS
        return self._query(kind, q=text, attributesToSearchOn=fields, **{"matchingStrategy": "all", **parts})

    def _limits(self, query: CompiledQuery) -> Iterator[Record]:
        """Who has the phrases, and who has something excluded."""
        if query.phrases:
            yield self._by_words(_phrases(query.phrases), limit=_EVERY_HIT)
        for words in query.excluded:
            yield self._by_words(_phrases([words]), limit=_EVERY_HIT)

    def _words(self, query: CompiledQuery, words: Sequence[_Word]) -> Iterator[Record]:
        text = " ".join([_phrases(query.phrases), *(word.text for word in words)]).lstrip()
        if not text:
            return
        yield self._by_words(text)
        loose = " ".join([_phrases(query.phrases), *(word.loose for word in words)]).lstrip()
        yield self._by_words(loose, PASSAGE, matchingStrategy="frequency")
        if len(words) > 1:
            yield from (self._by_words(word.text) for word in words if word.is_rare)

    def _nearest(self, vector: Vector) -> Iterator[Record]:
        numbers = np.round(vector.astype(np.float64), 6).tolist()
        for kind, embedder in ((PASSAGE, PASSAGE_VECTOR), (DOCUMENT, TITLE_VECTOR), (DOCUMENT, DOCUMENT_VECTOR)):
            hybrid = {"embedder": embedder, "semanticRatio": 1.0}
            yield self._query(kind, vector=numbers, hybrid=hybrid, limit=NEAREST)

    # What was answered

    def _slots(self, answer: Results) -> tuple[NDArray[np.int32], Scores, list[Record]]:
        """The slots, scores and hits of what this process knows in the same revision."""
        heads, slot_of_id = self._table.heads, self._table.slot_of_id
        slots: list[int] = []
        scores: list[float] = []
        kept: list[Record] = []
        for hit in answer.hits:
            slot = slot_of_id.get(hit["document"])
            if slot is not None and heads[slot].revision == hit["revision"]:
                slots.append(slot)
                scores.append(hit["_rankingScore"])
                kept.append(hit)
        return np.array(slots, dtype=np.int32), np.array(scores, dtype=np.float32), kept

    def _limited(self, query: CompiledQuery, allowed: Mask, answers: Iterator[Results]) -> Mask:
        if query.phrases:
            holding = np.zeros(self._table.size, dtype=np.bool_)
            holding[self._slots(next(answers))[0]] = True
            allowed = allowed & holding
        for _ in query.excluded:
            allowed[self._slots(next(answers))[0]] = False
        return allowed

    def _measure_words(
        self,
        query: CompiledQuery,
        words: Sequence[_Word],
        allowed: Mask,
        scores: Measurements,
        passages: "_Passages",
        answers: Iterator[Results],
    ) -> None:
        if not words and not query.phrases:
            return
        table = self._table
        slots, shares, _ = self._slots(next(answers))
        whole = sum(word.information for word in words) or 1.0
        scores.has_all_words[slots] = True
        every = np.zeros(table.size, dtype=np.float32)
        every[slots] = whole * shares
        slots, shares, hits = self._slots(next(answers))
        np.maximum.at(scores.passage_keyword, slots, shares)
        passages.take_words(slots, shares, hits)
        if len(words) > 1:
            for word in (word for word in words if word.is_rare):
                slots, shares, _ = self._slots(next(answers))
                scores.keyword[slots] += word.information * shares
        scores.keyword = np.where(allowed, np.maximum(scores.keyword, every), 0.0).astype(np.float32)
        scores.has_all_words &= allowed
        scores.found |= scores.keyword > 0
        table.cover_titles(query, _idf(table, query.terms), scores.title_coverage)

    def _measure_vector(
        self, allowed: Mask, scores: Measurements, passages: "_Passages", answers: Iterator[Results]
    ) -> None:
        slots, cosines, hits = self._cosines(next(answers), allowed)
        scores.add_passage_cosines(slots, cosines)
        passages.take_cosines(slots, cosines, hits)
        for target in (scores.title_cosine, scores.document_cosine):
            slots, cosines, _ = self._cosines(next(answers), allowed)
            target[slots] = cosines
            scores.found[slots] = True

    def _cosines(self, answer: Results, allowed: Mask) -> tuple[NDArray[np.int32], Scores, list[Record]]:
        """A score is (1 + cosine) / 2; one of 0 says that there is no vector."""
        slots, scores, hits = self._slots(answer)
        kept = allowed[slots] & (scores > 0)
        return slots[kept], 2 * scores[kept] - 1, [hit for hit, is_kept in zip(hits, kept, strict=True) if is_kept]


def _phrases(phrases: Sequence[Sequence[str]]) -> str:
    return " ".join(f'"{" ".join(words)}"' for words in phrases)


def _idf(table: MirroredTable, terms: Sequence[Term]) -> list[float]:
    return informations([_frequency(table, term) for term in terms], max(len(table), 1))


def _words(table: MirroredTable, query: CompiledQuery) -> list[_Word]:
    """The most telling words of a query, in its order, as the server is asked for them."""
    unknown = math.log(1 + (len(table) + 0.5) / 0.5)
    idf = [information or unknown for information in _idf(table, query.terms)]
    kept = sorted(range(len(idf)), key=lambda place: -idf[place])[: max(_MOST_WORDS - len(query.phrases), 1)]
    in_synonyms = {place for covered, _ in query.synonyms for place in covered}
    return [_word(table, query.terms[place], idf[place], place in in_synonyms) for place in sorted(kept)]


def _word(table: MirroredTable, term: Term, information: float, has_synonyms: bool) -> _Word:
    """A word that documents hold is meant as it is: what has no quotes, the server also takes for other words."""
    loose = _asked(table, term)
    word = loose.rstrip()
    is_certain = word in table.frequencies or not allowed_edits(word)
    text = f'"{word}" ' if is_certain and loose != word and not has_synonyms else loose
    return _Word(text, loose, information, is_rare=_frequency(table, term) <= _MOST_HITS)


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
            self._words.setdefault(slot, {})[hit["number"]] = score / self._best

    def cosines(self, slot: int, vector: Vector) -> Scores:
        """See PassageMeasurements; `vector` is that of the retrieval."""
        return self._column(slot, self._cosines)

    def keyword_scores(self, slot: int) -> Scores:
        """See PassageMeasurements."""
        return self._column(slot, self._words)

    def _column(self, slot: int, measured: dict[int, dict[int, float]]) -> Scores:
        column = np.zeros(self._table.packed[slot].passages, dtype=np.float32)
        for number, value in measured.get(slot, {}).items():
            column[number] = value
        return column
