"""Running connectors: slices of bounded length under a lease in the store, so that any process may run any of them.

A run fetches what hooks named, then what changed; a full run then compares everything with the source's
listing. Whatever a run learned is kept after every step, so that the next slice goes on where one ended.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any, Literal

import structlog

from indexing.connectors.base import Known, Source
from indexing.connectors.fetcher import Validators
from indexing.connectors.guard import Guard
from indexing.connectors.kinds import KindSettings, WebhookSettings, parse_settings
from indexing.connectors.preview import column_faults
from indexing.connectors.taking import Taken, Taker
from indexing.content.clock import now
from indexing.content.connector_items import Item, ItemStore, Listed
from indexing.content.connectors import ConnectorStore, LeaseLost, RunProblem, StoredConnector
from indexing.content.database import Database
from indexing.doubts import Doubts
from indexing.errors import ColumnsMissing, RequestError, SearchServiceError, Unavailable
from indexing.ingest import Ingest

SLICE_SECONDS = 20.0
"""A slice ends soon after this long."""
_FETCHED_AT_ONCE = 25
_FIRST_RETRY_SECONDS, _LONGEST_RETRY_SECONDS = 30.0, 600.0
_STALE_SECONDS = 3_600.0
"""A run that was broken off this long ago begins anew: what its listing said is no longer true."""
_MOST_PROBLEMS = 100
_MOST_AGAIN = 1_000
"""More than this that did not answer are found again by the comparison of everything."""

Phase = Literal["noticed", "changes", "listing", "fetching", "removing"]
BuildSource = Callable[[StoredConnector, KindSettings], Source]

log = structlog.get_logger()


class Runner:
    """Runs the connectors of a content store. Thread-safe."""

    def __init__(
        self,
        connectors: ConnectorStore,
        database: Database,
        ingest: Ingest,
        *,
        build_source: BuildSource,
        doubts: Doubts,
    ) -> None:
        self._connectors = connectors
        self._database = database
        self._ingest = ingest
        self._build_source = build_source
        self._doubts = doubts

    def run_slice(self, id: str, owner: str, *, seconds: float = SLICE_SECONDS) -> bool:
        """Go on with a connector for a while; True where there is more to do at once.

        Nothing is done where somebody else runs it. A source that does not answer is tried again later.
        """
        connector = self._connectors.claim(id, owner)
        if connector is None:
            return False
        try:
            settings = parse_settings(connector.kind, dict(connector.settings))
            run = _Run(self._connectors, connector, settings, owner)
            run.work(
                self._build_source(connector, settings), self._parts(connector, settings), time.monotonic() + seconds
            )
            return run.has_more
        except LeaseLost:
            return False
        except (RequestError, Unavailable) as error:
            self._put_off(connector, owner, error)
            return False
        finally:
            self._connectors.release(id, owner)

    def run_until_idle(self, id: str, owner: str) -> None:
        """Run a connector to the end of what is due, slice after slice."""
        while self.run_slice(id, owner):
            pass

    def forget(self, id: str, *, removes: bool) -> None:
        """Forget a connector; with `removes`, delete what it brought. Raises NotFound."""
        connector = self._connectors.get(id)
        if removes:
            items, taker = self._parts(connector, parse_settings(connector.kind, dict(connector.settings)))
            for page in items.published():
                taker.remove(page)
        self._connectors.delete(id)

    def _parts(self, connector: StoredConnector, settings: KindSettings) -> tuple[ItemStore, Taker]:
        items = ItemStore(self._database, connector.id)
        prefix = f"{connector.id}-" if settings.prefix is None else settings.prefix
        return items, Taker(items, self._ingest, connector=connector.id, prefix=prefix, doubts=self._doubts)

    def _put_off(self, connector: StoredConnector, owner: str, error: SearchServiceError) -> None:
        failures = connector.failures + 1
        pause = min(_FIRST_RETRY_SECONDS * 2 ** min(failures - 1, 10), _LONGEST_RETRY_SECONDS)
        log.warning("connector.failed", connector=connector.id, failures=failures, error=type(error).__name__)
        progress = self._connectors.get(connector.id).progress
        if progress is not None:
            self._connectors.record_run(
                connector.id,
                progress["number"],
                state="failed",
                counts=progress["counts"],
                problems=[RunProblem(**problem) for problem in progress["problems"]],
                message=str(error),
            )
        due = now() + int(pause * 1e6)
        values: dict[str, Any] = {"failures": failures, "message": str(error)[:1_000], "due_at": due}
        if isinstance(error, ColumnsMissing):
            values["cursor"] = {**(connector.cursor or {}), "missing": list(error.fields)}
        self._connectors.save(connector.id, owner, **values)


class _Run:
    """One run, as far as one slice brings it."""

    def __init__(
        self, connectors: ConnectorStore, connector: StoredConnector, settings: KindSettings, owner: str
    ) -> None:
        self._connectors = connectors
        self._connector = connector
        self._settings = settings
        self._owner = owner
        self._progress = dict(connector.progress or {})
        self.has_more = False

    def work(self, source: Source, parts: tuple[ItemStore, Taker], ends: float) -> None:
        """Do phase after phase until the run is over or the time is."""
        self._source, (self._items, self._taker) = source, parts
        if not self._progress or self._progress["began"] < now() - int(_STALE_SECONDS * 1e6):
            self._begin()
        phases: Mapping[Phase, Callable[[], bool]] = {
            "noticed": self._fetch_some,
            "changes": self._read_changes,
            "listing": self._read_listing,
            "fetching": self._fetch_some,
            "removing": self._remove,
        }
        order = list(phases)
        while (phase := self._progress["phase"]) != "done":
            if phases[phase]():
                following = order[order.index(phase) + 1 :]
                self._progress["phase"] = following[0] if following else "done"
                self._progress["cursor"] = None
            self._save()
            if time.monotonic() > ends and self._progress["phase"] != "done":
                self.has_more = True
                return
        self._finish()

    @property
    def _number(self) -> int:
        return int(self._progress["number"])

    def _begin(self) -> None:
        if self._connector.cursor is None and isinstance(self._settings, WebhookSettings):
            self._items.mark_all_pending()  # nothing else tells what its settings changed
        is_full = self._source.can_list and self._connector.full_due_at <= now()
        self._progress = {
            "number": self._connectors.open_run(self._connector.id, is_full=is_full),
            "full": is_full,
            "phase": "noticed",
            "cursor": None,
            "began": now(),
            "listed": 0,
            "counts": {},
            "problems": [],
            "again": [],
            "held": 0,
        }

    def _read_changes(self) -> bool:
        since = self._progress["cursor"] or self._connector.cursor
        found = self._source.changes(since)
        self._add(self._taker.take(found.answers, self._number))
        self._progress["cursor"] = dict(found.cursor)
        if not found.more:
            self._connectors.save(self._connector.id, self._owner, cursor=dict(found.cursor))
        return not found.more

    def _read_listing(self) -> bool:
        if not self._progress["full"]:
            return True
        found = self._source.listing(self._progress["cursor"])
        self._add(Taken(problems=column_faults(found)))
        if found.columns:
            self._connectors.save(self._connector.id, self._owner, cursor={"columns": list(found.columns)})
        self._items.note_listing([Listed(each.key, each.version, each.url) for each in found.entries], self._number)
        self._progress["listed"] += len(found.entries)
        self._progress["cursor"] = dict(found.next) if found.next is not None else None
        return found.next is None

    def _fetch_some(self) -> bool:
        waiting = self._items.pending(_FETCHED_AT_ONCE)
        if waiting:
            self._add(self._taker.take(list(self._source.fetch([_known(item) for item in waiting])), self._number))
        return len(waiting) < _FETCHED_AT_ONCE

    def _remove(self) -> bool:
        guard = Guard(self._items, self._taker, self._source, share=self._settings.removal_share)
        outcome = guard.remove(run=self._number if self._progress["full"] else None, listed=self._progress["listed"])
        self._progress["held"] = outcome.held
        self._add(Taken(removed=outcome.removed))
        return True

    def _add(self, taken: Taken) -> None:
        counts = self._progress["counts"]
        for name in ("read", "stored", "unchanged", "removed", "failed"):
            counts[name] = counts.get(name, 0) + getattr(taken, name)
        self._progress["again"] = [*self._progress.get("again", ()), *taken.again][:_MOST_AGAIN]
        room = _MOST_PROBLEMS - len(self._progress["problems"])
        self._progress["problems"] += [{"where": p.where, "message": p.message} for p in taken.problems[:room]]

    def _save(self) -> None:
        self._connectors.save(self._connector.id, self._owner, progress=self._progress)

    def _finish(self) -> None:
        self._items.mark_pending(self._progress.get("again", ()))
        held = self._progress["held"]
        message = (
            f"{held} documents are gone at the source, more than expected; they stay until an editor confirms"
            if held
            else ""
        )
        self._connectors.record_run(
            self._connector.id,
            self._number,
            state="held" if held else "succeeded",
            counts=self._progress["counts"],
            problems=[RunProblem(**problem) for problem in self._progress["problems"]],
            message=message,
        )
        moment = now()
        values: dict[str, Any] = {"progress": None, "failures": 0, "message": message}
        values["due_at"] = moment + self._settings.every_seconds * 1_000_000
        if self._progress["full"]:
            values["full_due_at"] = moment + self._settings.full_every_seconds * 1_000_000
        self._connectors.finish(self._connector, self._owner, **values)
        log.info("connector.ran", connector=self._connector.id, held=held, **self._progress["counts"])


def _known(item: Item) -> Known:
    is_stored = item.state == "published"
    return Known(item.key, item.url, Validators(item.etag, item.modified) if is_stored else Validators())
