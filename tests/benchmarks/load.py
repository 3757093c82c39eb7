"""Searches a second, and what becomes of them when more are asked for than can be answered.

    python -m tests.benchmarks.load --passages 50000

Two API processes serve the synthetic index of `latency` to many anonymous visitors, each with an address of its own.
Capacity is measured with as many requests under way as fill the processes; beyond it, requests come at fixed times
whether earlier ones are answered or not, and goodput is the share of capacity that is answered within the deadline.
The load generator has the same processors: its own time is taken off.
"""

import argparse
import asyncio
import contextlib
import itertools
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import quote_plus

import httpx
import uvloop
from msgspec import Struct

from indexing.bootstrap import Parts
from indexing.settings import settings_for
from search_api.evaluation import json_lines
from tests.benchmarks.latency import build, sample_words
from tests.processes import children_of, command_of, cpu_seconds_of, megabytes_of

_DATA = Path(__file__).parents[1] / "relevance" / "data"
_UNDER_WAY = 16
_CONNECTIONS = 64
_MOST_CONNECTIONS = 4_000
_PATIENCE_SECONDS = 2.0
"""As the deadline of a search: an answer after it is of no use."""
_REPEATED_OF = 100
_RECOVERY_SECONDS = 5.0
_IDLE_SECONDS, _LOOKS = 0.1, 3
"""Of a processor's time in two seconds, so many times one after another: work in the background pauses."""
_CORES = len(os.sched_getaffinity(0))

Ask = Callable[[], str]
"""The text of the next search."""


