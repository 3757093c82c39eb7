"""Makes the files of weights from the training lists. Needs scikit-learn; the service itself does not."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from indexing.embedders.base import Embedder
from indexing.taxonomy import Taxonomy
from search_api.safety.classifier import LABELS, LettersClassifier, LinearClassifier, written
from search_api.safety.features import BUCKETS, buckets, features
from search_api.safety.language import DEFAULT
from search_api.safety.lists import Labelled
from search_api.safety.rules import Rules

_LETTERS_FREEDOM, _VECTOR_FREEDOM = 8.0, 10.0
"""Inverse strengths of the ridge penalty; the best of 3 to 100 by cross-validation, on a flat optimum."""

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
    return LettersClassifier(_fit(rows, lists, _LETTERS_FREEDOM), rarity)


def _rarity(lists: Sequence[Labelled]) -> Rows:
    """Of every bucket, in the steps in which it is written; a bucket that no text fills is as rare as can be."""
    filled = np.ones(BUCKETS)
    for each in lists:
        parts, words, _ = buckets(each.text, ())
        filled[[*parts]] += 1
        filled[[*words]] += 1
    return written(np.log(len(lists) / filled))


def fit_vectors(lists: Sequence[Labelled], vectors: Rows) -> LinearClassifier:
    """The classifier over the vectors of one recipe, shape (texts, dimensions); from English texts alone.

    Models of English place Spanish texts by the few words that they know, which taught it false neighbours (0119).
    """
    rows = [row for row, each in enumerate(lists) if each.language == DEFAULT]
    return _fit(vectors[rows], [lists[row] for row in rows], _VECTOR_FREEDOM)


def vectors_of(lists: Sequence[Labelled], embedder: Embedder, taxonomy: Taxonomy) -> Rows:
    """The vectors of texts as a search makes them."""
    return np.stack([embedder.embed_query(taxonomy.spelt_out(" ".join(each.text.split()))) for each in lists])


def _fit(rows: object, lists: Sequence[Labelled], freedom: float) -> LinearClassifier:
    """Multinomial logistic regression."""
    from sklearn.linear_model import LogisticRegression

    kinds = [LABELS.index(each.kind) for each in lists]
    fitted = LogisticRegression(C=freedom, max_iter=300, tol=1e-3).fit(rows, kinds)
    return LinearClassifier(fitted.coef_.T.astype(np.float32), fitted.intercept_.astype(np.float32))
