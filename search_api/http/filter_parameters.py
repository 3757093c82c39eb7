"""The query parameters that choose values of declared fields, derived from their declarations."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from litestar.constants import RESERVED_KWARGS
from litestar.params import QueryParameter
from msgspec import Struct

from indexing.schema.types import FLAGS, LABELS


class Chosen(Struct, frozen=True):
    """What a caller chose, by the names of filters; what was not sent is not in it."""

    labels: Mapping[str, tuple[str, ...]] = {}
    flags: Mapping[str, bool] = {}


_Value = Annotated[str, QueryParameter(max_length=200)]
_REPEATABLE = "Repeatable; values of one name are OR-ed, names are AND-ed."


def filter_annotations() -> Iterator[tuple[str, Any]]:
    """The argument of a function for each filter, with its type; the default of all is None."""
    for name, spec in LABELS.items():
        if spec.description:
            yield _argument(name), Annotated[list[str] | None, QueryParameter(name=name, description=spec.description)]
        else:
            described = QueryParameter(name=name, description=_REPEATABLE, max_items=50)
            yield _argument(name), Annotated[list[_Value] | None, described]
    for name, spec in FLAGS.items():
        described = QueryParameter(name=name, description=spec.description or None)
        yield _argument(name), Annotated[bool | None, described]


def chosen_among(sent: Mapping[str, Any]) -> Chosen:
    """What was chosen, of a function's arguments; others are left aside."""
    given = {name: sent[_argument(name)] for name in (*LABELS, *FLAGS)}
    return Chosen(
        labels={name: tuple(given[name]) for name in LABELS if given[name]},
        flags={name: given[name] for name in FLAGS if given[name] is not None},
    )


def _argument(name: str) -> str:
    """The name of a parameter in the function: the framework keeps some for itself, `state` among them."""
    return f"{name}_filter" if name in RESERVED_KWARGS else name
