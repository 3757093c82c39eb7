"""Parameters that no handler reads: callers are told instead of wondering why a filter has no effect."""

from functools import cache
from typing import Any

from litestar import Litestar, Request
from litestar.openapi.spec import Parameter

from indexing.text import storable
from indexing.unknown_fields import did_you_mean
from search_api.search.answers import ParameterWarning

_MOST = 20


def unknown_parameters(request: Request[Any, Any, Any]) -> tuple[ParameterWarning, ...]:
    """What the query string of a GET request holds beside the parameters of its path."""
    if not request.query_params:
        return ()
    known = _known(request.app, request.scope["path_template"])
    names = [name for name in dict.fromkeys(request.query_params) if name not in known]
    return tuple(
        ParameterWarning(storable(name)[:100], f"unknown{did_you_mean(name, known)}") for name in names[:_MOST]
    )


@cache
def _known(app: Litestar, path: str) -> frozenset[str]:
    """The query parameters of a path, as its OpenAPI document lists them."""
    described = (app.openapi_schema.paths or {}).get(path)
    parameters = described.get.parameters if described is not None and described.get is not None else None
    return frozenset(each.name for each in parameters or () if isinstance(each, Parameter) and each.param_in == "query")
