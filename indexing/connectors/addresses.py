"""Network addresses that a connector may talk to: those of the public internet, unless the operator allows others.

A name is resolved once and the connection goes to the address that was checked, so that a second answer
of the name server (DNS rebinding) leads nowhere.
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence

from indexing.errors import SourceForbidden, SourceUnavailable

Resolve = Callable[[str, int], Sequence[str]]
"""The addresses of a host, as texts."""

_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
"""IPv4 addresses as IPv6 networks write them (RFC 6052)."""


def resolved(host: str, port: int) -> list[str]:
    """The addresses that the system finds for a host. Raises SourceUnavailable."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise SourceUnavailable(f"the name {host} cannot be resolved") from error
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def written(host: str) -> str:
    """A host as addresses of the web write it: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, also when written inside an IPv6 address."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if found in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def checked_address(host: str, port: int, *, may_be_private: bool, resolve: Resolve = resolved) -> str:
    """The address to connect to. Raises SourceForbidden where any address of the host is not public."""
    addresses = resolve(host, port)
    if not addresses:
        raise SourceUnavailable(f"the name {host} has no address")
    if not may_be_private and (inner := [address for address in addresses if not is_public(address)]):
        raise SourceForbidden(
            f"{written(host)} leads to {inner[0]}, which is not an address of the public internet; "
            "an operator may allow the host in SEARCH_CONNECTOR_PRIVATE_HOSTS"
        )
    return addresses[0]
