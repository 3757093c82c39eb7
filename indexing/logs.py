"""How the processes log: one JSON object a line, event names with counts and durations, never texts or keys."""

import contextlib
import logging
import sys
from typing import TextIO, cast

import structlog

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


class _UnfailingStream:
    """A stream whose writing never fails: on a full disk the work must go on, even unseen."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write what can be written."""
        with contextlib.suppress(OSError, ValueError):
            return self._stream.write(text)
        return 0

    def flush(self) -> None:
        """Hand it on as far as that goes."""
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()


def set_up_logs(level: str) -> None:
    """Log to standard error from `level` on; access logs, which hold queries and addresses, never."""
    logging.getLogger("uvicorn.access").disabled = True
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, _UnfailingStream(sys.stderr))),
        cache_logger_on_first_use=True,
    )
