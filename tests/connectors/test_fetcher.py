"""Safe fetching: hosts, addresses, redirects, sizes, times, pace, and what is sent."""

import gzip
import time
from typing import Any

import pytest

from indexing.connectors import fetcher as module
from indexing.connectors.addresses import is_public
from indexing.connectors.fetcher import Fetcher, Validators, inflated
from indexing.errors import SourceForbidden, SourceUnavailable
from tests.connectors.servers import Asked, Reply, Site, site


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_FIRST_PAUSE_SECONDS", 0.01)


def fetcher(place: Site, **options: Any) -> Fetcher:
    return Fetcher(**{"hosts": [place.host], "private_hosts": ["127.0.0.1"], "seconds_between": 0, **options})


@pytest.mark.parametrize(
    "address",
    """127.0.0.1 10.1.2.3 172.16.0.1 192.168.1.1 169.254.169.254 0.0.0.0 100.64.0.1 224.0.0.1 255.255.255.255 ::1 ::
    fe80::1 fc00::1 ff02::1 ::ffff:127.0.0.1 64:ff9b::7f00:1 2002:7f00:1::""".split(),
)
def test_inner_addresses_are_known_in_every_spelling(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:8.8.8.8"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


def test_a_private_host_is_read_only_where_the_operator_allows_it() -> None:
    with site(lambda asked: Reply(200, b"inner")) as place:
        with pytest.raises(SourceForbidden, match="SEARCH_CONNECTOR_PRIVATE_HOSTS"):
            fetcher(place, private_hosts=[]).get(place.url)
        assert fetcher(place).get(place.url).body == b"inner"
        assert len(place.asked) == 1


@pytest.mark.parametrize(
    ("host", "port"), [("127.0.0.1", ":8010"), ("[::1]", ":8010"), ("[fd00::7]", ""), ("[::ffff:10.0.0.1]", ":81")]
)
def test_an_inner_address_of_either_kind_is_refused_for_what_it_is(host: str, port: str) -> None:
    place = f"{host}{port}"
    with pytest.raises(SourceForbidden, match="not an address of the public internet") as refused:
        Fetcher(hosts=[place], seconds_between=0).get(f"http://{place}/feed")
    assert str(refused.value).startswith(f"{host} leads to")
    with pytest.raises(SourceForbidden, match="is not a host of this connector") as unknown:
        Fetcher(hosts=["a.example"], seconds_between=0).get(f"http://{place}/feed")
    assert str(unknown.value).startswith(f"{place or host}")
    allowed = Fetcher(hosts=[place], private_hosts=[host], resolve=lambda host, port: [], seconds_between=0)
    with pytest.raises(SourceUnavailable, match="has no address"):
        allowed.get(f"http://{place}/feed")


def test_a_name_is_resolved_once_and_every_address_of_it_must_be_public() -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["93.184.216.34", "127.0.0.1"]

    with pytest.raises(SourceForbidden):
        Fetcher(hosts=["rebound.example"], resolve=resolve, seconds_between=0).get("http://rebound.example/")
    assert asked == ["rebound.example"]


def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    with site(lambda asked: Reply(200, asked.headers["host"].encode())) as place:
        named = f"named.example:{place.port}"
        reader = Fetcher(
            hosts=[named], private_hosts=["named.example"], resolve=lambda host, port: ["127.0.0.1"], seconds_between=0
        )
        assert reader.get(f"http://{named}/").body == named.encode()


@pytest.mark.parametrize(
    "url",
    ["ftp://a.example/", "file:///etc/passwd", "http://user:pw@a.example/", "http:///x", "gopher://a.example", "//a",
     "http://b.example/", "http://a.example:8080/", "http://a.example.evil.example/", "http://a.example:99999/"],
)  # fmt: skip
def test_only_configured_hosts_are_asked(url: str) -> None:
    def never(host: str, port: int) -> list[str]:
        raise AssertionError(host)

    with pytest.raises(SourceForbidden):
        Fetcher(hosts=["a.example"], resolve=never, seconds_between=0).get(url)


def test_a_redirect_is_checked_like_any_address() -> None:
    def answer(asked: Asked) -> Reply:
        targets = {
            "/inner": "http://169.254.169.254/latest/meta-data",
            "/loop": "/loop2",
            "/loop2": "/loop",
            "/ok": "/end",
        }
        if asked.path in targets:
            return Reply(302, b"", (("Location", targets[asked.path]),))
        return (
            Reply(301, b"", (("Location", asked.path + "x"),)) if asked.path.startswith("/more") else Reply(200, b"end")
        )

    with site(answer) as place:
        with pytest.raises(SourceForbidden, match=r"169\.254\.169\.254"):
            fetcher(place).get(f"{place.url}/inner")
        with pytest.raises(SourceForbidden):
            fetcher(place, hosts=[place.host, "169.254.169.254"], private_hosts=[place.host]).get(f"{place.url}/inner")
        for path in ("/loop", "/more"):
            with pytest.raises(SourceUnavailable, match="redirected"):
                fetcher(place).get(place.url + path)
        assert fetcher(place).get(f"{place.url}/ok").url == f"{place.url}/end"


def test_a_password_is_sent_to_its_site_alone() -> None:
    with site(lambda asked: Reply(200, b"other")) as other, site(lambda asked: Reply(302, b"")) as place:
        place.answer = lambda asked: Reply(302, b"", (("Location", other.url),))
        reader = fetcher(place, hosts=[place.host, other.host], authorization="Basic x", authorized_site=place.url)
        reader.get(place.url)
        assert place.asked[0].headers["authorization"] == "Basic x"
        assert "authorization" not in other.asked[0].headers


def bomb() -> bytes:
    return gzip.compress(b"0" * 20_000_000)


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (Reply(200, b"x" * 3_000), "longer than"),
        (Reply(200, gzip.compress(b"x" * 3_000), (("Content-Encoding", "gzip"),)), "longer than"),
        (Reply(200, gzip.compress(b"y" * 900)[:20], (("Content-Encoding", "gzip"),)), "broken"),
        (Reply(200, b"no gzip", (("Content-Encoding", "gzip"),)), "broken"),
        (Reply(200, b"y" * 900, cut=500), "broken off|cannot be read"),
        (Reply(500, b""), "answered 500"),
        (Reply(429, b"", (("Retry-After", "0"),)), "answered 429"),
    ],
)
def test_what_is_not_whole_or_too_much_is_nothing(reply: Reply, problem: str) -> None:
    with site(lambda asked: reply) as place, pytest.raises(SourceUnavailable, match=problem):
        fetcher(place).get(place.url, most_bytes=1_000)


