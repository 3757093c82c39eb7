"""What was measured of the cosines of embedding recipes."""

from sqlalchemy import select

from indexing.content.clock import now
from indexing.content.database import Database
from indexing.content.tables import cosines
from indexing.cosines import Cosines


class CosineStore:
    """The lines of recipes, as workers measured them last. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, recipe: str, lines: Cosines) -> None:
        """Keep the lines of a recipe in place of earlier ones."""
        values = {"match": lines.match, "sure": lines.sure, "measured_at": now()}
        statement = self._database.insert(cosines).values(recipe=recipe, **values)
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["recipe"], set_=values))

    def get(self, recipe: str) -> Cosines | None:
        """The lines of a recipe; None of one that was not measured."""
        with self._database.read() as connection:
            row = connection.execute(select(cosines).where(cosines.c.recipe == recipe)).first()
        return Cosines(row.match, row.sure) if row else None
