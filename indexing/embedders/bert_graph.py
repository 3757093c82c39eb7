"""A BERT encoder (Devlin et al., 2019) with pooling and normalisation, built from its weights by OpenVINO's operators.

Input: two matrices (texts, tokens) of int32, token ids and a mask that is 1 where a token is. Output: one row of
Euclidean length 1 for each text. Nothing is exported or converted, so that neither torch nor ONNX is needed.
"""

import numpy as np
import openvino.opset13 as op
from openvino import Model, Node, PartialShape, Type

from indexing.embedders.integers import Matrix, as_integers, balance
from indexing.embedders.model_files import ModelFiles
from indexing.embedders.weights import Weights

_MASKED = -10_000.0
"""Added to the attention score of padding: its share becomes 0 in single precision."""
_FIRST_NORM = "embeddings.LayerNorm"
_FIRST_AXIS, _TOKEN_AXIS, _LAST_AXIS = 0, 1, -1


def build_graph(files: ModelFiles, weights: Weights, *, is_integer: bool) -> Model:
    """The graph of a model; with `is_integer` the weights of every dense layer are 8-bit integers."""
    return _Builder(files, weights, is_integer=is_integer).model()


class _Builder:
    """One graph in the making. Constants are views of the weights' file, which the graph keeps mapped."""

    def __init__(self, files: ModelFiles, weights: Weights, *, is_integer: bool) -> None:
        self._files = files
        self._config = files.config
        self._weights = weights
        self._is_integer = is_integer

    def model(self) -> Model:
        ids = op.parameter(PartialShape([-1, -1]), Type.i32, "input_ids")
        mask = op.parameter(PartialShape([-1, -1]), Type.i32, "attention_mask")
        kept = op.convert(mask, Type.f32)
        padding = op.subtract(op.constant(np.float32(1)), kept)
        bias = op.unsqueeze(op.multiply(padding, op.constant(np.float32(_MASKED))), _axes(1, 2))
        states, norm = self._embedded(ids), _FIRST_NORM
        for number in range(self._config.num_hidden_layers):
            states, norm = self._layer(states, bias, f"encoder.layer.{number}", norm)
        pooled = self._pooled(states, kept)
        return Model([op.normalize_l2(pooled, _axes(_LAST_AXIS), 1e-12, "max")], [ids, mask], "bert")

    def _embedded(self, ids: Node) -> Node:
        """Word, position and first token type, added and normalised."""
        name = "embeddings"
        words = op.gather(self._shared(f"{name}.word_embeddings.weight"), ids, op.constant(np.int64(_FIRST_AXIS)))
        places = self._weights[f"{name}.position_embeddings.weight"]
        types = self._weights[f"{name}.token_type_embeddings.weight"]
        tokens = op.gather(op.shape_of(ids), _axes(_TOKEN_AXIS), op.constant(np.int64(_FIRST_AXIS)))
        first = op.slice(op.constant(places + types[0]), _axes(0), tokens, _axes(1), _axes(_FIRST_AXIS))
        return self._normalised(op.add(words, first), _FIRST_NORM)

    def _layer(self, states: Node, bias: Node, name: str, norm: str) -> tuple[Node, str]:
        """The states after a layer, and the normalisation that they come from, as `norm` is that of its input."""
        mixed = self._attention(states, bias, f"{name}.attention.self", norm)
        attended = self._dense(mixed, f"{name}.attention.output.dense")
        inner_norm, outer_norm = f"{name}.attention.output.LayerNorm", f"{name}.output.LayerNorm"
        states = self._normalised(op.add(attended, states), inner_norm)
        inner = self._activated(self._dense(states, f"{name}.intermediate.dense", norm=inner_norm))
        return self._normalised(op.add(self._dense(inner, f"{name}.output.dense"), states), outer_norm), outer_norm

    def _attention(self, states: Node, bias: Node, name: str, norm: str) -> Node:
        heads = self._config.num_attention_heads
        split = op.constant(np.array([0, 0, heads, self._config.hidden_size // heads], np.int64))
        joined = op.constant(np.array([0, 0, self._config.hidden_size], np.int64))
        order = op.constant(np.array([0, 2, 1, 3], np.int64))
        # Queries and keys come out near enough without balancing.
        query, key, value = (
            op.transpose(op.reshape(self._dense(states, f"{name}.{part}", norm=balanced), split, True), order)
            for part, balanced in (("query", ""), ("key", ""), ("value", norm))
        )
        mixed = op.scaled_dot_product_attention(query, key, value, bias)
        return op.reshape(op.transpose(mixed, order), joined, True)

    def _activated(self, states: Node) -> Node:
        if self._config.hidden_act == "relu":
            return op.relu(states)
        return op.gelu(states, "erf" if self._config.hidden_act == "gelu" else "tanh")

    def _dense(self, states: Node, name: str, *, norm: str = "") -> Node:
        """A dense layer; `norm` names the normalisation that its input comes from, where it comes from one."""
        bias = self._shared(f"{name}.bias")
        if not self._is_integer:
            return op.add(op.matmul(states, self._shared(f"{name}.weight"), False, True), bias)
        kernel = self._weights[f"{name}.weight"]
        if norm:
            factors = balance(kernel, self._spread(norm))
            states, kernel = op.multiply(states, op.constant(1 / factors)), kernel * factors
        return op.add(op.matmul(states, _integers(kernel), False, True), bias)

    def _spread(self, norm: str) -> Matrix:
        """The root mean square of what a normalisation gives out, if what it scales has mean 0 and variance 1."""
        spread: Matrix = np.hypot(self._weights[f"{norm}.weight"], self._weights[f"{norm}.bias"])
        return spread

    def _normalised(self, states: Node, name: str) -> Node:
        centred = op.mvn(states, _axes(_LAST_AXIS), True, self._config.layer_norm_eps, "inside_sqrt")
        return op.add(op.multiply(centred, self._shared(f"{name}.weight")), self._shared(f"{name}.bias"))

    def _pooled(self, states: Node, kept: Node) -> Node:
        if self._files.pooling == "cls":
            return op.gather(states, op.constant(np.int64(0)), op.constant(np.int64(_TOKEN_AXIS)))
        weights = op.unsqueeze(kept, _axes(2))
        total = op.reduce_sum(op.multiply(states, weights), _axes(_TOKEN_AXIS))
        return op.divide(total, op.reduce_sum(weights, _axes(_TOKEN_AXIS)))

    def _shared(self, name: str) -> Node:
        return op.constant(self._weights[name], shared_memory=True)


def _integers(kernel: Matrix) -> Node:
    """Weights as 8-bit integers, in the form that OpenVINO multiplies as such."""
    values, steps = as_integers(kernel)
    scaled = op.multiply(op.convert(op.constant(values), Type.f32), op.constant(steps))
    return op.reshape(scaled, op.constant(np.array(kernel.shape, np.int64)), False)


def _axes(*numbers: int) -> Node:
    return op.constant(np.array(numbers, np.int64))
