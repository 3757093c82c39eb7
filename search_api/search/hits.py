"""Candidates as the hits of an answer."""

from collections.abc import Mapping, Sequence
from typing import Any, assert_never

import msgspec
import numpy as np
from msgspec import UNSET, UnsetType
from numpy.typing import NDArray

from indexing.cards import ArticleCard, ClinicCard
from indexing.documents import DocumentType
from indexing.engines.entries import Content, IndexedPassage
from indexing.queries import Near
from search_api.search.answers import ArticleHit, ClinicHit, Hit, Relaxed, SectionLink
from search_api.search.explain import explain
from search_api.search.helped import Lead
from search_api.search.listings import badges_of, checked_of
from search_api.search.present import Highlighter, linked
from search_api.search.question import Question
from search_api.search.rank import Part, Ranking
from search_api.search.relax import Group
from search_api.search.requests import Place
from search_api.search.sections import best_passage

_ARTICLE_CARD = msgspec.json.Decoder(ArticleCard)
_CLINIC_CARD = msgspec.json.Decoder(ClinicCard)


def present(
    page: NDArray[np.int64],
    questions: Sequence[Question],
    parts: Sequence[Part],
    ranking: Ranking,
    near: Place | None,
    *,
    is_explained: bool,
    lead: Lead,
    synonyms: Mapping[tuple[str, ...], Sequence[tuple[str, ...]]],
) -> list[Hit]:
    """The hits at the places of a page, in its order."""
    starts = np.cumsum([0, *(len(part.candidates) for part in parts)])
    highlighters = [Highlighter(q.retrieval.keywords, {**synonyms, **q.retrieval.synonyms}) for q in questions]
    miles = [
        part.candidates.distances(near.lat, near.lng) if near is not None and question.index == "clinic" else None
        for question, part in zip(questions, parts, strict=True)
    ]
    hits: list[Hit] = []
    for position in page.tolist():
        number = int(np.searchsorted(starts, position, side="right")) - 1
        question, part = questions[number], parts[number]
        local = position - int(starts[number])
        content = part.candidates.content(local)
        passage = best_passage(part.candidates, local, content, part.headings)
        is_help = _is_help(question.index, content.id, lead)
        common = _common(content, passage, highlighters[number], ranking, position)
        common["pinned"] = bool(ranking.by_pin[position]) and not is_help
        if is_explained:
            keywords = question.retrieval.keywords
            common["explanation"] = explain(ranking, position, title=content.title, passage=passage, keywords=keywords)
        away = miles[number]
        hits.append(
            _hit(question.index, content, passage, common, is_help, None if away is None else float(away[local]))
        )
    return hits


def _common(
    content: Content, passage: IndexedPassage, highlighter: Highlighter, ranking: Ranking, position: int
) -> dict[str, Any]:
    """What the hits of all types have."""
    return {
        "id": content.id,
        "title": content.title,
        "title_html": highlighter.html(content.title),
        "snippet_html": highlighter.snippet(passage.text or content.title),
        "score": round(float(ranking.scores[position]), 4),
        "matched": _matched(ranking, position),
    }


def _hit(
    kind: DocumentType,
    content: Content,
    passage: IndexedPassage,
    common: dict[str, Any],
    is_help: bool,
    miles: float | None,
) -> Hit:
    """The hit of a type; the type checker finds a type that has none."""
    match kind:
        case "article":
            return _article_hit(content, passage, common | {"help": is_help})
        case "clinic":
            return _clinic_hit(content, common, miles)
        case _:
            assert_never(kind)


def read_passages(page: NDArray[np.int64], parts: Sequence[Part]) -> None:
    """Have the passages of what a page shows measured, all of a type together."""
    start = 0
    for part in parts:
        end = start + len(part.candidates)
        part.candidates.passage_cosines([int(position - start) for position in page if start <= position < end])
        start = end


def relaxed_answer(group: Group, centre: Near | None) -> Relaxed:
    """A group of clinics that are close, with the distances from `centre`."""
    candidates, plain = group.candidates, Highlighter(None, {})
    miles = None if centre is None else candidates.distances(centre.lat, centre.lng)
    hits = []
    for position in group.positions:
        content = candidates.content(position)
        snippet = content.passages[0].text if content.passages else content.title
        common: dict[str, Any] = {"id": content.id, "title": content.title, "title_html": plain.html(content.title)}
        common |= {"snippet_html": plain.snippet(snippet), "score": 0.0, "matched": (), "pinned": False}
        hits.append(_clinic_hit(content, common, None if miles is None else float(miles[position])))
    wish = group.wish
    return Relaxed(
        dropped=dict(wish.dropped), instead=dict(wish.instead), label=wish.label, total=group.total, hits=tuple(hits)
    )


def _is_help(index: DocumentType, id: str, lead: Lead) -> bool:
    return index == "article" and id in lead.articles


def _matched(ranking: Ranking, position: int) -> tuple[str, ...]:
    reasons = (("keyword", ranking.by_keyword), ("semantic", ranking.by_vector))
    return tuple(name for name, leg in reasons if leg[position])


def _article_hit(content: Content, passage: IndexedPassage, common: dict[str, Any]) -> ArticleHit:
    card = _ARTICLE_CARD.decode(content.card)
    return ArticleHit(
        **common,
        url=linked(card.url, passage.anchor),
        section=SectionLink(passage.heading, passage.anchor) if passage.heading else None,
        published_at=card.published_at,
        conditions=card.conditions,
        treatments=card.treatments,
        summary=card.summary,
        image=card.image,
        author=card.author,
        updated_at=card.updated_at,
        reviewed_by=card.reviewed_by,
        reviewed_at=card.reviewed_at,
        language=card.language,
    )


def _clinic_hit(content: Content, common: dict[str, Any], miles: float | None) -> ClinicHit:
    card = _CLINIC_CARD.decode(content.card)
    distance: float | UnsetType | None = UNSET
    if miles is not None:
        distance = None if np.isnan(miles) else round(float(miles), 2)
    checked = checked_of(card.verified)
    badges = badges_of(checked, card.rems_certified)
    derived: dict[str, Any] = {"distance_miles": distance, "checked": checked, "badges": badges}
    detail = f"/clinics/{common['id']}"
    return ClinicHit(**common, **msgspec.structs.asdict(card), **derived, detail_url=detail)
