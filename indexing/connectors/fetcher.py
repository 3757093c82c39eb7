"""Reading of web pages that somebody else controls: which hosts, how much, how long, how often.

Every request, also one after a redirect, goes to a configured host at a checked address. Nothing that is
read here is trusted: it is bytes until a connector has parsed it.
"""

import contextlib
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Collection, Mapping
from typing import NamedTuple
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

import urllib3
from msgspec import Struct
from protego import Protego
from urllib3.connection import HTTPConnection, HTTPSConnection

from indexing.connectors.addresses import Resolve, checked_address, resolved, written
from indexing.errors import SourceForbidden, SourceUnavailable

PRODUCT = "KetamineChannelSearch"
"""The name under which robots.txt addresses this service."""
PAGE_BYTES = 10_000_000
FILE_BYTES = 60_000_000
"""A sitemap has at most 50 MB by its protocol."""

_REQUEST_SECONDS = 20.0
"""From the first byte sent to the last one read, whatever trickles meanwhile."""
_SOCKET_SECONDS = 10.0
_MOST_REDIRECTS = 5
_TRIES = 3
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 10.0
_READ_BYTES = 65_536
_SCHEMES = {"http": 80, "https": 443}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Validators(Struct, frozen=True):
    """What a server needs to say that nothing changed since."""

    etag: str = ""
    modified: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """The same as request headers."""
        named = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {name: value for name, value in named.items() if value}


NO_VALIDATORS = Validators()


