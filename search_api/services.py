"""The read side put together from the parts of a process."""

import structlog

from indexing.bootstrap import Parts
from indexing.embedders.base import EmbedderOf
from indexing.errors import EmbedderUnavailable
from search_api.http.services import Doorbell, Services
from search_api.recommend.related import RelatedService
from search_api.search.correct import Corrector
from search_api.search.interpret import Interpreter
from search_api.search.notices import Notices
from search_api.search.service import SearchService
from search_api.search.suggest import Suggester

log = structlog.get_logger()


def build_search(parts: Parts) -> SearchService:
    """The search over the parts' engine; by keyword only while there is no embedder."""
    interpreter = Interpreter(parts.taxonomy, parts.gazetteer)
    return SearchService(
        engine=parts.engine,
        embedder_of=_embedder_of(parts),
        taxonomy=parts.taxonomy,
        interpreter=interpreter,
        corrector=Corrector(field_words=parts.taxonomy.known_words, other_words=interpreter.place_words),
        notices=Notices(),
    )


def build_services(parts: Parts, doorbell: Doorbell) -> Services:
    """Everything that the HTTP face needs, warmed up so that the first visitor waits for nothing."""
    suggester = Suggester(engine=parts.engine, taxonomy=parts.taxonomy, gazetteer=parts.gazetteer)
    suggester.follow()
    return Services(
        parts,
        search=build_search(parts),
        suggester=suggester,
        related=RelatedService(engine=parts.engine, taxonomy=parts.taxonomy),
        doorbell=doorbell,
    )


def _embedder_of(parts: Parts) -> EmbedderOf:
    try:
        _ = parts.embedder
    except EmbedderUnavailable as error:
        log.error("embedder.unavailable", error=str(error))
        return lambda _: None
    return parts.embedder_of
