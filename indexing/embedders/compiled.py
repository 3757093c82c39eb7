"""A model's graph, compiled by OpenVINO for the processor."""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from queue import SimpleQueue
from typing import Any

import numpy as np
from openvino import Core, InferRequest
from tokenizers import Encoding

from indexing.embedders.base import Vectors
from indexing.embedders.bert_graph import build_graph
from indexing.embedders.integers import INTEGER_GROUP
from indexing.embedders.model_files import ModelFiles
from indexing.embedders.processors import multiplies_integers
from indexing.embedders.weights import Weights
from indexing.errors import EmbedderUnavailable


class CompiledGraph:
    """Runs on a fixed number of threads; compiled when it is first needed. Thread-safe.

    Where the processor cannot multiply 8-bit integers, activations stay in single precision, which is slower and as
    near to the vectors of integers as these are to those of single precision; OpenVINO 2026.4 gives no vectors at all
    when it is made to quantise them there.
    """

    def __init__(self, files: ModelFiles, *, threads: int, is_integer: bool) -> None:
        self._files = files
        self._threads = threads
        self._is_integer = is_integer
        self._loading = threading.Lock()
        self._idle: SimpleQueue[InferRequest] | None = None
        self._weights: Weights | None = None
        self._runs = 0

    def load(self) -> "SimpleQueue[InferRequest]":
        """Compile, unless that was done; the requests that wait for work. Raises EmbedderUnavailable."""
        with self._loading:
            if self._idle is None:
                self._idle = self._compiled()
            return self._idle

    def run(self, encodings: Sequence[Encoding]) -> Vectors:
        """One row for each text, padded to the longest. Raises EmbedderUnavailable."""
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
            finally:
                self._tidy()

    @contextlib.contextmanager
    def _request(self) -> Iterator[InferRequest]:
        """A request of our own for the moment: as many run at once as there are threads, others wait."""
        idle = self._idle or self.load()
        request = idle.get()
        try:
            yield request
        finally:
            idle.put(request)

    def _tidy(self) -> None:
        """After the 1st, 2nd, 4th, 8th … run: OpenVINO copies the weights for each kind of shape when it first comes,
        and the file that they were read from would stay in memory."""
        self._runs += 1
        if self._weights is not None and self._runs.bit_count() == 1:
            self._weights.release()

    def _compiled(self) -> "SimpleQueue[InferRequest]":
        idle: SimpleQueue[InferRequest] = SimpleQueue()
        try:
            self._weights = weights = self._files.weights
            graph = build_graph(self._files, weights, is_integer=self._is_integer)
            compiled = Core().compile_model(graph, "CPU", self._properties())
            for _ in range(self._threads):
                idle.put(compiled.create_infer_request())
        except EmbedderUnavailable:
            raise
        except Exception as error:
            raise EmbedderUnavailable(f"the model in {self._files.folder} cannot be loaded: {error}") from error
        return idle

    def _properties(self) -> dict[str, Any]:
        """Explicit: by default OpenVINO takes the host's processors, pins threads to them and computes in bfloat16."""
        return {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": self._threads,
            "NUM_STREAMS": 1,
            "ENABLE_CPU_PINNING": False,
            "INFERENCE_PRECISION_HINT": "f32",
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": INTEGER_GROUP if self._is_integer and multiplies_integers() else 0,
        }
