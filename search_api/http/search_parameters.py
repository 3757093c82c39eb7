"""The query parameters of a search, read as one: values of a wrong type or size are told all at once."""

from collections.abc import Callable
from datetime import date
from inspect import Parameter, Signature
from typing import Annotated, Any, get_type_hints

from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter
from msgspec import Struct
from msgspec.structs import fields

from indexing.documents import DOCUMENT_TYPES, DocumentType
from search_api.http.filter_parameters import chosen_among, filter_annotations
from search_api.search.requests import (
    MAX_PAGE,
    MAX_PER_PAGE,
    MAX_QUERY_CHARACTERS,
    Mode,
    SearchQuery,
    Sort,
    parse_facets,
)

Query = Annotated[
    str, QueryParameter(name="q", max_length=MAX_QUERY_CHARACTERS, description="What is looked for; empty browses.")
]
_Dollars = Annotated[float | None, QueryParameter(ge=0, description="Dollars a session.")]


class _Sent(Struct, frozen=True, kw_only=True):
    """The parameters beside the filters, as they are sent."""

    q: Query = ""
    type: Annotated[list[DocumentType] | None, QueryParameter(name="type", description="Both by default.")] = None
    mode: Annotated[Mode, QueryParameter()] = "hybrid"
    page: Annotated[int, QueryParameter(ge=1, le=MAX_PAGE)] = 1
    per_page: Annotated[int, QueryParameter(ge=1, le=MAX_PER_PAGE)] = 10
    price_min: _Dollars = None
    price_max: _Dollars = None
    near: Annotated[
        str | None, QueryParameter(max_length=200, description="`lat,lng`, a US ZIP code, or `city, state`.")
    ] = None
    radius_miles: Annotated[
        float | None,
        QueryParameter(gt=0, le=12_500, description="Around `near`, or a place in the words; 50 by default."),
    ] = None
    published_after: Annotated[date | None, QueryParameter()] = None
    published_before: Annotated[date | None, QueryParameter()] = None
    verified: Annotated[
        bool | None, QueryParameter(description="`true`: only listings of which something was checked in 90 days.")
    ] = None
    sort: Annotated[
        Sort | None,
        QueryParameter(description="What is sent wins over what the words ask for; `relevance` by default."),
    ] = None
    facets: Annotated[
        list[str] | None,
        QueryParameter(max_items=50, description="Comma-separated names of filters to count; repeatable."),
    ] = None
    interpret: Annotated[bool, QueryParameter(description="`false` takes `q` literally.")] = True
    correct: Annotated[bool, QueryParameter(description="`false` searches for words as they are spelt.")] = True
    ignore: Annotated[
        list[str] | None,
        QueryParameter(
            max_items=20,
            description="Parts of `query.interpreted` to leave out: `near`, `price_max`, `condition:ptsd`, …",
        ),
    ] = None
    explain: Annotated[
        bool, QueryParameter(description="Tells of each hit why it stands there; needs the scope `editor`.")
    ] = False


_NAMES = tuple(field.name for field in fields(_Sent))
_AS_SENT = frozenset(_NAMES) & frozenset(field.name for field in fields(SearchQuery)) - {"facets", "near", "verified"}
"""What a SearchQuery takes as it is sent."""


def _query(sent: dict[str, Any]) -> SearchQuery:
    chosen, own = chosen_among(sent), _Sent(**{name: sent[name] for name in _NAMES})
    return SearchQuery(
        text=own.q,
        types=tuple(dict.fromkeys(own.type)) if own.type else DOCUMENT_TYPES,
        labels=chosen.labels,
        flags=chosen.flags,
        verified=bool(own.verified),
        near=own.near or "",
        facets=parse_facets(own.facets or ()),
        ignored=tuple(own.ignore or ()),
        **{name: sent[name] for name in _AS_SENT},
    )


def _reader() -> Callable[..., SearchQuery]:
    """A function with an argument for each parameter, whose signature the framework reads as that of a handler."""

    def query(**sent: Any) -> SearchQuery:
        return _query(sent)

    annotations = {**dict(filter_annotations()), **get_type_hints(_Sent, include_extras=True)}
    defaults = {field.name: field.default for field in fields(_Sent)}
    query.__annotations__ = {**annotations, "return": SearchQuery}
    query.__signature__ = Signature(  # type: ignore[attr-defined]
        [
            Parameter(name, Parameter.KEYWORD_ONLY, default=defaults.get(name), annotation=annotation)
            for name, annotation in annotations.items()
        ],
        return_annotation=SearchQuery,
    )
    return query


SENT_QUERY = {"sent": Provide(_reader(), sync_to_thread=False)}
"""For a handler that searches; the framework keeps the name `query` for itself."""
SentQuery = NamedDependency[SearchQuery]
"""How a handler asks for it."""
