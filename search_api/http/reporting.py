"""How many reports one caller may make: few, counted in memory under a secret of this process."""

import hmac
import secrets
import time
from typing import Any

from litestar import Request
from litestar.exceptions import TooManyRequestsException

from indexing.settings import Settings
from search_api.http.visitors import address_of

_PER_HOUR = 10
_HOUR_SECONDS = 3_600.0
_MOST_CALLERS = 10_000


class ReportLimit:
    """Counts of reports by caller; whoever reads this memory learns no address."""

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)
        self._made: dict[str, list[float]] = {}

    def admit(self, request: Request[Any, Any, Any], settings: Settings) -> None:
        """Count a report. Raises TooManyRequestsException."""
        caller = hmac.new(self._secret, address_of(request, settings).encode(), "sha256").hexdigest()
        moment = time.monotonic()
        made = [at for at in self._made.get(caller, []) if moment - at < _HOUR_SECONDS]
        if len(made) >= _PER_HOUR:
            wait = int(_HOUR_SECONDS - (moment - made[0])) + 1
            raise TooManyRequestsException(
                "you made many reports; thank you, and try again later", headers={"RateLimit-Reset": str(wait)}
            )
        if len(self._made) >= _MOST_CALLERS:
            self._made.clear()
        self._made[caller] = [*made, moment]