class Response(Struct, frozen=True):
    """An answer below 500; `url` is where the redirects ended, `body` is inflated."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def is_unchanged(self) -> bool:
        """Whether the server said that what was read before still holds."""
        return self.status == 304

    @property
    def is_gone(self) -> bool:
        """Whether there is nothing at this address."""
        return self.status in {404, 410}

    @property
    def validators(self) -> Validators:
        """What to send the next time."""
        return Validators(self.headers.get("etag", "")[:500], self.headers.get("last-modified", "")[:100])


class Site(NamedTuple):
    """A host and its port."""

    host: str
    port: int

    @property
    def names(self) -> frozenset[str]:
        """As settings may write it: with the port, and of any port without."""
        return frozenset({f"{written(self.host)}:{self.port}", written(self.host)})


class Fetcher:
    """Reads from the hosts of one connector; used by one thread at a time."""

    def __init__(
        self,
        *,
        hosts: Collection[str],
        private_hosts: Collection[str] = (),
        contact: str = "",
        seconds_between: float = 0.2,
        authorization: str = "",
        authorized_site: str = "",
        request_seconds: float = _REQUEST_SECONDS,
        resolve: Resolve = resolved,
    ) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)
        self._private = frozenset(host.lower() for host in private_hosts)
        self._agent = f"{PRODUCT}/1.0" + (f" (+{contact})" if contact else "")
        self._between = seconds_between
        self._authorization = authorization
        self._authorized = _origin(urlsplit(authorized_site)) if authorized_site else None
        self._seconds = request_seconds
        self._resolve = resolve
        self._robots: dict[tuple[str, str, int], Protego] = {}
        self._last: dict[Site, float] = {}
        self._tls: ssl.SSLContext | None = None

    def get(
        self, url: str, *, validators: Validators = NO_VALIDATORS, most_bytes: int = PAGE_BYTES, accept: str = "*/*"
    ) -> Response:
        """Read an address, following redirects between configured hosts.

        Raises SourceForbidden where the address may not be read, and SourceUnavailable after some tries
        where the server does not answer properly: then nothing is known of what it holds.
        """
        pause = _FIRST_PAUSE_SECONDS
        for remaining in reversed(range(_TRIES)):
            try:
                return self._followed(url, validators, most_bytes, accept)
            except SourceUnavailable as error:
                if not remaining or not error.is_worth_retrying:
                    raise
                time.sleep(min(error.retry_seconds or pause, _LONGEST_PAUSE_SECONDS))
                pause *= 2
        raise AssertionError

    def may_read(self, url: str) -> bool:
        """Whether the host's robots.txt allows us to read an address; its delay between requests is kept."""
        parts = urlsplit(url)
        origin = _origin(parts)
        if origin not in self._robots:
            self._robots[origin] = self._read_robots(parts)
        return bool(self._robots[origin].can_fetch(url, PRODUCT))

    def sitemaps(self, site: str) -> list[str]:
        """The sitemaps that a site's robots.txt names."""
        self.may_read(site)
        return list(self._robots[_origin(urlsplit(site))].sitemaps)

    def _read_robots(self, parts: SplitResult) -> Protego:
        answer = self.get(urlunsplit((parts.scheme, parts.netloc, "/robots.txt", "", "")), most_bytes=500_000)
        rules = Protego.parse(answer.body.decode("utf-8", "replace") if answer.status == 200 else "")
        delay = rules.crawl_delay(PRODUCT)
        self._between = max(self._between, min(delay or 0.0, _LONGEST_PAUSE_SECONDS))
        return rules

    def _followed(self, url: str, validators: Validators, most_bytes: int, accept: str) -> Response:
        seen = {url}
        for _ in range(_MOST_REDIRECTS + 1):
            answer = self._once(url, validators, most_bytes, accept)
            if answer.status not in _REDIRECTS:
                return answer
            target = urljoin(url, answer.headers.get("location", ""))
            if target in seen:
                raise SourceUnavailable(f"{_shown(url)} is redirected in a circle", is_worth_retrying=False)
            seen.add(target)
            url = target
        raise SourceUnavailable(f"{_shown(url)} is redirected again and again", is_worth_retrying=False)

    def _once(self, url: str, validators: Validators, most_bytes: int, accept: str) -> Response:
        parts = urlsplit(url)
        site = self._allowed(parts)
        self._keep_pace(site)
        connection = self._connection(parts.scheme, site)
        sockets: list[socket.socket] = []
        ends = threading.Timer(self._seconds, _break_off, [connection, sockets])
        ends.daemon = True
        ends.start()
        try:
            connection.connect()
            sockets += [connection.sock] if connection.sock is not None else []
            answer = self._exchange(connection, parts, validators, most_bytes, accept)
            if ends.finished.is_set():  # a body without a length ends where the connection does
                raise TimeoutError
            return answer
        except (urllib3.exceptions.HTTPError, OSError, ssl.SSLError) as error:
            raise SourceUnavailable(f"{_shown(url)} cannot be read: {_reason(error)}") from error
        finally:
            ends.cancel()
            connection.close()

    def _exchange(
        self, connection: HTTPConnection, parts: SplitResult, validators: Validators, most_bytes: int, accept: str
    ) -> Response:
        host = written(parts.hostname or "")
        named = host if parts.port in (None, _SCHEMES[parts.scheme]) else f"{host}:{parts.port}"
        headers = {"Host": named, "User-Agent": self._agent, "Accept": accept, "Accept-Encoding": "gzip"}
        if self._authorization and _origin(parts) == self._authorized:
            headers["Authorization"] = self._authorization
        target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        connection.request(
            "GET", target, headers=headers | validators.headers, preload_content=False, decode_content=False
        )
        with contextlib.closing(connection.getresponse()) as answer:
            return _understood(answer, urlunsplit(parts._replace(fragment="")), most_bytes)

    def _allowed(self, parts: SplitResult) -> Site:
        host = (parts.hostname or "").lower()
        try:
            port = parts.port or _SCHEMES.get(parts.scheme, 0)
        except ValueError:
            port = 0
        if parts.scheme not in _SCHEMES or not host or not port or parts.username is not None:
            raise SourceForbidden(f"{_shown(urlunsplit(parts))} is not an http(s) address")
        site, named = Site(host, port), f"{written(host)}:{port}"
        known = site.names if port == _SCHEMES[parts.scheme] else {named}
        if not known & self._hosts:
            raise SourceForbidden(f"{named} is not a host of this connector; add it to `hosts` if it should be")
        return site

    def _connection(self, scheme: str, site: Site) -> HTTPConnection:
        is_private = bool(site.names & self._private)
        address = checked_address(site.host, site.port, may_be_private=is_private, resolve=self._resolve)
        if scheme == "http":
            return HTTPConnection(address, site.port, timeout=_SOCKET_SECONDS)
        self._tls = self._tls or ssl.create_default_context()
        return HTTPSConnection(
            address,
            site.port,
            timeout=_SOCKET_SECONDS,
            ssl_context=self._tls,
            server_hostname=site.host,
            assert_hostname=site.host,
        )

    def _keep_pace(self, site: Site) -> None:
        wait = self._last.get(site, float("-inf")) + self._between - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        self._last[site] = time.monotonic()


