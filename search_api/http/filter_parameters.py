"""The query parameters that choose values of declared fields, derived from their declarations."""

from collections.abc import Callable, Iterator, Mapping
from inspect import Parameter, Signature
from typing import Annotated, Any

from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter
from msgspec import Struct

from indexing.schema.types import FLAGS


class Chosen(Struct, frozen=True):
    """What a caller chose, by the names of filters; what was not sent is not in it."""

    flags: Mapping[str, bool] = {}


def _annotations() -> Iterator[tuple[str, Any]]:
    for name, spec in FLAGS.items():
        yield name, Annotated[bool | None, QueryParameter(description=spec.description or None)]


def _reader() -> Callable[..., Chosen]:
    """A function with a parameter for each filter, whose signature the framework reads as that of a handler."""

    def chosen(**sent: Any) -> Chosen:
        return Chosen(flags={name: sent[name] for name in FLAGS if sent[name] is not None})

    annotations = dict(_annotations())
    chosen.__annotations__ = {**annotations, "return": Chosen}
    chosen.__signature__ = Signature(  # type: ignore[attr-defined]
        [
            Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
            for name, annotation in annotations.items()
        ],
        return_annotation=Chosen,
    )
    return chosen


DEPENDENCIES = {"chosen": Provide(_reader(), sync_to_thread=False)}
"""For a handler that filters by declared fields."""
ChosenFilters = NamedDependency[Chosen]
"""How a handler asks for them."""
