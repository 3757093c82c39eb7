"""The search itself."""

import functools
import time
from collections.abc import Callable, Mapping, Sequence

import msgspec
import numpy as np
import structlog
from msgspec import UNSET
from numpy.typing import NDArray

from indexing.analysis import stem
from indexing.cosines import Cosines
from indexing.documents import DOCUMENT_TYPES, DocumentType
from indexing.embedders.base import EmbedderOf, Vector
from indexing.embedders.query_vectors import QueryVectors
from indexing.engines.base import (
    Candidates,
    FacetCount,
    Legs,
    Retrieval,
    SearchEngine,
    Words,
)
from indexing.engines.terms import joined
from indexing.errors import EmbedderUnavailable, EngineUnavailable, FieldError, InvalidQuery
from indexing.queries import Filters, KeywordQuery, parse_keywords, words_of
from indexing.taxonomy import Taxonomy
from search_api.confidence.judge import Judge
from search_api.curation.curation import Curated, Curation, InForce
from search_api.query.echo import echo
from search_api.query.filters import clinic_filters
from search_api.query.spelling import Correction, Corrector
from search_api.query.understanding import Interpretation, Interpreter
from search_api.safety.assessment import NOTHING, Assessment, Safety
from search_api.safety.help_pages import HelpPages, built_in_help
from search_api.safety.language import DEFAULT, Language
from search_api.safety.notices import Notice, notices_for, with_own
from search_api.search.abroad import abroad_notices
from search_api.search.answer import Answer
from search_api.search.answers import ArticleHit, Hit, QueryEcho, Relaxed, SearchAnswer
from search_api.search.helped import NO_LEAD, Lead, asks_for_clinics, built_in_hit, clinics_later, with_help
from search_api.search.hits import present, read_passages, relaxed_answer
from search_api.search.intent import fits_a_clinic, hits_by_type, intent_of, likelier
from search_api.search.judged import Judged, judge_first
from search_api.search.names import ClinicNames
from search_api.search.question import Question, spoken, text_for, with_synonyms
from search_api.search.rank import Part, Ranking, legs_of, match_rule, rank
from search_api.search.relax import ENOUGH, relaxed
from search_api.search.relevance import Relevance
from search_api.search.requests import Mode, Place, SearchRequest, Sort
from search_api.search.sections import Headings
from search_api.search.suggest import Suggestion

log = structlog.get_logger()

_SPANS: Mapping[bool, tuple[float, float]] = {True: (0.5, 1.0), False: (0.0, 0.5)}
"""Of scores when the question seeks a clinic: articles come after the clinics that fit."""
_MOST_COMPARED = 500
"""Clinics whose insurers are compared one by one."""


