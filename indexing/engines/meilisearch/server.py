"""Talking to a Meilisearch server: pooled connections, bounded waiting, its errors as ours.

The official client opens a connection for each call and changes headers that threads share: 1.4 ms beside
0.5 ms for a pooled call with an answer of 60 kB. It administers (indexes, settings, swaps), a fresh
one for each call; searches, documents and looks at tasks go over a pool of urllib3.
"""

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import meilisearch
import msgspec
import urllib3
from meilisearch.errors import MeilisearchApiError, MeilisearchCommunicationError, MeilisearchTimeoutError
from msgspec import Struct

from indexing.errors import ConfigurationError, EngineUnavailable, Inconsistent, SearchServiceError

LEAST_VERSION = (1, 15)
RENAMING_VERSION = (1, 18)
"""The first version whose swap can rename."""
MOST_TASK_SECONDS = 300.0
"""A task that has not ended by then is given up, and what it was for is sent again."""
READING = ("search", "indexes.get")
"""What a key of a process may do that only searches."""
WRITING = (
    *READING,
    *("documents.add", "documents.delete", "indexes.create", "indexes.delete", "indexes.swap"),
    *("settings.get", "settings.update", "tasks.get", "version"),
)
_CONNECTIONS = 32
_AHEAD = 2
_TASKS_AT_ONCE = 200
_INDEXES_AT_ONCE = 1_000
_CONNECT_SECONDS = 1.0
_WRITE_SECONDS = 60.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.01, 0.5
_BUSY = frozenset({408, 429, 500, 502, 503, 504})
_FULL = frozenset({"no_space_left_on_device", "too_many_open_files", "io_error"})
_WRONG_KEY = frozenset({"invalid_api_key", "missing_authorization_header"})

_Answer = TypeVar("_Answer")
Record = Mapping[str, Any]


class Results(Struct):
    """The answer to one query of a multi-search; hits as they came."""

    hits: list[dict[str, Any]]
    total: int = msgspec.field(default=0, name="estimatedTotalHits")


class _Several(Struct):
    results: list[Results]


class _Summary(Struct):
    uid: int = msgspec.field(name="taskUid")


class _Trouble(Struct):
    message: str = ""
    code: str = ""
    type: str = ""


class _Task(Struct):
    uid: int
    status: str
    error: _Trouble | None = None


class _Tasks(Struct):
    results: list[_Task]


class _Index(Struct):
    uid: str
    created: datetime = msgspec.field(default=datetime(2000, 1, 1, tzinfo=UTC), name="createdAt")


class _Indexes(Struct):
    results: list[_Index]
    total: int


_INDEXES = msgspec.json.Decoder(_Indexes)
_TASKS = msgspec.json.Decoder(_Tasks)
_SEVERAL = msgspec.json.Decoder(_Several)
_SUMMARY = msgspec.json.Decoder(_Summary)