def main(arguments: Sequence[str] | None = None, *, prog: str = "python -m tests.benchmarks.load") -> None:
    """Build an index, serve it, and print the figures."""
    parser = argparse.ArgumentParser(prog=prog, description=__doc__.splitlines()[0])
    parser.add_argument("--passages", type=int, default=50_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--data", type=Path, help="a data directory that has an index, in place of a new one")
    options = parser.parse_args(arguments)
    with contextlib.ExitStack() as stack:
        data = options.data or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if options.data is None:
            with contextlib.closing(Parts(settings_for(data))) as parts:
                build(parts, options.passages)
        server = stack.enter_context(_served(data, options.processes))
        uvloop.run(_measured(options.seconds, server))


@contextlib.contextmanager
def _served(data: Path, processes: int) -> Iterator["_Server"]:
    """A server that is ready."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        *(sys.executable, "-m", "uvicorn", "search_api.asgi:create", "--factory", "--port", str(port)),
        *("--workers", str(processes), "--no-proxy-headers", "--ws", "none", "--no-access-log"),
        *("--log-level", "warning"),
    ]
    environment = {**os.environ, "SEARCH_DATA_DIR": str(data), "SEARCH_TRUSTED_PROXIES": "127.0.0.1"}
    environment |= {"SEARCH_THREADS": "1", "SEARCH_LOG_LEVEL": "error", "OPENBLAS_NUM_THREADS": "1"}
    started = time.perf_counter()
    server = subprocess.Popen(command, env=environment, start_new_session=True, stdout=subprocess.DEVNULL)
    try:
        for _ in range(processes * 4):  # each process answers some of them
            _until_answered(port)
        print(f"first answer after {time.perf_counter() - started:.1f} s")
        _until_idle(server.pid)
        yield _Server(server.pid, port)
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()


def _until_answered(port: int) -> None:
    while True:
        with contextlib.suppress(httpx.TransportError):
            answer = httpx.get(f"http://127.0.0.1:{port}/v1/search", params={"q": "ketamine"}, timeout=30.0)
            if answer.status_code == httpx.codes.OK:
                return
        time.sleep(0.05)


def _until_idle(server: int) -> None:
    """Wait until what is computed in the background is done."""
    before, quiet = 0.0, 0
    while quiet < _LOOKS:
        time.sleep(2.0)
        used = _cpu_seconds(server)
        quiet = quiet + 1 if used - before < _IDLE_SECONDS else 0
        before = used


async def _measured(seconds: float, server: "_Server") -> None:
    generator = _Generator(server.port)
    rng = random.Random(5)
    new = _new_questions(rng)
    await generator.closed(lambda: next(new), seconds / 2)
    capacity = _told("every question new", await generator.closed(lambda: next(new), seconds))
    _told("half of them repeated", await generator.closed(_half_repeated(new, rng), seconds))
    for factor in (2, 10):
        load = await generator.open(lambda: next(new), capacity.rate * factor, seconds)
        _told(f"{factor} x capacity", load, of=capacity)
        await asyncio.sleep(_RECOVERY_SECONDS)
        _told("  five seconds later", await generator.closed(lambda: next(new), seconds / 2), of=capacity)
    for process in _answering(server.id):
        print(f"memory of process {process}: {megabytes_of(process):.0f} MB (PSS)")


class _Server(Struct, frozen=True):
    """A process whose children answer on a port."""

    id: int
    port: int


class _Load(Struct, frozen=True):
    """What became of requests."""

    statuses: Counter[int]
    """By status; 0 stands for none within the deadline."""
    milliseconds: Sequence[float]
    """Of those that were answered with results in time."""
    seconds: float
    own_cpu_seconds: float

    @property
    def rate(self) -> float:
        """Searches answered in time, a second in which the generator would have taken nothing."""
        return len(self.milliseconds) / (self.seconds - self.own_cpu_seconds / _CORES)


def _told(name: str, load: _Load, *, of: _Load | None = None) -> _Load:
    quantiles = statistics.quantiles(load.milliseconds or [0.0, 0.0], n=100)
    share = f"   goodput {load.rate / of.rate:4.2f}" if of else ""
    others = {str(status): count for status, count in sorted(load.statuses.items()) if status != httpx.codes.OK}
    print(
        f"{name:24} {load.rate:6.1f}/s   p50 {quantiles[49]:5.0f} ms   p99 {quantiles[98]:5.0f} ms{share}   "
        f"others {others}   generator {load.own_cpu_seconds / load.seconds:.2f} of {_CORES} processors"
    )
    sys.stdout.flush()
    return load


class _Generator:
    """Asks over connections that are kept open, any of them next: each belongs to one process for good."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[_Connection] = []
        self._rng = random.Random(3)

    async def closed(self, ask: Ask, seconds: float) -> _Load:
        """As many requests under way as fill the processes; the next comes when one is answered."""
        await self._connect()
        with _counting() as count:
            ends = time.perf_counter() + seconds

            async def visitor() -> None:
                while time.perf_counter() < ends:
                    await self._asked(ask(), count)

            await asyncio.gather(*(visitor() for _ in range(_UNDER_WAY)))
        return count.load()

    async def open(self, ask: Ask, rate: float, seconds: float) -> _Load:
        """`rate` requests a second, whatever becomes of them."""
        await self._connect()
        with _counting() as count:
            started, tasks = time.perf_counter(), set[asyncio.Task[None]]()
            for number in itertools.count():
                if (at := number / rate) >= seconds:
                    break
                if (early := started + at - time.perf_counter()) > 0:
                    await asyncio.sleep(early)
                task = asyncio.create_task(self._asked(ask(), count))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            count.seconds = time.perf_counter() - started
            await asyncio.gather(*tasks)
        return count.load()

    async def _connect(self) -> None:
        """Begin with new connections: the server closes idle ones."""
        for connection in self._idle:
            connection.close()
        self._idle = [await _Connection.opened(self._port) for _ in range(_CONNECTIONS)]

    def _any(self) -> "_Connection":
        place = self._rng.randrange(len(self._idle))
        self._idle[place], self._idle[-1] = self._idle[-1], self._idle[place]
        return self._idle.pop()

    async def _asked(self, text: str, count: "_Count") -> None:
        address = ".".join(str(self._rng.randrange(1, 255)) for _ in range(4))
        request = (
            f"GET /v1/search?q={quote_plus(text)}&facets=condition,treatment HTTP/1.1\r\n"
            f"Host: 127.0.0.1\r\nX-Forwarded-For: {address}\r\n\r\n"
        )
        started = time.perf_counter()
        status = 0
        if self._idle or count.under_way < _MOST_CONNECTIONS:
            count.under_way += 1
            with contextlib.suppress(TimeoutError, OSError, asyncio.IncompleteReadError):
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    connection = self._any() if self._idle else await _Connection.opened(self._port)
                    status = await connection.asked(request.encode())
                    self._idle.append(connection)
            count.under_way -= 1
        count.add(status, (time.perf_counter() - started) * 1e3)


class _Connection:
    """One connection, one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def opened(cls, port: int) -> "_Connection":
        """A new one."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def asked(self, request: bytes) -> int:
        """The status of the answer, which is read to its end."""
        try:
            self._writer.write(request)
            head = await self._reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
            await self._reader.readexactly(int(length))
        except BaseException:
            self.close()
            raise
        return int(head[9:12])

    def close(self) -> None:
        """Let go of it."""
        self._writer.close()


class _Count:
    """Grows while requests are answered."""

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.milliseconds: list[float] = []
        self.seconds = self.own = 0.0
        self.under_way = 0

    def add(self, status: int, milliseconds: float) -> None:
        """One request more."""
        self.statuses[status] += 1
        if status == httpx.codes.OK:
            self.milliseconds.append(milliseconds)

    def load(self) -> _Load:
        """All of them."""
        return _Load(self.statuses, self.milliseconds, self.seconds, self.own)


@contextlib.contextmanager
def _counting() -> Iterator[_Count]:
    count, started, own = _Count(), time.perf_counter(), time.process_time()
    yield count
    count.seconds = count.seconds or time.perf_counter() - started
    count.own = time.process_time() - own


def _new_questions(rng: random.Random) -> Iterator[str]:
    """Questions of visitors, each with a word of the articles, so that none comes twice."""
    lines = (_DATA / "visitor_questions.tsv").read_text().splitlines()[1:]
    questions = [line.partition("\t")[0] for line in lines]
    for name in ("reading_queries", "sample_queries", "guide_questions"):
        questions += [row.get("query") or row["question"] for row in json_lines(_DATA / f"{name}.jsonl")]
    words = sorted(set(sample_words()))
    while True:
        yield f"{rng.choice(questions)} {rng.choice(words)}"


def _half_repeated(new: Iterator[str], rng: random.Random) -> Ask:
    lately = [next(new) for _ in range(_REPEATED_OF)]

    def ask() -> str:
        if rng.random() < 1 / 2:
            return rng.choice(lately)
        lately[rng.randrange(_REPEATED_OF)] = question = next(new)
        return question

    return ask


def _cpu_seconds(server: int) -> float:
    """What the API processes have used so far."""
    return sum(map(cpu_seconds_of, _answering(server)))


def _answering(server: int) -> list[int]:
    """The API processes of a server, without the one that multiprocessing has beside them."""
    return [id for id in children_of(server) if "resource_tracker" not in command_of(id)]


if __name__ == "__main__":
    main()
