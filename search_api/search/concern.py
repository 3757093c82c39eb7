"""Crisis by meaning: what the rules' words miss, heard by likeness to labelled questions.

A linear separation of sentence vectors, fitted at start from a few hundred examples, so that it works with
any model. It is added to the rules and never takes a notice away.
"""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
import structlog
from msgspec import Struct
from numpy.typing import NDArray

from indexing.embedders.base import Embedder, Vector, Vectors
from indexing.errors import EmbedderUnavailable

EXAMPLES_FILE = Path(__file__).parents[1] / "data" / "notice_examples.jsonl"
CRISIS = "crisis"
_RIDGE = 0.5
_CRISIS_WEIGHT = 1.5
"""A missed crisis is worse than a false alarm."""

log = structlog.get_logger()


class Example(Struct, frozen=True):
    """A question as somebody might type it, the notices that it calls for, and the list it was written for."""

    query: str
    notices: tuple[str, ...]
    list: int


def examples(path: Path = EXAMPLES_FILE) -> Iterator[Example]:
    """The labelled questions. Each list was written by somebody who had seen neither rules nor other lists."""
    lines = path.read_bytes().splitlines()
    return (msgspec.json.decode(line, type=Example) for line in lines if line.strip())


class Separation(Struct, frozen=True):
    """Which side of a plane a sentence vector lies on."""

    direction: NDArray[np.float64]
    offset: float

    def is_crisis(self, vector: Vector) -> bool:
        """Whether a question with this vector is on the side of the crises."""
        return float(self.direction @ vector) + self.offset > 0


def separate(vectors: Vectors, is_crisis: Sequence[bool]) -> Separation:
    """The weighted ridge regression (Hoerl and Kennard, 1970) of ±1 on the vectors, shape (examples, dimensions)."""
    labels = np.array(is_crisis)
    rows = np.hstack([vectors.astype(np.float64), np.ones((len(vectors), 1))])
    weighted = rows * np.where(labels, _CRISIS_WEIGHT, 1.0)[:, None]
    penalty = _RIDGE * np.eye(rows.shape[1])
    penalty[-1, -1] = 1e-6
    solved = np.linalg.solve(weighted.T @ rows + penalty, weighted.T @ np.where(labels, 1.0, -1.0))
    return Separation(solved[:-1], float(solved[-1]))


class Concern:
    """Hears crises by the vectors of one model, once it has been fitted. Thread-safe."""

    def __init__(self) -> None:
        self._recipe = ""
        self._separation: Separation | None = None

    def fit(self, embedder: Embedder) -> None:
        """Learn from the examples; some seconds of encoding."""
        known = list(examples())
        vectors = np.stack([embedder.embed_query(example.query) for example in known])
        self._separation = separate(vectors, [CRISIS in example.notices for example in known])
        self._recipe = embedder.recipe.id

    def fit_in_background(self, embedder: Embedder) -> None:
        """The same, while the service answers by the rules alone."""
        threading.Thread(target=self._fit, args=(embedder,), name="concern", daemon=True).start()

    def _fit(self, embedder: Embedder) -> None:
        try:
            self.fit(embedder)
        except EmbedderUnavailable as error:
            log.error("concern.not_fitted", error=str(error))

    def is_crisis(self, recipe: str, vector: Vector) -> bool:
        """Whether a question whose vector `recipe` gave sounds like a crisis; False before the fit."""
        return self._separation is not None and recipe == self._recipe and self._separation.is_crisis(vector)
