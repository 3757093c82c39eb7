from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from indexing.embedders.hashing import HashingEmbedder
from indexing.embedders.query_vectors import QueryVectors


class Counting(HashingEmbedder):
    """Counts what it encodes."""

    def __init__(self, dimensions=64):
        super().__init__(dimensions)
        self.encoded = []

    def embed_query(self, text):
        self.encoded.append(text)
        return super().embed_query(text)


def test_what_was_asked_before_is_not_encoded_again():
    embedder, vectors = Counting(), QueryVectors(10)
    first = vectors.of(embedder, "cost")
    assert np.array_equal(vectors.of(embedder, "cost"), first)
    assert np.array_equal(first, HashingEmbedder().embed_query("cost"))
    assert embedder.encoded == ["cost"]


def test_recipes_do_not_mix():
    vectors = QueryVectors(10)
    assert vectors.of(Counting(64), "cost").shape == (64,)
    assert vectors.of(Counting(32), "cost").shape == (32,)


def test_the_least_lately_used_is_forgotten():
    embedder, vectors = Counting(), QueryVectors(2)
    for text in ("a", "b", "a", "c", "a", "b"):
        vectors.of(embedder, text)
    assert embedder.encoded == ["a", "b", "c", "b"]


def test_none_may_be_kept():
    embedder, vectors = Counting(), QueryVectors(0)
    for _ in range(2):
        vectors.of(embedder, "a")
    assert embedder.encoded == ["a", "a"]


def test_what_is_shared_cannot_be_written_to():
    vector = QueryVectors(2).of(HashingEmbedder(), "a")
    with pytest.raises(ValueError, match="read-only"):
        vector[0] = 1.0


def test_many_threads_get_the_same_vectors():
    embedder, vectors = Counting(), QueryVectors(5)
    texts = [f"word{number % 9}" for number in range(400)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: vectors.of(embedder, text), texts))
    assert all(np.array_equal(vector, embedder.embed_query(text)) for text, vector in zip(texts, found, strict=True))
