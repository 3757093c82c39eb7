"""In which precision a model runs: 8-bit integers where they are fast and right, else single precision.

The vectors of both are different recipes. What the content store holds decides before the machine does, so that
workers on different processors agree, and nothing that was encoded is encoded again after an upgrade.
"""

from collections.abc import Callable
from typing import Literal

import structlog

from indexing.embedders.base import EmbeddingRecipe
from indexing.embedders.known import KnownVectors, least_cosine, read_known
from indexing.embedders.model_files import ModelFiles
from indexing.embedders.openvino import OpenVinoEmbedder, integer_recipe
from indexing.embedders.processors import multiplies_integers
from indexing.errors import EmbedderUnavailable

log = structlog.get_logger()

Precision = Literal["auto", "fp32", "int8"]
_LEAST_COSINE_SINGLE = 0.9999
"""Half precision of the known vectors themselves costs less than a millionth."""
_LEAST_COSINE_INTEGER = 0.995
"""Measured least over 500 texts: see decision 0041; a wrong kernel is far below."""


def build_in_precision(
    files: ModelFiles,
    recipe: EmbeddingRecipe,
    *,
    precision: Precision,
    threads: int,
    is_kept: Callable[[str], bool],
) -> OpenVinoEmbedder:
    """The embedder of a model in the precision that is asked for, or that suits store and machine with `auto`.

    `recipe` is that of single precision; `is_kept` tells of a recipe's id whether the content store holds vectors of
    it. Raises EmbedderUnavailable where this machine computes other vectors than the known ones.
    """
    known = read_known()
    refusal = _refusal(recipe, precision, known, is_kept)
    if not refusal:
        embedder = OpenVinoEmbedder(files, integer_recipe(recipe), threads=threads, is_integer=True)
        cosine = _checked(embedder, recipe, known)
        if cosine >= _LEAST_COSINE_INTEGER:
            return embedder
        refusal = f"this machine's integers give other vectors than the known ones: cosine {cosine:.4f}"
    log.log(20 if precision != "int8" else 30, "embedder.single_precision", reason=refusal)
    embedder = OpenVinoEmbedder(files, recipe, threads=threads)
    if (cosine := _checked(embedder, recipe, known)) < _LEAST_COSINE_SINGLE:
        raise EmbedderUnavailable(f"this machine computes other vectors than the known ones: cosine {cosine:.4f}")
    return embedder


def _refusal(recipe: EmbeddingRecipe, precision: Precision, known: KnownVectors, is_kept: Callable[[str], bool]) -> str:
    """Why not to use integers; empty where nothing speaks against them."""
    if precision == "fp32":
        return "SEARCH_PRECISION=fp32"
    if recipe.revision != known.revision:
        return "integers were measured for the packaged model only"
    if precision == "int8" or is_kept(integer_recipe(recipe).id):
        return ""
    if is_kept(recipe.id):
        return "the stored vectors are in single precision; SEARCH_PRECISION=int8 encodes them anew"
    return "" if multiplies_integers() else "the processor has no instructions for 8-bit integers"


def _checked(embedder: OpenVinoEmbedder, recipe: EmbeddingRecipe, known: KnownVectors) -> float:
    """The least cosine to the known vectors; 1 where none are known of these weights, or not with this prompt."""
    is_known = recipe.revision == known.revision and not recipe.document_prompt
    return least_cosine(embedder, known) if is_known else 1.0
