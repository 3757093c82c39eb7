"""Starting connectors that are due: a message for any worker, and the work itself where the queue does not take it."""

import threading
import time
from collections.abc import Callable

import structlog

from indexing.bootstrap import Parts
from indexing.content.owners import owner_name
from indexing.errors import SearchServiceError

_SWEEP_SECONDS = 2.0
_PATIENCE_SECONDS = 30.0
"""After this long a connector that is still due is taken for one whose message was lost."""
_CARE_SECONDS = 300.0

log = structlog.get_logger()


class ConnectorSweep:
    """One worker process's part in running connectors; who runs one is decided by its lease in the store."""

    def __init__(self, parts: Parts, *, enqueue: Callable[[str], None]) -> None:
        self._parts = parts
        self._enqueue = enqueue
        self._sent: dict[str, float] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._sweep, name="connectors", daemon=True)

    def start(self) -> None:
        """Look for what is due from now on."""
        self._thread.start()

    def stop(self) -> None:
        """End after the slice that is going on."""
        self._stopped.set()
        self._thread.join(5.0)

    def run_slice(self, id: str) -> None:
        """Run a connector for a while; what is left is another message."""
        if self._parts.runner.run_slice(id, owner_name()) and not self._stopped.is_set():
            self._send(id)

    def start_due(self) -> None:
        """Send a message for every connector that is due and was not asked for lately."""
        moment = time.monotonic()
        for id in self._parts.connectors.due():
            if moment - self._sent.get(id, float("-inf")) > _PATIENCE_SECONDS:
                self._send(id)

    def _send(self, id: str) -> None:
        try:
            self._enqueue(id)
            self._sent[id] = time.monotonic()
        except Exception as error:  # whatever the broker's client raises
            log.warning("connector.not_enqueued", connector=id, error=type(error).__name__)
            self._parts.runner.run_slice(id, owner_name())

    def _sweep(self) -> None:
        cared = float("-inf")
        while not self._stopped.wait(_SWEEP_SECONDS):
            try:
                self.start_due()
                if time.monotonic() - cared > _CARE_SECONDS:
                    self._parts.listing_care.run()
                    cared = time.monotonic()
            except Exception as error:
                expected = isinstance(error, SearchServiceError)
                log.warning("connectors.failed", error=str(error), exc_info=not expected)
