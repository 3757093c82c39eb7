"""What words of danger miss, by likeness to labelled texts: linear classifiers over two views of a text.

One looks at the vector that the search makes anyway and knows one recipe; the other at hashed parts of words and at
the concepts that the rules' lexicon finds, needs no model, and so serves every language, every recipe, and the time
when the embedder is away.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from indexing.embedders.base import Vector
from search_api.safety.rules import KINDS
from search_api.safety.tokens import DATA, words_in_order

LABELS = ("none", *KINDS)
"""The order of the classes in every file of weights."""
BUCKETS = 32_768
_SHORTEST, _LONGEST = 3, 5
"""Letters of the parts of words that are counted."""
_MOST_WORDS = 100
MEANING = {"en": 0.5, "es": 0.3}
"""How much the vector counts by language, the rest by letters: 0 to 1 were tried by cross-validation. English models
know a little Spanish."""
_SHARPER = 1.2
"""The mean of two scores is less sure than they are together."""
NGRAM_WEIGHTS = DATA / "ngrams.npz"

Weights = NDArray[np.float32]


class LinearClassifier(Struct, frozen=True):
    """Scores of classes that are linear in the features: shape (features, classes) and (classes,)."""

    weights: Weights
    offsets: Weights

    def probabilities(self, logits: Weights) -> Mapping[str, float]:
        """Of each label, adding up to 1."""
        shares = np.exp(logits - logits.max())
        return dict(zip(LABELS, (shares / shares.sum()).tolist(), strict=True))

    @classmethod
    def read(cls, path: Path) -> "LinearClassifier":
        """The weights of a file: eight bits each, with a scale for every class."""
        with np.load(path) as file:
            weights = file["weights"].astype(np.float32) * file["scale"].astype(np.float32)
            return cls(weights, file["offsets"].astype(np.float32))

    def write(self, path: Path) -> None:
        """See read."""
        scale = np.maximum(np.abs(self.weights).max(axis=0), 1e-9) / 127
        quantised = np.round(self.weights / scale).astype(np.int8)
        np.savez_compressed(
            path, weights=quantised, scale=scale.astype(np.float32), offsets=self.offsets.astype(np.float32)
        )


class Classifier:
    """The classifiers that are at hand. Immutable; thread-safe."""

    def __init__(self, ngrams: LinearClassifier, by_recipe: Mapping[str, LinearClassifier]) -> None:
        self._ngrams = ngrams
        self._by_recipe = by_recipe

    def knows(self, recipe: str) -> bool:
        """Whether there are weights for the vectors of a recipe."""
        return recipe in self._by_recipe

    def probabilities(
        self,
        text: str,
        concepts: Sequence[str],
        *,
        recipe: str = "",
        vector: Vector | None = None,
        meaning: float = 0.5,
    ) -> Mapping[str, float]:
        """How likely a text is of each label: by its letters, and by its vector where one of a known recipe is given.

        `concepts` is what the rules' reading of it says. `meaning` (0-1) is the weight of the vector's scores; those
        of the letters and concepts have the rest.
        """
        places, values = features(text, concepts)
        logits = values @ self._ngrams.weights[places] + self._ngrams.offsets
        by_meaning = self._by_recipe.get(recipe)
        if by_meaning is not None and vector is not None:
            meant = vector @ by_meaning.weights + by_meaning.offsets
            logits = _SHARPER * ((1 - meaning) * logits + meaning * meant)
        return self._ngrams.probabilities(logits)


def features(text: str, concepts: Sequence[str]) -> tuple[NDArray[np.int64], Weights]:
    """The buckets that a text fills, and how much: parts of words, words and pairs of words; then its concepts.

    Each of the two has the Euclidean length 1.
    """
    counts: dict[int, int] = {}
    for bucket in _buckets(_parts(words_in_order(text)[:_MOST_WORDS])):
        counts[bucket] = counts.get(bucket, 0) + 1
    meant = dict.fromkeys(_buckets(each.encode() for each in concepts))
    spelt = np.log1p(np.fromiter(counts.values(), np.float32, len(counts)))
    spelt /= max(float(np.linalg.norm(spelt)), 1e-9)
    values = np.concatenate([spelt, np.full(len(meant), max(len(meant), 1) ** -0.5, np.float32)])
    return np.fromiter((*counts, *meant), np.int64, len(values)), values.astype(np.float32)


def _buckets(parts: Iterable[bytes]) -> Iterator[int]:
    return (zlib.crc32(part) % BUCKETS for part in parts)


def _parts(words: list[str]) -> Iterator[bytes]:
    encoded = [word.encode() for word in words]
    for word in encoded:
        framed = b"<" + word + b">"
        for length in range(_SHORTEST, _LONGEST + 1):
            for start in range(len(framed) - length + 1):
                yield framed[start : start + length]
        yield framed
    for first, second in pairwise(encoded):
        yield first + b" " + second


def recipe_weights(recipe: str) -> Path:
    """Where the weights for a recipe's vectors lie."""
    return DATA / f"recipe-{recipe}.npz"


@cache
def built_in_classifier() -> Classifier:
    """The weights that the service ships."""
    found = {path.stem.removeprefix("recipe-"): LinearClassifier.read(path) for path in DATA.glob("recipe-*.npz")}
    return Classifier(LinearClassifier.read(NGRAM_WEIGHTS), found)
