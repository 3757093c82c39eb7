import pytest
from litestar.exceptions import TooManyRequestsException

from search_api.http.limiter import Limiter


class Clock:
    now = 600.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def refused(limiter, client, cost=1):
    try:
        limiter.charge(client, cost)
    except TooManyRequestsException as error:
        return int(error.headers["Retry-After"])
    return 0


def test_costs_add_up_by_client_and_minute(clock):
    limiter = Limiter(10, clock=clock)
    assert [refused(limiter, "a", 4) for _ in range(2)] == [0, 0]
    clock.now += 20
    assert refused(limiter, "a", 4) == 41
    assert refused(limiter, "b", 10) == 0
    clock.now += 41
    assert refused(limiter, "a", 10) == 0


def test_what_costs_more_than_a_minute_is_refused_with_the_reason(clock):
    with pytest.raises(TooManyRequestsException, match="counts as 11 requests, 10 a minute"):
        Limiter(10, clock=clock).charge("a", 11)


def test_memory_stays_bounded_whoever_calls(clock, monkeypatch):
    monkeypatch.setattr("search_api.http.limiter._MOST_CLIENTS", 100)
    limiter = Limiter(10, clock=clock)
    refusals = [refused(limiter, f"client {n}") for n in range(1_000)]
    assert len(limiter._spent) <= 101
    assert refusals[:110] == [0] * 110
    assert all(refusals[110:])
    clock.now += 60
    assert refused(limiter, "client 999") == 0
    assert len(limiter._spent) == 1
