"""Whether a question is about what the site is about: nearer to questions of its kind than to those about other things.

Distance to known questions tells out-of-scope ones as well as detectors that were trained for it (Larson et al., 2019,
"An Evaluation Dataset for Intent Classification and Out-of-Scope Prediction").
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from indexing.embedders.base import Vector, Vectors

FILE = Path(__file__).with_name("data") / "scope.npz"
_NEAREST = 3
"""Questions of each side that are looked at; one alone says less, ten no more."""
_STEPS = 127


class Scope(Struct, frozen=True):
    """Vectors of questions within the site's subject and outside it, shape (questions, dimensions)."""

    recipes: tuple[str, ...]
    """Ids of the recipes whose vectors these are: nearly equal ones share them."""
    within: Vectors
    outside: Vectors

    def leaning(self, vector: Vector) -> float:
        """How much nearer the nearest outside are than those within, as a difference of mean cosines, -1 to 1."""
        return _nearness(self.outside @ vector) - _nearness(self.within @ vector)

    def leanings(self) -> tuple[list[float], list[float]]:
        """Of the known questions themselves, those within and those outside, each as if it was not known."""
        within = [
            _nearness(self.outside @ row) - _nearness(np.delete(self.within @ row, at))
            for at, row in enumerate(self.within)
        ]
        outside = [
            _nearness(np.delete(self.outside @ row, at)) - _nearness(self.within @ row)
            for at, row in enumerate(self.outside)
        ]
        return within, outside

    @classmethod
    def read(cls, path: Path = FILE) -> "Scope":
        """See write."""
        with np.load(path) as file:
            return cls(tuple(map(str, file["recipes"])), _in_force(file["within"]), _in_force(file["outside"]))

    def write(self, path: Path = FILE) -> None:
        """Eight bits a number."""
        with path.open("wb") as file:
            np.savez_compressed(
                file,
                allow_pickle=False,
                recipes=np.array(self.recipes),
                within=_in_steps(self.within),
                outside=_in_steps(self.outside),
            )


def scope_of(recipes: Sequence[str], within: Vectors, outside: Vectors) -> Scope:
    """With vectors as a file keeps them."""
    return Scope(tuple(recipes), _in_force(_in_steps(within)), _in_force(_in_steps(outside)))


@cache
def built_in_scope() -> Scope:
    """What the service ships."""
    return Scope.read()


def _nearness(cosines: NDArray[np.float32]) -> float:
    return float(np.partition(cosines, -_NEAREST)[-_NEAREST:].mean())


def _in_steps(vectors: Vectors) -> NDArray[np.int8]:
    steps: NDArray[np.int8] = np.rint(vectors * (_STEPS / np.abs(vectors).max(axis=1, keepdims=True))).astype(np.int8)
    return steps


def _in_force(steps: NDArray[Any]) -> Vectors:
    """Of length 1: the steps keep directions only."""
    vectors = steps.astype(np.float32)
    result: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return result
