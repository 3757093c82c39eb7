"""The order in which what was found is shown, and the counts of facets beside it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from indexing.documents import DocumentType
from indexing.engines.entries import FacetCount
from indexing.engines.retrieval import Legs
from search_api.query.filters import clinic_filters
from search_api.query.interpretation import Interpretation
from search_api.search.question import Question
from search_api.search.rank import Part, Ranking
from search_api.search.requests import Place, SearchRequest, Sort


def ordered(sort: Sort, parts: Sequence[Part], ranking: Ranking, near: Place | None) -> NDArray[np.int64]:
    """Places of all hits: pinned ones, then the best; equals by type and id, so that pages neither repeat nor skip."""
    hits = np.flatnonzero(ranking.hits)
    key = -ranking.scores
    if sort == "price":
        key = np.concatenate([part.candidates.numbers("price_min") for part in parts])
    elif sort == "newest":
        key = -np.concatenate([part.candidates.numbers("published_at") for part in parts])
    elif sort == "distance" and near is not None:
        key = np.concatenate([part.candidates.distances(near.lat, near.lng) for part in parts])
    order: NDArray[np.int64] = hits[np.argsort(np.nan_to_num(key[hits], nan=np.inf), kind="stable")]
    return np.concatenate([ranking.pinned, order[~ranking.by_pin[order]]])


def of_clinics(types: Sequence[DocumentType], parts: Sequence[Part]) -> NDArray[np.bool_]:
    """Which candidates are clinics."""
    return np.repeat([kind == "clinic" for kind in types], [len(part.candidates) for part in parts])


def facet_counts(
    name: str,
    questions: Sequence[Question],
    parts: Sequence[Part],
    request: SearchRequest,
    read: Interpretation,
    legs: Legs,
) -> list[FacetCount]:
    """Counts of a facet's values, each the total of the same search with that value chosen."""
    others = request.filters.without(name)
    within_clinics = clinic_filters(others, read.less_chosen(request.filters.choosing(name)))
    counts: dict[tuple[str, str], int] = {}
    for question, part in zip(questions, parts, strict=True):
        filters = within_clinics if question.index == "clinic" else others
        for facet in part.candidates.facets(name, filters, legs):
            counts[facet.value, facet.label] = counts.get((facet.value, facet.label), 0) + facet.count
    most_first = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [FacetCount(value, label, count) for (value, label), count in most_first]
