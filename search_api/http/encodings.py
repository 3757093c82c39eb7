"""Compressed request bodies: gzip and deflate are decoded up to a bound, anything else is refused with 415.

A byte order mark before JSON, as some editors write it, is no part of it.
"""

import codecs
import zlib
from typing import Any

from litestar import Request
from litestar.enums import ScopeType
from litestar.exceptions import ClientException
from litestar.serialization import decode_json
from litestar.types import ASGIApp, HTTPReceiveMessage, Receive, Scope, Send

_WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 47}
"""As zlib names the formats; 47 finds out whether deflate has a header."""
_PIECE_BYTES = 1_000_000
MOST_DECODED_BYTES = 2_000_000_000
"""Of one request; documents in it have bounds of their own."""
MOST_RATIO = 1_000
"""Deflate can reach 1,032, text reaches 3 to 30: more than this behind the first megabytes is an attack."""


def decode_bodies(app: ASGIApp) -> ASGIApp:
    """A middleware behind which bodies are as their senders wrote them."""

    async def middleware(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        encoding = next((value for name, value in scope["headers"] if name == b"content-encoding"), b"")
        name = encoding.decode("latin-1").strip().lower()
        if name in {"", "identity"}:
            await app(scope, receive, send)
            return
        if name not in _WINDOW_BITS:
            raise ClientException(
                f"Content-Encoding {name[:40]!r} is not understood; send gzip, or the body as it is",
                status_code=415,
                headers={"Accept-Encoding": "gzip, deflate"},
            )
        kept = [pair for pair in scope["headers"] if pair[0] not in {b"content-encoding", b"content-length"}]
        scope["headers"] = kept
        await app(scope, _Decoder(receive, _WINDOW_BITS[name]).receive, send)

    return middleware


def unmarked(body: bytes) -> bytes:
    """JSON without the byte order mark before it."""
    return body.removeprefix(codecs.BOM_UTF8)


class MarkedRequest(Request[Any, Any, Any]):
    """A request whose JSON may begin with a byte order mark; `body()` is what was sent, for signatures."""

    async def json(self) -> Any:
        """The decoded body. Raises SerializationException."""
        return decode_json(unmarked(await self.body()) or b"null")


class _Decoder:
    """Decodes what arrives a piece at a time, so that little is ever held."""

    def __init__(self, receive: Receive, window_bits: int) -> None:
        self._source = receive
        self._decoder = zlib.decompressobj(window_bits)
        self._read = self._decoded = 0
        self._has_more = True

    async def receive(self) -> HTTPReceiveMessage:
        """The next piece of the decoded body."""
        while True:
            waiting = self._decoder.unconsumed_tail
            if not waiting and not self._has_more:
                return {"type": "http.request", "body": b"", "more_body": False}
            if not waiting:
                message = await self._source()
                if message["type"] != "http.request":
                    return message  # type: ignore[return-value]
                waiting, self._has_more = message["body"], message["more_body"]
                self._read += len(waiting)
            body = self._decode(waiting)
            is_last = not self._decoder.unconsumed_tail and not self._has_more
            if body or is_last:
                if is_last and not self._decoder.eof:
                    raise ClientException("the body ends before its compression does")
                return {"type": "http.request", "body": body, "more_body": not is_last}

    def _decode(self, waiting: bytes) -> bytes:
        try:
            body = self._decoder.decompress(waiting, _PIECE_BYTES)
        except zlib.error as error:
            raise ClientException(f"the body is not compressed as Content-Encoding says: {error}") from error
        self._decoded += len(body)
        most = min(MOST_DECODED_BYTES, max(10 * _PIECE_BYTES, MOST_RATIO * self._read))
        if self._decoded > most:
            raise ClientException(f"the decoded body has more than {most} bytes, which is too much", status_code=413)
        return body
