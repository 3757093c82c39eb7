"""Pinned and hidden documents: for searches by pattern, for readers of articles, for newcomers."""

import threading
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import structlog
from msgspec import Meta, Struct

from indexing.content.curation import CurationStore, Decision
from indexing.documents import DocumentType, Id
from indexing.errors import FieldError, InvalidInput, NotFound
from indexing.fields import convert_strictly, in_utc
from indexing.queries import words_of

KIND = "pin"
EVERY = "*"
_REFRESH_SECONDS = 1.0

Ids = Annotated[tuple[Id, ...], Meta(max_length=50)]
Reader = Annotated[str, Meta(pattern=r"^(\*|[A-Za-z0-9_-]{1,128})(?!\n)$")]


log = structlog.get_logger()


class Pin(Struct, frozen=True, kw_only=True):
    """Documents that editors put first or take away, where, and from when to when."""

    query: Annotated[
        str, Meta(max_length=200, description="Words of a search; `*` stands for any words. Empty: no search.")
    ] = ""
    articles: Annotated[
        tuple[Reader, ...], Meta(max_length=200, description="For readers of these articles; `*` is everybody.")
    ] = ()
    newcomers: Annotated[bool, Meta(description="For recommendations without any context.")] = False
    type: Annotated[DocumentType, Meta(description="What the ids name.")] = "article"
    pinned: Ids = ()
    hidden: Ids = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    reason: Annotated[str, Meta(max_length=1_000, description="Why, for other editors.")] = ""

    def is_active(self, moment: datetime) -> bool:
        """Whether its time has come and is not over."""
        return (self.starts_at is None or self.starts_at <= moment) and (self.ends_at is None or moment < self.ends_at)


class Curated(Struct, frozen=True):
    """What applies to one answer, in the order of the pins' ids."""

    pinned: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()


def parse_pin(raw: object) -> Pin:
    """Check `raw` (decoded JSON). Raises InvalidInput with every field at fault."""
    values, errors = convert_strictly(Pin, raw, finish=in_utc)
    errors = errors or list(_contradictions(Pin(**values)))
    if errors:
        raise InvalidInput(errors)
    return Pin(**values)


def _contradictions(pin: Pin) -> Iterator[FieldError]:
    if not (pin.query.strip() or pin.articles or pin.newcomers):
        yield FieldError("query", "say where it applies: `query`, `articles` or `newcomers`")
    if pin.query.strip() and EVERY not in pin.query and not words_of(pin.query):
        yield FieldError("query", "needs a word, or `*` for any words")
    if not (pin.pinned or pin.hidden):
        yield FieldError("pinned", "name documents in `pinned` or `hidden`")
    if both := set(pin.pinned) & set(pin.hidden):
        yield FieldError("hidden", f"{sorted(both)[0]} is pinned as well")
    if pin.starts_at and pin.ends_at and pin.ends_at <= pin.starts_at:
        yield FieldError("ends_at", "is not after starts_at")
    if pin.type == "clinic" and (pin.articles or pin.newcomers):
        yield FieldError("type", "recommendations are articles; clinics can be pinned for a query")


class Pins:
    """The pins in force, as they were a second ago. Thread-safe; answers never wait for the content store."""

    def __init__(self, store: CurationStore) -> None:
        self._store = store
        self._version = ""
        self._pins: list[tuple[Pin, Pattern | None]] = []
        self._stopped = threading.Event()

    # For editors

    def put(self, id: str, pin: Pin, *, by: str) -> None:
        """Make or replace a pin."""
        self._store.put(KIND, id, msgspec.json.encode(pin), by=by)
        self.refresh()

    def delete(self, id: str) -> None:
        """Take a pin back. Raises NotFound."""
        if not self._store.delete(KIND, id):
            raise NotFound(f"there is no pin {id!r}")
        self.refresh()

    def all(self) -> list[tuple[Decision, Pin]]:
        """Every pin, in force or not, by id; without those that only a newer version understands."""
        found = ((decision, _decoded(decision)) for decision in self._store.all(KIND))
        return [(decision, pin) for decision, pin in found if pin is not None]

    def get(self, id: str) -> tuple[Decision, Pin]:
        """One pin. Raises NotFound."""
        for decision, pin in self.all():
            if decision.id == id:
                return decision, pin
        raise NotFound(f"there is no pin {id!r}")

    def refresh(self) -> None:
        """Take in what changed."""
        version = self._store.version()
        if version != self._version:
            self._pins = [(pin, Pattern(pin.query) if pin.query.strip() else None) for _, pin in self.all()]
            self._version = version

    def follow(self) -> None:
        """Refresh in the background from now on."""
        threading.Thread(target=self._follow, name="pins", daemon=True).start()

    def close(self) -> None:
        """Stop following."""
        self._stopped.set()

    def _follow(self) -> None:
        while True:
            try:
                self.refresh()
            except Exception as error:  # those of before stay in force
                log.warning("pins.refresh_failed", error=str(error))
            if self._stopped.wait(_REFRESH_SECONDS):
                return

    # For answers

    def version(self) -> str:
        """Another one whenever other pins are in force."""
        moment = datetime.now(UTC)
        in_force = "".join("1" if pin.is_active(moment) else "0" for pin, _ in self._pins)
        return f"{self._version}.{in_force}"

    def for_search(self, text: str, kind: DocumentType) -> Curated:
        """What applies to a search for `text` in the documents of one type."""
        if not self._pins:
            return _NOTHING
        words = words_of(text)
        return self._curated(
            pin
            for pin, pattern in self._active()
            if pin.type == kind and pattern is not None and pattern.matches(words)
        )

    def for_readers(self, read: Collection[str], *, is_newcomer: bool) -> Curated:
        """What applies to recommendations for somebody who has read these articles."""
        if not self._pins:
            return _NOTHING
        return self._curated(
            pin
            for pin, _ in self._active()
            if EVERY in pin.articles or not set(read).isdisjoint(pin.articles) or (is_newcomer and pin.newcomers)
        )

    def _active(self) -> Sequence[tuple[Pin, "Pattern | None"]]:
        moment = datetime.now(UTC)
        return [each for each in self._pins if each[0].is_active(moment)]

    def _curated(self, pins: Iterator[Pin]) -> Curated:
        pinned: dict[str, None] = {}
        hidden: set[str] = set()
        for pin in pins:
            pinned |= dict.fromkeys(pin.pinned)
            hidden |= set(pin.hidden)
        return Curated(tuple(id for id in pinned if id not in hidden), frozenset(hidden))


class Pattern:
    """Words of a search, with `*` for any words, none included."""

    def __init__(self, query: str) -> None:
        self._runs = [words_of(part) for part in query.split(EVERY)]

    def matches(self, words: Sequence[str]) -> bool:
        """Whether a whole search, as folded words, is of this form; each run is taken where it comes first."""
        first, *middle = self._runs
        if not middle:
            return list(words) == first
        *middle, last = middle
        end = len(words) - len(last)
        if end < len(first) or list(words[: len(first)]) != first or list(words[end:]) != last:
            return False
        at = len(first)
        for run in middle:
            place = next((p for p in range(at, end - len(run) + 1) if list(words[p : p + len(run)]) == run), None)
            if place is None:
                return False
            at = place + len(run)
        return True


_NOTHING = Curated()


def _decoded(decision: Decision) -> Pin | None:
    try:
        return msgspec.json.decode(decision.payload, type=Pin)
    except msgspec.MsgspecError as error:
        log.warning("pins.not_understood", id=decision.id, error=str(error))
        return None
