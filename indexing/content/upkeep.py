"""When each piece of upkeep began, so that of any number of workers one does it when it is due."""

from sqlalchemy import update

from indexing.content.clock import now
from indexing.content.database import Database
from indexing.content.tables import upkeep


class UpkeepStore:
    """Who begins what. Thread-safe; any number of workers on any number of hosts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, task: str, *, every: float) -> bool:
        """Whether `task` is the caller's now: the last time it began is `every` seconds ago, or it never did."""
        moment = now()
        first = (
            self._database.insert(upkeep)
            .values(task=task, begun_at=moment)
            .on_conflict_do_nothing()
            .returning(upkeep.c.task)
        )
        due = update(upkeep).where(upkeep.c.task == task, upkeep.c.begun_at <= moment - int(every * 1e6))
        with self._database.write() as connection:
            if connection.execute(first).first() is not None:
                return True
            return connection.execute(due.values(begun_at=moment)).rowcount > 0
