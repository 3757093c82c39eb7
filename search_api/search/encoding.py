"""The vectors of a question, each under the recipe of the index that it is asked of."""

from collections.abc import Callable, Mapping

import structlog

from indexing.cosines import Cosines
from indexing.documents import DocumentType
from indexing.embedders.base import EmbedderOf, Vector
from indexing.embedders.query_vectors import QueryVectors
from indexing.engines.base import Retriever
from indexing.errors import EmbedderUnavailable
from indexing.taxonomy import Taxonomy
from search_api.search.heard import Embedded

log = structlog.get_logger()


class QuestionEncoder:
    """Encodes questions for the live indexes of an engine. Thread-safe."""

    def __init__(
        self,
        *,
        engine: Retriever,
        embedder_of: EmbedderOf,
        query_vectors: QueryVectors,
        taxonomy: Taxonomy,
        cosines_of: Callable[[str], Cosines | None],
    ) -> None:
        self._engine = engine
        self._embedder_of = embedder_of
        self._query_vectors = query_vectors
        self._taxonomy = taxonomy
        self._cosines_of = cosines_of

    def embedded(self, recipe: str, text: str) -> Vector:
        """The vector of a text under a recipe. Raises EmbedderUnavailable."""
        embedder = self._embedder_of(recipe)
        if embedder is None:
            raise EmbedderUnavailable(f"the model of recipe {recipe} is not at hand")
        return self._query_vectors.of(embedder, self._taxonomy.spelt_out(text))

    def vectors(
        self, texts: Mapping[DocumentType, str], embedded: Embedded
    ) -> tuple[Mapping[DocumentType, Vector], tuple[str, ...]]:
        """The vector of each index's text, two recipes during a change; and what was unavailable.

        None where there is no text, and none under a recipe whose cosines were not measured yet.
        """
        vectors: dict[DocumentType, Vector] = {}
        away: tuple[str, ...] = ()
        try:
            for kind, text in texts.items():
                live = self._engine.live_generation(kind)
                if live is None or not text:
                    continue
                if self.cosines(kind) is None:
                    away = ("calibration",)
                    continue
                vectors[kind] = embedded(live.stamp.recipe, text)
        except EmbedderUnavailable as error:
            log.warning("search.degraded", part="embedder", error=str(error))
            return {}, ("embedder",)
        return vectors, away

    def cosines(self, kind: DocumentType) -> Cosines | None:
        """What cosines mean in the live index of a type; None while its recipe was not measured."""
        live = self._engine.live_generation(kind)
        return None if live is None else self._cosines_of(live.stamp.recipe)
