"""Who the client is: the one place that reads `X-Forwarded-For`.

Servers in front of the application must not rewrite the client themselves (`uvicorn --no-proxy-headers`).
"""

import hmac
import secrets
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

import structlog
from litestar.connection import ASGIConnection

from indexing.errors import ConfigurationError
from indexing.settings import Settings

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Connection = ASGIConnection[Any, Any, Any, Any]

_CUSTOMER_PREFIX = 64
"""Bits of an IPv6 address that name a customer: each has at least this network to take addresses from (RFC 6177)."""
_MOST_HOPS = 50
_UNKNOWN = "unknown"

log = structlog.get_logger()


class ClientIp:
    """Names clients by their addresses, which leave it as hashes only."""

    def __init__(self, settings: Settings) -> None:
        self._trusted = tuple(parse_networks(settings.trusted_proxies))
        self._trusts_peer = settings.trust_proxy
        self._secret = secrets.token_bytes(32)
        if settings.trust_proxy:
            log.warning("setting.deprecated", setting="SEARCH_TRUST_PROXY", use="SEARCH_TRUSTED_PROXIES")

    def address(self, connection: Connection) -> str:
        """The client's address; an IPv6 one as its /64 network."""
        host = connection.client.host if connection.client else ""
        peer = parse_address(host)
        found = peer
        if self._is_trusted_peer(peer):
            lines = connection.headers.getall("x-forwarded-for", [])
            found = self._farthest(peer, reversed(",".join(lines).split(",")[-_MOST_HOPS:]))
        return named(found) if found is not None else host or _UNKNOWN

    def client(self, connection: Connection) -> str:
        """A name for the client that tells nothing of it, another one in each process."""
        return hmac.new(self._secret, self.address(connection).encode(), "sha256").hexdigest()

    def is_secure(self, connection: Connection) -> bool:
        """Whether the client speaks TLS, to us or to a proxy that we trust."""
        peer = parse_address(connection.client.host if connection.client else "")
        told = connection.headers.get("x-forwarded-proto") if self._is_trusted_peer(peer) else None
        return (told or str(connection.scope.get("scheme", ""))).strip().lower() == "https"

    def _is_trusted_peer(self, peer: Address | None) -> bool:
        """A peer without an address is at the other end of a Unix socket."""
        return self._trusts_peer or (peer is not None and self._is_trusted(peer))

    def _is_trusted(self, address: Address) -> bool:
        return any(address in network for network in self._trusted if network.version == address.version)

    def _farthest(self, peer: Address | None, hops: Iterator[str]) -> Address | None:
        """The first address from the right that no trusted proxy has; what is no address ends the walk."""
        found = peer
        for hop in hops:
            address = parse_address(hop)
            if address is None:
                return found
            found = address
            if not self._is_trusted(address):
                return found
        return found


def parse_address(text: str) -> Address | None:
    """An address with or without port (`1.2.3.4:80`, `[::1]:80`) and zone; IPv4 in IPv6 is IPv4; else None."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def named(address: Address) -> str:
    """As whom an address counts."""
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((address, _CUSTOMER_PREFIX), strict=False))


def parse_networks(text: str) -> Iterable[Network]:
    """Comma-separated addresses and networks. Raises ConfigurationError."""
    for part in filter(None, (part.strip() for part in text.split(","))):
        try:
            yield ip_network(part, strict=False)
        except ValueError as error:
            raise ConfigurationError(f"SEARCH_TRUSTED_PROXIES={text!r}: {error}") from error


def client_ip_of(connection: Connection) -> ClientIp:
    """The one of the application."""
    found: ClientIp = connection.app.state.client_ip
    return found
