"""The Celery tasks: each a slice of work that enqueues its successor where more is left."""

from collections.abc import Callable
from typing import Any

import structlog
from celery import Task

from indexing.content.outbox import Lane
from indexing.errors import SearchServiceError
from workers.app import app, sender, work
from workers.duties import Duty, indexing, task_name

log = structlog.get_logger()


class _Heard(Task):  # type: ignore[misc]
    """A task whose message shows that this worker hears the queue. What is expected to fail is one line."""

    throws = (SearchServiceError,)

    def before_start(self, task_id: str, args: Any, kwargs: Any) -> None:
        """See celery.Task."""
        work.pulse.hear()

    def on_failure(self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
        """See celery.Task."""
        if isinstance(exc, SearchServiceError):
            log.warning("task.failed", task=self.name, error=str(exc))


def _task(function: Callable[..., None]) -> Task:
    return app.task(name=task_name(function.__name__), base=_Heard)(function)


@_task
def index(lane: Lane) -> None:
    """Bring what waits in a lane into the index."""
    if work.index(lane).goes_on:
        sender.try_to_send(indexing(lane))


@_task
def reindex(job: str) -> None:
    """Work at a rebuild or a rollback."""
    if work.reindex(job):
        sender.try_to_send(Duty("reindex", (job,)))


@_task
def connect(id: str) -> None:
    """Read a connector's source."""
    if work.connect(id):
        sender.try_to_send(Duty("connect", (id,)))


@_task
def reconcile() -> None:
    """See that index and content store say the same."""
    work.reconcile()


@_task
def prune() -> None:
    """End jobs whose process is gone, and forget old ones."""
    work.prune()


@_task
def checkpoint() -> None:
    """Fold the content store's log into its file."""
    work.checkpoint()


@_task
def care() -> None:
    """Look after listings."""
    work.care()
