"""The seam between the service and an embedding model."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Vector = NDArray[np.float32]
"""Shape (dimensions,), Euclidean length 1."""
Vectors = NDArray[np.float32]
"""Shape (texts, dimensions), each row of Euclidean length 1."""


class EmbeddingRecipe(Struct, frozen=True):
    """Everything that decides which vector a text gets: vectors of two recipes never mix."""

    model: str
    revision: str
    dimensions: int
    max_tokens: int
    query_prompt: str = ""
    document_prompt: str = ""

    @property
    def id(self) -> str:
        """A short name for cache keys and stamps; equal for equal recipes."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:16]


EmbedderOf = Callable[[str], "Embedder | None"]
"""The embedder of a recipe id, as long as its model is at hand."""


class Embedder(Protocol):
    """One embedding model. Thread-safe; vectors of ONNX and torch for one recipe are interchangeable."""

    @property
    def recipe(self) -> EmbeddingRecipe:
        """The recipe of every vector that this embedder gives."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> Sequence[int]:
        """The number of tokens of each text, without the model's special tokens."""
        ...

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Vectors of passages, in order; an empty sequence gives shape (0, dimensions).

        Raises EmbedderUnavailable.
        """
        ...

    def embed_query(self, text: str) -> Vector:
        """The vector of a question. Raises EmbedderUnavailable."""
        ...
