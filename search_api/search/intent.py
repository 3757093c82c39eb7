"""Which type is sought, and whether clinics that fit were found."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from indexing.documents import DocumentType
from search_api.query.filters import seeks_clinics
from search_api.query.interpretation import Interpretation
from search_api.search.rank import Part, Ranking
from search_api.search.requests import SearchRequest

_NAMED = 0.5
"""Of a question, the share that a clinic's names hold when it is that clinic that is sought."""


def hits_by_type(parts: Mapping[DocumentType, Part], ranking: Ranking) -> dict[DocumentType, NDArray[np.bool_]]:
    """Which candidates of each type are hits; `ranking` is of all parts in their order."""
    ends = np.cumsum([len(part.candidates) for part in parts.values()])
    return dict(zip(parts, np.split(ranking.hits, ends[:-1]), strict=True))


def intent_of(
    request: SearchRequest, understood: Interpretation, parts: Mapping[DocumentType, Part], ranking: Ranking
) -> DocumentType:
    """Clinics where the words or the filters say so, or where the best hit is one that is called so."""
    if understood.is_of_clinics or seeks_clinics(request.filters):
        return "clinic"
    if "clinic" not in parts or not understood.typed or not ranking.hits.any():
        return "article"
    best, start = int(np.argmax(np.where(ranking.hits, ranking.scores, -1.0))), 0
    for kind, part in parts.items():
        if start <= best < start + len(part.candidates):
            is_named = part.candidates.title_coverage[best - start] >= _NAMED or not ranking.hits[:start].any()
            return "clinic" if kind == "clinic" and (understood.names_clinics or is_named) else "article"
        start += len(part.candidates)
    return "article"


def likelier(intent: DocumentType, hits: Mapping[DocumentType, NDArray[np.bool_]], *, has_close: bool) -> DocumentType:
    """The type that is sought, unless only the other one has something to show; `has_close` says clinics nearly fit."""
    if has_close or (intent in hits and hits[intent].any()):
        return intent
    return next((kind for kind, marks in hits.items() if marks.any()), intent)


def fits_a_clinic(
    request: SearchRequest,
    understood: Interpretation,
    found: Mapping[DocumentType, Part],
    hits: Mapping[DocumentType, NDArray[np.bool_]],
) -> bool:
    """Whether clinics are sought and some fit, or one is called as the question says.

    Where only a place or a price is known of what is sought (`plumber near me`), some clinic must hold the rest.
    """
    if "clinic" not in hits or not hits["clinic"].any():
        return False
    candidates, shown = found["clinic"].candidates, hits["clinic"]
    is_said = understood.rest and not understood.names_offer and not understood.names_wishes
    if (understood.is_of_clinics and not is_said) or seeks_clinics(request.filters):
        return True
    holds = candidates.by_words & shown
    return bool(holds.any() if understood.is_of_clinics else (candidates.title_coverage[holds] >= _NAMED).any())