class SearchService:
    """Answers searches from one engine with one embedder. Thread-safe."""

    def __init__(
        self,
        *,
        engine: SearchEngine,
        embedder_of: EmbedderOf,
        taxonomy: Taxonomy,
        interpreter: Interpreter,
        corrector: Corrector,
        safety: Safety,
        help_pages: HelpPages,
        curation: Curation,
        query_vectors: QueryVectors,
        judge: Judge,
        relevance: Relevance,
        cosines_of: Callable[[str], Cosines | None],
    ) -> None:
        self._engine = engine
        self._relevance = relevance
        self._cosines_of = cosines_of
        self._judge = judge
        self._curation = curation
        self._embedder_of = embedder_of
        self._query_vectors = query_vectors
        self._taxonomy = taxonomy
        self._interpreter = interpreter
        self._safety = safety
        self._help_pages = help_pages
        self._corrector = corrector
        self._names = ClinicNames(engine)

    def search(self, request: SearchRequest, *, curated: InForce | None = None) -> SearchAnswer:
        """Answer one search, under the decisions now in force or others.

        Raises EngineUnavailable when there is nothing to answer from.
        """
        started = time.perf_counter()
        curated = curated or self._curation.in_force()
        types = [kind for kind in request.types if self._engine.live_generation(kind) is not None]
        if not types:
            raise EngineUnavailable("nothing has been indexed yet")
        embedded = functools.cache(self._embedded)
        assessment, unheard = self._assessed(request, types, embedded)
        lead = self._lead(assessment, request, curated)
        if request.text and not words_of(request.text) and not lead.is_needed:
            return _nothing(request, started)
        correction = self._corrected(request.text, types) if request.correct else Correction(request.text, False)
        read = self._understood(request, correction.text, is_literal=lead.is_needed)
        understood = read.less_chosen(request.filters)
        near = request.near or understood.near or understood.preferred
        if request.sort == "distance" and near is None:
            raise InvalidQuery([FieldError("sort", "distance needs a place: send `near`")])
        live = [kind for kind in DOCUMENT_TYPES if self._engine.live_generation(kind) is not None]
        counted = {kind for kind in live if kind not in types}
        texts = {kind: text_for(kind, understood, request.near or understood.near, counted) for kind in live}
        vectors, away = self._vectors(request, texts, embedded, curated)
        mode: Mode = "keyword" if away and not vectors else request.mode
        asked = {
            kind: self._question(kind, request, understood, texts, vectors, near, curated, mode, lead) for kind in live
        }
        read_as = {} if lead.is_needed else texts
        candidates = self._engine.retrieve_together({kind: question.retrieval for kind, question in asked.items()})
        found = {
            kind: self._part(question, candidates[kind], understood, read_as.get(kind, ""))
            for kind, question in asked.items()
        }
        whole = rank(list(found.values()), mode, self._relevance)
        hits = hits_by_type(found, whole)
        intent = intent_of(request, understood, found, whole)
        relaxed = self._relaxed(request, understood, asked, found, hits, near)
        notices = with_own(notices_for(assessment, request.spoken, curated), request.text, curated)
        is_on_one_tab = request.on_one_tab and not lead.pages and not any(each.leads_to_help for each in notices)
        if is_on_one_tab:
            types = [likelier(intent, hits, has_close=bool(relaxed))]
            counted = {kind for kind in live if kind not in types}
        questions, parts = [asked[kind] for kind in types], [found[kind] for kind in types]
        ranking = rank(parts, mode, self._relevance) if counted else whole
        order = _order(request.sort or understood.sort or "relevance", parts, ranking, near)
        if lead.is_needed:
            order = clinics_later(order, _of_clinics(types, parts), len(lead.built_in))
        ours = [built_in_hit(each) for each in lead.built_in]
        first, end = (request.page - 1) * request.per_page, request.page * request.per_page
        page = order[max(first - len(ours), 0) : max(end - len(ours), 0)]
        read_passages(page, parts)
        judged = None
        if "article" in found and not lead.is_needed:
            scores = np.where(hits["article"], whole.scores[: len(hits["article"])], -1.0)  # articles are first
            texts_of_articles, retrieval = texts["article"], asked["article"].retrieval
            judged = judge_first(
                self._judge,
                self._engine,
                texts_of_articles,
                found["article"],
                retrieval,
                scores,
                is_shown=request.page == 1 and "article" in types,
                relevance=self._relevance,
            )
        shown = present(
            page,
            questions,
            parts,
            ranking,
            near,
            is_explained=request.explain,
            lead=lead,
            weights=self._relevance.headings,
            synonyms=self._taxonomy.synonyms,
        )
        return SearchAnswer(
            query=QueryEcho(
                text=request.text,
                interpreted=echo(understood, correction.text),
                corrected=correction.text if correction.changed else None,
                mode=request.mode,
            ),
            degraded=tuple(dict.fromkeys((*away, *unheard))),
            notices=(*notices, *abroad_notices(understood)),
            total=len(ours) + len(order),
            page=request.page,
            per_page=request.per_page,
            hits=(*ours[first:end], *shown),
            facets={name: self._facet(name, questions, parts, request, read, legs_of(mode)) for name in request.facets},
            totals={kind: int(marks.sum()) for kind, marks in hits.items()},
            intent=intent,
            confident=lead.is_needed
            or not texts.get("article")
            or (judged is not None and judged.is_confident)
            or bool(relaxed)
            or fits_a_clinic(request, understood, found, hits),
            answer=_answer_above(judged, shown, intent),
            evidence=judged.explained if request.explain and judged else UNSET,
            relaxed=relaxed if request.page == 1 and "clinic" in types else (),
            tab=types[0] if is_on_one_tab else UNSET,
            safety=assessment if request.explain else UNSET,
            took_ms=round((time.perf_counter() - started) * 1e3, 1),
        )

    def notices_for(self, text: str, spoken: Language = DEFAULT) -> list[Notice]:
        """What must be said to somebody who typed `text`, by rules alone: for when nothing else can be answered."""
        curated = self._curation.in_force()
        return with_own(notices_for(self._safety.assess_typing(text), spoken, curated), text, curated)

    def help_first(
        self, found: Sequence[Suggestion], text: str, *, limit: int, spoken: Language = DEFAULT
    ) -> list[Suggestion]:
        """Completions of `text`, led by help where its words call for it, also while the last one is unfinished."""
        assessment = self._safety.assess_typing(text)
        if not assessment.leads_to_help or assessment.kind is None:
            return list(found)
        language = assessment.language or spoken
        pages = self._help_pages.leading(assessment.kind, language, self._curation.in_force())
        return with_help(found, pages, limit)

    def _assessed(
        self, request: SearchRequest, types: Sequence[DocumentType], embedded: Callable[[str, str], Vector]
    ) -> tuple[Assessment, tuple[str, ...]]:
        """What the words call for, in every mode, and what was unavailable for telling."""
        if not request.text:
            return NOTHING, ()
        text = spoken(request.text)
        lives = (self._engine.live_generation(kind) for kind in types)
        recipes = dict.fromkeys(live.stamp.recipe for live in lives if live is not None)
        recipe = next((known for known in recipes if self._safety.knows(known)), None)
        if recipe is None:
            return self._safety.assess(request.text), ("classifier",)
        try:
            return self._safety.assess(request.text, recipe=recipe, vector=embedded(recipe, text)), ()
        except EmbedderUnavailable as error:
            log.warning("search.degraded", part="embedder", error=str(error))
            return self._safety.assess(request.text), ("embedder",)

    def _lead(self, assessment: Assessment, request: SearchRequest, curated: InForce) -> Lead:
        """What comes before the results: help, unless only clinics were asked for."""
        if not assessment.leads_to_help or assessment.kind is None or "article" not in request.types:
            return NO_LEAD
        language = assessment.language or request.spoken
        hidden = curated.for_search(request.text, "article").hidden
        pages = self._help_pages.leading(assessment.kind, language, curated, without=hidden)
        if request.filters != Filters():  # these may leave the site's own articles out
            pages = built_in_help(assessment.kind, language)
        return Lead(tuple(pages), is_needed=not asks_for_clinics(request))

    def is_known_word(self, word: str) -> bool:
        """Whether a word is of English, of the field, of a place, or published: then it is hardly somebody's name."""
        if self._corrector.is_known(word):
            return True
        live = [kind for kind in DOCUMENT_TYPES if self._engine.live_generation(kind) is not None]
        return any(self._engine.vocabulary(kind).frequency(word) for kind in live)

    def _corrected(self, text: str, types: Sequence[DocumentType]) -> Correction:
        vocabularies: list[Words] = [self._engine.vocabulary(kind) for kind in types]
        return self._corrector.correct(text, vocabularies) if text else Correction(text, False)

    def _understood(self, request: SearchRequest, text: str, *, is_literal: bool) -> Interpretation:
        if is_literal or not request.interpret or not text:
            return self._interpreter.interpret(text, is_name=True)
        understood = self._interpreter.interpret(text)
        if understood.found_anything and self._names.is_name(text):
            return self._interpreter.interpret(text, is_name=True)
        return understood.without(request.ignored).within(request.radius_miles)

    def _vectors(
        self,
        request: SearchRequest,
        texts: Mapping[DocumentType, str],
        embedded: Callable[[str, str], Vector],
        curated: InForce,
    ) -> tuple[Mapping[DocumentType, Vector], tuple[str, ...]]:
        """The question's vector for each index, under the recipe of its live generation: two during a change.

        Also what was unavailable.
        """
        if request.mode == "keyword":
            return {}, ()
        vectors: dict[DocumentType, Vector] = {}
        away: tuple[str, ...] = ()
        try:
            for kind, text in texts.items():
                live = self._engine.live_generation(kind)
                if live is None or not text:
                    continue
                if self._cosines(kind) is None:
                    away = ("calibration",)
                    continue
                vectors[kind] = embedded(live.stamp.recipe, with_synonyms(spoken(text), curated.synonyms))
        except EmbedderUnavailable as error:
            log.warning("search.degraded", part="embedder", error=str(error))
            return {}, ("embedder",)
        return vectors, away

    def _cosines(self, kind: DocumentType) -> Cosines | None:
        """What cosines mean in the live index of a type; None while its recipe was not measured."""
        live = self._engine.live_generation(kind)
        return None if live is None else self._cosines_of(live.stamp.recipe)

    def _embedded(self, recipe: str, text: str) -> Vector:
        embedder = self._embedder_of(recipe)
        if embedder is None:
            raise EmbedderUnavailable(f"the model of recipe {recipe} is not at hand")
        return self._query_vectors.of(embedder, self._taxonomy.spelt_out(text))

    def _question(
        self,
        kind: DocumentType,
        request: SearchRequest,
        understood: Interpretation,
        texts: Mapping[DocumentType, str],
        vectors: Mapping[DocumentType, Vector],
        near: Place | None,
        in_force: InForce,
        mode: Mode,
        lead: Lead,
    ) -> Question:
        is_clinic = kind == "clinic"
        text = texts[kind]
        contact = understood.contact if is_clinic else None
        curated = in_force.for_search(request.text, kind)
        retrieval = Retrieval(
            keywords=KeywordQuery(phrases=(contact,)) if contact else self._keywords(text) if text else None,
            vector=None if contact else vectors.get(kind),
            filters=clinic_filters(request.filters, understood) if is_clinic else request.filters,
            keeps_all=is_clinic and understood.seeks_clinics,
            always=_always(() if is_clinic else lead.articles, curated, request),
            always_within=request.filters,
            never=curated.hidden,
            synonyms=in_force.synonyms
            if is_clinic
            else joined(in_force.synonyms, self._taxonomy.lexicon.meant_by(text)),
            match=match_rule(self._relevance, mode, self._cosines(kind)),
        )
        return Question(kind, retrieval, near.circle if near and is_clinic else None)

    def _keywords(self, text: str) -> KeywordQuery:
        query = parse_keywords(text)
        certain = frozenset(word for word in query.words if self._corrector.is_known(word))
        return msgspec.structs.replace(query, certain=certain)

    def _part(self, question: Question, candidates: Candidates, understood: Interpretation, text: str) -> Part:
        return Part(
            candidates=candidates,
            pinned=tuple(candidates.positions(question.retrieval.always)),
            is_asked=question.is_asked,
            has_vector=question.retrieval.vector is not None,
            sure_cosine=cosines.sure if (cosines := self._cosines(question.index)) else 1.0,
            near=question.near,
            is_preferred=understood.near is None and understood.preferred is not None,
            fits=_fits(candidates, question.retrieval.filters) if question.index == "clinic" else None,
            keeps_all=question.retrieval.keeps_all,
            span=_SPANS[question.index == "clinic"] if understood.seeks_clinics or understood.contact else (0.0, 1.0),
            headings=self._headings(text, candidates) if text and question.index == "article" else None,
        )

    def _headings(self, text: str, candidates: Candidates) -> Headings:
        words, size = self._engine.vocabulary("article"), len(self._engine.library("article"))
        titles = [frozenset(map(stem, run)) for run in self._taxonomy.lexicon.titles_for(text)]
        return Headings(self._judge.asked(text, words, size), candidates, titles, self._relevance.headings)

    def _relaxed(
        self,
        request: SearchRequest,
        understood: Interpretation,
        asked: Mapping[DocumentType, Question],
        found: Mapping[DocumentType, Part],
        hits: Mapping[DocumentType, NDArray[np.bool_]],
        near: Place | None,
    ) -> tuple[Relaxed, ...]:
        """Clinics that meet all wishes but one, where too few meet all of them."""
        if "clinic" not in request.types or "clinic" not in asked or understood.abroad:
            return ()
        if request.page > 1 and not request.on_one_tab:
            return ()
        strict, marks = asked["clinic"].retrieval, hits["clinic"]
        filters = strict.filters
        if filters == Filters() or int(marks.sum()) >= ENOUGH:
            return ()
        candidates = found["clinic"].candidates
        ids = [id for id, is_hit in zip(candidates.ids, marks, strict=True) if is_hit]
        states = filters.labels.get("state", ())
        centre = near.circle if near else self._interpreter.centre(states[0]) if states else None
        retrieve = functools.partial(self._engine.retrieve, "clinic")
        groups = relaxed(
            filters, found=ids, never=strict.never, centre=centre, retrieve=retrieve, taxonomy=self._taxonomy
        )
        return tuple(relaxed_answer(group, centre) for group in groups)

    @staticmethod
    def _facet(
        name: str,
        questions: Sequence[Question],
        parts: Sequence[Part],
        request: SearchRequest,
        read: Interpretation,
        legs: Legs,
    ) -> list[FacetCount]:
        """Counts of a facet's values, each the total of the same search with that value chosen."""
        others = request.filters.without(name)
        within_clinics = clinic_filters(others, read.less_chosen(request.filters.choosing(name)))
        counts: dict[tuple[str, str], int] = {}
        for question, part in zip(questions, parts, strict=True):
            filters = within_clinics if question.index == "clinic" else others
            for facet in part.candidates.facets(name, filters, legs):
                counts[facet.value, facet.label] = counts.get((facet.value, facet.label), 0) + facet.count
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return [FacetCount(value, label, count) for (value, label), count in ordered]


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
        took_ms=round((time.perf_counter() - started) * 1e3, 1),
    )


