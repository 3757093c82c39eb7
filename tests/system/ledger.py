"""A ledger of accepted writes, held against what searches show while things break.

After Jepsen's set-full test: every write has a version that a search must show; from the reads follow
how long each was stale, whether something accepted was lost or never seen, and whether anything that was
replaced or deleted came back.
"""

import bisect
import contextlib
import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple, Protocol

Verdict = Literal["stable", "stale", "lost", "never read", "resurrected", "duplicate"]
_STALE_SECONDS = 10.0
_GIVE_UP_SECONDS = 60.0
SEEN_SECONDS = 0.5
"""Readers look for a commit ten times a second."""
FAULTS = (OSError, ValueError)
"""What a call raises while the service is away: refused, reset, cut off."""


class Service(Protocol):
    """What is written to and read from."""

    def call(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """One call; the decoded answer."""
        ...

    def waiting(self) -> int:
        """Documents that wait to be indexed."""
        ...


class Written(NamedTuple):
    """One accepted write: version, whether the document exists after it, when it was first sent and answered."""

    version: int
    exists: bool
    sent: float
    at: float


class Seen(NamedTuple):
    """What one read showed of all documents, when it began and ended, and whether all its pages fit together."""

    began: float
    ended: float
    versions: dict[str, int]
    is_whole: bool
    reader: int


class Ledger:
    """Writes at a rate, reads all the time, and judges at the end."""

    def __init__(
        self,
        demo: Service,
        *,
        seed: int,
        documents: int = 300,
        name: str = "ledger",
        readers: Sequence[Callable[..., Any]] = (),
    ) -> None:
        """`readers` are calls of processes that follow the index each by itself; by default there is one."""
        self._demo = demo
        self._readers = readers or [demo.call]
        self._random = random.Random(seed)
        self.name = f"{name}ledger"
        """The word by which all of its documents are found."""
        self.ids = [f"{name}-{number}" for number in range(documents)]
        self._locks = {id: threading.Lock() for id in self.ids}
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []
        self.written: dict[str, list[Written]] = defaultdict(list)
        self.reads: list[Seen] = []
        self.duplicates = 0
        self.slowest_answer = 0.0
        self.refused = 0

    # Writing

    def start(self, *, per_second: float, writers: int = 8, deletes: float = 0.1, reads: bool = True) -> None:
        """Write and read in the background."""
        seeds = [self._random.random() for _ in range(writers)]
        for seed in seeds:
            arguments = (random.Random(seed), writers / per_second, deletes)
            self._threads.append(threading.Thread(target=self._write_all, args=arguments, daemon=True))
        if reads:
            self._threads.append(threading.Thread(target=self._read_all, daemon=True))
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let what is under way end."""
        self._stopped.set()
        for thread in self._threads:
            thread.join()

    def _write_all(self, chance: random.Random, pause: float, deletes: float) -> None:
        due = time.monotonic()
        while not self._stopped.is_set():
            id = chance.choice(self.ids)
            if not self._locks[id].acquire(blocking=False):
                continue
            try:
                exists = bool(self.written[id] and self.written[id][-1].exists)
                self.write(id, exists=not (exists and chance.random() < deletes))
            finally:
                self._locks[id].release()
            due = max(due + pause, time.monotonic() - 2.0)
            self._stopped.wait(max(due - time.monotonic(), 0.0))

    def write(self, id: str, *, exists: bool = True) -> None:
        """Store or delete the next version, asking again until it is answered, as a good client does."""
        version = self.written[id][-1].version + 1 if self.written[id] else 1
        sent = time.monotonic()
        ends = sent + _GIVE_UP_SECONDS
        while True:
            started = time.monotonic()
            try:
                if exists:
                    self._demo.call("PUT", f"/v1/articles/{id}", self.document(id, version))
                else:
                    self._demo.call("DELETE", f"/v1/articles/{id}", revision=version)
                break
            except FAULTS:
                self.refused += 1
                assert time.monotonic() < ends, f"{id} was not accepted for {_GIVE_UP_SECONDS} s"
                time.sleep(0.2)
        answered = time.monotonic()
        self.slowest_answer = max(self.slowest_answer, answered - started)
        self.written[id].append(Written(version, exists, sent, answered))

    def document(self, id: str, version: int) -> dict[str, Any]:
        """An article whose title holds its id and version, and whose text a token of its own."""
        return {
            "title": f"{self.name} {id} {version}",
            "body": f"<p>Entry {self.token(id, version)} of the ledger.</p>",
            "url": f"/read/{id}",
            "revision": version,
        }

    def token(self, id: str, version: int) -> str:
        """A word that occurs in one version of one document only."""
        return f"t{id.rpartition('-')[2]}v{version}{self.name}"

    # Reading

    def _read_all(self) -> None:
        while not self._stopped.wait(0.2):
            for reader in range(len(self._readers)):
                with contextlib.suppress(*FAULTS):
                    self.read(reader)

    def read(self, reader: int = 0) -> None:
        """Read everything that a search for the ledger's name shows."""
        began, versions = time.monotonic(), {}
        page = pages = 1
        totals = set()
        while page <= pages:
            answer = self._search(self.name, page, reader)
            titles = [hit["title"].split() for hit in answer["hits"]]
            ids = [title[1] for title in titles]
            self.duplicates += len(ids) - len(set(ids))
            versions |= {title[1]: int(title[2]) for title in titles}
            totals.add(answer["total"])
            pages = -(-answer["total"] // 100)
            page += 1
        self.reads.append(Seen(began, time.monotonic(), versions, is_whole=totals == {len(versions)}, reader=reader))

    def _search(self, text: str, page: int = 1, reader: int = 0) -> Any:
        return self._readers[reader](
            "GET", "/v1/search", q=text, type="article", mode="keyword", interpret="false", page=page, per_page=100
        )

    # Judging

    def settle(self, seconds: float = 60.0) -> float:
        """Wait until nothing waits any more; returns how long that took."""
        started = time.monotonic()
        while time.monotonic() - started < seconds:
            with contextlib.suppress(*FAULTS):
                if self._demo.waiting() == 0:
                    took = time.monotonic() - started
                    time.sleep(SEEN_SECONDS)
                    self.read()
                    return took
            time.sleep(0.2)
        raise AssertionError(f"still waiting after {seconds} s")

    def verdicts(self) -> dict[Verdict, int]:
        """One verdict a document, by its last version's own token and by all reads before."""
        self.read()
        found: dict[Verdict, int] = dict.fromkeys(
            ("stable", "stale", "lost", "never read", "resurrected", "duplicate"), 0
        )
        for id in self.written:
            found[self._verdict(id)] += 1
        return found

    def _verdict(self, id: str) -> Verdict:
        last = self.written[id][-1]
        hits = [hit["id"] for hit in self._search(self.token(id, last.version))["hits"]]
        if len(hits) > 1:
            return "duplicate"
        went_back = any(self._went_back(id, reader) for reader in range(len(self._readers)))
        if went_back or (hits and not last.exists):
            return "resurrected"
        if last.exists and not hits:
            return "lost" if any(read.versions.get(id) == last.version for read in self.reads) else "never read"
        return "stale" if self._staleness(id, last) > _STALE_SECONDS else "stable"

    def _shown(self, id: str, read: Seen) -> int:
        """The version that a read showed: where the document was missing, that of the last delete it could know."""
        if id in read.versions:
            return read.versions[id]
        return max((w.version for w in self.written[id] if not w.exists and w.at < read.ended), default=0)

    def _went_back(self, id: str, reader: int) -> bool:
        """Whether a reader was shown an older version after a newer one, or after its delete had been seen."""
        newest = 0
        deletes = [w for w in self.written[id] if not w.exists]
        for read in (each for each in self.reads if each.reader == reader):
            if read.versions.get(id, newest) < newest:
                return True
            if id in read.versions:
                newest = read.versions[id]
            elif read.is_whole and newest and newest not in {w.version for w in deletes}:
                # at least the first delete since then; later ones may be still to come
                newest = min((w.version for w in deletes if w.version > newest and w.sent < read.ended), default=newest)
        return False

    def _staleness(self, id: str, written: Written) -> float:
        for read in self.reads[bisect.bisect(self._beginnings(), written.at) :]:
            if self._shown(id, read) >= written.version:
                return read.ended - written.at
        return float("inf")

    def _beginnings(self) -> list[float]:
        return [read.began for read in self.reads]

    def staleness(self, share: float) -> float:
        """The quantile of the seconds from the answer to a write until a search showed it or a newer one."""
        known = self.reads[-1].began
        delays = sorted(
            self._staleness(id, written)
            for id, writes in self.written.items()
            for written in writes
            if written.at < known
        )
        return delays[min(int(share * len(delays)), len(delays) - 1)] if delays else 0.0

    @property
    def accepted(self) -> int:
        """How many writes were accepted."""
        return sum(len(writes) for writes in self.written.values())
