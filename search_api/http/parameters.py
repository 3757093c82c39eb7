"""Parameters without effect: callers are told instead of wondering why a filter changes nothing."""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any

from litestar import Litestar, Request
from litestar.openapi.spec import OpenAPIType, Parameter, Reference, Schema

from indexing.text import storable
from indexing.unknown_fields import did_you_mean
from search_api.search.answers import ParameterWarning

_MOST = 20


def ignored_parameters(request: Request[Any, Any, Any]) -> tuple[ParameterWarning, ...]:
    """What the query string of a GET request holds beside the parameters of its path, or more often than they count."""
    if not request.query_params:
        return ()
    return tuple(islice(_ignored(request, _known(request.app, request.scope["path_template"])), _MOST))


def _ignored(request: Request[Any, Any, Any], known: Mapping[str, bool]) -> Iterator[ParameterWarning]:
    for name in dict.fromkeys(request.query_params):
        if name not in known:
            yield ParameterWarning(storable(name)[:100], f"unknown{did_you_mean(name, known)}")
        elif not known[name] and (times := len(request.query_params.getall(name))) > 1:
            yield ParameterWarning(name, f"was sent {times} times; only the last one counts")


@cache
def _known(app: Litestar, path: str) -> Mapping[str, bool]:
    """The query parameters of a path, as its OpenAPI document lists them, with whether they are repeatable."""
    described = (app.openapi_schema.paths or {}).get(path)
    parameters = described.get.parameters if described is not None and described.get is not None else None
    return {
        each.name: _is_list(each.schema)
        for each in parameters or ()
        if isinstance(each, Parameter) and each.param_in == "query"
    }


def _is_list(schema: Schema | Reference | None) -> bool:
    if not isinstance(schema, Schema):
        return False
    return schema.type == OpenAPIType.ARRAY or any(map(_is_list, schema.one_of or ()))
