"""Makes the files of weights from the training lists. Needs scikit-learn; the service itself does not."""

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexing.embedders.base import Embedder
from indexing.taxonomy import Taxonomy
from search_api.safety.classifier import LABELS, LettersClassifier, LinearClassifier, VectorClassifier, written
from search_api.safety.features import BUCKETS, buckets, features
from search_api.safety.language import DEFAULT
from search_api.safety.lists import Labelled
from search_api.safety.rules import Rules

_LETTERS_FREEDOM = 8.0
"""Inverse strength of the ridge penalty; the best of 3 to 100 by cross-validation, on a flat optimum."""
_NETS, _UNITS = 3, 64
_WEIGHED = 4.0
"""What vectors are multiplied by while weights are sought: steps suit numbers that are not tiny."""

Rows = NDArray[np.float32]


def fit_ngrams(lists: Sequence[Labelled], rules: Rules) -> LettersClassifier:
    """The classifier over parts of words and the concepts of the rules, for all languages."""
    from scipy.sparse import csr_matrix

    concepts = [rules.read(each.text).concepts for each in lists]
    rarity = _rarity(lists)
    found = [features(each.text, meant, rarity) for each, meant in zip(lists, concepts, strict=True)]
    starts = np.cumsum([0, *(len(places) for places, _ in found)])
    columns = np.concatenate([places for places, _ in found])
    values = np.concatenate([values for _, values in found])
    rows = csr_matrix((values, columns, starts), shape=(len(lists), BUCKETS))
    return LettersClassifier(_fit_letters(rows, lists), rarity)


def _rarity(lists: Sequence[Labelled]) -> Rows:
    """Of every bucket, in the steps in which it is written; a bucket that no text fills is as rare as can be."""
    filled = np.ones(BUCKETS)
    for each in lists:
        parts, words, _ = buckets(each.text, ())
        filled[[*parts]] += 1
        filled[[*words]] += 1
    return written(np.log(len(lists) / filled))


def fit_vectors(lists: Sequence[Labelled], vectors: Rows) -> VectorClassifier:
    """The classifier over the vectors of one recipe, shape (texts, dimensions); from English texts alone.

    Several nets with other beginnings, of which the mean is taken: their units beside one another. Models of English
    place Spanish texts by the few words that they know, which taught it false neighbours (0119).
    """
    from sklearn.neural_network import MLPClassifier

    rows = [row for row, each in enumerate(lists) if each.language == DEFAULT]
    kinds = [LABELS.index(lists[row].kind) for row in rows]
    learnt = functools.partial(MLPClassifier, (_UNITS,), alpha=0.01, learning_rate_init=0.002, early_stopping=True)
    nets = [learnt(max_iter=60, random_state=seed).fit(vectors[rows] * _WEIGHED, kinds) for seed in range(_NETS)]
    hidden, output = ([net.coefs_[layer] for net in nets] for layer in range(2))
    hidden_offsets, output_offsets = ([net.intercepts_[layer] for net in nets] for layer in range(2))
    return VectorClassifier(
        _layer(np.concatenate(hidden, axis=1) * _WEIGHED, np.concatenate(hidden_offsets)),
        _layer(np.concatenate(output) / _NETS, np.mean(output_offsets, axis=0)),
    )


def _layer(weights: NDArray[np.floating[Any]], offsets: NDArray[np.floating[Any]]) -> LinearClassifier:
    return LinearClassifier(weights.astype(np.float32), offsets.astype(np.float32))


def vectors_of(lists: Sequence[Labelled], embedder: Embedder, taxonomy: Taxonomy) -> Rows:
    """The vectors of texts as a search makes them."""
    return np.stack([embedder.embed_query(taxonomy.spelt_out(" ".join(each.text.split()))) for each in lists])


def _fit_letters(rows: object, lists: Sequence[Labelled]) -> LinearClassifier:
    """Multinomial logistic regression."""
    from sklearn.linear_model import LogisticRegression

    kinds = [LABELS.index(each.kind) for each in lists]
    fitted = LogisticRegression(C=_LETTERS_FREEDOM, max_iter=300, tol=1e-3).fit(rows, kinds)
    return _layer(fitted.coef_.T, fitted.intercept_)
