"""What is heard in the words of a search before anything is looked for: who needs help, and what leads then."""

from collections.abc import Callable, Sequence

import structlog
from msgspec import Struct

from indexing.embedders.base import Vector
from indexing.errors import EmbedderUnavailable
from indexing.queries import Filters
from search_api.curation.curation import InForce
from search_api.safety.assessment import NOTHING, Assessment, Safety
from search_api.safety.help_pages import HelpPages, built_in_help
from search_api.safety.language import DEFAULT, Language
from search_api.safety.notices import Notice, notices_for, with_own
from search_api.search.helped import NO_LEAD, Lead, asks_for_clinics, with_help
from search_api.search.question import spoken
from search_api.search.requests import SearchRequest
from search_api.search.suggest import Suggestion

log = structlog.get_logger()

Embedded = Callable[[str, str], Vector]
"""The vector of a text under a recipe. Raises EmbedderUnavailable."""


class Heard(Struct, frozen=True):
    """What the words call for."""

    assessment: Assessment
    away: tuple[str, ...]
    """What was unavailable for telling."""
    lead: Lead
    notices: tuple[Notice, ...]

    @property
    def leads_to_help(self) -> bool:
        """Whether help comes before what was searched for, in hits or in a notice."""
        return bool(self.lead.pages) or any(notice.leads_to_help for notice in self.notices)


class Listener:
    """Hears by rules and, where its model is at hand, by the classifier. Thread-safe."""

    def __init__(self, safety: Safety, help_pages: HelpPages) -> None:
        self._safety = safety
        self._help_pages = help_pages

    def hear(self, request: SearchRequest, recipes: Sequence[str], embedded: Embedded, curated: InForce) -> Heard:
        """A request, where the live indexes have these `recipes`."""
        assessment, away = self._assessed(request.text, recipes, embedded)
        notices = with_own(notices_for(assessment, request.spoken, curated), request.text, curated)
        return Heard(assessment, away, self._lead(assessment, request, curated), tuple(notices))

    def notices_for(self, text: str, spoken: Language, curated: InForce) -> list[Notice]:
        """By rules alone: for when nothing else can be answered."""
        return with_own(notices_for(self._safety.assess_typing(text), spoken, curated), text, curated)

    def help_first(
        self, found: Sequence[Suggestion], text: str, curated: InForce, *, limit: int, spoken: Language = DEFAULT
    ) -> list[Suggestion]:
        """Completions of `text`, led by help where its words call for it, also while the last one is unfinished."""
        assessment = self._safety.assess_typing(text)
        if not assessment.leads_to_help or assessment.kind is None:
            return list(found)
        pages = self._help_pages.leading(assessment.kind, assessment.language or spoken, curated)
        return with_help(found, pages, limit)

    def _assessed(self, text: str, recipes: Sequence[str], embedded: Embedded) -> tuple[Assessment, tuple[str, ...]]:
        if not text:
            return NOTHING, ()
        recipe = next((known for known in recipes if self._safety.knows(known)), None)
        if recipe is None:
            return self._safety.assess(text), ("classifier",)
        try:
            return self._safety.assess(text, recipe=recipe, vector=embedded(recipe, spoken(text))), ()
        except EmbedderUnavailable as error:
            log.warning("search.degraded", part="embedder", error=str(error))
            return self._safety.assess(text), ("embedder",)

    def _lead(self, assessment: Assessment, request: SearchRequest, curated: InForce) -> Lead:
        """What comes before the results: help, unless only clinics were asked for."""
        if not assessment.leads_to_help or assessment.kind is None or "article" not in request.types:
            return NO_LEAD
        language = assessment.language or request.spoken
        hidden = curated.for_search(request.text, "article").hidden
        pages = self._help_pages.leading(assessment.kind, language, curated, without=hidden)
        if request.filters != Filters():  # these may leave the site's own articles out
            pages = built_in_help(assessment.kind, language)
        return Lead(tuple(pages), is_needed=not asks_for_clinics(request))