class MeiliServer:
    """One server as one process uses it. Thread-safe."""

    def __init__(self, url: str, key: str, *, search_seconds: float) -> None:
        self.url = url.rstrip("/")
        self._key = key
        self._search_seconds = search_seconds
        self._pool = urllib3.PoolManager(maxsize=_CONNECTIONS, retries=False)
        self._askers = ThreadPoolExecutor(_CONNECTIONS, thread_name_prefix="meilisearch")
        self._headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})

    # Reading

    def search(self, queries: Sequence[Record], *, seconds: float | None = None) -> list[Results]:
        """The answers to several queries, one after the other in one request."""
        body = msgspec.json.encode({"queries": queries})
        data = self._send("POST", "/multi-search", body, seconds=seconds or self._search_seconds)
        return _SEVERAL.decode(data).results

    def search_together(
        self, requests: Sequence[Sequence[Record]], meanwhile: Callable[[], None] | None = None
    ) -> list[list[Results]]:
        """The answers to several requests that the server has at the same time, with work of ours done `meanwhile`."""
        own = requests[:1] if meanwhile is None else ()
        others = [self._askers.submit(self.search, queries) for queries in requests[len(own) :]]
        if meanwhile is not None:
            meanwhile()
        return [*map(self.search, own), *(each.result() for each in others)]

    def searched_ahead(self, queries: Iterable[Record], *, seconds: float) -> Iterator[Results]:
        """The answers to many queries, the next of which the server has while one is worked on."""
        under_way: deque[Future[list[Results]]] = deque()
        for query in queries:
            under_way.append(self._askers.submit(self.search, [query], seconds=seconds))
            if len(under_way) > _AHEAD:
                yield under_way.popleft().result()[0]
        while under_way:
            yield under_way.popleft().result()[0]

    def check(self) -> None:
        """Raise EngineUnavailable where the server does not answer."""
        self._send("GET", "/health", None, seconds=self._search_seconds)

    # Writing

    def add(self, uid: str, lines: bytes) -> int:
        """Send records as NDJSON; the task's number."""
        path = f"/indexes/{uid}/documents?primaryKey=key"
        return self._enqueued("POST", path, lines, {"Content-Type": "application/x-ndjson"})

    def delete(self, uid: str, keys: Sequence[str]) -> int:
        """Delete records by their keys; the task's number."""
        return self._enqueued("POST", f"/indexes/{uid}/documents/delete-batch", msgspec.json.encode(keys))

    def _enqueued(self, method: str, path: str, body: bytes, headers: Record | None = None) -> int:
        data = self._send(method, path, body, seconds=_WRITE_SECONDS, headers=headers)
        return _SUMMARY.decode(data).uid

    # Administration

    def await_swaps(self) -> None:
        """Wait until no swap waits in the queue. Raises EngineUnavailable where that takes too long."""
        ends = time.monotonic() + MOST_TASK_SECONDS
        path = "/tasks?types=indexSwap&statuses=enqueued,processing&limit=1"
        while _TASKS.decode(self._send("GET", path, None, seconds=_WRITE_SECONDS)).results:
            if time.monotonic() > ends:
                raise EngineUnavailable("Meilisearch does not come to an earlier swap of indexes")
            time.sleep(_LONGEST_PAUSE)

    def uids(self, prefix: str, *, older_than_seconds: float = 0.0) -> list[str]:
        """The indexes whose names begin so, and that were made so long ago."""
        made_by = datetime.now(UTC) - timedelta(seconds=older_than_seconds)

        found: list[_Index] = []
        while True:
            path = f"/indexes?limit={_INDEXES_AT_ONCE}&offset={len(found)}"
            page = _INDEXES.decode(self._send("GET", path, None, seconds=self._search_seconds))
            found += page.results
            if not page.results or len(found) >= page.total:
                own = [each for each in found if each.uid.startswith(prefix)]
                return [each.uid for each in own if not older_than_seconds or each.created <= made_by]

    def create(self, uid: str, settings: dict[str, Any]) -> None:
        """Make an index with its settings."""
        self.wait([self._administer(lambda client: client.create_index(uid, {"primaryKey": "key"}).task_uid)])
        self.update(uid, settings)

    def update(self, uid: str, settings: dict[str, Any]) -> None:
        """Change settings of an index; those not named stay."""
        self.wait([self._administer(lambda client: client.index(uid).update_settings(settings).task_uid)])

    def settings(self, uid: str) -> dict[str, Any]:
        """The settings of an index."""
        data = self._send("GET", f"/indexes/{uid}/settings", None, seconds=_WRITE_SECONDS)
        return dict(msgspec.json.decode(data))

    def swap(self, first: str, second: str, *, rename: bool = False) -> None:
        """Exchange the names of two indexes, or give the first the name of the second, in one task."""
        pair: dict[str, Any] = {"indexes": [first, second]} | ({"rename": True} if rename else {})
        self.wait([self._administer(lambda client: client.swap_indexes([pair]).task_uid)])

    def drop(self, uid: str) -> None:
        """Delete an index; one that is gone is no error."""
        with contextlib.suppress(IndexMissing):
            self.wait([self._administer(lambda client: client.delete_index(uid).task_uid)])

    def version(self) -> tuple[int, int]:
        """The server's version. Raises ConfigurationError where it is too old for this service."""
        text = str(self._administer(lambda client: client.get_version())["pkgVersion"])
        numbers = text.split("-")[0].split(".")
        version = int(numbers[0]), int(numbers[1])
        if version < LEAST_VERSION:
            least = ".".join(map(str, LEAST_VERSION))
            raise ConfigurationError(f"Meilisearch at {self.url} is {text}; upgrade it to {least} or newer")
        return version

    def make_key(self, name: str, actions: Sequence[str]) -> str:
        """A new API key for all indexes that never expires; only the master key may make one."""
        # A swap asks for rights on every index that it names, also on those to come.
        options = {"name": name, "description": name, "actions": list(actions), "indexes": ["*"], "expiresAt": None}
        data = self._send("POST", "/keys", msgspec.json.encode(options), seconds=_WRITE_SECONDS)
        return str(msgspec.json.decode(data)["key"])

    def wait(self, tasks: Sequence[int], *, seconds: float = MOST_TASK_SECONDS) -> None:
        """Wait until all tasks have succeeded.

        Raises EngineUnavailable when one failed or was cancelled or takes too long, Inconsistent when the
        server refused what it was given, with the server's own code and message.
        """
        waiting, pause = set(tasks), _FIRST_PAUSE
        ends = time.monotonic() + seconds
        while waiting:
            wanted = ",".join(map(str, sorted(waiting)[:_TASKS_AT_ONCE]))
            page = self._send("GET", f"/tasks?uids={wanted}&limit={_TASKS_AT_ONCE}", None, seconds=_WRITE_SECONDS)
            for task in _TASKS.decode(page).results:
                if task.status in {"failed", "canceled"}:
                    raise _task_error(task)
                if task.status == "succeeded":
                    waiting.discard(task.uid)
            if not waiting:
                return
            if time.monotonic() > ends:
                raise EngineUnavailable(f"Meilisearch has not ended task {min(waiting)} within {seconds:.0f} s")
            time.sleep(pause)
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    def _administer(self, call: Callable[[meilisearch.Client], _Answer]) -> _Answer:
        with _errors():
            return call(meilisearch.Client(self.url, self._key, timeout=int(_WRITE_SECONDS)))

    def _send(
        self, method: str, path: str, body: bytes | None, *, seconds: float, headers: Record | None = None
    ) -> bytes:
        timeout = urllib3.Timeout(connect=min(_CONNECT_SECONDS, seconds), total=seconds)
        options: dict[str, Any] = {"body": body, "headers": {**self._headers, **(headers or {})}, "timeout": timeout}
        try:
            try:
                answer = self._pool.request(method, self.url + path, **options)
            except urllib3.exceptions.ProtocolError:  # a kept connection that the server had closed
                answer = self._pool.request(method, self.url + path, **options)
        except urllib3.exceptions.HTTPError as error:
            raise EngineUnavailable(f"Meilisearch at {self.url} does not answer: {type(error).__name__}") from error
        if answer.status >= 400:
            raise _refusal(answer.status, answer.data)
        return answer.data

    def close(self) -> None:
        """Close the pooled connections."""
        self._askers.shutdown(wait=False)
        self._pool.clear()


