"""Counting searches without keeping visitors.

In memory, for minutes: which query a visitor, known by a keyed hash of the address that a process makes up
and never writes, asked last. A query that stood still for some seconds, or led to a click, is an intent; typing
on, sorting, filtering and turning pages are the same one. Only when at least k different visitors had the same
intent on one day, seen by one process, its counts leave memory: k-anonymity (Sweeney, 2002). Nothing else is
written anywhere, so files, backups and logs never hold what fewer people looked for. What the counts can reveal
at most: that k or more addresses searched for a query on a day; whoever knows of k - 1 of them learns of one
more. Several processes count apart, which hides more, never less.
"""

import hashlib
import re
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

from msgspec import Struct

from indexing.queries import words_of

STILL_SECONDS = 5.0
"""A query that nothing follows for this long was meant."""
_SAME_SECONDS = 1_800.0
"""The same visitor asking the same again within this time has the same intent."""
_MOST_PENDING = 50_000
_MOST_QUERIES = 50_000
_MOST_SEARCH_IDS = 50_000
_MOST_WORDS = 8
_ADDRESS = re.compile(r"\S@\S|https?:|www\.", re.IGNORECASE)


class Counts(Struct):
    """Of one query on one day; `day` and `query` are the row."""

    day: date
    query: str
    searches: int = 0
    without_results: int = 0
    clicks: int = 0


class _Intent(Struct):
    query: str
    at: float
    has_results: bool
    is_followed: bool = False


class _Tally(Struct):
    """What is known of one query on one day; visitors are forgotten as soon as there are enough."""

    visitors: set[bytes]
    counts: Counts
    is_open: bool = False
    written: tuple[int, int, int] = (0, 0, 0)


class Counter:
    """The searches of one process. Thread-safe."""

    def __init__(
        self,
        k: int,
        *,
        is_known_word: Callable[[str], bool] = lambda _: True,
        clock: Callable[[], float] = time.monotonic,
        today: Callable[[], date] = lambda: datetime.now(UTC).date(),
    ) -> None:
        self._k = k
        self._is_known_word = is_known_word
        self._clock = clock
        self._today = today
        self._secret = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._pending: OrderedDict[bytes, _Intent] = OrderedDict()
        self._meant: OrderedDict[bytes, _Intent] = OrderedDict()
        """What each visitor meant last, counted already."""
        self._tallies: dict[tuple[date, str], _Tally] = {}
        self._searches: OrderedDict[str, tuple[bytes, str]] = OrderedDict()

    def searched(self, address: str, text: str, *, total: int) -> str | None:
        """Note a search; the id under which a click on its results may be told. None where it is not counted."""
        query = self.kept(text)
        if not self._k or not query:
            return None
        visitor, moment = self._visitor(address), self._clock()
        with self._lock:
            self._settle(moment)
            meant = self._meant.get(visitor)
            if meant is None or meant.query != query:
                self._pending.pop(visitor, None)
                self._pending[visitor] = _Intent(query, moment, total > 0)
                _shorten(self._pending, _MOST_PENDING)
            id = secrets.token_hex(8)
            self._searches[id] = visitor, query
            _shorten(self._searches, _MOST_SEARCH_IDS)
        return id

    def clicked(self, search_id: str) -> None:
        """Note that a search led somewhere; once for each intent."""
        with self._lock:
            visitor, query = self._searches.pop(search_id, (b"", ""))
            if not query:
                return
            intent = self._pending.get(visitor)
            if intent is not None and intent.query == query:
                del self._pending[visitor]
                self._count(visitor, intent, self._clock())
            meant = self._meant.get(visitor)
            tally = self._tallies.get((self._today(), query))
            if tally is not None and meant is not None and meant.query == query and not meant.is_followed:
                meant.is_followed = True
                tally.counts.clicks += 1

    def due(self) -> list[Counts]:
        """What may be written and was not yet: additions to the rows of enough visitors."""
        with self._lock:
            self._settle(self._clock())
            found = list(self._additions())
            today = self._today()
            self._tallies = {key: tally for key, tally in self._tallies.items() if key[0] == today}
        return found

    def kept(self, text: str) -> str:
        """A query as it is counted; empty where it is not: with addresses, with numbers, with words nobody knows."""
        if _ADDRESS.search(text):
            return ""
        words = words_of(text)
        if not words or len(words) > _MOST_WORDS or any(character.isdigit() for word in words for character in word):
            return ""
        return " ".join(words) if all(self._is_known_word(word) for word in words) else ""

    def _visitor(self, address: str) -> bytes:
        return hashlib.blake2b(f"{self._today()} {address}".encode(), key=self._secret, digest_size=16).digest()

    def _settle(self, moment: float) -> None:
        """Count what has stood still, and forget what was meant long ago; both are in the order of time."""
        while self._pending and moment - next(iter(self._pending.values())).at >= STILL_SECONDS:
            visitor, intent = self._pending.popitem(last=False)
            self._count(visitor, intent, moment)
        while self._meant and moment - next(iter(self._meant.values())).at >= _SAME_SECONDS:
            self._meant.popitem(last=False)

    def _count(self, visitor: bytes, intent: _Intent, moment: float) -> None:
        self._meant.pop(visitor, None)
        self._meant[visitor] = _Intent(intent.query, moment, intent.has_results)
        _shorten(self._meant, _MOST_PENDING)
        key = self._today(), intent.query
        tally = self._tallies.get(key)
        if tally is None:
            if len(self._tallies) >= _MOST_QUERIES:
                return
            tally = self._tallies[key] = _Tally(set(), Counts(*key))
        tally.counts.searches += 1
        tally.counts.without_results += not intent.has_results
        if not tally.is_open:
            tally.visitors.add(visitor)
            if len(tally.visitors) >= self._k:
                tally.is_open = True
                tally.visitors.clear()

    def _additions(self) -> Iterator[Counts]:
        for (day, query), tally in self._tallies.items():
            now = tally.counts.searches, tally.counts.without_results, tally.counts.clicks
            if tally.is_open and now != tally.written:
                fresh = (each - before for each, before in zip(now, tally.written, strict=True))
                tally.written = now
                yield Counts(day, query, *fresh)


def _shorten(entries: OrderedDict, most: int) -> None:  # type: ignore[type-arg]
    while len(entries) > most:
        entries.popitem(last=False)
