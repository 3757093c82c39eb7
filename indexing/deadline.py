"""When the work of this thread must end, for loops to look at; without a deadline they go on."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from indexing.errors import Overloaded

LATE = "this could not be answered in time; try again in a moment"
"""What is told to whoever asked."""

_Item = TypeVar("_Item")

_ends: ContextVar[float] = ContextVar("ends", default=float("inf"))


@contextmanager
def ending_at(moment: float) -> Iterator[None]:
    """Work inside is to end at `moment` of `time.monotonic()`."""
    before = _ends.set(moment)
    try:
        yield
    finally:
        _ends.reset(before)


def look() -> None:
    """Raise Overloaded once the moment has passed: nobody waits for the answer any more."""
    if time.monotonic() > _ends.get():
        raise Overloaded(LATE)


def in_time(items: Iterable[_Item]) -> Iterator[_Item]:
    """The same items; looks before each."""
    for item in items:
        look()
        yield item
