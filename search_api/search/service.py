"""The search itself."""

import functools
import time
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import structlog
from msgspec import UNSET, Struct, UnsetType
from numpy.typing import NDArray

from indexing.analysis import STOP_WORDS, stem
from indexing.cards import ArticleCard, ClinicCard
from indexing.documents import DOCUMENT_TYPES, DocumentType
from indexing.embedders.base import EmbedderOf, Vector
from indexing.embedders.query_vectors import QueryVectors
from indexing.engines.base import Content, FacetCount, IndexedPassage, Legs, MatchRule, Retrieval, SearchEngine, Words
from indexing.errors import EmbedderUnavailable, EngineUnavailable, FieldError, InvalidQuery
from indexing.queries import KeywordQuery, Near, parse_keywords, words_of
from indexing.taxonomy import Taxonomy
from search_api.curation.curation import Curation, InForce, SynonymRuns
from search_api.search.answers import ArticleHit, ClinicHit, Hit, QueryEcho, SearchAnswer, SectionLink
from search_api.search.concern import CRISIS, Concern
from search_api.search.correct import Correction, Corrector
from search_api.search.explain import explain
from search_api.search.interpret import Interpretation, Interpreter, clinic_filters
from search_api.search.listings import badges_of, checked_of
from search_api.search.notices import Notice, Notices
from search_api.search.present import Highlighter, best_passage, linked
from search_api.search.rank import Part, Ranking, legs_of, match_rule, rank
from search_api.search.requests import Mode, Place, SearchRequest

log = structlog.get_logger()

_SPANS: Mapping[str, tuple[float, float]] = {"clinic": (0.5, 1.0), "article": (0.0, 0.5)}
"""Of scores when the question seeks a clinic: articles come after the clinics that fit."""
_MOST_NAMES = 50
"""Clinics whose names are compared with a question."""
_WHOLE_NAME = 3
"""Words of a name that is recognised inside a longer question."""


