"""Progress of a job as a person at a terminal sees it."""

import sys
import time
from collections.abc import Callable

from indexing.content.jobs import Job

_POLL_SECONDS = 0.3
_ENDED = frozenset({"succeeded", "failed", "cancelled"})


def progress_line(
    label: str, done: int, total: int, *, per_second: float | None = None, seconds_left: float | None = None
) -> str:
    """A bar with counts, and with rate and remaining time where they are known."""
    bar = "#" * (30 * done // max(total, 1))
    line = f"{label} [{bar:30}] {done}/{total}"
    if per_second:
        line += f"  {per_second:g}/s"
    if seconds_left is not None:
        line += f"  {seconds_left:.0f} s left"
    return line


def show(line: str, *, is_last: bool = False) -> None:
    """Write over the line before on a terminal, below it elsewhere."""
    if sys.stdout.isatty():
        print(f"\r\033[K{line}", end="\n" if is_last else "", flush=True)
    else:
        print(line, flush=True)


def follow(job_of: Callable[[], Job]) -> Job:
    """Show a job's progress each time it changes, until it has ended; returns its last state."""
    shown = ""
    while True:
        job = job_of()
        label = f"{job.kind} {job.type}: {job.state}"
        line = progress_line(
            label, job.done, job.total, per_second=job.documents_per_second, seconds_left=job.eta_seconds
        )
        line += f"  ({job.message})" if job.message else ""
        has_ended = job.state in _ENDED
        if line != shown or has_ended:
            show(line, is_last=has_ended)
            shown = line
        if has_ended:
            return job
        time.sleep(_POLL_SECONDS)
