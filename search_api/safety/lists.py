"""Labelled texts: what people typed, or might have, and what it calls for."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from search_api.safety.language import Language
from search_api.safety.tokens import DATA

Label = Literal["emergency", "crisis", "clinician", "none"]


class Labelled(Struct, frozen=True):
    """A text with what it calls for; `list` names who wrote it, for leaving one writer out."""

    text: str
    kind: Label
    language: Language = "en"
    list: str = ""
    register: str = ""


def read_list(path: Path) -> Iterator[Labelled]:
    """The labelled texts of a file, one JSON object a line; those without a list are of the file's."""
    for line in path.read_bytes().splitlines():
        if line.strip():
            found = msgspec.json.decode(line, type=Labelled)
            yield found if found.list else msgspec.structs.replace(found, list=path.stem)


def training_lists() -> Sequence[Labelled]:
    """Everything that rules and weights may be made from."""
    return [labelled for path in sorted(DATA.glob("train_*.jsonl")) for labelled in read_list(path)]
