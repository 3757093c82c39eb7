"""The models that a data directory was used with, so that an index goes on answering with the model it was built by."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct


class ModelChoice(Struct, frozen=True):
    """What settings say of a model."""

    model: str = ""
    """Folder or name; empty is the packaged one."""
    query_prompt: str | None = None
    document_prompt: str | None = None


def remember(folder: Path, recipe: str, choice: ModelChoice) -> None:
    """Keep in `folder` which model gave a recipe's id; where it cannot be written, nothing is remembered."""
    file = folder / f"{recipe}.json"
    with contextlib.suppress(OSError):
        if not file.exists():
            folder.mkdir(parents=True, exist_ok=True)
            file.write_bytes(msgspec.json.encode(choice))


def remembered(folder: Path, recipe: str) -> Iterator[ModelChoice]:
    """The model that gave the recipe's id, if it was remembered."""
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        yield msgspec.json.decode((folder / f"{recipe}.json").read_bytes(), type=ModelChoice)
