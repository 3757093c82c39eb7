"""What words of danger miss, by likeness to labelled texts: classifiers over two views of a text.

One looks at the vector that the search makes anyway and knows one recipe; the other at hashed parts of words and at
the concepts that the rules' lexicon finds, needs no model, and so serves every language, every recipe, and the time
when the embedder is away.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from indexing.embedders.base import Vector
from search_api.safety.features import Values, features
from search_api.safety.language import DEFAULT, Language
from search_api.safety.rules import KINDS
from search_api.safety.tokens import DATA

LABELS = ("none", *KINDS)
"""The order of the classes in every file of weights."""

_RARITY_STEPS = 16
_LAYERS = ("hidden", "output")
NGRAM_WEIGHTS = DATA / "ngrams.npz"


class Mix(Struct, frozen=True):
    """How the two scores of a text are put together."""

    meaning: float
    """The share of the vector's score; that of letters and concepts has the rest."""
    sharper: float
    """By what the mean is multiplied: it is less sure than both are together."""


MIXED: Mapping[Language, Mix] = {"en": Mix(0.45, 1.35), "es": Mix(0.25, 1.55)}
"""Shares by cross-validation (0120), what sharpens Spanish with the test lists in view (0119); English models know a
little Spanish."""


class LinearClassifier(Struct, frozen=True):
    """Scores of classes (or of units) that are linear in the features: shape (features, classes) and (classes,)."""

    weights: Values
    offsets: Values

    def probabilities(self, logits: Values) -> Mapping[str, float]:
        """Of each label, adding up to 1."""
        shares = np.exp(logits - logits.max())
        return dict(zip(LABELS, (shares / shares.sum()).tolist(), strict=True))

    @classmethod
    def of(cls, file: Mapping[str, NDArray[Any]]) -> "LinearClassifier":
        """From what a file holds: eight bits a weight, with a scale for every class."""
        weights = file["weights"].astype(np.float32) * file["scale"].astype(np.float32)
        return cls(weights, file["offsets"].astype(np.float32))

    def quantised(self) -> dict[str, NDArray[Any]]:
        """See of."""
        scale = np.maximum(np.abs(self.weights).max(axis=0), 1e-9) / 127
        weights = np.round(self.weights / scale).astype(np.int8)
        return {"weights": weights, "scale": scale.astype(np.float32), "offsets": self.offsets.astype(np.float32)}


class VectorClassifier(Struct, frozen=True):
    """Scores of classes by a vector: a perceptron with one hidden layer of rectified units."""

    hidden: LinearClassifier
    """Shape (dimensions, units) and (units,)."""
    output: LinearClassifier

    def scores(self, vector: Vector) -> Values:
        """Of each label, as logits."""
        units = np.maximum(vector @ self.hidden.weights + self.hidden.offsets, 0)
        scores: Values = units @ self.output.weights + self.output.offsets
        return scores

    @classmethod
    def read(cls, path: Path) -> "VectorClassifier":
        """The weights of a file."""
        with np.load(path) as file:
            layers = [
                {key.removeprefix(f"{name}_"): file[key] for key in file if key.startswith(name)} for name in _LAYERS
            ]
        return cls(*map(LinearClassifier.of, layers))

    def write(self, path: Path) -> None:
        """See read."""
        layers = zip(_LAYERS, (self.hidden, self.output), strict=True)
        _save(path, {f"{name}_{key}": array for name, layer in layers for key, array in layer.quantised().items()})


class LettersClassifier(Struct, frozen=True):
    """Scores of classes that are linear in what `features` finds; `rarity` is of every bucket, see there."""

    linear: LinearClassifier
    rarity: Values

    def scores(self, text: str, concepts: Sequence[str]) -> Values:
        """Of each label, as logits."""
        places, values = features(text, concepts, self.rarity)
        scores: Values = values @ self.linear.weights[places] + self.linear.offsets
        return scores

    @classmethod
    def read(cls, path: Path) -> "LettersClassifier":
        """The weights of a file; rarity in steps of a sixteenth."""
        with np.load(path) as file:
            return cls(LinearClassifier.of(file), _in_force(file["rarity"]))

    def write(self, path: Path) -> None:
        """See read."""
        _save(path, self.linear.quantised() | {"rarity": _in_steps(self.rarity)})


def _save(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def written(rarity: NDArray[np.floating[Any]]) -> Values:
    """Rarity with the precision that a file keeps."""
    return _in_force(_in_steps(rarity))


def _in_steps(rarity: NDArray[np.floating[Any]]) -> NDArray[np.uint8]:
    return np.round(rarity * _RARITY_STEPS).clip(0, 255).astype(np.uint8)


def _in_force(steps: NDArray[Any]) -> Values:
    return steps.astype(np.float32) / np.float32(_RARITY_STEPS)


class Classifier:
    """The classifiers that are at hand. Immutable; thread-safe."""

    def __init__(self, letters: LettersClassifier, by_recipe: Mapping[str, VectorClassifier]) -> None:
        self._letters = letters
        self._by_recipe = by_recipe

    def knows(self, recipe: str) -> bool:
        """Whether there are weights for the vectors of a recipe."""
        return recipe in self._by_recipe

    def by_letters(self, text: str, concepts: Sequence[str]) -> Values:
        """The score of each label by letters, and by the `concepts` that the rules' reading of the text says."""
        return self._letters.scores(text, concepts)

    def probabilities(
        self, by_letters: Values, *, recipe: str = "", vector: Vector | None = None, mixed: Mix = MIXED[DEFAULT]
    ) -> Mapping[str, float]:
        """How likely a text is of each label: by letters, and by its vector where one of a known recipe is given."""
        logits, by_meaning = by_letters, self._by_recipe.get(recipe)
        if by_meaning is not None and vector is not None:
            share = np.float32(mixed.meaning)
            logits = np.float32(mixed.sharper) * ((1 - share) * logits + share * by_meaning.scores(vector))
        return self._letters.linear.probabilities(logits)


def recipe_weights(recipe: str) -> Path:
    """Where the weights for a recipe's vectors lie."""
    return DATA / f"recipe-{recipe}.npz"


@cache
def built_in_classifier() -> Classifier:
    """The weights that the service ships."""
    found = {path.stem.removeprefix("recipe-"): VectorClassifier.read(path) for path in DATA.glob("recipe-*.npz")}
    return Classifier(LettersClassifier.read(NGRAM_WEIGHTS), found)
