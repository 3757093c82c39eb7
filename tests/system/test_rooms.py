"""What one caller asks for does not hold others up: the deployed lines, real requests, the real model."""

import json
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from indexing.bootstrap import Parts
from indexing.content.documents import Write
from indexing.documents import Article
from indexing.settings import Settings
from tests.conftest import article
from tests.deployed import Deployed

pytestmark = [pytest.mark.system, pytest.mark.timeout(300), pytest.mark.realtime]

VISITOR, HEAVY = "127.0.0.2", "127.0.0.3"
DEEP = "<div>" * 90_000 + "x" + "</div>" * 90_000
WIDE = ("<div>" * 150 + "<p>words</p>" + "</div>" * 150) * 550
SECONDS = 6.0
HELD_UP = 1.0
"""Seconds at the median from which on a visitor is held up, however busy the machine is."""
STANDS_STILL = 10.0
"""Seconds without an answer that no load of the machine explains; how fast it is, `tests.benchmarks` measures."""


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rooms")
    running = Deployed(folder, SEARCH_EMBEDDER="openvino", SEARCH_ANONYMOUS_PER_MINUTE="3000")
    try:
        running.wait()
        for n in range(30):
            put(running, article(f"a{n}", f"Ketamine {n}", f"<p>Infusions ease pain number {n}.</p>"))
        yield running
    finally:
        running.stop()


def put(deployed, document):
    body = json.dumps(document).encode()
    path = f"PUT /v1/articles/{document['id']}"
    answer = deployed.send(
        f"{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {deployed.key}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    return int(answer.split(b" ", 2)[1]), answer


def search_seconds(deployed, seconds=SECONDS):
    """How long each search took, one after another."""
    taken, ends, number = [], time.monotonic() + seconds, 0
    while time.monotonic() < ends:
        number += 1
        started = time.monotonic()
        assert deployed.request(f"GET /v1/search?q=does+ketamine+ease+pain+{number}", peer=VISITOR) == 200
        taken.append(time.monotonic() - started)
        time.sleep(0.02)
    return taken


def beside(deployed, work, *, threads=4):
    """Durations of searches alone, of searches while `threads` do `work` again and again, and what work answered."""
    alone = search_seconds(deployed, 3.0)
    ended, answers = threading.Event(), []

    def again():
        while not ended.is_set():
            answers.append(work())

    with ThreadPoolExecutor(threads) as pool:
        busy = [pool.submit(again) for _ in range(threads)]
        time.sleep(0.5)
        try:
            during = search_seconds(deployed)
            started = time.monotonic()
            assert deployed.request("GET /health/ready", peer=VISITOR) == 200
            ready = time.monotonic() - started
        finally:
            ended.set()
        for each in busy:
            each.result()
    figures = {
        "alone_p50": statistics.median(alone),
        "during_p50": statistics.median(during),
        "during_max": max(during),
        "ready": ready,
        "answers": {status: answers.count(status) for status in set(answers)},
    }
    print({name: round(value, 4) if isinstance(value, float) else value for name, value in figures.items()})
    return figures


def test_a_body_that_nests_too_deeply_is_refused_and_one_of_earlier_times_holds_nobody_up(deployed):
    status, answer = put(deployed, article("deep", "Deep", DEEP))
    assert (status, b'"field":"body"' in answer.replace(b" ", b"")) == (400, True)
    parts = Parts(Settings(data_dir=deployed.folder / "data", embedder="hashing"))
    old = Article(id="deep", title="Deep", body=DEEP, url="https://example.org/deep")
    parts.store.accept([Write.storing(old)], lane="bulk", job=None)
    with parts.database.write() as connection:  # what the worker makes of it is another matter
        connection.exec_driver_sql("DELETE FROM outbox WHERE id = 'deep'")
        connection.exec_driver_sql("UPDATE documents SET indexed_revision = revision WHERE id = 'deep'")
    parts.close()
    figures = beside(deployed, lambda: deployed.request("GET /read/deep", peer=HEAVY))
    assert set(figures["answers"]) <= {404, 503}
    assert figures["answers"][404] > 10
    assert figures["during_p50"] < max(5 * figures["alone_p50"], HELD_UP), figures
    assert figures["during_max"] < STANDS_STILL, figures
    assert figures["ready"] < STANDS_STILL, figures


def test_a_long_article_is_made_safe_once_and_its_readers_hold_nobody_up(deployed):
    status, _ = put(deployed, article("wide", "Wide", WIDE))
    assert status == 202
    figures = beside(deployed, lambda: deployed.request("GET /read/wide", peer=HEAVY))
    assert set(figures["answers"]) <= {200, 429, 503}
    assert figures["answers"][200] > 10
    assert figures["during_p50"] < max(8 * figures["alone_p50"], HELD_UP), figures
    assert figures["during_max"] < STANDS_STILL, figures


def test_long_texts_cost_more_and_hold_nobody_up(deployed):
    body = json.dumps({"text": "I read that infusions ease pain and wonder. " * 450}).encode()
    sent = {"Content_Type": "application/json"}
    figures = beside(deployed, lambda: deployed.request("POST /v1/recommendations", body, peer="127.0.0.4", **sent))
    assert set(figures["answers"]) <= {200, 429, 503}
    assert figures["during_p50"] < max(8 * figures["alone_p50"], HELD_UP), figures
    assert figures["during_max"] < STANDS_STILL, figures


def test_heavy_batches_of_one_client_close_batch_for_nobody(deployed):
    heavy = json.dumps({"requests": [{"text": f"pain {n} and infusions " * 80} for n in range(100)]}).encode()
    light = json.dumps({"requests": [{"articles": ["a1"]}]}).encode()
    sent = {"Content_Type": "application/json"}
    path = "POST /v1/recommendations/batch"
    with ThreadPoolExecutor(8) as pool:
        busy = [pool.submit(deployed.request, path, heavy, peer="127.0.0.5", **sent) for _ in range(8)]
        time.sleep(0.5)
        keyed = deployed.request(path, light, Authorization=f"Bearer {deployed.key}", **sent)
        other = deployed.request(path, light, peer="127.0.0.6", **sent)
        statuses = [each.result() for each in busy]
    assert (keyed, other) == (200, 200)
    assert set(statuses) <= {200, 503}
    assert statuses.count(503) >= 4
