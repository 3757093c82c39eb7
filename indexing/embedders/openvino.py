"""Encoding with OpenVINO, in single precision or with 8-bit integers, from a model's weights and tokenizer alone."""

import functools
import itertools
import threading
from collections.abc import Iterator, Sequence

import numpy as np
from tokenizers import Tokenizer

from indexing.deadline import look
from indexing.embedders.base import EmbeddingRecipe, Vector, Vectors
from indexing.embedders.compiled import CompiledGraph
from indexing.embedders.known import Expected
from indexing.embedders.model_files import ModelFiles
from indexing.errors import EmbedderUnavailable

_INTEGER_SCHEME = "int8-1"
"""Part of the recipe: another way to make integers of weights needs another name."""
_BATCH_TOKENS = 4_096
"""Padded tokens a run: larger batches are no faster on a CPU and hold memory longer."""


class OpenVinoEmbedder:
    """A BERT-like model that runs on a fixed number of threads. Thread-safe.

    With `is_integer`, `recipe` must be that of `integer_recipe`. With `integer_questions` the vectors of questions
    alone come from integers: they are near enough (cosine .999) to be held against passages in single precision.
    What a process never encodes is never compiled.
    """

    def __init__(
        self,
        files: ModelFiles,
        recipe: EmbeddingRecipe,
        *,
        threads: int,
        is_integer: bool = False,
        integer_questions: bool = False,
        expected: Expected | None = None,
    ) -> None:
        """`expected`: what passages must come out as, looked at before the first. Raises EmbedderUnavailable."""
        self._recipe = recipe
        self._expected = expected
        self._checking = threading.Lock()
        try:
            self._tokenizer = Tokenizer.from_file(str(files.tokenizer))
        except Exception as error:
            raise EmbedderUnavailable(f"the model in {files.folder} cannot be loaded: {error}") from error
        self._passages = CompiledGraph(files, threads=threads, is_integer=is_integer)
        own = is_integer or not integer_questions
        self._questions = self._passages if own else CompiledGraph(files, threads=threads, is_integer=True)
        self._questions.load()
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(recipe.max_tokens)

    @property
    def recipe(self) -> EmbeddingRecipe:
        """See Embedder."""
        return self._recipe

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See Embedder."""
        return [len(e.ids) for e in self._counter.encode_batch_fast(list(texts), add_special_tokens=False)]

    @functools.cached_property
    def _counter(self) -> Tokenizer:
        """A tokenizer that cuts nothing off; who only asks questions has none."""
        counter = Tokenizer.from_str(self._tokenizer.to_str())
        counter.no_truncation()
        return counter

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """See Embedder; texts are batched by length, so that little is spent on padding.

        Raises Overloaded once the thread's deadline has passed.
        """
        self.check()
        return self._embedded(texts)

    def embed_query(self, text: str) -> Vector:
        """See Embedder."""
        vector: Vector = self._questions.run([self._tokenizer.encode(self._recipe.query_prompt + text)])[0]
        return vector

    def check(self) -> None:
        """Raise EmbedderUnavailable where passages do not come out as is expected; looks once."""
        with self._checking:
            if self._expected is not None:
                self._expected.verify(self._embedded(self._expected.texts))
            self._expected = None

    def _embedded(self, texts: Sequence[str]) -> Vectors:
        prompt = self._recipe.document_prompt
        encodings = self._tokenizer.encode_batch_fast([prompt + text for text in texts])
        vectors = np.empty((len(texts), self._recipe.dimensions), dtype=np.float32)
        for rows in _batches([len(encoding.ids) for encoding in encodings]):
            look()
            vectors[rows] = self._passages.run([encodings[row] for row in rows])
        return vectors


def integer_recipe(recipe: EmbeddingRecipe) -> EmbeddingRecipe:
    """The recipe of the same model with integers: its vectors differ (cosine .999), so they never mix."""
    return EmbeddingRecipe(
        model=recipe.model,
        revision=f"{recipe.revision}-{_INTEGER_SCHEME}",
        dimensions=recipe.dimensions,
        max_tokens=recipe.max_tokens,
        query_prompt=recipe.query_prompt,
        document_prompt=recipe.document_prompt,
    )


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Rows from short to long, in batches of at most `_BATCH_TOKENS` padded tokens."""
    rows = sorted(range(len(lengths)), key=lengths.__getitem__)
    start = 0
    for end in itertools.count(1):
        if end > len(rows):
            if start < len(rows):
                yield rows[start:]
            return
        if lengths[rows[end - 1]] * (end - start) > _BATCH_TOKENS and end - 1 > start:
            yield rows[start : end - 1]
            start = end - 1
