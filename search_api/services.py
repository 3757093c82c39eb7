"""The read side put together from the parts of a process."""

import structlog

from indexing.bootstrap import Parts
from indexing.embedders.base import EmbedderOf
from indexing.embedders.query_vectors import QueryVectors
from indexing.errors import EmbedderUnavailable
from search_api.analytics.figures import Figures
from search_api.confidence.judge import Judge
from search_api.confidence.model import built_in_weights
from search_api.confidence.scope import built_in_scope
from search_api.curation.curation import Curation
from search_api.http.services import Doorbell, Services
from search_api.query.spelling import Corrector
from search_api.query.understanding import Interpreter
from search_api.recommend.service import RecommendationService
from search_api.safety.assessment import built_in_safety
from search_api.safety.help_pages import HelpPages
from search_api.search.encoding import QuestionEncoder
from search_api.search.heard import Listener
from search_api.search.lines import Lines
from search_api.search.relevance import Relevance, load
from search_api.search.service import SearchService
from search_api.search.suggest import Suggester

log = structlog.get_logger()


def build_search(
    parts: Parts,
    embedder_of: EmbedderOf | None = None,
    curation: Curation | None = None,
    relevance: Relevance | None = None,
) -> SearchService:
    """The search over the parts' engine; by keyword only while there is no embedder."""
    relevance = relevance or load()
    interpreter = Interpreter(parts.taxonomy, parts.gazetteer)
    encoder = QuestionEncoder(
        engine=parts.engine,
        embedder_of=embedder_of or embedder_of_index(parts),
        query_vectors=QueryVectors(parts.settings.query_vectors),
        taxonomy=parts.taxonomy,
        cosines_of=Lines(relevance.recipes, parts.cosines).of,
    )
    return SearchService(
        engine=parts.engine,
        encoder=encoder,
        taxonomy=parts.taxonomy,
        interpreter=interpreter,
        corrector=Corrector(
            lexicon=parts.taxonomy.lexicon,
            field_words=parts.taxonomy.known_words,
            other_words=interpreter.place_words,
        ),
        listener=Listener(built_in_safety(), HelpPages(parts.engine, parts.taxonomy)),
        curation=curation or Curation(parts.curation),
        judge=Judge(built_in_weights(), built_in_scope(), parts.taxonomy.synonyms, parts.taxonomy.known_words),
        relevance=relevance,
    )


def build_services(parts: Parts, doorbell: Doorbell) -> Services:
    """Everything that the HTTP face needs, warmed up so that the first visitor waits for nothing."""
    embedder_of = embedder_of_index(parts)
    curation = Curation(parts.curation, parts.listings.stand_ins)
    curation.follow()
    recommendations = build_recommendations(parts, embedder_of, curation)
    recommendations.follow()
    suggester = Suggester(engine=parts.engine, taxonomy=parts.taxonomy, gazetteer=parts.gazetteer, curation=curation)
    suggester.follow()
    search = build_search(parts, embedder_of, curation)
    curation.prepare_by(search.prepare)
    return Services(
        parts,
        search=search,
        suggester=suggester,
        recommendations=recommendations,
        curation=curation,
        figures=_figures(parts, search),
        doorbell=doorbell,
        help_pages=HelpPages(parts.engine, parts.taxonomy),
    )


def _figures(parts: Parts, search: SearchService) -> Figures:
    settings = parts.settings
    figures = Figures(
        parts.figures,
        visitors=settings.analytics_visitors,
        days=settings.analytics_days,
        is_known_word=search.is_known_word,
    )
    figures.follow()
    return figures


def build_recommendations(
    parts: Parts, embedder_of: EmbedderOf, curation: Curation | None = None
) -> RecommendationService:
    """The recommendations over the parts' engine."""
    return RecommendationService(
        engine=parts.engine,
        taxonomy=parts.taxonomy,
        embedder_of=embedder_of,
        safety=built_in_safety(),
        help_pages=HelpPages(parts.engine, parts.taxonomy),
        curation=curation or Curation(parts.curation),
    )


def embedder_of_index(parts: Parts) -> EmbedderOf:
    """Embedders by recipe; none at all where the configured model cannot be loaded."""
    try:
        _ = parts.embedder
    except EmbedderUnavailable as error:
        log.error("embedder.unavailable", error=str(error))
        return lambda _: None
    return parts.embedder_of
