"""The search itself: heard, read, asked, found, chosen, judged, answered, each once and in this order."""

import functools
import time
from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import UNSET, Struct
from numpy.typing import NDArray

from indexing.deadline import look
from indexing.documents import DOCUMENT_TYPES, DocumentType
from indexing.engines.base import Retriever, Words
from indexing.errors import EngineUnavailable, FieldError, InvalidQuery
from indexing.queries import Filters, words_of
from indexing.taxonomy import Taxonomy
from search_api.confidence.judge import Judge
from search_api.curation.curation import Curation, InForce
from search_api.curation.rules import TaughtAnswer
from search_api.query.echo import echo
from search_api.query.interpretation import Interpretation
from search_api.query.spelling import Correction, Corrector
from search_api.query.understanding import Interpreter
from search_api.safety.language import DEFAULT, Language
from search_api.safety.notices import Notice
from search_api.search.abroad import abroad_notices
from search_api.search.answer import Answer
from search_api.search.answers import ArticleHit, Hit, QueryEcho, Relaxed, SearchAnswer
from search_api.search.asking import Asked, Asker, Understood
from search_api.search.encoding import QuestionEncoder
from search_api.search.heard import Heard, Listener
from search_api.search.helped import built_in_hit, clinics_later
from search_api.search.hits import present, read_passages, relaxed_answer
from search_api.search.intent import fits_a_clinic, hits_by_type, intent_of, likelier
from search_api.search.judged import Judged, judge_first
from search_api.search.names import ClinicNames
from search_api.search.ordering import facet_counts, of_clinics, ordered
from search_api.search.question import Question
from search_api.search.rank import Part, Ranking, legs_of, rank
from search_api.search.relax import ENOUGH, relaxed
from search_api.search.relevance import Relevance
from search_api.search.requests import SearchRequest
from search_api.search.suggest import Suggestion


class _Read(Struct, frozen=True):
    """The words, spelt right, and what they mean."""

    correction: Correction
    meaning: Interpretation


class _Found(Struct, frozen=True):
    """What every live index found, ranked as one list."""

    parts: Mapping[DocumentType, Part]
    ranking: Ranking
    hits: Mapping[DocumentType, NDArray[np.bool_]]
    """Which candidates of each type are hits."""


class _Choice(Struct, frozen=True):
    """What is shown: of which types, in which order, and which of it on the page that is asked for."""

    types: Sequence[DocumentType]
    is_on_one_tab: bool
    questions: Sequence[Question]
    parts: Sequence[Part]
    ranking: Ranking
    built_in: Sequence[ArticleHit]
    """Help pages of ours, before all else."""
    order: NDArray[np.int64]
    page: NDArray[np.int64]


