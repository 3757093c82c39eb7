import asyncio
import threading
import time

import pytest

from indexing.errors import Overloaded
from search_api.http.admission import Admission


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