def test_a_bomb_is_not_inflated() -> None:
    with pytest.raises(SourceUnavailable, match="longer"):
        inflated(bomb(), 1_000_000)


@pytest.mark.parametrize("length", [True, False])
def test_an_answer_that_trickles_is_broken_off(length: bool) -> None:
    headers = () if length else (("Content-Type", "text/html"),)
    with site(lambda asked: Reply(200, b"z" * 2_000, headers, seconds_a_byte=0.01)) as place:
        started = time.monotonic()
        with pytest.raises(SourceUnavailable):
            fetcher(place, request_seconds=0.3).get(place.url)
        assert time.monotonic() - started < 5


def test_an_error_that_passes_is_tried_again() -> None:
    replies = [Reply(503, b""), Reply(500, b""), Reply(200, b"at last")]
    with site(lambda asked: replies.pop(0)) as place:
        assert fetcher(place).get(place.url).body == b"at last"


def test_pace_is_kept_and_robots_are_obeyed() -> None:
    rules = b"User-agent: *\nDisallow: /private\nCrawl-delay: 0.2\nSitemap: http://x.example/map.xml\n"
    with site(lambda asked: Reply(200, rules if asked.path == "/robots.txt" else b"page")) as place:
        reader = fetcher(place, contact="mail@example.org")
        assert not reader.may_read(f"{place.url}/private/1")
        assert reader.may_read(f"{place.url}/open")
        assert reader.sitemaps(place.url) == ["http://x.example/map.xml"]
        started = time.monotonic()
        reader.get(f"{place.url}/a")
        reader.get(f"{place.url}/b")
        assert time.monotonic() - started >= 0.35
        assert place.asked[0].headers["user-agent"] == "KetamineChannelSearch/1.0 (+mail@example.org)"


def test_a_robots_file_that_fails_forbids_to_guess() -> None:
    with site(lambda asked: Reply(500, b"")) as place, pytest.raises(SourceUnavailable):
        fetcher(place).may_read(f"{place.url}/a")


def test_what_did_not_change_is_not_sent_again() -> None:
    def answer(asked: Asked) -> Reply:
        if asked.headers.get("if-none-match") == '"1"':
            return Reply(304)
        return Reply(200, b"text", (("ETag", '"1"'), ("Last-Modified", "Wed, 21 Oct 2026 07:28:00 GMT")))

    with site(answer) as place:
        first = fetcher(place).get(place.url)
        assert first.validators == Validators('"1"', "Wed, 21 Oct 2026 07:28:00 GMT")
        assert fetcher(place).get(place.url, validators=first.validators).is_unchanged


def test_errors_show_no_query() -> None:
    with site(lambda asked: Reply(500, b"")) as place, pytest.raises(SourceUnavailable) as raised:
        fetcher(place).get(f"{place.url}/a?token=secret")
    assert "secret" not in str(raised.value)