class SearchService:
    """Answers searches from one engine with one embedder. Thread-safe."""

    def __init__(
        self,
        *,
        engine: Retriever,
        encoder: QuestionEncoder,
        taxonomy: Taxonomy,
        interpreter: Interpreter,
        corrector: Corrector,
        listener: Listener,
        curation: Curation,
        judge: Judge,
        relevance: Relevance,
    ) -> None:
        self._engine = engine
        self._encoder = encoder
        self._taxonomy = taxonomy
        self._interpreter = interpreter
        self._corrector = corrector
        self._listener = listener
        self._curation = curation
        self._judge = judge
        self._relevance = relevance
        self._names = ClinicNames(engine)
        self._asker = Asker(
            engine=engine, encoder=encoder, taxonomy=taxonomy, corrector=corrector, judge=judge, relevance=relevance
        )

    def search(self, request: SearchRequest, *, curated: InForce | None = None) -> SearchAnswer:
        """Answer one search, under the decisions now in force or others.

        Raises EngineUnavailable when there is nothing to answer from, Overloaded when nobody waits any more.
        """
        started = time.perf_counter()
        curated = curated or self._curation.in_force()
        live = self._live()
        types = [kind for kind in request.types if kind in live]
        if not types:
            raise EngineUnavailable("nothing has been indexed yet")
        embedded = functools.cache(self._encoder.embedded)
        heard = self._listener.hear(request, [live[kind] for kind in types], embedded, curated)
        if request.text and not words_of(request.text) and not heard.lead.is_needed:
            return _nothing(request, started)
        read = self._read(request, types, is_literal=heard.lead.is_needed)
        given = Understood(request, read.meaning.less_chosen(request.filters), heard.lead, curated)
        if request.sort == "distance" and given.near is None:
            raise InvalidQuery([FieldError("sort", "distance needs a place: send `near`")])
        asked = self._asker.asked(given, list(live), types, embedded)
        look()
        found = self._found(asked, given)
        look()
        close = self._close(given, asked, found)
        choice = self._chosen(given, asked, found, heard, types, has_close=bool(close))
        read_passages(choice.page, choice.parts)
        judged = self._judged(given, asked, found, choice)
        return self._answer(heard, read, given, asked, found, close, choice, judged, started)

    def prepare(self, answers: Sequence[TaughtAnswer]) -> None:
        """Make editors' answers ready to be compared, which takes some milliseconds for each new question."""
        self._asker.prepare(answers, self._encoder.embedded)

    def notices_for(self, text: str, spoken: Language = DEFAULT) -> list[Notice]:
        """What must be said to somebody who typed `text`, by rules alone: for when nothing else can be answered."""
        return self._listener.notices_for(text, spoken, self._curation.in_force())

    def help_first(
        self, found: Sequence[Suggestion], text: str, *, limit: int, spoken: Language = DEFAULT
    ) -> list[Suggestion]:
        """Completions of `text`, led by help where its words call for it, also while the last one is unfinished."""
        return self._listener.help_first(found, text, self._curation.in_force(), limit=limit, spoken=spoken)

    def is_known_word(self, word: str) -> bool:
        """Whether a word is of English, of the field, of a place, or published: then it is hardly somebody's name."""
        if self._corrector.is_known(word):
            return True
        return any(self._engine.library(kind).words.frequency(word) for kind in self._live())

    def _language_of(self, request: SearchRequest) -> Language:
        """That of the question, else of the browser."""
        return "es" if self._taxonomy.lexicon.spanish.is_said_in(request.text) else request.spoken

    def _live(self) -> dict[DocumentType, str]:
        """The types that are indexed, each with the recipe of its live index."""
        found = ((kind, self._engine.live_generation(kind)) for kind in DOCUMENT_TYPES)
        return {kind: live.stamp.recipe for kind, live in found if live is not None}

    def _read(self, request: SearchRequest, types: Sequence[DocumentType], *, is_literal: bool) -> _Read:
        correction = Correction(request.text, False)
        if request.correct and request.text:
            vocabularies: list[Words] = [self._engine.library(kind).words for kind in types]
            correction = self._corrector.correct(request.text, vocabularies)
        return _Read(correction, self._meaning(request, correction.text, is_literal=is_literal))

    def _meaning(self, request: SearchRequest, text: str, *, is_literal: bool) -> Interpretation:
        if is_literal or not request.interpret or not text:
            return self._interpreter.interpret(text, is_name=True)
        understood = self._interpreter.interpret(text)
        if understood.found_anything and self._names.is_name(text):
            return self._interpreter.interpret(text, is_name=True)
        return understood.without(request.ignored).within(request.radius_miles)

    def _found(self, asked: Asked, given: Understood) -> _Found:
        parts = self._asker.found(asked, given)
        ranking = rank(list(parts.values()), asked.mode, self._relevance)
        return _Found(parts, ranking, hits_by_type(parts, ranking))

    def _close(self, given: Understood, asked: Asked, found: _Found) -> tuple[Relaxed, ...]:
        """Clinics that meet all wishes but one, where too few meet all of them."""
        request, meaning = given.request, given.meaning
        if "clinic" not in request.types or "clinic" not in found.parts or meaning.abroad:
            return ()
        if request.page > 1 and not request.on_one_tab:
            return ()
        strict, marks = asked.questions["clinic"].retrieval, found.hits["clinic"]
        if strict.filters == Filters() or int(marks.sum()) >= ENOUGH:
            return ()
        candidates = found.parts["clinic"].candidates
        states = strict.filters.labels.get("state", ())
        centre = given.near.circle if given.near else self._interpreter.centre(states[0]) if states else None
        groups = relaxed(
            strict.filters,
            found=[id for id, is_hit in zip(candidates.ids, marks, strict=True) if is_hit],
            never=strict.never,
            centre=centre,
            retrieve=lambda retrieval: self._engine.retrieve({"clinic": retrieval})["clinic"],
            taxonomy=self._taxonomy,
        )
        return tuple(relaxed_answer(group, centre) for group in groups)

    def _chosen(
        self,
        given: Understood,
        asked: Asked,
        found: _Found,
        heard: Heard,
        types: Sequence[DocumentType],
        *,
        has_close: bool,
    ) -> _Choice:
        request, lead = given.request, heard.lead
        is_on_one_tab = request.on_one_tab and not heard.leads_to_help
        if is_on_one_tab:
            intent = intent_of(request, given.meaning, found.parts, found.ranking)
            types = [likelier(intent, found.hits, has_close=has_close)]
        parts = [found.parts[kind] for kind in types]
        is_all = list(types) == list(found.parts)
        ranking = found.ranking if is_all else rank(parts, asked.mode, self._relevance)
        order = ordered(request.sort or given.meaning.sort or "relevance", parts, ranking, given.near)
        if lead.is_needed:
            order = clinics_later(order, of_clinics(types, parts), len(lead.built_in))
        ours = [built_in_hit(each) for each in lead.built_in]
        first, end = request.bounds
        page = order[max(first - len(ours), 0) : max(end - len(ours), 0)]
        questions = [asked.questions[kind] for kind in types]
        return _Choice(types, is_on_one_tab, questions, parts, ranking, ours, order, page)

    def _judged(self, given: Understood, asked: Asked, found: _Found, choice: _Choice) -> Judged | None:
        """The first article, judged; None where there is none or help leads."""
        if "article" not in found.parts or given.lead.is_needed:
            return None
        marks = found.hits["article"]
        scores = np.where(marks, found.ranking.scores[: len(marks)], -1.0)  # articles are the first type
        return judge_first(
            self._judge,
            self._engine,
            asked.texts["article"],
            found.parts["article"],
            asked.questions["article"].retrieval,
            scores,
            is_shown=given.request.page == 1 and "article" in choice.types,
            bounds=self._relevance.answers,
        )

    def _shown(self, choice: _Choice, given: Understood, heard: Heard) -> list[Hit]:
        return present(
            choice.page,
            choice.questions,
            choice.parts,
            choice.ranking,
            given.near,
            is_explained=given.request.explain,
            lead=heard.lead,
            synonyms=self._taxonomy.synonyms,
        )

    def _answer(
        self,
        heard: Heard,
        read: _Read,
        given: Understood,
        asked: Asked,
        found: _Found,
        close: tuple[Relaxed, ...],
        choice: _Choice,
        judged: Judged | None,
        started: float,
    ) -> SearchAnswer:
        request, types = given.request, choice.types
        intent = intent_of(request, given.meaning, found.parts, found.ranking)
        first, end = request.bounds
        shown = self._shown(choice, given, heard)
        facets = {
            name: facet_counts(name, choice.questions, choice.parts, request, read.meaning, legs_of(asked.mode))
            for name in request.facets
        }
        return SearchAnswer(
            query=_echoed(read.correction, given),
            degraded=tuple(dict.fromkeys((*asked.away, *heard.away))),
            notices=(*heard.notices, *abroad_notices(given.meaning, self._language_of(request))),
            total=len(choice.built_in) + len(choice.order),
            page=request.page,
            per_page=request.per_page,
            hits=(*choice.built_in[first:end], *shown),
            facets=facets,
            totals={kind: int(marks.sum()) for kind, marks in found.hits.items()},
            intent=intent,
            confident=_is_confident(given, asked, found, close, judged),
            answer=_answer_above(judged, shown, intent),
            evidence=judged.explained if request.explain and judged else UNSET,
            relaxed=close if request.page == 1 and "clinic" in types else (),
            tab=types[0] if choice.is_on_one_tab else UNSET,
            safety=heard.assessment if request.explain else UNSET,
            took_ms=_milliseconds_since(started),
        )


