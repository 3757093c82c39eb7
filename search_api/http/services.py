"""What the handlers work with, made once for the process."""

from typing import Protocol

from litestar.di import NamedDependency

from indexing.bootstrap import Parts
from indexing.content.outbox import Lane
from search_api.analytics.figures import Figures
from search_api.curation.curation import Curation
from search_api.http.admission import Admission, Shared
from search_api.pages.reading import Reader
from search_api.recommend.service import RecommendationService
from search_api.safety.help_pages import HelpPages
from search_api.search.service import SearchService
from search_api.search.suggest import Suggester

_BATCH_DEADLINES = 5
"""A batch runs beside searches, two at a time but one of a client, and may take as long as this many of them."""


class Doorbell(Protocol):
    """Tells the workers that there is something in the outbox. Never raises, never waits."""

    def ring(self, lane: Lane) -> None:
        """There is work in `lane`."""
        ...

    def trouble(self) -> str | None:
        """Why the last ring did not reach the queue; None when it did."""
        ...


class SilentDoorbell:
    """For a service without workers: the clock of whatever worker comes finds the work."""

    def ring(self, lane: Lane) -> None:
        """Nobody is there to hear it."""

    def trouble(self) -> str | None:
        """See Doorbell."""
        return "no broker is configured: set REDIS_URL"


class Services:
    """The parts of the process and the services over them."""

    def __init__(
        self,
        parts: Parts,
        *,
        search: SearchService,
        suggester: Suggester,
        recommendations: RecommendationService,
        curation: Curation,
        figures: Figures,
        doorbell: Doorbell,
        help_pages: HelpPages,
    ) -> None:
        settings = parts.settings
        deadline = settings.deadline_ms / 1_000
        self.parts = parts
        self.reader = Reader(parts.article_pages)
        self.search = search
        self.suggester = suggester
        self.recommendations = recommendations
        self.curation = curation
        self.figures = figures
        self.doorbell = doorbell
        self.help_pages = help_pages
        self.reading = Admission(
            "reading", permits=settings.permits, waiting=settings.permits * 16, deadline_seconds=deadline
        )
        self.recommending = Admission("recommending", permits=2, waiting=32, deadline_seconds=deadline)
        self.batches = Admission(
            "batches", permits=2, waiting=6, deadline_seconds=deadline * _BATCH_DEADLINES, client_permits=1
        )
        self.pages = Admission("pages", permits=2, waiting=32, deadline_seconds=deadline)
        self.writing = Admission("writing", permits=4, waiting=64, deadline_seconds=30.0)
        self.doors = Admission("doors", permits=2, waiting=64, deadline_seconds=deadline)
        self.health = Shared(Admission("health", permits=1, waiting=4, deadline_seconds=10.0))
        self.metrics = Shared(Admission("metrics", permits=1, waiting=4, deadline_seconds=10.0))

    def close(self) -> None:
        """Stop background work and close what was opened."""
        rooms = (self.reading, self.recommending, self.batches, self.pages, self.writing, self.doors)
        for room in (*rooms, self.health, self.metrics):
            room.close()
        self.suggester.close()
        self.recommendations.close()
        self.curation.close()
        self.figures.close()
        self.parts.close()


Injected = NamedDependency[Services]
"""How a handler asks for the services."""
