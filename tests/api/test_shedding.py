"""A closed room tells so at the door, and keeps a place for whoever comes with a key."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

_INSIDE = 17
"""One permit and the sixteen places before it."""


@pytest.fixture
def crowd(filled, monkeypatch):
    """Ends the waiting of visitors who fill the room for searches, in which nothing is answered until then."""
    services = filled.app.state.services
    release, search = threading.Event(), services.search.search

    def held_up(asked):
        release.wait(10)
        return search(asked)

    monkeypatch.setattr(services.search, "search", held_up)
    with ThreadPoolExecutor(_INSIDE + 2) as threads:
        inside = [threads.submit(visit, filled, n) for n in range(_INSIDE)]
        while not services.reading.is_closed_to_anonymous:
            time.sleep(0.01)

        def leave():
            release.set()
            return [each.result().status_code for each in inside]

        yield threads, leave
        release.set()


def visit(service, number, **headers):
    return service.client.get(
        "/v1/search", params={"q": "ptsd"}, headers={"X-Forwarded-For": f"8.8.4.{number}", **headers}
    )


SLOW = pytest.mark.parametrize("service", [{"permits": 1, "deadline_ms": 20_000, "trust_proxy": True}], indirect=True)


@SLOW
@pytest.mark.parametrize("path", ["/v1/search?q=ptsd", "/v1/suggest?q=pts"])
def test_whoever_comes_to_a_full_room_is_told_so_and_whom_to_call(filled, crowd, path):
    _, leave = crowd
    refused = filled.client.get(path, headers={"Accept-Encoding": "identity"})
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert refused.headers["content-type"] == "application/problem+json"
    assert "988" in refused.json()["help"]
    assert refused.json()["detail"].startswith("too many requests")
    assert leave() == [200] * _INSIDE
    assert filled.client.get(path).status_code == 200


@SLOW
def test_a_key_finds_a_place_where_visitors_find_none(filled, crowd):
    threads, leave = crowd
    keyed = threads.submit(visit, filled, 99, **filled.search)
    time.sleep(0.2)
    assert sorted(leave()) == [200] * (_INSIDE - 1) + [503]
    assert keyed.result().status_code == 200


@SLOW
def test_other_rooms_stay_open(filled, crowd):
    assert filled.client.get("/v1/articles/ptsd/related").status_code == 200
    assert filled.client.get("/health/live").status_code == 200


@SLOW
def test_refusals_are_counted(filled, crowd):
    before = counted(filled)
    for _ in range(3):
        filled.client.get("/v1/search?q=ptsd")
    assert counted(filled) == before + 3


def counted(service):
    """Searches that were answered with 503, of this process."""
    lines = service.client.get("/metrics", headers=service.editor).text.splitlines()
    found = [line for line in lines if "requests_total" in line and '/v1/search"' in line and '"503"' in line]
    return sum(float(line.rpartition(" ")[2]) for line in found)
