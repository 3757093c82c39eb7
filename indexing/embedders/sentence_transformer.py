"""Encoding with sentence-transformers itself: the reference, and the choice where a GPU is."""

from collections.abc import Sequence

import numpy as np

from indexing.embedders.base import EmbeddingRecipe, Vector, Vectors
from indexing.embedders.export import load_sentence_transformer, recipe_of


class SentenceTransformerEmbedder:
    """A sentence-transformers model by folder or name; loads torch when it is made."""

    def __init__(self, model: str, *, query_prompt: str | None = None, document_prompt: str | None = None) -> None:
        self._model = load_sentence_transformer(model)
        self._recipe = recipe_of(self._model, model, query_prompt=query_prompt, document_prompt=document_prompt)

    @property
    def recipe(self) -> EmbeddingRecipe:
        """See Embedder."""
        return self._recipe

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See Embedder."""
        encoded = self._model.tokenizer(list(texts), add_special_tokens=False)["input_ids"] if texts else []
        return [len(ids) for ids in encoded]

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """See Embedder."""
        if not texts:
            return np.empty((0, self._recipe.dimensions), dtype=np.float32)
        return self._encoded([self._recipe.document_prompt + text for text in texts])

    def embed_query(self, text: str) -> Vector:
        """See Embedder."""
        vector: Vector = self._encoded([self._recipe.query_prompt + text])[0]
        return vector

    def _encoded(self, texts: list[str]) -> Vectors:
        return np.asarray(
            self._model.encode(texts, prompt="", normalize_embeddings=True, show_progress_bar=False), dtype=np.float32
        )
