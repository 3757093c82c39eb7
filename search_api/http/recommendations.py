"""Recommendations over HTTP."""

import hashlib
from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get
from litestar.params import PathParameter, QueryParameter

from indexing.documents import ID_PATTERN
from search_api.http.auth import requires
from search_api.http.services import Injected
from search_api.recommend.related import RelatedArticles


class RecommendationController(Controller):
    """Articles for readers of articles."""

    path = "/v1/articles"
    tags = ["Recommendations"]
    guards = [requires("search")]

    @get("/{id:str}/related", operation_id="relatedArticles", summary="Articles related to an article")
    async def related(
        self,
        services: Injected,
        request: Request[Any, Any, Any],
        id: Annotated[str, PathParameter(pattern=ID_PATTERN)],
        limit: Annotated[int, QueryParameter(ge=1, le=50)] = 5,
        exclude: Annotated[list[str] | None, QueryParameter(max_items=200, description="Ids not to recommend.")] = None,
    ) -> Response[RelatedArticles | None]:
        """Never the article itself, a draft, or the same story again; each with its reasons."""
        answer = await services.reading.run(lambda: services.related.related(id, limit=limit, exclude=exclude or ()))
        return _cacheable(request, answer)


def _cacheable(request: Request[Any, Any, Any], answer: RelatedArticles) -> Response[RelatedArticles | None]:
    """The answer with a tag of its content; without a body when the caller has it already."""
    tag = f'"{hashlib.sha256(msgspec.json.encode(answer)).hexdigest()[:32]}"'
    headers = {"Cache-Control": "public, max-age=60", "ETag": tag}
    if tag in request.headers.get("if-none-match", ""):
        return Response(None, status_code=304, headers=headers)
    return Response(answer, headers=headers)
