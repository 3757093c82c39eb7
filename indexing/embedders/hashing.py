"""A model without weights, for tests of plumbing: texts that share words get near vectors."""

import hashlib
import re
from collections.abc import Sequence

import numpy as np

from indexing.embedders.base import EmbeddingRecipe, Vector, Vectors
from indexing.text import folded

_WORD = re.compile(r"\w+")


class HashingEmbedder:
    """Feature hashing (Weinberger et al., 2009): each word adds a signed unit to one of the dimensions."""

    def __init__(self, dimensions: int = 64, max_tokens: int = 256) -> None:
        self._recipe = EmbeddingRecipe("hashing", "1", dimensions, max_tokens)

    @property
    def recipe(self) -> EmbeddingRecipe:
        """See Embedder."""
        return self._recipe

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See Embedder; a token is a word."""
        return [len(_WORD.findall(text)) for text in texts]

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """See Embedder."""
        vectors = np.zeros((len(texts), self._recipe.dimensions), dtype=np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            vector[:] = self.embed_query(text)
        return vectors

    def embed_query(self, text: str) -> Vector:
        """See Embedder."""
        vector = np.zeros(self._recipe.dimensions, dtype=np.float32)
        for word in _WORD.findall(folded(text)) or [""]:
            digest = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest())
            vector[digest % self._recipe.dimensions] += 1.0 if digest >> 63 else -1.0
        length = float(np.linalg.norm(vector))
        if length == 0.0:
            vector[0], length = 1.0, 1.0
        return vector / np.float32(length)
