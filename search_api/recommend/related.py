"""Articles related to one that is being read.

Neighbours by the article's own vector, with shared conditions and treatments weighted by how rare they
are, and maximal marginal relevance (Carbonell and Goldstein, 1998) so that the list is not one article
five times.
"""

import math
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal

import msgspec
import numpy as np
from msgspec import Struct

from indexing.cards import ArticleCard
from indexing.embedders.base import Vector
from indexing.engines.base import Candidates, Retrieval, SearchEngine
from indexing.errors import NotFound
from indexing.queries import words_of
from indexing.taxonomy import Taxonomy

_POOL = 60
"""Neighbours that are looked at: several times what is ever shown."""
_SHARED_WEIGHT = 0.06
_POPULARITY_WEIGHT = 0.02
_DIVERSITY = 0.25
_SAME_COSINE = 0.97
"""Two articles nearer than this tell the same story."""
_SIMILAR_COSINE = 0.55
_LEAST_COSINE = 0.25

ReasonKind = Literal["similar_text", "same_condition", "same_treatment", "popular", "pinned"]


class Reason(Struct, frozen=True):
    """Why an article is recommended, in words for the reader."""

    kind: ReasonKind
    label: str


class Recommendation(Struct, frozen=True):
    """An article that is recommended."""

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


class _Neighbour(Struct, frozen=True):
    id: str
    title: str
    card: ArticleCard
    vector: Vector
    cosine: float
    shared_conditions: tuple[str, ...]
    shared_treatments: tuple[str, ...]
    score: float


class RelatedService:
    """Finds related articles in the engine's live generation. Thread-safe."""

    def __init__(self, *, engine: SearchEngine, taxonomy: Taxonomy) -> None:
        self._engine = engine
        self._taxonomy = taxonomy

    def related(self, id: str, *, limit: int, exclude: Collection[str] = ()) -> RelatedArticles:
        """Up to `limit` articles for readers of `id`, best first, never itself. Raises NotFound."""
        vector = self._engine.document_vector("article", id)
        content = self._engine.content("article", id)
        if vector is None or content is None:
            raise NotFound(f"there is no published article {id!r}")
        source = msgspec.json.decode(content.card, type=ArticleCard)
        candidates = self._engine.retrieve("article", Retrieval(vector=vector))
        neighbours = self._neighbours(candidates, source, skipped={id, *exclude})
        chosen = _diverse([n for n in neighbours if not _same_story(n, vector, content.title)], limit)
        return RelatedArticles(id, tuple(self._recommendation(neighbour) for neighbour in chosen))

    def _neighbours(self, candidates: Candidates, source: ArticleCard, *, skipped: Collection[str]) -> list[_Neighbour]:
        rarity = self._rarity(candidates)
        nearest = np.argsort(-candidates.document_cosine, kind="stable")[: _POOL + len(skipped)]
        found = []
        for position in nearest:
            content = candidates.content(int(position))
            vector = self._engine.document_vector("article", content.id)
            cosine = float(candidates.document_cosine[position])
            if content.id in skipped or vector is None or cosine < _LEAST_COSINE:
                continue
            card = msgspec.json.decode(content.card, type=ArticleCard)
            conditions = tuple(slug for slug in card.conditions if slug in source.conditions)
            treatments = tuple(slug for slug in card.treatments if slug in source.treatments)
            shared = sum(rarity.get(slug, 0.0) for slug in (*conditions, *treatments))
            score = cosine + _SHARED_WEIGHT * shared + _POPULARITY_WEIGHT * math.log1p(card.popularity) / 10
            found.append(_Neighbour(content.id, content.title, card, vector, cosine, conditions, treatments, score))
        return sorted(found, key=lambda neighbour: (-neighbour.score, neighbour.id))

    def _rarity(self, candidates: Candidates) -> dict[str, float]:
        """Inverse document frequency of each condition and treatment, 0-1."""
        everything = np.ones(len(candidates), dtype=np.bool_)
        counts: Counter[str] = Counter()
        for attribute in ("condition", "treatment"):
            counts.update({facet.value: facet.count for facet in candidates.facets(attribute, everything)})
        total = math.log(1 + max(len(candidates), 1))
        return {slug: max(1 - math.log(1 + count) / total, 0.0) for slug, count in counts.items()}

    def _recommendation(self, neighbour: _Neighbour) -> Recommendation:
        reasons = [
            Reason("same_condition", f"Both cover {self._taxonomy.label('condition', slug)}")
            for slug in neighbour.shared_conditions[:2]
        ]
        reasons += [
            Reason("same_treatment", f"Also about {self._taxonomy.label('treatment', slug)}")
            for slug in neighbour.shared_treatments[:2]
        ]
        if neighbour.cosine >= _SIMILAR_COSINE or not reasons:
            reasons.append(Reason("similar_text", "Similar in content"))
        card = neighbour.card
        return Recommendation(
            id=neighbour.id,
            url=card.url,
            title=neighbour.title,
            summary=card.summary,
            score=round(min(max(neighbour.score, 0.0), 1.0), 4),
            reasons=tuple(reasons),
            image=card.image,
            published_at=card.published_at,
        )


def _same_story(neighbour: _Neighbour, vector: Vector, title: str) -> bool:
    return float(neighbour.vector @ vector) >= _SAME_COSINE or words_of(neighbour.title) == words_of(title)


def _diverse(ranked: Sequence[_Neighbour], limit: int) -> list[_Neighbour]:
    """Maximal marginal relevance, and no two that tell the same story."""
    chosen: list[_Neighbour] = []
    left = list(ranked)
    while left and len(chosen) < limit:
        best = max(left, key=lambda n: (n.score - _DIVERSITY * _likeness(n, chosen), n.score))
        left.remove(best)
        if not any(_same_story(best, other.vector, other.title) for other in chosen):
            chosen.append(best)
    return sorted(chosen, key=lambda neighbour: (-neighbour.score, neighbour.id))


def _likeness(neighbour: _Neighbour, chosen: Sequence[_Neighbour]) -> float:
    return max((float(neighbour.vector @ other.vector) for other in chosen), default=0.0)
