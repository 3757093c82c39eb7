"""Results for somebody in need: help pages first, clinics after the first five."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from search_api.safety.help_pages import HelpPage
from search_api.search.answers import ArticleHit
from search_api.search.present import marked
from search_api.search.requests import SearchRequest
from search_api.search.suggest import Suggestion

WITHOUT_CLINICS = 5
"""Places that no clinic takes before help."""
_CLINIC_LABELS = frozenset({"insurance", "payment", "state", "city"})
_MOST_HELP_SUGGESTIONS = 3


class Lead(Struct, frozen=True):
    """What comes before the results of a search; nothing for most searches."""

    pages: tuple[HelpPage, ...] = ()
    is_needed: bool = False
    """Whether clinics have to wait, too."""

    @property
    def built_in(self) -> tuple[HelpPage, ...]:
        """Pages of ours, which no index holds."""
        return tuple(page for page in self.pages if page.is_built_in)

    @property
    def articles(self) -> tuple[str, ...]:
        """Ids of the site's own help articles."""
        return tuple(page.id for page in self.pages if not page.is_built_in)


NO_LEAD = Lead()


def asks_for_clinics(request: SearchRequest) -> bool:
    """Whether a visitor chose clinics by tab or by a filter that only clinics have."""
    filters = request.filters
    return (
        "article" not in request.types
        or request.near is not None
        or not _CLINIC_LABELS.isdisjoint(filters.labels)
        or bool(filters.flags)
        or filters.price_min is not None
        or filters.price_max is not None
    )


def clinics_later(order: NDArray[np.int64], is_clinic: NDArray[np.bool_], taken: int) -> NDArray[np.int64]:
    """Places of hits with no clinic among the first five, `taken` of which are pages of ours.

    Where there is too little else, there are no clinics: in need nobody shall be shown prices instead of help.
    """
    wanted = max(WITHOUT_CLINICS - taken, 0)
    others = order[~is_clinic[order]]
    if len(others) < wanted:
        return others
    first = others[:wanted]
    return np.concatenate([first, order[~np.isin(order, first)]])


def built_in_hit(page: HelpPage) -> ArticleHit:
    """A page of ours in the shape of a hit."""
    return ArticleHit(
        id=page.id,
        url=page.url,
        title=page.title,
        title_html=marked(page.title, ()),
        snippet_html=marked(page.summary, ()),
        section=None,
        score=1.0,
        matched=(),
        pinned=False,
        published_at=None,
        conditions=(),
        treatments=(),
        summary=page.summary,
        image=None,
        help=True,
    )


def with_help(found: Sequence[Suggestion], pages: Sequence[HelpPage], limit: int) -> list[Suggestion]:
    """Completions for somebody in need: help first, then articles and topics; no clinics, no places."""
    help_first = [Suggestion("article", page.title, marked(page.title, ()), page.url) for page in pages]
    urls = {page.url for page in pages}
    rest = [each for each in found if each.kind not in {"clinic", "place"} and each.url not in urls]
    return [*help_first[:_MOST_HELP_SUGGESTIONS], *rest][:limit]
