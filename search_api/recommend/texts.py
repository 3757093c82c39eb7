"""Texts that become vectors together."""

from collections.abc import Callable, Sequence

import numpy as np
import structlog

from indexing.embedders.base import Embedder, Vector, Vectors
from indexing.errors import EmbedderUnavailable

log = structlog.get_logger()


class Texts:
    """Texts that a batch needs as vectors: asked for first, embedded in one pass, then looked up."""

    def __init__(self, in_english: Callable[[str], str | None]) -> None:
        """`in_english` puts a text's words into the language of the articles; None where it is in it."""
        self._in_english = in_english
        self._place: dict[str, int] = {}
        self._vectors: Vectors | None = None

    def ask(self, *texts: str) -> None:
        """These will be looked up."""
        for text in texts:
            self._place.setdefault(text, len(self._place))

    def embed(self, embedder: Embedder | None) -> bool:
        """False where they could not be embedded."""
        if not self._place:
            return True
        try:
            if embedder is None:
                raise EmbedderUnavailable("the model of the live index is not at hand")
            self._vectors = embedder.embed_documents([self._in_english(text) or text for text in self._place])
        except EmbedderUnavailable as error:
            log.warning("recommendations.degraded", part="embedder", error=str(error))
            return False
        return True

    def vectors(self, texts: Sequence[str]) -> Vectors | None:
        """Vectors of texts that were asked for, shape (texts, dimensions); None where they could not be embedded."""
        return None if self._vectors is None else self._vectors[[self._place[text] for text in texts]]


def direction(vectors: Vectors) -> Vector:
    """The direction of the mean of several vectors."""
    mean: Vector = vectors.mean(axis=0)
    return mean / np.float32(max(float(np.linalg.norm(mean)), 1e-9))
