"""Recommendations over HTTP."""

from typing import Annotated

from litestar import Controller, Response, get
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
        id: Annotated[str, PathParameter(pattern=ID_PATTERN)],
        limit: Annotated[int, QueryParameter(ge=1, le=50)] = 5,
        exclude: Annotated[list[str] | None, QueryParameter(max_items=200, description="Ids not to recommend.")] = None,
    ) -> Response[RelatedArticles]:
        """Never the article itself, a draft, or the same story again; each with its reasons."""
        answer = await services.reading.run(lambda: services.related.related(id, limit=limit, exclude=exclude or ()))
        return Response(answer, headers={"Cache-Control": "public, max-age=60"})
