"""Vectors that are known beforehand: whether an encoder computes on this machine what its weights mean.

`known_vectors.json` holds a few texts and their vectors as sentence-transformers gives them;
`python -m tests.known_vectors` writes it anew.
"""

from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct

from indexing.embedders.base import Vectors
from indexing.errors import EmbedderUnavailable

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


class Expected(Struct, frozen=True):
    """How near an encoder's vectors must come to the known ones."""

    known: KnownVectors
    least: float
    """Cosine."""

    @property
    def texts(self) -> tuple[str, ...]:
        """What is to be encoded, without any prompt."""
        return self.known.texts

    def verify(self, found: Vectors) -> None:
        """Raise EmbedderUnavailable where the vectors of `texts` are others."""
        if (cosine := least_cosine(found, self.known)) < self.least:
            raise EmbedderUnavailable(f"this machine computes other vectors than the known ones: cosine {cosine:.4f}")


def read_known(file: Path = KNOWN_FILE) -> KnownVectors:
    """The known vectors."""
    return msgspec.json.decode(file.read_bytes(), type=KnownVectors)


def least_cosine(found: Vectors, known: KnownVectors) -> float:
    """The cosine of the known vector that `found`, the vectors of its texts, come least near to."""
    lengths = np.linalg.norm(known.rows, axis=1) * np.linalg.norm(found, axis=1)
    return float(((found * known.rows).sum(axis=1) / lengths).min())
