"""Vectors that are known beforehand: whether an encoder computes on this machine what its weights mean.

`known_vectors.json` holds a few texts and their vectors as sentence-transformers gives them;
`python -m tests.known_vectors` writes it anew.
"""

from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct

from indexing.embedders.base import Embedder, Vectors

KNOWN_FILE = Path(__file__).with_name("known_vectors.json")


class KnownVectors(Struct, frozen=True):
    """Texts without any prompt and their vectors, as little-endian half-precision numbers one after the other."""

    revision: str
    """The revision of the weights, as it stands in their recipe."""
    texts: tuple[str, ...]
    vectors: bytes

    @property
    def rows(self) -> Vectors:
        """The vectors, one row for each text."""
        rows: Vectors = np.frombuffer(self.vectors, dtype="<f2").reshape(len(self.texts), -1).astype(np.float32)
        return rows


def read_known(file: Path = KNOWN_FILE) -> KnownVectors:
    """The known vectors."""
    return msgspec.json.decode(file.read_bytes(), type=KnownVectors)


def least_cosine(embedder: Embedder, known: KnownVectors) -> float:
    """The cosine of the known vector that `embedder`, whose recipe has no prompt for passages, comes least near to."""
    found = embedder.embed_documents(known.texts)
    lengths = np.linalg.norm(known.rows, axis=1) * np.linalg.norm(found, axis=1)
    return float(((found * known.rows).sum(axis=1) / lengths).min())
