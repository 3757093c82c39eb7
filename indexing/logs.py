"""How the processes log: one JSON object a line, event names with counts and durations, never texts or keys."""

import contextlib
import logging
import sys
import traceback
from collections.abc import Iterator
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, WrappedLogger

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


class _Wordless(logging.Filter):
    """Takes from lines of servers what callers sent: messages of exceptions, and addresses of WebSockets."""

    def filter(self, record: logging.LogRecord) -> bool:
        """See logging.Filter."""
        if "WebSocket" in str(record.msg):
            return False
        if isinstance(record.exc_info, tuple) and record.exc_info[1] is not None:
            record.msg, record.args = f"{record.getMessage()} {places_of(record.exc_info[1])}", ()
            record.exc_info = record.exc_text = None
        return True


def places_of(error: BaseException) -> list[str]:
    """Where an error was raised and what led to it, innermost last: kinds and lines, never its words.

    Words of exceptions repeat what was worked on, and that may be what a visitor typed.
    """
    return list(_places(error))


def _places(error: BaseException | None) -> Iterator[str]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield type(error).__name__
        for frame in traceback.extract_tb(error.__traceback__):
            yield f"{frame.filename}:{frame.lineno} {frame.name}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _without_words(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """A processor that puts `places_of` in place of a traceback."""
    given = event.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else sys.exc_info()[1] if given else None
    if error is not None:
        event["exception"] = places_of(error)
    return event


def set_up_logs(level: str) -> None:
    """Log to standard error from `level` on; access logs, which hold queries and addresses, never."""
    logging.getLogger("uvicorn.access").disabled = True
    for name in ("uvicorn.error", "uvicorn.asgi", "litestar", "asyncio"):
        logging.getLogger(name).addFilter(_Wordless())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_words,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, _UnfailingStream(sys.stderr))),
        cache_logger_on_first_use=True,
    )
