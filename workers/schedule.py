"""What is due, decided in one place: by what the content store says, and by the clock."""

import time
from collections.abc import Iterator, Mapping

from indexing.bootstrap import Parts
from workers.duties import LANES, Duty, indexing

UPKEEP: Mapping[str, float] = {"checkpoint": 5.0, "prune": 10.0, "reconcile": 30.0, "care": 300.0}
"""How many seconds lie between two beginnings of each."""
_AT_START = ("reconcile", "prune", "care")
_PATIENCE_SECONDS = 30.0
"""After this long a connector that is still due is taken for one whose message was lost."""


class Schedule:
    """One worker process's view of what is due."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._asked_at: dict[Duty, float] = {}

    def first(self) -> list[Duty]:
        """What a worker does when it starts, whoever did it last: a restart is what people try."""
        return [Duty(task) for task in _AT_START if self._parts.upkeep.begin(task, every=0.0)]

    def due(self) -> Iterator[Duty]:
        """What is to be begun now. Work that somebody is at already may be among it, and ends at once."""
        yield from (indexing(lane) for lane in LANES if self._parts.outbox.is_due([lane]))
        if job := self._parts.jobs.waiting_rebuild():
            yield Duty("reindex", (job,))
        yield from self._connectors()
        yield from (Duty(task) for task, every in UPKEEP.items() if self._parts.upkeep.begin(task, every=every))

    def _connectors(self) -> Iterator[Duty]:
        """Those that are due and were not asked for lately; who runs one is decided by its lease."""
        moment = time.monotonic()
        for duty in (Duty("connect", (id,)) for id in self._parts.connectors.due()):
            if moment - self._asked_at.get(duty, float("-inf")) > _PATIENCE_SECONDS:
                self._asked_at[duty] = moment
                yield duty

    def forget(self, duty: Duty) -> None:
        """It was done here: what is left of it need not wait for a message that may be on its way."""
        self._asked_at.pop(duty, None)