def inflated(data: bytes, most_bytes: int) -> bytes:
    """What a gzip file holds. Raises SourceUnavailable where it is broken or holds more than `most_bytes`."""
    parts: list[bytes] = []
    size = 0
    while data:
        member = zlib.decompressobj(wbits=31)
        try:
            parts.append(member.decompress(data, most_bytes - size + 1))
        except zlib.error as error:
            raise SourceUnavailable("the compressed answer is broken") from error
        size += len(parts[-1])
        if size > most_bytes:
            raise SourceUnavailable(f"the answer is longer than {most_bytes} bytes", is_worth_retrying=False)
        if not member.eof:
            raise SourceUnavailable("the compressed answer was broken off")
        data = member.unused_data.lstrip(b"\0")
    return b"".join(parts)


def _understood(answer: urllib3.BaseHTTPResponse, url: str, most_bytes: int) -> Response:
    """The answer of a server that works. Raises SourceUnavailable for others."""
    found = {name.lower(): value for name, value in answer.headers.items()}
    if answer.status >= 500 or answer.status == 429:
        wait = _seconds_of(found.get("retry-after", ""))
        raise SourceUnavailable(f"{_shown(url)} answered {answer.status}", retry_seconds=wait)
    if answer.status in _REDIRECTS or answer.status == 304:
        return Response(url, answer.status, found)
    body = _read(answer, most_bytes, url)
    if found.get("content-encoding", "").lower() in {"gzip", "x-gzip"}:
        body = inflated(body, most_bytes)
    return Response(url, answer.status, found, body)


def _read(answer: urllib3.BaseHTTPResponse, most_bytes: int, url: str) -> bytes:
    parts, size = [], 0
    while part := answer.read1(_READ_BYTES, decode_content=False):
        size += len(part)
        if size > most_bytes:
            raise SourceUnavailable(f"{_shown(url)} is longer than {most_bytes} bytes", is_worth_retrying=False)
        parts.append(part)
    if answer.length_remaining:
        raise SourceUnavailable(f"{_shown(url)} was broken off")
    return b"".join(parts)


def _break_off(connection: HTTPConnection, sockets: list[socket.socket]) -> None:
    """End an exchange that takes too long, wherever it is: the connection forgets its socket at the answer's head."""
    for each in sockets or [connection.sock]:
        if each is not None:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    return parts.scheme, (parts.hostname or "").lower(), parts.port or _SCHEMES.get(parts.scheme, 0)


def _seconds_of(text: str) -> float | None:
    return float(text) if text.isdecimal() and len(text) < 9 else None


def _shown(url: str) -> str:
    """An address as errors name it: without a query, which may hold a secret."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))[:200]


def _reason(error: Exception) -> str:
    if isinstance(error, (TimeoutError, urllib3.exceptions.TimeoutError)):
        return "it took too long"
    if isinstance(error, ssl.SSLError) or "CERTIFICATE" in str(error):
        return "its certificate is not valid"
    return type(error).__name__
