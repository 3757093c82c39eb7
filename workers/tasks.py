"""The tasks. Each only says which lane has work; what the work is stands in the outbox."""

from workers.app import app, drain
from workers.enqueue import SYNC_BULK, SYNC_LIVE


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
