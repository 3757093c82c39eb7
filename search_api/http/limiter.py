"""How much one client may ask for: counts of cost by minute, in this process only, forgotten with the minute."""

import time
from collections.abc import Callable

from litestar.exceptions import TooManyRequestsException

_WINDOW_SECONDS = 60.0
_MOST_CLIENTS = 200_000
"""Further clients of a minute share one count: memory stays bounded whoever calls. About 30 MB."""
_ALL_OTHERS = ""


class Limiter:
    """Allows each client a sum of costs a minute. For one event loop."""

    def __init__(self, most: int, *, clock: Callable[[], float] = time.time) -> None:
        self._most = most
        self._clock = clock
        self._window = 0
        self._spent: dict[str, int] = {}

    def charge(self, client: str, cost: int = 1) -> None:
        """Count `cost`, unless it could never be allowed. Raises TooManyRequestsException where it is too much."""
        if cost > self._most:
            raise self._refusal(cost)
        spent = self._turned().get(self._place(client), 0) + cost
        self._spent[self._place(client)] = min(spent, self._most + 1)
        if spent > self._most:
            raise self._refusal(cost)

    def check(self, client: str) -> None:
        """Raise TooManyRequestsException where nothing is left."""
        if self._turned().get(self._place(client), 0) >= self._most:
            raise self._refusal(1)

    def _turned(self) -> dict[str, int]:
        window = int(self._clock() // _WINDOW_SECONDS)
        if window != self._window:
            self._window, self._spent = window, {}
        return self._spent

    def _place(self, client: str) -> str:
        return client if client in self._spent or len(self._spent) < _MOST_CLIENTS else _ALL_OTHERS

    def _refusal(self, cost: int) -> TooManyRequestsException:
        wait = max(int((self._window + 1) * _WINDOW_SECONDS - self._clock()) + 1, 1)
        detail = "too many requests from you; try again in a minute, or use an API key"
        if cost > self._most:
            detail = f"this counts as {cost} requests, {self._most} a minute are allowed; send less at once"
        return TooManyRequestsException(detail, headers={"Retry-After": str(wait)})
