"""Who the client is, whatever stands in front."""

import pytest
from litestar.connection import ASGIConnection

from indexing.errors import ConfigurationError
from indexing.settings import Settings
from search_api.http.client_ip import ClientIp


def connection(peer, *forwarded, scheme="http", proto=None):
    headers = [(b"x-forwarded-for", line.encode("latin-1")) for line in forwarded]
    headers += [(b"x-forwarded-proto", proto.encode())] if proto else []
    client = (peer, 4711) if peer is not None else None
    return ASGIConnection({"type": "http", "client": client, "headers": headers, "scheme": scheme})


def address(trusted, peer, *forwarded, **settings):
    return ClientIp(Settings(trusted_proxies=trusted, **settings)).address(connection(peer, *forwarded))


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "client"),
    [
        ("", "198.51.100.7", ["203.0.113.9"], "198.51.100.7"),
        ("", "127.0.0.1", ["203.0.113.9"], "127.0.0.1"),
        ("10.0.0.0/8", "198.51.100.7", ["203.0.113.9"], "198.51.100.7"),
        ("10.0.0.1", "10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", "10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", "10.0.0.1", ["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", "10.0.0.1", ["1.1.1.1", "203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", "10.0.0.1", ["203.0.113.9:4711"], "203.0.113.9"),
        ("10.0.0.0/8, 192.0.2.1", "10.0.0.1", ["1.1.1.1, 203.0.113.9, 10.2.3.4", "192.0.2.1"], "203.0.113.9"),
        ("10.0.0.0/8", "10.0.0.1", ["10.9.9.9, 10.2.3.4"], "10.9.9.9"),
        ("10.0.0.1", "10.0.0.1", ["unknown"], "10.0.0.1"),
        ("10.0.0.0/8", "10.0.0.1", ["203.0.113.9, nonsense, 10.2.3.4"], "10.2.3.4"),
        ("10.0.0.1", "10.0.0.1", ["", "203.0.113.9, "], "10.0.0.1"),
        ("10.0.0.1", "10.0.0.1", ["\xe9<script>"], "10.0.0.1"),
        ("10.0.0.1", "::ffff:10.0.0.1", ["::ffff:203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", "10.0.0.1", ["[2001:db8:1:2:3::4]:443"], "2001:db8:1:2::/64"),
        ("10.0.0.1", "10.0.0.1", ['"[2001:db8:1:2:3::4]"'], "2001:db8:1:2::/64"),
        ("10.0.0.1", "10.0.0.1", ["2001:db8:1:2:ffff::"], "2001:db8:1:2::/64"),
        ("fd00::/8", "fd00::1%eth0", ["2001:db8:1:3::1"], "2001:db8:1:3::/64"),
        ("", "2001:db8:1:2:3:4:5:6", [], "2001:db8:1:2::/64"),
        ("10.0.0.1", "testclient", ["203.0.113.9"], "testclient"),
        ("10.0.0.1", None, ["203.0.113.9"], "unknown"),
    ],
)
def test_the_client_is_the_first_from_the_right_that_is_no_proxy_of_ours(trusted, peer, forwarded, client):
    assert address(trusted, peer, *forwarded) == client


def test_many_hops_are_no_work():
    assert address("10.0.0.0/8", "10.0.0.1", ",".join(["10.0.0.2"] * 100_000)) == "10.0.0.2"


def test_the_earlier_setting_trusts_the_direct_peer_and_no_other():
    assert address("", "192.0.2.1", "1.1.1.1, 203.0.113.9", trust_proxy=True) == "203.0.113.9"
    assert address("", None, "203.0.113.9", trust_proxy=True) == "203.0.113.9"
    assert address("", None, trust_proxy=True) == "unknown"
    assert address("", "192.0.2.1", "1.1.1.1, 192.0.2.1", trust_proxy=True) == "192.0.2.1"


def test_a_client_is_named_without_its_address():
    one, other = ClientIp(Settings()), ClientIp(Settings())
    peer = connection("203.0.113.9")
    assert one.client(peer) == one.client(peer) != other.client(peer)
    assert "203.0.113.9" not in one.client(peer)


@pytest.mark.parametrize(
    ("trusted", "peer", "scheme", "proto", "secure"),
    [
        ("", "203.0.113.9", "https", None, True),
        ("", "203.0.113.9", "http", "https", False),
        ("10.0.0.1", "10.0.0.1", "http", "https", True),
        ("10.0.0.1", "10.0.0.1", "http", None, False),
    ],
)
def test_only_a_trusted_proxy_says_that_the_client_speaks_tls(trusted, peer, scheme, proto, secure):
    asked = connection(peer, scheme=scheme, proto=proto)
    assert ClientIp(Settings(trusted_proxies=trusted)).is_secure(asked) == secure


def test_a_wrong_proxy_stops_the_start():
    with pytest.raises(ConfigurationError, match="SEARCH_TRUSTED_PROXIES"):
        ClientIp(Settings(trusted_proxies="10.0.0.1, proxy.example"))
