"""The tasks. Each only says which lane has work; what the work is stands in the outbox."""

from workers.app import app, connectors, drain
from workers.enqueue import CONNECT, SYNC_BULK, SYNC_LIVE


@app.task(name=SYNC_LIVE)
def sync_live() -> int:
    """Index edits; returns how many documents."""
    drain.pulse.hear()
    return drain.drain("live")


@app.task(name=SYNC_BULK)
def sync_bulk() -> int:
    """Index bulk loads; returns how many documents."""
    drain.pulse.hear()
    return drain.drain("bulk")


@app.task(name=CONNECT)
def connect(id: str) -> None:
    """Read a connector's source for a slice of time; what is left is a task of its own."""
    drain.pulse.hear()
    connectors.run_slice(id)
