"""Bringing counts from memory to the content store, and forgetting old ones."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from indexing.content.figures import FigureStore, Order, QueryFigures
from search_api.analytics.counting import Counter

_FLUSH_SECONDS = 20.0

log = structlog.get_logger()


class Figures:
    """What is looked for. Thread-safe; answers never wait for the content store."""

    def __init__(self, store: FigureStore, *, visitors: int, days: int, is_known_word: Callable[[str], bool]) -> None:
        self.counter = Counter(visitors, is_known_word=is_known_word)
        self.visitors = visitors
        self._store = store
        self._days = days
        self._stopped = threading.Event()

    def recent(self, days: int, *, order: Order, limit: int) -> list[QueryFigures]:
        """The queries of the last days, today included."""
        return self._store.since(datetime.now(UTC).date() - timedelta(days=days - 1), order=order, limit=limit)

    def flush(self) -> None:
        """Write what may be written, and forget what is too old."""
        due = self.counter.due()
        for day in {counts.day for counts in due}:
            own = [counts for counts in due if counts.day == day]
            self._store.add(day, [QueryFigures(c.query, c.searches, c.without_results, c.clicks) for c in own])
        self._store.prune(datetime.now(UTC).date() - timedelta(days=self._days))

    def follow(self) -> None:
        """Flush in the background from now on."""
        if self.visitors:
            threading.Thread(target=self._follow, name="figures", daemon=True).start()

    def close(self) -> None:
        """Stop."""
        self._stopped.set()

    def _follow(self) -> None:
        while not self._stopped.wait(_FLUSH_SECONDS):
            try:
                self.flush()
            except Exception as error:  # counts are no reason to fail for
                log.warning("figures.flush_failed", error=type(error).__name__)
