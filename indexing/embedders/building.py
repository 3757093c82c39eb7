"""Embedders by what the settings name, and by the recipes of what was indexed before.

Adapters are imported where they are chosen: their libraries take seconds.
"""

import contextlib
from collections.abc import Callable

import structlog

from indexing.embedders.base import Embedder, EmbeddingRecipe
from indexing.embedders.earlier import ModelChoice, remember, remembered
from indexing.errors import EmbedderUnavailable
from indexing.settings import Settings

log = structlog.get_logger()


def build_embedder(settings: Settings, *, is_kept: Callable[[str], bool]) -> Embedder:
    """The embedder that the settings name; `is_kept` tells whether the store holds vectors of a recipe's id.

    Raises EmbedderUnavailable.
    """
    if settings.embedder == "hashing":
        from indexing.embedders.hashing import HashingEmbedder

        return HashingEmbedder()
    choice = ModelChoice(settings.model, settings.query_prompt, settings.document_prompt)
    if settings.embedder == "sentence-transformers":
        from indexing.embedders.sentence_transformer import SentenceTransformerEmbedder

        return SentenceTransformerEmbedder(
            choice.model, query_prompt=choice.query_prompt, document_prompt=choice.document_prompt
        )
    if settings.embedder == "onnx":
        log.warning("setting.renamed", setting="SEARCH_EMBEDDER=onnx", now="SEARCH_EMBEDDER=openvino")
    return _build_openvino(settings, choice, is_kept)


def _build_openvino(settings: Settings, choice: ModelChoice, is_kept: Callable[[str], bool]) -> Embedder:
    from indexing.embedders.model_files import read_model
    from indexing.embedders.precision import build_in_precision

    files = read_model(choice.model)
    embedder = build_in_precision(
        files,
        files.recipe(choice.model, query_prompt=choice.query_prompt, document_prompt=choice.document_prompt),
        precision=settings.precision,
        threads=settings.encoder_threads,
        is_kept=is_kept,
    )
    remember(settings.models_dir, embedder.recipe.id, choice)
    return embedder


def find_embedder(settings: Settings, recipe: str) -> Embedder | None:
    """The embedder of a recipe that is not the configured one; None where no model at hand has it.

    Looked for among the configured model and the packaged one, in each precision, and what was configured before.
    """
    from indexing.embedders.model_files import read_model
    from indexing.embedders.openvino import OpenVinoEmbedder, integer_recipe

    configured = ModelChoice(settings.model, settings.query_prompt, settings.document_prompt)
    for choice in (configured, ModelChoice(), *remembered(settings.models_dir, recipe)):
        with contextlib.suppress(EmbedderUnavailable):
            files = read_model(choice.model)
            plain = files.recipe(choice.model, query_prompt=choice.query_prompt, document_prompt=choice.document_prompt)
            for found, is_integer in ((plain, False), (integer_recipe(plain), True)):
                if found.id == recipe:
                    return OpenVinoEmbedder(files, found, threads=settings.encoder_threads, is_integer=is_integer)
    return None


def recipes_alike(recipe: EmbeddingRecipe) -> tuple[EmbeddingRecipe, EmbeddingRecipe]:
    """A recipe in single precision, and the same model's with integers: their vectors nearly agree."""
    from indexing.embedders.openvino import integer_recipe

    return recipe, integer_recipe(recipe)
