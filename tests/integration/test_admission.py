import asyncio
import threading
import time

import pytest

from indexing import deadline
from indexing.content.keys import ApiKey
from indexing.errors import Overloaded
from search_api.http.admission import Admission, Shared
from search_api.http.callers import Caller


def run(scenario):
    return asyncio.run(scenario())


def test_work_that_is_given_up_keeps_its_permit_until_it_ends():
    async def scenario():
        admission = Admission("test", permits=1, waiting=2, deadline_seconds=0.1)
        release, running = threading.Event(), []

        def slow():
            running.append(threading.current_thread().name)
            release.wait(5)

        for _ in range(3):
            with pytest.raises(Overloaded, match="in time"):
                await admission.run(slow)
        assert len(running) == 1
        with pytest.raises(Overloaded):
            await admission.run(slow)
        release.set()
        admission.close()

    run(scenario)


def test_beyond_permits_and_waiting_requests_are_refused_at_once():
    async def scenario():
        admission = Admission("test", permits=2, waiting=3, deadline_seconds=5)
        release = threading.Event()
        inside = [asyncio.create_task(admission.run(lambda: release.wait(5))) for _ in range(5)]
        await asyncio.sleep(0.05)
        started = time.monotonic()
        with pytest.raises(Overloaded, match="too many"):
            await admission.run(lambda: None)
        assert time.monotonic() - started < 0.02
        release.set()
        assert await asyncio.gather(*inside) == [True] * 5
        assert await admission.run(lambda: 7) == 7
        admission.close()

    run(scenario)


def test_errors_of_the_work_reach_the_caller():
    async def scenario():
        admission = Admission("test", permits=1, waiting=0, deadline_seconds=5)

        def broken():
            raise ValueError("injected")

        with pytest.raises(ValueError, match="injected"):
            await admission.run(broken)
        admission.close()

    run(scenario)


KEYED = Caller("k", ApiKey("id", "service", frozenset(), None, None))


def anonymous(n):
    return Caller(f"client {n}")


def test_callers_with_a_key_come_before_anonymous_ones_that_were_there_first():
    async def scenario():
        admission = Admission("test", permits=1, waiting=20, deadline_seconds=5)
        release, order = threading.Event(), []
        first = asyncio.create_task(admission.run(lambda: release.wait(5)))
        await asyncio.sleep(0.01)
        others = [asyncio.create_task(admission.run(lambda n=n: order.append(n), by=anonymous(n))) for n in range(3)]
        await asyncio.sleep(0.01)
        keyed = asyncio.create_task(admission.run(lambda: order.append("keyed"), by=KEYED))
        await asyncio.sleep(0.01)
        release.set()
        await asyncio.gather(first, *others, keyed)
        assert order == ["keyed", 0, 1, 2]
        admission.close()

    run(scenario)


def test_a_full_room_lets_the_last_anonymous_caller_go_for_one_with_a_key():
    async def scenario():
        admission = Admission("test", permits=1, waiting=3, deadline_seconds=5)
        release = threading.Event()
        first = asyncio.create_task(admission.run(lambda: release.wait(5), by=anonymous(0)))
        await asyncio.sleep(0.01)
        waiting = [asyncio.create_task(admission.run(lambda n=n: n, by=anonymous(n))) for n in (1, 2, 3)]
        await asyncio.sleep(0.01)
        with pytest.raises(Overloaded, match="too many"):
            await admission.run(lambda: None, by=anonymous(4))
        keyed = [asyncio.create_task(admission.run(lambda: "keyed", by=KEYED)) for _ in range(4)]
        await asyncio.sleep(0.01)
        release.set()
        results = await asyncio.gather(first, *waiting, *keyed, return_exceptions=True)
        assert results[0] is True
        assert all(isinstance(result, Overloaded) for result in results[1:4])
        assert results[4:7] == ["keyed"] * 3
        assert isinstance(results[7], Overloaded)
        assert await admission.run(lambda: "after", by=anonymous(1)) == "after"
        assert not admission._inside_by_client
        admission.close()

    run(scenario)


def test_one_anonymous_client_has_half_of_the_places_at_most():
    async def scenario():
        admission = Admission("test", permits=1, waiting=5, deadline_seconds=5)
        release = threading.Event()
        mine = [asyncio.create_task(admission.run(lambda: release.wait(5), by=anonymous(1))) for _ in range(3)]
        await asyncio.sleep(0.01)
        with pytest.raises(Overloaded, match="of yours"):
            await admission.run(lambda: None, by=anonymous(1))
        other = asyncio.create_task(admission.run(lambda: "other", by=anonymous(2)))
        await asyncio.sleep(0.01)
        release.set()
        assert await other == "other"
        await asyncio.gather(*mine)
        assert await admission.run(lambda: "again", by=anonymous(1)) == "again"
        admission.close()

    run(scenario)


