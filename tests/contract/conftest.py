"""The engines under one suite: the embedded one, and Meilisearch where there is a server or a recording of one."""

import itertools
import os
import shutil
import socket
import subprocess
import time
import urllib.request
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from indexing.engines.base import SearchEngine
from indexing.engines.embedded.engine import EmbeddedEngine
from indexing.engines.meilisearch.engine import MeilisearchEngine
from indexing.engines.meilisearch.server import MeiliServer
from tests.contract.meilisearch import RECORDINGS, Relay, read_exchanges, recording_name

SYNONYMS = {("trd",): (("treatment", "resistant", "depression"),)}
_START_SECONDS = 30
_KEY = "test-master-key-of-16-bytes"

EngineMaker = Callable[[], SearchEngine]


@pytest.fixture(scope="session")
def meilisearch_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str] | None]:
    """Address and key of a real server: MEILI_URL, or a `meilisearch` program that is started here."""
    if url := os.environ.get("MEILI_URL"):
        yield url, os.environ.get("MEILI_API_KEY", "")
        return
    program = shutil.which("meilisearch")
    if program is None:
        yield None
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    options = ["--http-addr", address, "--no-analytics", "--master-key", _KEY]
    folder = tmp_path_factory.mktemp("meilisearch")
    with open(folder / "log", "w") as log:
        process = subprocess.Popen([program, *options], cwd=folder, stdout=log, stderr=log)
        _await(f"http://{address}/health", process, folder / "log")
        yield f"http://{address}", _KEY
        process.terminate()
        process.wait(timeout=30)


def _await(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    ends = time.monotonic() + _START_SECONDS
    while True:
        try:
            urllib.request.urlopen(url, timeout=1).close()
            return
        except OSError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < ends, log.read_text()
            time.sleep(0.1)


@pytest.fixture(params=["embedded", "meilisearch"])
def make_engine(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[EngineMaker]:
    """Makes engines that share one storage; they are closed at the end."""
    made: list[SearchEngine] = []

    def keep(engine: SearchEngine) -> SearchEngine:
        made.append(engine)
        return engine

    if request.param == "embedded":
        yield lambda: keep(EmbeddedEngine(tmp_path / "engine", synonyms=SYNONYMS))
        _close(made)
        return
    name = request.node.name.replace("/", "_")
    relay, key = _relay(request, name)
    prefix = f"contract-{zlib.crc32(name.encode()):08x}-"
    tokens, moments = itertools.count(1), itertools.count(1_700_000_000_000_000, 1_000_000)
    monkeypatch.setattr("indexing.engines.meilisearch.layout.secrets.token_hex", lambda _: f"{next(tokens):06x}")
    monkeypatch.setattr("indexing.engines.meilisearch.engine.time.time_ns", lambda: next(moments) * 1_000)
    poll = 0.25 if "realtime" in request.keywords else 3_600.0
    yield lambda: keep(
        MeilisearchEngine(relay.url, key, prefix=prefix, search_seconds=10, synonyms=SYNONYMS, poll_seconds=poll)
    )
    _close(made)
    relay.close()
    if folder := request.config.getoption("--record"):
        relay.save(Path(folder) / recording_name(name))


def _close(engines: list[SearchEngine]) -> None:
    for engine in engines:
        engine.close()


def _relay(request: pytest.FixtureRequest, name: str) -> tuple[Relay, str]:
    """To a real server where there is one, else to what was recorded of one."""
    server = request.getfixturevalue("meilisearch_server")
    if server is not None and not request.config.getoption("--replay"):
        url, key = server
        _remove_left_over(url, key, f"contract-{zlib.crc32(name.encode()):08x}-")
        return Relay(upstream=url), key
    if "realtime" in request.keywords:
        pytest.skip("follows a server in time, which no recording can show: set MEILI_URL")
    recording = Path(request.config.getoption("--replay") or RECORDINGS) / recording_name(name)
    if not recording.exists():
        if os.environ.get("CI") == "true":
            pytest.fail(
                "there is no recording of this test: make one with MEILI_URL and --record tests/contract/recordings"
            )
        pytest.skip("no Meilisearch server (MEILI_URL, or `meilisearch` on PATH) and no recording of this test")
    return Relay(recorded=read_exchanges(recording)), ""


def _remove_left_over(url: str, key: str, prefix: str) -> None:
    server = MeiliServer(url, key, search_seconds=10)
    for uid in server.uids(prefix):
        server.drop(uid)


@pytest.fixture
def engine(make_engine: EngineMaker) -> Any:
    return make_engine()