def _always(help_articles: Sequence[str], curated: Curated, request: SearchRequest) -> tuple[str, ...]:
    """Ids that lead: help, then what editors pinned; help leads in every order."""
    pinned = curated.pinned if request.sort in {None, "relevance"} else ()
    return tuple(dict.fromkeys((*help_articles, *pinned)))


def _of_clinics(types: Sequence[DocumentType], parts: Sequence[Part]) -> NDArray[np.bool_]:
    """Which candidates are clinics."""
    return np.repeat([kind == "clinic" for kind in types], [len(part.candidates) for part in parts])


def _order(sort: Sort, parts: Sequence[Part], ranking: Ranking, near: Place | None) -> NDArray[np.int64]:
    """Places of all hits: pinned ones, then the best; equals by type and id, so that pages neither repeat nor skip."""
    hits = np.flatnonzero(ranking.hits)
    key = -ranking.scores
    if sort == "price":
        key = np.concatenate([part.candidates.numbers("price_min") for part in parts])
    elif sort == "newest":
        key = -np.concatenate([part.candidates.numbers("published_at") for part in parts])
    elif sort == "distance" and near is not None:
        key = np.concatenate([part.candidates.distances(near.lat, near.lng) for part in parts])
    order: NDArray[np.int64] = hits[np.argsort(np.nan_to_num(key[hits], nan=np.inf), kind="stable")]
    return np.concatenate([ranking.pinned, order[~ranking.by_pin[order]]])


def _answer_above(judged: Judged | None, hits: Sequence[Hit], intent: DocumentType) -> Answer | None:
    """The sentences that answer, where the article that they are of leads what is shown."""
    if judged is None or judged.answer is None or not hits or intent == "clinic":
        return None
    first = hits[0]
    return judged.answer if isinstance(first, ArticleHit) and first.id == judged.id else None


def _fits(candidates: Candidates, filters: Filters) -> NDArray[np.float64] | None:
    """How many of several insurers each candidate takes, as a share; None where none or one is asked for."""
    wanted = filters.labels.get("insurance", ())
    if len(wanted) < 2 or len(candidates) > _MOST_COMPARED:
        return None
    held = [candidates.content(place).attributes.labels.get("insurance", {}) for place in range(len(candidates))]
    return np.array([sum(value in labels for value in wanted) / len(wanted) for labels in held])
