"""Recommendations in the shape of the HTTP contract."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from search_api.safety.notices import Notice

ReasonKind = Literal[
    "similar_text", "same_condition", "same_treatment", "popular", "pinned", "overview", "help", "shared_subject"
]


class Reason(Struct, frozen=True):
    """Why an article is recommended, in words for the reader."""

    kind: ReasonKind
    label: str


class Recommendation(Struct, frozen=True):
    """An article that is recommended; `score` is how well it fits by itself, 0-1."""

    id: str
    url: str
    title: str
    summary: str
    score: float
    reasons: tuple[Reason, ...]
    image: str | None
    published_at: datetime | None


class RelatedArticles(Struct, frozen=True):
    """The answer for one article."""

    article: str
    related: tuple[Recommendation, ...]


class Recommendations(Struct, frozen=True):
    """The answer for any context, in the order to be shown."""

    recommendations: tuple[Recommendation, ...]
    notices: tuple[Notice, ...] = ()
    """What must be said before anything else, because of words in `text`."""
    unknown: tuple[str, ...] = ()
    """Ids of articles that are not published; the rest was answered."""
    unknown_clinic: str | None = None
    """The id of the clinic where it is not published."""
    unknown_labels: tuple[str, ...] = ()
    """Conditions and treatments that neither the taxonomy nor any article knows."""
    degraded: tuple[str, ...] = ()
    """What was unavailable: `embedder` means that texts were compared by their words only."""
