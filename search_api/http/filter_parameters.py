"""The query parameters that choose values of declared fields, derived from their declarations."""

from collections.abc import Callable, Iterator, Mapping
from inspect import Parameter, Signature
from typing import Annotated, Any

from litestar.constants import RESERVED_KWARGS
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter
from msgspec import Struct

from indexing.schema.types import FLAGS, LABELS


class Chosen(Struct, frozen=True):
    """What a caller chose, by the names of filters; what was not sent is not in it."""

    labels: Mapping[str, tuple[str, ...]] = {}
    flags: Mapping[str, bool] = {}


_Value = Annotated[str, QueryParameter(max_length=200)]
_REPEATABLE = "Repeatable; values of one name are OR-ed, names are AND-ed."


def _annotations() -> Iterator[tuple[str, Any]]:
    for name, spec in LABELS.items():
        if spec.description:
            yield name, Annotated[list[str] | None, QueryParameter(name=name, description=spec.description)]
        else:
            described = QueryParameter(name=name, description=_REPEATABLE, max_items=50)
            yield name, Annotated[list[_Value] | None, described]
    for name, spec in FLAGS.items():
        yield name, Annotated[bool | None, QueryParameter(name=name, description=spec.description or None)]


def _reader() -> Callable[..., Chosen]:
    """A function with a parameter for each filter, whose signature the framework reads as that of a handler."""

    def chosen(**sent: Any) -> Chosen:
        given = {name: sent[_argument(name)] for name in (*LABELS, *FLAGS)}
        return Chosen(
            labels={name: tuple(given[name]) for name in LABELS if given[name]},
            flags={name: given[name] for name in FLAGS if given[name] is not None},
        )

    annotations = {_argument(name): annotation for name, annotation in _annotations()}
    chosen.__annotations__ = {**annotations, "return": Chosen}
    chosen.__signature__ = Signature(  # type: ignore[attr-defined]
        [
            Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
            for name, annotation in annotations.items()
        ],
        return_annotation=Chosen,
    )
    return chosen


def _argument(name: str) -> str:
    """The name of a parameter in the function: the framework keeps some for itself, `state` among them."""
    return f"{name}_filter" if name in RESERVED_KWARGS else name


DEPENDENCIES = {"chosen": Provide(_reader(), sync_to_thread=False)}
"""For a handler that filters by declared fields."""
ChosenFilters = NamedDependency[Chosen]
"""How a handler asks for them."""
