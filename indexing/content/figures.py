"""Counts of queries by day, as they left memory: of enough visitors only."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

from msgspec import Struct
from sqlalchemy import delete, func, select

from indexing.content.database import Database
from indexing.content.tables import query_counts

Order = Literal["popular", "without_results", "without_clicks"]


class QueryFigures(Struct, frozen=True):
    """How often a query was asked, found nothing, and led to a click."""

    query: str
    searches: int
    without_results: int
    clicks: int


class FigureStore:
    """The counts of the content store. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, day: date, figures: Sequence[QueryFigures]) -> None:
        """Add to the counts of a day."""
        with self._database.write() as connection:
            for each in figures:
                added = {"searches": each.searches, "without_results": each.without_results, "clicks": each.clicks}
                statement = self._database.insert(query_counts).values(day=day.isoformat(), query=each.query, **added)
                sums = {name: query_counts.c[name] + count for name, count in added.items()}
                connection.execute(statement.on_conflict_do_update(index_elements=["day", "query"], set_=sums))

    def since(self, day: date, *, order: Order, limit: int) -> list[QueryFigures]:
        """The queries since a day that stand out in one way, most first."""
        counts = query_counts.c
        searches, nothing, clicks = (func.sum(counts[name]) for name in ("searches", "without_results", "clicks"))
        lonely = searches - clicks
        query = select(counts.query, searches, nothing, clicks).where(counts.day >= day.isoformat())
        query = query.group_by(counts.query).limit(limit)
        if order == "without_results":
            query = query.having(nothing > 0).order_by(nothing.desc(), counts.query)
        elif order == "without_clicks":
            query = query.having(lonely > 0).order_by(lonely.desc(), counts.query)
        else:
            query = query.order_by(searches.desc(), counts.query)
        with self._database.read() as connection:
            return [QueryFigures(row[0], int(row[1]), int(row[2]), int(row[3])) for row in connection.execute(query)]

    def prune(self, before: date) -> int:
        """Forget what is older; returns how many rows."""
        with self._database.write() as connection:
            return connection.execute(delete(query_counts).where(query_counts.c.day < before.isoformat())).rowcount
