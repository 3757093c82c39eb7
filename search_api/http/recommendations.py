"""Recommendations over HTTP."""

import hashlib
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get, post
from litestar.params import PathParameter, QueryParameter
from msgspec import Struct

from indexing.errors import FieldError, InvalidQuery, NotFound
from indexing.fields import ID_IN_WORDS, ID_PATTERN
from search_api.http.auth import access, door_of
from search_api.http.callers import caller_of
from search_api.http.conditions import held_by
from search_api.http.descriptions import RecommendBatchOperation, RecommendOperation
from search_api.http.documents import FieldProblem, decoded
from search_api.http.services import Injected, Services
from search_api.http.shedding import in_room
from search_api.recommend.answers import Recommendation, Recommendations, RelatedArticles
from search_api.recommend.requests import DEFAULT_LIMIT, MAX_BATCH, RecommendationRequest, cost_of, parse_request
from search_api.safety.language import Language, preferred
from search_api.safety.notices import Notice

MAX_BATCH_BYTES = 8_000_000
_MOST_BODY_BYTES = 400_000
"""Room for the longest text and all ids, with every character escaped."""


class BatchProblem(Struct, frozen=True):
    """Why one request of a batch was not answered."""

    status: int
    detail: str
    errors: list[FieldProblem] = []


class BatchResult(Struct, frozen=True, kw_only=True):
    """The answer to one request of a batch; `error` is null where it was answered."""

    recommendations: tuple[Recommendation, ...] = ()
    notices: tuple[Notice, ...] = ()
    unknown: tuple[str, ...] = ()
    unknown_clinic: str | None = None
    unknown_labels: tuple[str, ...] = ()
    degraded: tuple[str, ...] = ()
    error: BatchProblem | None = None


class BatchAnswer(Struct, frozen=True):
    """Answers in the order of the requests."""

    results: list[BatchResult]


class RecommendationController(Controller):
    """Articles for readers."""

    path = "/v1"
    tags = ["Recommendations"]
    opt = access("search")

    @get(
        "/articles/{id:str}/related",
        opt=in_room(lambda services: services.recommending),
        operation_id="relatedArticles",
        summary="Articles related to an article",
    )
    async def related(
        self,
        services: Injected,
        request: Request[Any, Any, Any],
        id: Annotated[str, PathParameter(pattern=ID_PATTERN, description=ID_IN_WORDS)],
        limit: Annotated[int, QueryParameter(ge=1, le=50)] = DEFAULT_LIMIT,
        exclude: Annotated[list[str] | None, QueryParameter(max_items=200, description="Ids not to recommend.")] = None,
    ) -> Response[RelatedArticles | None]:
        """Never the article itself, a draft, or the same story again; each with its reasons."""
        skipped, held = tuple(exclude or ()), held_by(request)

        def answer() -> Response[RelatedArticles | None]:
            headers = _cache_headers(services, (id, limit, skipped))
            if held.names(headers["ETag"]):
                return Response(None, status_code=304, headers=headers)
            found = services.recommendations.related(id, limit=limit, exclude=skipped)
            return Response(None if held.is_any else found, status_code=304 if held.is_any else 200, headers=headers)

        return await services.recommending.run(answer, by=caller_of(request))

    @post(
        "/recommendations",
        status_code=200,
        opt=in_room(lambda services: services.recommending),
        operation_id="recommend",
        summary="Articles for any context",
        operation_class=RecommendOperation,
        request_max_body_size=_MOST_BODY_BYTES,
    )
    async def recommend(self, services: Injected, request: Request[Any, Any, Any]) -> Recommendations:
        """For articles read, a text, a clinic, conditions and treatments, alone or together; or for a newcomer."""
        body, spoken = await request.body(), _spoken(request)
        asked = parse_request(decoded(body))
        door_of(request).charge(request, cost_of(asked) - 1)
        return await services.recommending.run(
            lambda: services.recommendations.recommend(asked, spoken=spoken), by=caller_of(request)
        )

    @post(
        "/recommendations/batch",
        status_code=200,
        opt=in_room(lambda services: services.batches),
        operation_id="recommendBatch",
        summary="Up to a hundred contexts at once",
        operation_class=RecommendBatchOperation,
        request_max_body_size=MAX_BATCH_BYTES,
    )
    async def recommend_batch(self, services: Injected, request: Request[Any, Any, Any]) -> BatchAnswer:
        """In the order of the requests; an error in one is told in its place and the rest is answered."""
        body, spoken = await request.body(), _spoken(request)
        parsed = [_parsed(raw) for raw in _requests(decoded(body))]
        asked = [request for request in parsed if isinstance(request, RecommendationRequest)]
        door_of(request).charge(request, sum(map(cost_of, asked)) + len(parsed) - len(asked) - 1)
        return await services.batches.run(lambda: _batch(services, parsed, spoken), by=caller_of(request))


def _spoken(request: Request[Any, Any, Any]) -> Language:
    return preferred(request.headers.get("accept-language", ""))


def _cache_headers(services: Services, asked: object) -> dict[str, str]:
    """Headers by which caches keep an answer as long as neither index nor request changes."""
    tag = hashlib.sha256(repr((services.recommendations.version(), asked)).encode()).hexdigest()[:32]
    return {"Cache-Control": f"public, max-age={services.parts.settings.related_max_age}", "ETag": f'"{tag}"'}


def _requests(raw: Any) -> list[Any]:
    requests = raw.get("requests") if isinstance(raw, dict) else None
    if not isinstance(requests, list):
        raise InvalidQuery([FieldError("requests", "expected a list of requests")])
    if len(requests) > MAX_BATCH:
        raise InvalidQuery([FieldError("requests", f"holds {len(requests)} requests; send at most {MAX_BATCH}")])
    return requests


def _batch(services: Services, parsed: Sequence[RecommendationRequest | BatchProblem], spoken: Language) -> BatchAnswer:
    valid = [request for request in parsed if isinstance(request, RecommendationRequest)]
    answers = iter(services.recommendations.recommend_all(valid, spoken=spoken) if valid else ())
    return BatchAnswer(
        [BatchResult(error=each) if isinstance(each, BatchProblem) else _result(next(answers)) for each in parsed]
    )


def _parsed(raw: Any) -> RecommendationRequest | BatchProblem:
    try:
        return parse_request(raw)
    except InvalidQuery as error:
        return BatchProblem(400, str(error), [FieldProblem(field, message) for field, message in error.errors])


def _result(answer: Recommendations | NotFound) -> BatchResult:
    if isinstance(answer, NotFound):
        return BatchResult(error=BatchProblem(404, str(answer)))
    return BatchResult(**msgspec.structs.asdict(answer))