def _echoed(correction: Correction, given: Understood) -> QueryEcho:
    return QueryEcho(
        text=given.request.text,
        interpreted=echo(given.meaning, correction.text),
        corrected=correction.text if correction.changed else None,
        mode=given.request.mode,
    )


def _nothing(request: SearchRequest, started: float) -> SearchAnswer:
    """The answer to a text without a letter or digit: signs and pictures are in no document's words."""
    return SearchAnswer(
        query=QueryEcho(text=request.text, interpreted={"text": request.text}, corrected=None, mode=request.mode),
        degraded=(),
        notices=(),
        total=0,
        page=request.page,
        per_page=request.per_page,
        hits=(),
        facets={name: [] for name in request.facets},
        tab="article" if request.on_one_tab else UNSET,
        took_ms=_milliseconds_since(started),
    )


def _is_confident(
    given: Understood, asked: Asked, found: _Found, close: Sequence[Relaxed], judged: Judged | None
) -> bool:
    """Whether something of what is shown is likely to answer."""
    if given.lead.is_needed or not asked.texts.get("article") or close:
        return True
    is_answered = judged is not None and judged.is_confident
    return is_answered or fits_a_clinic(given.request, given.meaning, found.parts, found.hits)


def _answer_above(judged: Judged | None, hits: Sequence[Hit], intent: DocumentType) -> Answer | None:
    """The sentences that answer, where the article that they are of leads what is shown."""
    if judged is None or judged.answer is None or not hits or intent == "clinic":
        return None
    first = hits[0]
    return judged.answer if isinstance(first, ArticleHit) and first.id == judged.id else None


def _milliseconds_since(started: float) -> float:
    return round((time.perf_counter() - started) * 1e3, 1)
