"""How many reports one caller may make: few, counted in memory only."""

import time

from litestar.exceptions import TooManyRequestsException

_PER_HOUR = 10
_HOUR_SECONDS = 3_600.0
_MOST_CLIENTS = 10_000


class ReportLimit:
    """Counts of reports by client; the names of clients tell nothing of them. For one event loop."""

    def __init__(self) -> None:
        self._made: dict[str, list[float]] = {}

    def admit(self, client: str) -> None:
        """Count a report. Raises TooManyRequestsException."""
        moment = time.monotonic()
        made = [at for at in self._made.get(client, []) if moment - at < _HOUR_SECONDS]
        if len(made) >= _PER_HOUR:
            wait = int(_HOUR_SECONDS - (moment - made[0])) + 1
            raise TooManyRequestsException(
                "you made many reports; thank you, and try again later", headers={"Retry-After": str(wait)}
            )
        if len(self._made) >= _MOST_CLIENTS:
            self._made.clear()
        self._made[client] = [*made, moment]
