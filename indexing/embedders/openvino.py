"""Encoding with OpenVINO, in single precision or with 8-bit integers, from a model's weights and tokenizer alone."""

import contextlib
import itertools
from collections.abc import Iterator, Sequence
from queue import SimpleQueue
from typing import Any

import numpy as np
from openvino import Core, InferRequest
from tokenizers import Encoding, Tokenizer

from indexing.deadline import look
from indexing.embedders.base import EmbeddingRecipe, Vector, Vectors
from indexing.embedders.bert_graph import build_graph
from indexing.embedders.integers import INTEGER_GROUP
from indexing.embedders.model_files import ModelFiles
from indexing.embedders.processors import multiplies_integers
from indexing.errors import EmbedderUnavailable

_INTEGER_SCHEME = "int8-1"
"""Part of the recipe: another way to make integers of weights needs another name."""
_BATCH_TOKENS = 4_096
"""Padded tokens a run: larger batches are no faster on a CPU and hold memory longer."""


class OpenVinoEmbedder:
    """A BERT-like model, compiled once, that runs on a fixed number of threads. Thread-safe.

    With `is_integer`, `recipe` must be that of `integer_recipe`. Where the processor cannot multiply 8-bit integers,
    activations stay in single precision, which is slower and as near to the vectors of integers as these are to
    those of single precision; OpenVINO 2026.4 gives no vectors at all when it is made to quantise them there.
    """

    def __init__(self, files: ModelFiles, recipe: EmbeddingRecipe, *, threads: int, is_integer: bool = False) -> None:
        self._recipe = recipe
        try:
            self._tokenizer = Tokenizer.from_file(str(files.tokenizer))
            compiled = Core().compile_model(
                build_graph(files, is_integer=is_integer), "CPU", _properties(threads, is_integer=is_integer)
            )
        except EmbedderUnavailable:
            raise
        except Exception as error:
            raise EmbedderUnavailable(f"the model in {files.folder} cannot be loaded: {error}") from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._counter = Tokenizer.from_str(self._tokenizer.to_str())
        self._tokenizer.enable_truncation(recipe.max_tokens)
        self._idle: SimpleQueue[InferRequest] = SimpleQueue()
        for _ in range(threads):
            self._idle.put(compiled.create_infer_request())

    @property
    def recipe(self) -> EmbeddingRecipe:
        """See Embedder."""
        return self._recipe

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """See Embedder."""
        return [len(e.ids) for e in self._counter.encode_batch_fast(list(texts), add_special_tokens=False)]

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """See Embedder; texts are batched by length, so that little is spent on padding.

        Raises Overloaded once the thread's deadline has passed.
        """
        prompt = self._recipe.document_prompt
        encodings = self._tokenizer.encode_batch_fast([prompt + text for text in texts])
        vectors = np.empty((len(texts), self._recipe.dimensions), dtype=np.float32)
        for rows in _batches([len(encoding.ids) for encoding in encodings]):
            look()
            vectors[rows] = self._run([encodings[row] for row in rows])
        return vectors

    def embed_query(self, text: str) -> Vector:
        """See Embedder."""
        vector: Vector = self._run([self._tokenizer.encode(self._recipe.query_prompt + text)])[0]
        return vector

    def _run(self, encodings: Sequence[Encoding]) -> Vectors:
        shape = len(encodings), max(len(encoding.ids) for encoding in encodings)
        ids, mask = np.zeros(shape, dtype=np.int32), np.zeros(shape, dtype=np.int32)
        for row, encoding in enumerate(encodings):
            length = len(encoding.ids)
            ids[row, :length] = encoding.ids
            mask[row, :length] = 1
        with self._request() as request:
            try:
                return np.array(request.infer([ids, mask], share_inputs=True)[0], dtype=np.float32)
            except RuntimeError as error:
                raise EmbedderUnavailable(f"OpenVINO failed: {error}") from error

    @contextlib.contextmanager
    def _request(self) -> Iterator[InferRequest]:
        """A request of our own for the moment: as many run at once as there are threads, others wait."""
        request = self._idle.get()
        try:
            yield request
        finally:
            self._idle.put(request)


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


def _properties(threads: int, *, is_integer: bool) -> dict[str, Any]:
    """Explicit: by default OpenVINO takes the host's processors, pins threads to them and computes in bfloat16."""
    return {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
        "ENABLE_CPU_PINNING": False,
        "INFERENCE_PRECISION_HINT": "f32",
        "DYNAMIC_QUANTIZATION_GROUP_SIZE": INTEGER_GROUP if is_integer and multiplies_integers() else 0,
    }


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
