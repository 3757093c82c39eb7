"""The read side put together from the parts of a process."""

from indexing.bootstrap import Parts
from indexing.embedders.base import Embedder
from search_api.search.interpret import Interpreter
from search_api.search.notices import Notices
from search_api.search.service import SearchService


def build_search(parts: Parts, embedder: Embedder | None = None) -> SearchService:
    """The search over the parts' engine, with the parts' own embedder unless another is given."""
    return SearchService(
        engine=parts.engine,
        embedder=embedder or parts.embedder,
        taxonomy=parts.taxonomy,
        interpreter=Interpreter(parts.taxonomy, parts.gazetteer),
        notices=Notices(),
    )
