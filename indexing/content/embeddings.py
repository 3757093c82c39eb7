"""The embedding cache: a text that was encoded once under a recipe is never encoded again."""

import hashlib
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from sqlalchemy import delete, select

from indexing.content.database import Database
from indexing.content.tables import embeddings
from indexing.embedders.base import Embedder, Vector, Vectors

_CHUNK = 400
_SLICE = 128
"""Texts encoded between two savings: what a crash in the middle of a long document costs at most."""


def text_digest(text: str) -> bytes:
    """The key of a text: SHA-256 of its UTF-8 bytes."""
    return hashlib.sha256(text.encode()).digest()


class EmbeddingCache:
    """Vectors by recipe and text digest. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.on_progress: Callable[[], None] = lambda: None
        """Called after each slice of a long text."""

    def embed(self, embedder: Embedder, texts: Sequence[str]) -> Vectors:
        """Vectors of `texts` in order, shape (texts, dimensions); only unknown texts are encoded, each once."""
        recipe = embedder.recipe
        digests = [text_digest(text) for text in texts]
        known = self._read(recipe.id, digests)
        missing = {d: text for d, text in zip(digests, texts, strict=True) if d not in known}
        waiting = list(missing)
        for start in range(0, len(waiting), _SLICE):
            part = waiting[start : start + _SLICE]
            fresh = dict(zip(part, embedder.embed_documents([missing[digest] for digest in part]), strict=True))
            self.store(recipe.id, fresh)
            known |= fresh
            self.on_progress()
        if not texts:
            return np.empty((0, recipe.dimensions), dtype=np.float32)
        return np.stack([known[digest] for digest in digests])

    def store(self, recipe_id: str, vectors: Mapping[bytes, Vector]) -> None:
        """Keep `vectors` by text digest."""
        rows = [
            {"recipe": recipe_id, "digest": digest, "vector": vector.astype("<f4").tobytes()}
            for digest, vector in vectors.items()
        ]
        with self._database.write() as connection:
            connection.execute(self._database.insert(embeddings).on_conflict_do_nothing(), rows)

    def _read(self, recipe_id: str, digests: Sequence[bytes]) -> dict[bytes, Vector]:
        found: dict[bytes, Vector] = {}
        with self._database.read() as connection:
            for start in range(0, len(digests), _CHUNK):
                query = select(embeddings.c.digest, embeddings.c.vector).where(
                    embeddings.c.recipe == recipe_id, embeddings.c.digest.in_(digests[start : start + _CHUNK])
                )
                for row in connection.execute(query):
                    found[bytes(row.digest)] = np.frombuffer(row.vector, dtype="<f4")
        return found

    def holds(self, recipe_id: str) -> bool:
        """Whether any vector of a recipe is known."""
        with self._database.read() as connection:
            query = select(embeddings.c.recipe).where(embeddings.c.recipe == recipe_id).limit(1)
            return connection.execute(query).first() is not None

    def forget(self, recipe_id: str) -> int:
        """Drop every vector of a recipe; returns how many."""
        with self._database.write() as connection:
            return connection.execute(delete(embeddings).where(embeddings.c.recipe == recipe_id)).rowcount
