"""Recommendations for a text that speaks of a crisis or an emergency: the help pages lead."""

from collections.abc import Collection, Sequence

from search_api.recommend.answers import Reason, Recommendation
from search_api.safety.help_pages import HelpPage
from search_api.safety.language import Language

_LABELS: dict[Language, str] = {"en": "Help in a difficult moment", "es": "Ayuda en un momento difícil"}


def help_first(
    found: Sequence[Recommendation],
    pages: Sequence[HelpPage],
    *,
    excluded: Collection[str],
    language: Language,
    limit: int,
) -> tuple[Recommendation, ...]:
    """Up to `limit` recommendations, the pages that help first, without what the caller excluded."""
    leading = [_of_help(page, language) for page in pages if page.id not in excluded]
    ids = {each.id for each in leading}
    return tuple([*leading, *(each for each in found if each.id not in ids)][:limit])


def _of_help(page: HelpPage, language: Language) -> Recommendation:
    card = page.card
    return Recommendation(
        id=page.id,
        url=page.url,
        title=page.title,
        summary=page.summary,
        score=1.0,
        reasons=(Reason("help", _LABELS[language]),),
        image=card.image if card is not None else None,
        published_at=card.published_at if card is not None else None,
    )
