"""Small servers for the tests: a site whose pages are values, and a proxy before a real one that injects faults."""

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Reply(NamedTuple):
    """What a server answers."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    cut: int | None = None
    """Bytes after which the connection is closed, though more were promised."""
    seconds_a_byte: float = 0.0


class Asked(NamedTuple):
    """A request that a server saw."""

    path: str
    headers: dict[str, str]


Answerer = Callable[[Asked], Reply]


class Site:
    """A server on the loopback whose answers a function gives; `asked` is what it saw."""

    def __init__(self, answer: Answerer) -> None:
        self.asked: list[Asked] = []
        self.answer = answer
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                asked = Asked(self.path, {name.lower(): value for name, value in self.headers.items()})
                site.asked.append(asked)
                reply = site.answer(asked)
                self.send_response(reply.status)
                for name, value in reply.headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.send_header("Connection", "close")
                self.end_headers()
                self.close_connection = True
                with contextlib.suppress(OSError):
                    self._write(reply)

            def _write(self, reply: Reply) -> None:
                body = reply.body if reply.cut is None else reply.body[: reply.cut]
                if not reply.seconds_a_byte:
                    self.wfile.write(body)
                    return
                for at in range(len(body)):
                    self.wfile.write(body[at : at + 1])
                    self.wfile.flush()
                    time.sleep(reply.seconds_a_byte)

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.host}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()


@contextlib.contextmanager
def site(answer: Answerer) -> Iterator[Site]:
    """A site for the length of a block."""
    made = Site(answer)
    try:
        yield made
    finally:
        made.close()


class Proxy:
    """Passes requests on to a real site; `fault` may answer in its place, or change what it answered."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.fault: Callable[[Asked, Reply | None], Reply | None] = lambda asked, reply: None

    def __call__(self, asked: Asked) -> Reply:
        """See Answerer."""
        if (early := self.fault(asked, None)) is not None:
            return early
        connection = http.client.HTTPConnection(self.target, timeout=30)
        headers = {name: value for name, value in asked.headers.items() if name not in {"host", "accept-encoding"}}
        connection.request("GET", asked.path, headers={**headers, "Host": self.target})
        answer = connection.getresponse()
        kept = tuple(
            (name, value)
            for name, value in answer.getheaders()
            if name.lower() not in {"content-length", "connection", "transfer-encoding", "date", "server", "host"}
        )
        reply = Reply(answer.status, answer.read(), kept)
        connection.close()
        return self.fault(asked, reply) or reply
