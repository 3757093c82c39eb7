"""Times as the tables keep them: whole microseconds since 1970, UTC."""

import time
from datetime import UTC, datetime


def now() -> int:
    """This moment in microseconds since 1970."""
    return time.time_ns() // 1_000


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970."""
    return round(moment.timestamp() * 1_000_000)


def as_datetime(moment: int | None) -> datetime | None:
    """The reverse of `microseconds`."""
    return None if moment is None else datetime.fromtimestamp(moment / 1_000_000, UTC)