def test_a_thread_is_left_to_others_where_a_client_may_not_have_all():
    async def scenario():
        admission = Admission("test", permits=2, waiting=6, deadline_seconds=5, client_permits=1)
        release = threading.Event()
        mine = [asyncio.create_task(admission.run(lambda: release.wait(5), by=anonymous(1))) for _ in range(3)]
        await asyncio.sleep(0.01)
        assert await admission.run(lambda: "other", by=anonymous(2)) == "other"
        assert await admission.run(lambda: "keyed", by=KEYED) == "keyed"
        release.set()
        assert await asyncio.gather(*mine) == [True] * 3
        assert not admission._running_by_client
        admission.close()

    run(scenario)


def test_places_are_free_again_after_waiting_in_vain_and_after_being_cancelled():
    async def scenario():
        admission = Admission("test", permits=1, waiting=2, deadline_seconds=0.1)
        release = threading.Event()
        with pytest.raises(Overloaded, match="in time"):
            await admission.run(lambda: release.wait(5), by=anonymous(0))
        for _ in range(3):
            with pytest.raises(Overloaded, match="in time"):
                await admission.run(lambda: None, by=anonymous(1))
        given_up = asyncio.create_task(admission.run(lambda: None, by=anonymous(2)))
        await asyncio.sleep(0.01)
        given_up.cancel()
        await asyncio.gather(given_up, return_exceptions=True)
        release.set()
        await asyncio.sleep(0.05)
        assert [await admission.run(lambda n=n: n, by=anonymous(3)) for n in range(5)] == [0, 1, 2, 3, 4]
        assert (admission._running, admission._inside_by_client) == (0, {})
        admission.close()

    run(scenario)


def test_loops_stop_at_the_deadline_so_that_their_thread_is_free_again():
    async def scenario():
        admission = Admission("test", permits=1, waiting=1, deadline_seconds=0.2)
        ended = threading.Event()

        def loop():
            try:
                while True:
                    deadline.look()
                    time.sleep(0.01)
            finally:
                ended.set()

        with pytest.raises(Overloaded, match="in time"):
            await admission.run(loop)
        assert await asyncio.to_thread(ended.wait, 0.2)
        assert await admission.run(lambda: "free") == "free"
        admission.close()

    run(scenario)


def test_nobody_waits_who_would_be_late_as_long_as_work_takes_lately():
    async def scenario():
        admission = Admission("test", permits=1, waiting=50, deadline_seconds=1.0)
        for _ in range(20):
            await admission.run(lambda: time.sleep(0.1), by=anonymous(1))
        release = threading.Event()
        running = asyncio.create_task(admission.run(lambda: release.wait(5), by=anonymous(0)))
        await asyncio.sleep(0.01)
        waiting = []
        while not admission.is_closed_to_anonymous:
            waiting.append(asyncio.create_task(admission.run(lambda: "in time", by=anonymous(len(waiting)))))
            await asyncio.sleep(0)
        assert 2 <= len(waiting) <= 8
        with pytest.raises(Overloaded, match="too many"):
            await admission.run(lambda: None, by=anonymous(99))
        keyed = asyncio.create_task(admission.run(lambda: "keyed", by=KEYED))
        await asyncio.sleep(0.01)
        release.set()
        assert await asyncio.gather(running, *waiting, keyed) == [True, *["in time"] * len(waiting), "keyed"]
        admission.close()

    run(scenario)


def test_work_that_took_longer_than_allowed_closes_no_idle_room():
    async def scenario():
        admission = Admission("test", permits=1, waiting=4, deadline_seconds=0.1)
        for _ in range(10):
            with pytest.raises(Overloaded, match="in time"):
                await admission.run(lambda: time.sleep(0.2))
            await asyncio.sleep(0.15)
        assert await admission.run(lambda: "quick", by=anonymous(1)) == "quick"
        admission.close()

    run(scenario)


def test_what_many_ask_for_at_once_is_done_once():
    async def scenario():
        shared = Shared(Admission("test", permits=1, waiting=0, deadline_seconds=5))
        done = []

        def work():
            time.sleep(0.05)
            done.append(1)
            return len(done)

        assert await asyncio.gather(*(shared.run(work) for _ in range(50))) == [1] * 50
        assert await shared.run(work) == 2
        shared.close()

    run(scenario)
