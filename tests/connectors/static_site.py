"""A web server as a process of its own: serves a folder until it is killed.

`python -m tests.connectors.static_site FOLDER PORT`; two files in the folder change how: `.half` holds the
beginnings of paths whose answers break off in the middle, `.moved` the address to which everything is redirected.
"""

import contextlib
import hashlib
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TYPES = {".html": "text/html", ".xml": "application/xml", ".csv": "text/csv", ".json": "application/ld+json"}


def handler_of(folder: Path) -> type[BaseHTTPRequestHandler]:
    """The requests of one folder."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            plain = self.path.partition("?")[0]
            path = folder / plain.lstrip("/")
            path = path / "index.html" if path.is_dir() else path
            if (folder / ".moved").exists():
                self._answer(301, b"", Location=(folder / ".moved").read_text() + self.path)
            elif not path.is_file() or path.name.startswith("."):
                self._answer(404, b"<html>nothing</html>")
            else:
                self._file(plain, path)

        def _file(self, plain: str, path: Path) -> None:
            body = path.read_bytes()
            mark = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            half = folder / ".half"
            is_half = half.exists() and plain.startswith(tuple(half.read_text().split()))
            if self.headers.get("If-None-Match") == mark and not is_half:
                self._answer(304, b"", ETag=mark)
            else:
                sent = len(body) // 2 if is_half else None
                self._answer(200, body, sent, **{"Content-Type": TYPES[path.suffix], "ETag": mark})

        def _answer(self, status: int, body: bytes, sent: int | None = None, **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with contextlib.suppress(OSError):
                self.wfile.write(body[:sent])

        def log_message(self, *_: object) -> None:
            return

    return Handler


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), handler_of(Path(sys.argv[1]))).serve_forever()
