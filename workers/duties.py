"""What can be asked of a worker: a task and its arguments, in the queue of its lane."""

from msgspec import Struct

from indexing.content.outbox import Lane

LANES: tuple[Lane, ...] = ("live", "bulk")
QUEUES: tuple[str, ...] = LANES
"""One a lane; whatever is no edit goes behind bulk loads."""


class Duty(Struct, frozen=True):
    """A task to be done by any worker."""

    task: str
    arguments: tuple[str, ...] = ()
    queue: Lane = "bulk"

    @property
    def task_name(self) -> str:
        """What Celery knows the task as."""
        return task_name(self.task)


def task_name(task: str) -> str:
    """What Celery knows a task as."""
    return f"indexing.{task}"


def indexing(lane: Lane) -> Duty:
    """The indexing of a lane."""
    return Duty("index", (lane,), lane)
