"""Measuring what the cosines of a live index's recipe mean, so that a search knows from where on they count."""

import structlog

from indexing.content.cosines import CosineStore
from indexing.cosines import LEAST_TITLES, MOST_TITLES, Cosines, measured, questions
from indexing.documents import DOCUMENT_TYPES
from indexing.embedders.base import EmbedderOf
from indexing.engines.base import SearchEngine
from indexing.engines.entries import Generation
from indexing.engines.retrieval import Retrieval

log = structlog.get_logger()


class Calibrator:
    """Measures recipes that were never measured. One instance in the process that writes."""

    def __init__(self, *, engine: SearchEngine, embedder_of: EmbedderOf, cosines: CosineStore) -> None:
        self._engine = engine
        self._embedder_of = embedder_of
        self._cosines = cosines

    def measure_live(self) -> None:
        """Measure the recipe of each live index that has documents enough, if it was not before."""
        for index in DOCUMENT_TYPES:
            live = self._engine.live_generation(index)
            if live is None or self._cosines.get(live.stamp.recipe) is not None:
                continue
            if len(self._engine.revisions(live)) < LEAST_TITLES:
                continue
            lines = self._measured(live)
            if lines is not None:
                self._cosines.put(live.stamp.recipe, lines)
                log.info("recipe.measured", recipe=live.stamp.recipe, match=lines.match, sure=lines.sure)

    def _measured(self, generation: Generation) -> Cosines | None:
        embedder = self._embedder_of(generation.stamp.recipe)
        if embedder is None:
            return None
        (everything,) = self._engine.retrieve_from(generation, [Retrieval()])
        contents = [everything.content(place) for place in range(min(len(everything), MOST_TITLES))]
        asked = questions(embedder, [content.title for content in contents])
        return measured([content.id for content in contents], self._engine.retrieve_from(generation, asked))
