"""What a caller can ask recommendations for."""

from collections.abc import Iterator
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from indexing.errors import FieldError, InvalidQuery
from indexing.fields import ID_IN_WORDS, ID_PATTERN, convert_strictly
from indexing.vocabularies import EXCLUDED, excludes

MAX_TEXT_CHARACTERS = 20_000
MAX_BATCH = 100
_COST_CHARACTERS = 2_000
DEFAULT_LIMIT = 5
DEFAULT_DIVERSITY = 0.1
"""Chosen on the sample's judged lists: nDCG@5 0.753 as with 0, and every article is recommended somewhere;
0.2 costs 0.005, 0.5 costs 0.09."""

ArticleId = Annotated[str, Meta(pattern=ID_PATTERN, description=ID_IN_WORDS)]
Label = Annotated[str, Meta(min_length=1, max_length=200)]


class RecommendationRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Any of the contexts, alone or together; without any: what a newcomer reads first."""

    articles: Annotated[
        tuple[ArticleId, ...],
        Meta(max_length=100, description="Articles read, in the order of reading: the last one counts most."),
    ] = ()
    text: Annotated[
        str,
        Meta(max_length=MAX_TEXT_CHARACTERS, description="A page or a conversation; neither stored nor logged."),
    ] = ""
    clinic: Annotated[ArticleId, Meta(description="A clinic: what to read before going there.")] | None = None
    conditions: Annotated[tuple[Label, ...], Meta(max_length=50, description="Slugs, labels or names.")] = ()
    treatments: Annotated[tuple[Label, ...], Meta(max_length=50, description="Slugs, labels or names.")] = ()
    limit: Annotated[int, Meta(ge=1, le=50)] = DEFAULT_LIMIT
    exclude: Annotated[tuple[ArticleId, ...], Meta(max_length=1_000, description="Ids not to recommend.")] = ()
    diversity: Annotated[
        float, Meta(ge=0, le=1, description="0: the nearest, however alike; 1: as different as possible.")
    ] = DEFAULT_DIVERSITY


def parse_request(raw: object) -> RecommendationRequest:
    """Check `raw` (decoded JSON) against the contract. Raises InvalidQuery with every field at fault."""
    try:
        request = msgspec.convert(raw, RecommendationRequest)
    except msgspec.ValidationError:  # names one field at fault; the caller is told all of them
        values, errors = convert_strictly(RecommendationRequest, raw)
        if errors:
            raise InvalidQuery(errors) from None
        request = RecommendationRequest(**values)
    if errors := list(_excluded(request)):
        raise InvalidQuery(errors)
    return request


def _excluded(request: RecommendationRequest) -> Iterator[FieldError]:
    for name in ("conditions", "treatments"):
        values: tuple[str, ...] = getattr(request, name)
        yield from (FieldError(f"{name}[{n}]", EXCLUDED) for n, value in enumerate(values) if excludes(value))


def cost_of(request: RecommendationRequest) -> int:
    """What a request costs, in requests without a text: encoding `_COST_CHARACTERS` takes about as long as one."""
    return 1 + len(request.text) // _COST_CHARACTERS
