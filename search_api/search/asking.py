"""A request that was understood, asked of every live index."""

import contextlib
from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from indexing.documents import DocumentType
from indexing.embedders.base import Vector
from indexing.engines.base import Candidates, Retriever, Words, positions_of
from indexing.engines.retrieval import Retrieval
from indexing.engines.terms import Synonyms, joined
from indexing.errors import EmbedderUnavailable, EngineUnavailable
from indexing.queries import Filters, KeywordQuery, parse_keywords
from indexing.taxonomy import Taxonomy
from search_api.confidence.judge import Judge
from search_api.curation.curation import Curated, InForce
from search_api.curation.rules import TaughtAnswer
from search_api.query.asked import content_stems
from search_api.query.filters import clinic_filters
from search_api.query.interpretation import Interpretation
from search_api.query.spelling import Corrector
from search_api.search.encoding import QuestionEncoder
from search_api.search.heard import Embedded
from search_api.search.helped import Lead
from search_api.search.question import Question, spoken, text_for, with_synonyms
from search_api.search.rank import Part, match_rule
from search_api.search.relevance import Relevance
from search_api.search.requests import Mode, Place, SearchRequest
from search_api.search.sections import Headings
from search_api.search.taught import TaughtAnswers

_SPANS: Mapping[bool, tuple[float, float]] = {True: (0.5, 1.0), False: (0.0, 0.5)}
"""Of scores when the question seeks a clinic: of clinics and of others, which come after the clinics that fit."""
_MOST_COMPARED = 500
"""Clinics whose insurers are compared one by one."""


class Understood(Struct, frozen=True):
    """A request with what its words mean beside what was chosen."""

    request: SearchRequest
    meaning: Interpretation
    lead: Lead
    curated: InForce

    @property
    def near(self) -> Place | None:
        """Where: as it was sent, as it was said, or as it may be meant."""
        return self.request.near or self.meaning.near or self.meaning.preferred


class Asked(Struct, frozen=True):
    """The questions to the live indexes."""

    questions: Mapping[DocumentType, Question]
    texts: Mapping[DocumentType, str]
    mode: Mode
    """As it was sent, or by words alone where there are no vectors."""
    away: tuple[str, ...]
    """What was unavailable."""