class IndexMissing(EngineUnavailable):
    """There is no index of that name now."""


@contextlib.contextmanager
def _errors() -> Iterator[None]:
    """The official client's errors as ours."""
    try:
        yield
    except MeilisearchApiError as error:
        raise _as_error(error.status_code, _Trouble(error.message, error.code or "", error.type or "")) from error
    except (MeilisearchCommunicationError, MeilisearchTimeoutError) as error:
        raise EngineUnavailable(f"Meilisearch does not answer: {type(error).__name__}") from error
    except ValueError as error:  # the client's models are stricter than the server's answers
        raise EngineUnavailable(f"Meilisearch's answer could not be read: {error}") from error


def _refusal(status: int, data: bytes) -> SearchServiceError:
    try:
        trouble = msgspec.json.decode(data, type=_Trouble)
    except msgspec.DecodeError:
        trouble = _Trouble(f"answered {status}")
    return _as_error(status, trouble)


def _as_error(status: int, trouble: _Trouble) -> SearchServiceError:
    text = f"Meilisearch: {trouble.message} ({trouble.code or status})"
    if trouble.code in _WRONG_KEY or status in {401, 403}:
        return ConfigurationError(
            f"{text}; set MEILI_API_KEY to a key with the rights that deploy/docs/operations.md lists"
        )
    if trouble.code == "index_not_found":
        return IndexMissing(text)
    if status in _BUSY or trouble.type != "invalid_request" or trouble.code in _FULL:
        return EngineUnavailable(text)
    return Inconsistent(text)


def _task_error(task: _Task) -> SearchServiceError:
    if task.error is None:
        return EngineUnavailable(f"Meilisearch: task {task.uid} was {task.status}")
    return _as_error(400 if task.error.type == "invalid_request" else 503, task.error)
