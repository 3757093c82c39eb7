"""The service as a person starts it: `deploy/demo` with all its processes, on a free port."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import IO, Any

from tests.conftest import ROOT
from tests.processes import children_of, command_of

_START_SECONDS = 240


class Demo:
    """A running demo."""

    def __init__(self, data_dir: Path, *options: str, environment: dict[str, str] | None = None) -> None:
        self._settings = environment or {}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._command = [
            sys.executable,
            "deploy/demo.py",
            "--port",
            str(self.port),
            "--data-dir",
            str(data_dir),
            *options,
        ]
        self.data_dir = data_dir
        self.output: list[str] = []
        self.key = ""

    def start(self) -> None:
        """Start and wait until it says that it is ready."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SEARCH_")}
        environment |= self._settings
        self.process = subprocess.Popen(
            self._command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self.process.stdout is not None
        ends = time.monotonic() + _START_SECONDS
        for line in self.process.stdout:
            self.output.append(line.rstrip())
            if line.startswith("Editor key: "):
                self.key = line.split()[-1]
            if line.startswith("Ready."):
                self._listener = threading.Thread(target=self._listen, args=(self.process.stdout,), daemon=True)
                self._listener.start()
                return
            assert time.monotonic() < ends, self.output
        raise AssertionError(self.output)

    def _listen(self, stdout: IO[str]) -> None:
        for line in stdout:
            self.output.append(line.rstrip())
        stdout.close()

    def kill(self) -> None:
        """End the supervisor at once, as a crash does; what it supervised ends with it."""
        self.process.kill()
        self.process.wait()
        self._finish()

    def _finish(self) -> None:
        self._listener.join(timeout=30)

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to stop and wait."""
        self.process.send_signal(number)
        self.process.wait(timeout=30)
        self._finish()
        return self.process.returncode

    def children(self) -> dict[str, int]:
        """The process ids of what it supervises, by name."""
        found = {}
        for pid in children_of(self.process.pid):
            command = command_of(pid)
            for name, sign in (("valkey", "valkey-server"), ("worker", "workers.app"), ("api", "search_api.asgi")):
                if sign in command:
                    found[name] = pid
        return found

    def call(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """One call with the editor's key; the decoded answer."""
        query = "?" + urllib.parse.urlencode(params, doseq=True) if params else ""
        return self.send(method, path + query, None if body is None else json.dumps(body).encode())

    def upload(self, lines: str) -> Any:
        """Many documents at once, one JSON object a line."""
        return self.send("POST", "/v1/documents", lines.encode(), "application/x-ndjson")

    def send(self, method: str, path: str, data: bytes | None, media_type: str = "application/json") -> Any:
        """One call with a body that is ready."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": media_type}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def is_ready(self) -> bool:
        """Whether searches are answered."""
        try:
            return bool(self.call("GET", "/health/ready")["status"] == "ready")
        except (OSError, ValueError, http.client.HTTPException):
            return False

    def waiting(self) -> int:
        """Documents that wait to be indexed."""
        status = self.call("GET", "/v1/status")
        return int(status["articles"]["waiting"] + status["clinics"]["waiting"])

    def found_within(self, seconds: float, text: str, id: str) -> float:
        """How long it took until a search for `text` found `id`."""
        started = time.monotonic()
        while time.monotonic() - started < seconds:
            if id in [hit["id"] for hit in self.call("GET", "/v1/search", q=text, mode="keyword")["hits"]]:
                return time.monotonic() - started
            time.sleep(0.05)
        raise AssertionError(f"{id} was not found within {seconds} s")
