"""Between the adapter and a Meilisearch server: checks every request, records exchanges, plays them back.

`--record DIR` with MEILI_URL set writes one packed file a test, with keys and times removed; without a server the
tests run on the files in `recordings/` (`--replay DIR` names others). Every request is held against
Meilisearch's own OpenAPI document where that is at hand.
"""

import gzip
import http.server
import json
import re
import threading
import urllib.error
import urllib.request
import zlib
from collections import defaultdict, deque
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jsonschema_rs
from msgspec import Struct

from tests.conftest import SHARED_DATA

OPENAPI = SHARED_DATA / "meilisearch-openapi-1.53.json"
RECORDINGS = Path(__file__).with_name("recordings")
_TIMES = {"enqueuedAt", "startedAt", "finishedAt", "createdAt", "updatedAt", "lastUpdate"}
_VOLATILE = {"processingTimeMs": 0, "duration": "PT0S", "requestUid": None}
_HOPS = {"connection", "transfer-encoding", "content-length", "host", "accept-encoding"}


class Exchange(Struct):
    """One request and its answer; `source` says where a hand-written one was seen."""

    method: str
    path: str
    body: Any
    status: int
    answer: Any
    source: str = ""

    @property
    def question(self) -> str:
        """What makes two requests the same."""
        return json.dumps([self.method, self.path, self.body], sort_keys=True)


def read_exchanges(path: Path) -> list[Exchange]:
    """The exchanges of one file."""
    return [Exchange(**json.loads(line)) for line in gzip.decompress(path.read_bytes()).splitlines() if line]


def recording_name(test: str) -> str:
    """The file of one test: its name in letters that every file system takes, and a digest of all of it."""
    return f"{re.sub(r'[^a-z0-9]+', '_', test.lower()).strip('_')[:90]}-{zlib.crc32(test.encode()):08x}.jsonl.gz"


class Relay:
    """A server on a free port that passes requests on to a real one, or answers from recordings."""

    def __init__(self, *, upstream: str = "", recorded: list[Exchange] | None = None) -> None:
        self.seen: list[Exchange] = []
        self.faults: list[str] = []
        self._upstream = upstream
        self._recorded: dict[str, deque[Exchange]] = defaultdict(deque)
        for exchange in recorded or []:
            self._recorded[exchange.question].append(exchange)
        self._lock = threading.Lock()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Stop; raises AssertionError where a request broke the specification or was not recorded."""
        self._server.shutdown()
        self._server.server_close()
        assert not self.faults, "\n".join(self.faults)

    def save(self, path: Path) -> None:
        """Write everything that was seen."""
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps({**_fields(each), "answer": _settled(each.answer)}) for each in self.seen]
        path.write_bytes(gzip.compress(("\n".join(lines) + "\n").encode(), mtime=0))

    def answer(self, method: str, path: str, data: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """Answer one request."""
        body = _decoded(data, headers.get("content-type", ""))
        if fault := request_fault(method, path, body):
            self.faults.append(fault)
        if self._upstream:
            status, raw = self._forwarded(method, path, data, headers)
            with self._lock:
                self.seen.append(Exchange(method, path, body, status, json.loads(raw or b"null")))
            return status, raw
        question = Exchange(method, path, body, 0, None).question
        with self._lock:
            known = self._recorded.get(question)
            if not known:
                self.faults.append(f"not recorded: {method} {path} {json.dumps(body)[:2_000]}")
                return 500, json.dumps({"message": "not recorded", "code": "internal", "type": "internal"}).encode()
            exchange = known.popleft() if len(known) > 1 else known[0]
            self.seen.append(exchange)
        return exchange.status, json.dumps(exchange.answer).encode()

    def _forwarded(self, method: str, path: str, data: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        kept = {name: value for name, value in headers.items() if name not in _HOPS}
        request = urllib.request.Request(self._upstream + path, data or None, kept, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        relay = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def _serve(self) -> None:
                data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, raw = relay.answer(self.command, self.path, data, headers)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        return Handler


def _fields(exchange: Exchange) -> dict[str, Any]:
    return {name: getattr(exchange, name) for name in exchange.__struct_fields__}


def _decoded(data: bytes, media_type: str) -> Any:
    if not data:
        return None
    if "ndjson" in media_type:
        return [json.loads(line) for line in data.splitlines() if line]
    return json.loads(data)


def _settled(value: Any) -> Any:
    """An answer without times, so that two recordings differ only where the server does."""
    if isinstance(value, list):
        return [_settled(each) for each in value]
    if isinstance(value, dict):
        return {
            name: ("2026-01-01T00:00:00.000000Z" if each else each)
            if name in _TIMES
            else _VOLATILE.get(name, _settled(each))
            for name, each in value.items()
        }
    return value


def request_fault(method: str, path: str, body: Any) -> str:
    """What Meilisearch's specification has against a request; empty where there is nothing, or no specification."""
    if not OPENAPI.exists():
        return ""
    parts = urlsplit(path)
    asked = f"{method} {parts.path}"
    operation = next((found for found in _operations() if found[0].fullmatch(asked)), None)
    if operation is None:
        return f"{method} {parts.path} is not in the specification"
    _, parameters, validator = operation
    if unknown := [name for name, _ in parse_qsl(parts.query) if name not in parameters]:
        return f"{method} {parts.path} knows no parameter {unknown}"
    if validator is None:
        return f"{method} {parts.path} takes no body" if body is not None else ""
    errors = [f"{'/'.join(map(str, error.instance_path))}: {error.message}" for error in validator.iter_errors(body)]
    return f"{method} {parts.path}: {errors[:3]}" if errors else ""


@cache
def _operations() -> list[tuple[re.Pattern[str], set[str], Any]]:
    document = json.loads(OPENAPI.read_text())
    schemas = document["components"]["schemas"]
    # The document wraps an embedder's settings in `inner`; the server and its tests take them bare.
    schemas["SettingEmbeddingSettings"] = schemas["SettingEmbeddingSettings"]["properties"]["inner"]
    _close(schemas)
    found = []
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if not isinstance(operation, dict) or "responses" not in operation:
                continue
            pattern = re.compile(f"{method.upper()} " + re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))
            names = {each["name"] for each in operation.get("parameters", []) if each.get("in") == "query"}
            content = operation.get("requestBody", {}).get("content", {})
            schema = next(iter(content.values()), {}).get("schema") if content else None
            validator = None
            if schema is not None:
                whole = {**json.loads(json.dumps(schema)), "components": {"schemas": schemas}}
                validator = jsonschema_rs.Draft202012Validator(whole)
            found.append((pattern, names, validator))
    return sorted(found, key=lambda each: "[^/]+" in each[0].pattern)


def _close(schema: Any) -> None:
    """Refuse properties that an object does not name: the server does."""
    for each in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else []:
        _close(each)
    if isinstance(schema, dict) and isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        schema.setdefault("additionalProperties", False)
