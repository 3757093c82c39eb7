"""In which precision a model runs: 8-bit integers where they are fast and right, else single precision.

The vectors of both are different recipes. What the content store holds decides before the machine does, so that
workers on different processors agree, and nothing that was encoded is encoded again after an upgrade.
"""

from collections.abc import Callable
from typing import Literal

import numpy as np
import structlog

from indexing.embedders.base import EmbeddingRecipe
from indexing.embedders.known import Expected, KnownVectors, read_known
from indexing.embedders.model_files import ModelFiles
from indexing.embedders.openvino import OpenVinoEmbedder, integer_recipe
from indexing.embedders.processors import multiplies_integers
from indexing.errors import EmbedderUnavailable

log = structlog.get_logger()

Precision = Literal["auto", "mixed", "fp32", "int8"]
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
        try:
            return _in_integers(files, recipe, known, threads)
        except EmbedderUnavailable as error:
            refusal = f"integers: {error}"
    log.log(20 if precision != "int8" else 30, "embedder.single_precision", reason=refusal)
    return _in_single_precision(files, recipe, known, threads, is_pure=precision == "fp32")


def _refusal(recipe: EmbeddingRecipe, precision: Precision, known: KnownVectors, is_kept: Callable[[str], bool]) -> str:
    """Why not to use integers for passages; empty where nothing speaks against them."""
    if precision in {"fp32", "mixed"}:
        return f"SEARCH_PRECISION={precision}"
    if recipe.revision != known.revision:
        return "integers were measured for the packaged model only"
    if precision == "int8" or is_kept(integer_recipe(recipe).id):
        return ""
    if is_kept(recipe.id):
        return "the stored vectors are in single precision; SEARCH_PRECISION=int8 encodes them anew"
    return "" if multiplies_integers() else "the processor has no instructions for 8-bit integers"


def _in_integers(files: ModelFiles, recipe: EmbeddingRecipe, known: KnownVectors, threads: int) -> OpenVinoEmbedder:
    expected = _expected(recipe, known, _LEAST_COSINE_INTEGER)
    embedder = OpenVinoEmbedder(files, integer_recipe(recipe), threads=threads, is_integer=True, expected=expected)
    embedder.check()
    return embedder


def _in_single_precision(
    files: ModelFiles, recipe: EmbeddingRecipe, known: KnownVectors, threads: int, *, is_pure: bool
) -> OpenVinoEmbedder:
    """Passages in single precision; questions as well where `is_pure`, or integers are not fast or not right here."""
    expected = _expected(recipe, known, _LEAST_COSINE_SINGLE)
    if not is_pure and expected is not None and not recipe.query_prompt and multiplies_integers():
        try:
            mixed = OpenVinoEmbedder(files, recipe, threads=threads, integer_questions=True, expected=expected)
            questions = Expected(known, _LEAST_COSINE_INTEGER)
            questions.verify(np.stack([mixed.embed_query(text) for text in questions.texts]))
        except EmbedderUnavailable as error:
            log.info("embedder.questions_in_single_precision", reason=str(error))
        else:
            return mixed
    embedder = OpenVinoEmbedder(files, recipe, threads=threads, expected=expected)
    embedder.check()
    return embedder


def _expected(recipe: EmbeddingRecipe, known: KnownVectors, least: float) -> Expected | None:
    """What passages must come out as; None where nothing is known of these weights, or not with this prompt."""
    is_known = recipe.revision == known.revision and not recipe.document_prompt
    return Expected(known, least) if is_known else None