class _Question(Struct, frozen=True):
    """What one index is asked."""

    index: DocumentType
    retrieval: Retrieval
    near: Near | None

    @property
    def is_asked(self) -> bool:
        return self.retrieval.keywords is not None or self.retrieval.vector is not None


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
        notices: Notices,
        curation: Curation,
        concern: Concern,
        query_vectors: QueryVectors,
    ) -> None:
        self._engine = engine
        self._curation = curation
        self._concern = concern
        self._embedder_of = embedder_of
        self._query_vectors = query_vectors
        self._taxonomy = taxonomy
        self._interpreter = interpreter
        self._notices = notices
        self._corrector = corrector

    def search(self, request: SearchRequest, *, curated: InForce | None = None) -> SearchAnswer:
        """Answer one search, under the decisions now in force or others.

        Raises EngineUnavailable when there is nothing to answer from.
        """
        started = time.perf_counter()
        curated = curated or self._curation.in_force()
        types = [kind for kind in request.types if self._engine.live_generation(kind) is not None]
        if not types:
            raise EngineUnavailable("nothing has been indexed yet")
        correction = self._corrected(request.text, types) if request.correct else Correction(request.text, False)
        read = self._understood(request, correction.text)
        understood = read.less_chosen(request.filters)
        near = request.near or understood.near
        if request.sort == "distance" and near is None:
            raise InvalidQuery([FieldError("sort", "distance needs a place: send `near`")])
        texts = {kind: _text_for(kind, understood, near) for kind in types}
        vectors, is_crisis, degraded = self._vectors(request, texts, correction.text, curated)
        mode: Mode = "keyword" if degraded else request.mode
        rule = match_rule(mode)
        questions = [self._question(kind, request, understood, texts, vectors, near, curated, rule) for kind in types]
        parts = [self._part(question, understood) for question in questions]
        ranking = rank(parts, mode)
        order = _order(request, parts, ranking, near)
        page = order[(request.page - 1) * request.per_page : request.page * request.per_page]
        return SearchAnswer(
            query=QueryEcho(
                text=request.text,
                interpreted=_echo(understood, correction.text),
                corrected=correction.text if correction.changed else None,
                mode=request.mode,
            ),
            degraded=degraded,
            notices=tuple(self._notices.due(request.text, also=(CRISIS,) if is_crisis else (), curated=curated)),
            total=len(order),
            page=request.page,
            per_page=request.per_page,
            hits=tuple(self._hits(page, questions, parts, ranking, near, is_explained=request.explain)),
            facets={name: self._facet(name, questions, parts, request, read, legs_of(mode)) for name in request.facets},
            took_ms=round((time.perf_counter() - started) * 1e3, 1),
        )

    def notices_for(self, text: str) -> list[Notice]:
        """What must be said to somebody who types `text`, by its words alone."""
        return self._notices.due(text, curated=self._curation.in_force())

    @property
    def notice_ids(self) -> frozenset[str]:
        """The built-in notices."""
        return self._notices.ids

    def is_known_word(self, word: str) -> bool:
        """Whether a word is of English, of the field, of a place, or published: then it is hardly somebody's name."""
        if self._corrector.is_known(word):
            return True
        live = [kind for kind in DOCUMENT_TYPES if self._engine.live_generation(kind) is not None]
        return any(self._engine.vocabulary(kind).frequency(word) for kind in live)

    def _corrected(self, text: str, types: Sequence[DocumentType]) -> Correction:
        vocabularies: list[Words] = [self._engine.vocabulary(kind) for kind in types]
        return self._corrector.correct(text, vocabularies) if text else Correction(text, False)

    def _understood(self, request: SearchRequest, text: str) -> Interpretation:
        if not request.interpret or "clinic" not in request.types or not text:
            return self._interpreter.interpret(text, is_name=True)
        understood = self._interpreter.interpret(text)
        if understood.found_anything and self._is_clinic_name(text):
            return self._interpreter.interpret(text, is_name=True)
        return understood.without(request.ignored).within(request.radius_miles)

    def _is_clinic_name(self, text: str) -> bool:
        """Whether some clinic is called so: then a city in the name is no place to search near.

        All of it is a part of a name, or it holds a whole name of three words or more.
        """
        if self._engine.live_generation("clinic") is None:
            return False
        query = parse_keywords(text)
        if len(query.words) < 2:
            return False
        candidates = self._engine.retrieve("clinic", Retrieval(keywords=query))
        wanted = [stem(word) for word in query.words]
        content = {stemmed for stemmed, word in zip(wanted, query.words, strict=True) if word not in STOP_WORDS}
        for place in np.argsort(-candidates.title_coverage, kind="stable")[:_MOST_NAMES]:
            name = [stem(word) for word in words_of(candidates.content(int(place)).title)]
            if (content and content <= set(name)) or (len(name) >= _WHOLE_NAME and _holds(wanted, name)):
                return True
        return False

    def _vectors(
        self, request: SearchRequest, texts: Mapping[DocumentType, str], typed: str, curated: InForce
    ) -> tuple[Mapping[DocumentType, Vector], bool, tuple[str, ...]]:
        """The question's vector for each index, under the recipe of its live generation: two during a change.

        Also whether what was typed sounds like a crisis, and what was unavailable.
        """
        if request.mode == "keyword" or not typed:
            return {}, False, ()
        embedded = functools.cache(self._embedded)
        vectors: dict[DocumentType, Vector] = {}
        is_crisis = False
        try:
            for kind, text in texts.items():
                live = self._engine.live_generation(kind)
                if live is None:
                    continue
                recipe = live.stamp.recipe
                if text:
                    vectors[kind] = embedded(recipe, _with_synonyms(_spoken(text), curated.synonyms))
                is_crisis = is_crisis or self._concern.is_crisis(recipe, embedded(recipe, _spoken(typed)))
        except EmbedderUnavailable as error:
            log.warning("search.degraded", part="embedder", error=str(error))
            return {}, False, ("embedder",)
        return vectors, is_crisis, ()

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
        rule: MatchRule,
    ) -> _Question:
        is_clinic = kind == "clinic"
        text = texts[kind]
        curated = in_force.for_search(request.text, kind)
        retrieval = Retrieval(
            keywords=self._keywords(text) if text else None,
            vector=vectors.get(kind),
            filters=clinic_filters(request.filters, understood) if is_clinic else request.filters,
            keeps_all=is_clinic and understood.seeks_clinics,
            always=curated.pinned if request.sort == "relevance" else (),
            always_within=request.filters,
            never=curated.hidden,
            synonyms=in_force.synonyms,
            match=rule,
        )
        return _Question(kind, retrieval, near.circle if near and is_clinic else None)

    def _keywords(self, text: str) -> KeywordQuery:
        query = parse_keywords(text)
        certain = frozenset(word for word in query.words if self._corrector.is_known(word))
        return msgspec.structs.replace(query, certain=certain)

    def _part(self, question: _Question, understood: Interpretation) -> Part:
        candidates = self._engine.retrieve(question.index, question.retrieval)
        return Part(
            candidates=candidates,
            pinned=tuple(candidates.positions(question.retrieval.always)),
            is_asked=question.is_asked,
            has_vector=question.retrieval.vector is not None,
            near=question.near,
            keeps_all=question.retrieval.keeps_all,
            span=_SPANS[question.index] if understood.seeks_clinics else (0.0, 1.0),
        )

    @staticmethod
    def _facet(
        name: str,
        questions: Sequence[_Question],
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

    def _hits(
        self,
        page: NDArray[np.int64],
        questions: Sequence[_Question],
        parts: Sequence[Part],
        ranking: Ranking,
        near: Place | None,
        *,
        is_explained: bool,
    ) -> list[Hit]:
        starts = np.cumsum([0, *(len(part.candidates) for part in parts)])
        known = self._taxonomy.synonyms
        highlighters = [Highlighter(q.retrieval.keywords, {**known, **q.retrieval.synonyms}) for q in questions]
        miles = [
            part.candidates.distances(near.lat, near.lng) if near is not None and question.index == "clinic" else None
            for question, part in zip(questions, parts, strict=True)
        ]
        hits: list[Hit] = []
        for position in page:
            number = int(np.searchsorted(starts, position, side="right")) - 1
            question, part = questions[number], parts[number]
            local = int(position - starts[number])
            content = part.candidates.content(local)
            passage = best_passage(part.candidates, local, content.passages, vector=question.retrieval.vector)
            common: dict[str, Any] = {
                "id": content.id,
                "title": content.title,
                "title_html": highlighters[number].html(content.title),
                "snippet_html": highlighters[number].snippet(passage.text or content.title),
                "score": round(float(ranking.scores[position]), 4),
                "matched": _matched(ranking, int(position)),
                "pinned": bool(ranking.by_pin[position]),
            }
            if is_explained:
                keywords = question.retrieval.keywords
                common["explanation"] = explain(
                    ranking, int(position), title=content.title, passage=passage, keywords=keywords
                )
            if question.index == "article":
                hits.append(_article_hit(content, passage, common))
            else:
                away = miles[number]
                hits.append(_clinic_hit(content, common, None if away is None else away[local]))
        return hits


def _holds(words: Sequence[str], run: Sequence[str]) -> bool:
    return any(words[start : start + len(run)] == run for start in range(len(words) - len(run) + 1))


def _text_for(kind: DocumentType, understood: Interpretation, near: Place | None) -> str:
    """The words that are compared; near a place, words that are of every clinic do not outweigh the way there."""
    if kind == "article":
        return understood.article_text
    return understood.rest if near is not None else understood.text


def _spoken(text: str) -> str:
    """The text as it is embedded: without operators and what they exclude."""
    query: KeywordQuery = parse_keywords(text)
    if query.words and not query.phrases and not query.excluded:
        return " ".join(text.split())
    return " ".join([*query.words, *(word for phrase in query.phrases for word in phrase)])


def _with_synonyms(text: str, synonyms: SynonymRuns) -> str:
    """The text with what editors say that its words mean as well."""
    if not synonyms:
        return text
    words = words_of(text)
    runs = [tuple(words[at:end]) for at in range(len(words)) for end in range(at + 1, min(at + 5, len(words)) + 1)]
    meant = [" ".join(other) for run in runs for other in synonyms.get(run, ())]
    return f"{text} ({', '.join(dict.fromkeys(meant))})" if meant else text


def _order(request: SearchRequest, parts: Sequence[Part], ranking: Ranking, near: Place | None) -> NDArray[np.int64]:
    """Places of all hits: pinned ones, then the best; equals by type and id, so that pages neither repeat nor skip."""
    hits = np.flatnonzero(ranking.hits)
    key = -ranking.scores
    if request.sort == "price":
        key = np.concatenate([part.candidates.numbers("price_min") for part in parts])
    elif request.sort == "newest":
        key = -np.concatenate([part.candidates.numbers("published_at") for part in parts])
    elif request.sort == "distance" and near is not None:
        key = np.concatenate([part.candidates.distances(near.lat, near.lng) for part in parts])
    order: NDArray[np.int64] = hits[np.argsort(np.nan_to_num(key[hits], nan=np.inf), kind="stable")]
    return np.concatenate([ranking.pinned, order[~ranking.by_pin[order]]])


def _matched(ranking: Ranking, position: int) -> tuple[str, ...]:
    reasons = (("keyword", ranking.by_keyword), ("semantic", ranking.by_vector))
    return tuple(name for name, leg in reasons if leg[position])


def _article_hit(content: Content, passage: IndexedPassage, common: dict[str, Any]) -> ArticleHit:
    card = _ARTICLE_CARD.decode(content.card)
    return ArticleHit(
        **common,
        url=linked(card.url, passage),
        section=SectionLink(passage.heading, passage.anchor) if passage.heading else None,
        published_at=card.published_at,
        conditions=card.conditions,
        treatments=card.treatments,
        summary=card.summary,
        image=card.image,
    )


def _clinic_hit(content: Content, common: dict[str, Any], miles: float | None) -> ClinicHit:
    card = _CLINIC_CARD.decode(content.card)
    distance: float | UnsetType | None = UNSET
    if miles is not None:
        distance = None if np.isnan(miles) else round(float(miles), 2)
    checked = checked_of(card.verified)
    badges = badges_of(checked, card.rems_certified)
    return ClinicHit(**common, **msgspec.structs.asdict(card), distance_miles=distance, checked=checked, badges=badges)


def _echo(understood: Interpretation, text: str) -> dict[str, Any]:
    """What was understood, without what was not."""
    echo: dict[str, Any] = {"text": understood.text if understood.found_anything else text}
    echo |= {facet: list(values) for facet, values in understood.labels.items()}
    if understood.near is not None:
        others = {"alternatives": list(understood.namesakes)} if understood.namesakes else {}
        echo["near"] = {**msgspec.structs.asdict(understood.near), **others}
    if understood.place_wanted:
        echo["place_wanted"] = True
    for name in ("price_min", "price_max", "telehealth", "accepting_patients"):
        if (value := getattr(understood, name)) is not None:
            echo[name] = value
    return echo


_ARTICLE_CARD = msgspec.json.Decoder(ArticleCard)
_CLINIC_CARD = msgspec.json.Decoder(ClinicCard)