class Asker:
    """Asks one engine. Thread-safe."""

    def __init__(
        self,
        *,
        engine: Retriever,
        encoder: QuestionEncoder,
        taxonomy: Taxonomy,
        corrector: Corrector,
        judge: Judge,
        relevance: Relevance,
    ) -> None:
        self._engine = engine
        self._encoder = encoder
        self._taxonomy = taxonomy
        self._corrector = corrector
        self._judge = judge
        self._relevance = relevance
        self._taught = TaughtAnswers(taxonomy)

    def asked(
        self, given: Understood, live: Sequence[DocumentType], types: Sequence[DocumentType], embedded: Embedded
    ) -> Asked:
        """What each of the `live` indexes is asked; those of no wanted type are only counted."""
        place = given.request.near or given.meaning.near
        counted = [kind for kind in live if kind not in types]
        said = {kind: text_for(kind, given.meaning, place, counted) for kind in live}
        texts = {kind: self._taxonomy.lexicon.without_opener(text) for kind, text in said.items()}
        vectors, away = self._vectors(given, said, embedded)
        mode: Mode = "keyword" if away and not vectors else given.request.mode
        questions = {kind: self._question(kind, given, texts[kind], vectors.get(kind), mode) for kind in live}
        if (question := questions.get("article")) is not None:
            questions["article"] = self._with_taught(question, given, embedded)
        return Asked(questions, texts, mode, away)

    def found(self, asked: Asked, given: Understood) -> dict[DocumentType, Part]:
        """What the indexes find, all in one request."""
        retrievals = {kind: question.retrieval for kind, question in asked.questions.items()}
        candidates = self._engine.retrieve(retrievals)
        return {kind: self._part(asked, kind, candidates[kind], given) for kind in retrievals}

    def _vectors(
        self, given: Understood, texts: Mapping[DocumentType, str], embedded: Embedded
    ) -> tuple[Mapping[DocumentType, Vector], tuple[str, ...]]:
        if given.request.mode == "keyword":
            return {}, ()
        synonyms, lexicon = given.curated.synonyms, self._taxonomy.lexicon
        meant = {k: with_synonyms(lexicon.with_subject(spoken(text)), synonyms) for k, text in texts.items() if text}
        return self._encoder.vectors(meant, embedded)

    def _question(
        self, kind: DocumentType, given: Understood, text: str, vector: Vector | None, mode: Mode
    ) -> Question:
        request, meaning = given.request, given.meaning
        is_clinic = kind == "clinic"
        contact = meaning.contact if is_clinic else None
        curated = given.curated.for_search(request.text, kind)
        synonyms = given.curated.synonyms
        retrieval = Retrieval(
            keywords=KeywordQuery(phrases=(contact,)) if contact else self._keywords(text, kind) if text else None,
            vector=None if contact else vector,
            filters=clinic_filters(request.filters, meaning) if is_clinic else request.filters,
            keeps_all=is_clinic and meaning.seeks_clinics,
            always=_always(() if is_clinic else given.lead.articles, curated, request),
            always_within=request.filters,
            never=curated.hidden,
            synonyms=synonyms if is_clinic else joined(synonyms, self._meant_by(text)),
            match=match_rule(self._relevance, mode, self._encoder.cosines(kind)),
        )
        return Question(kind, retrieval, given.near.circle if given.near and is_clinic else None)

    def _with_taught(self, question: Question, given: Understood, embedded: Embedded) -> Question:
        """A question to the articles with what editors know to answer it, also by the words as they were typed."""
        live, vector = self._engine.live_generation("article"), question.retrieval.vector
        if live is None or vector is None or not given.curated.answers:
            return question
        weights, recipe, asked = self._relevance.questions, live.stamp.recipe, [vector]
        with contextlib.suppress(EmbedderUnavailable):
            asked.append(embedded(recipe, self._taxonomy.lexicon.with_subject(spoken(given.request.text))))
        taught = self._taught.near(given.curated.answers, recipe, np.stack(asked), since=weights.since)
        lead = [each.id for each in sorted(taught, key=lambda each: -each.cosine) if each.cosine >= weights.leads]
        always = (*question.retrieval.always, *(lead if _is_by_relevance(given.request) else ()))
        retrieval = msgspec.structs.replace(
            question.retrieval, taught=tuple(taught), always=tuple(dict.fromkeys(always))
        )
        return msgspec.structs.replace(question, retrieval=retrieval)

    def prepare(self, answers: Sequence[TaughtAnswer], embedded: Embedded) -> None:
        """Make editors' answers ready to be compared, as far as that can be done now; see `TaughtAnswers.prepare`."""
        if not answers:
            return
        with contextlib.suppress(EngineUnavailable):
            if (live := self._engine.live_generation("article")) is not None:
                self._taught.prepare(answers, live.stamp.recipe, embedded)

    def _meant_by(self, text: str) -> Synonyms:
        """What words of a question stand for in articles."""
        words = self._engine.library("article").words
        return self._taxonomy.lexicon.meant_by(text, lambda word: words.frequency(word) > 0)

    def _keywords(self, text: str, kind: DocumentType) -> KeywordQuery:
        query = parse_keywords(text)
        if self._taxonomy.lexicon.spanish.in_english(text) is not None:
            query = self._understood(query, self._engine.library(kind).words)
        certain = frozenset(word for word in query.words if self._corrector.is_known(word))
        return msgspec.structs.replace(query, certain=certain)

    def _understood(self, query: KeywordQuery, words: Words) -> KeywordQuery:
        """A Spanish question without the words that neither the lexicon nor a document has: they say nothing here.

        Its last word may be unfinished, and stays.
        """
        known, last = self._taxonomy.lexicon.spanish.words, query.words[-1:]
        rest = (
            each
            for each in query.words[:-1]
            if each in known or words.frequency(each) or self._corrector.is_known(each)
        )
        kept = (*rest, *last)
        return query if kept == query.words else msgspec.structs.replace(query, words=kept, compounds=())

    def _part(self, asked: Asked, kind: DocumentType, candidates: Candidates, given: Understood) -> Part:
        question, meaning = asked.questions[kind], given.meaning
        text = "" if given.lead.is_needed else asked.texts[kind]
        cosines = self._encoder.cosines(kind)
        return Part(
            candidates=candidates,
            pinned=positions_of(question.retrieval.always, candidates),
            is_asked=question.is_asked,
            has_vector=question.retrieval.vector is not None,
            sure_cosine=cosines.sure if cosines else 1.0,
            near=question.near,
            is_preferred=meaning.near is None and meaning.preferred is not None,
            fits=_fits(candidates, question.retrieval.filters) if kind == "clinic" else None,
            keeps_all=question.retrieval.keeps_all,
            span=_SPANS[kind == "clinic"] if meaning.seeks_clinics or meaning.contact else (0.0, 1.0),
            headings=self._headings(text, candidates) if text and kind == "article" else None,
        )

    def _headings(self, text: str, candidates: Candidates) -> Headings:
        library = self._engine.library("article")
        lexicon, weights = self._taxonomy.lexicon, self._relevance.headings
        titles = {content_stems(" ".join(run)): weights.of_the_form for run in lexicon.titles_for(text)}
        titles |= {content_stems(" ".join(run)): weights.meant for run in lexicon.titles_of_form(text)}
        question = self._judge.asked(text, library.words, len(library.titles))
        return Headings(question, candidates, titles, weights, self._relevance.questions)


def _always(help_articles: Sequence[str], curated: Curated, request: SearchRequest) -> tuple[str, ...]:
    """Ids that lead: help, then what editors pinned; help leads in every order."""
    pinned = curated.pinned if _is_by_relevance(request) else ()
    return tuple(dict.fromkeys((*help_articles, *pinned)))


def _is_by_relevance(request: SearchRequest) -> bool:
    """Whether editors may put something first: the visitor asked for no other order."""
    return request.sort in {None, "relevance"}


def _fits(candidates: Candidates, filters: Filters) -> NDArray[np.float64] | None:
    """How many of several insurers each candidate takes, as a share; None where none or one is asked for."""
    wanted = filters.labels.get("insurance", ())
    if len(wanted) < 2 or len(candidates) > _MOST_COMPARED:
        return None
    held = [candidates.content(place).attributes.labels.get("insurance", {}) for place in range(len(candidates))]
    return np.array([sum(value in labels for value in wanted) / len(wanted) for labels in held])
