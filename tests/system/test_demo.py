"""The whole service with real processes: the path of a document, and what happens when parts die."""

import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from tests.conftest import ROOT, article

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]

_SECONDS_TO_BE_SEARCHABLE = 10.0
_SECONDS_TO_RECOVER = 25.0


def put(demo, id, text):
    assert demo.call("PUT", f"/v1/articles/{id}", article(id, text))["accepted"] == 1


def wait_until(condition, seconds):
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s")


def test_the_sample_is_searchable_by_words_and_by_meaning(demo):
    answer = demo.call("GET", "/v1/search", q="spravato insurance coverage", facets="treatment")
    assert answer["degraded"] == []
    assert "spravato-coverage" in [hit["id"] for hit in answer["hits"][:2]]
    assert {"keyword", "semantic"} == set(answer["hits"][0]["matched"])
    clinics = demo.call("GET", "/v1/search", q="iv ketamine clinic near austin", radius_miles=100)
    assert all(hit["address"]["state"] == "TX" for hit in clinics["hits"] if hit["type"] == "clinic")
    status = demo.call("GET", "/v1/status")
    assert status["articles"]["indexed"] == status["articles"]["stored"] >= 40
    assert status["clinics"]["indexed"] == 60


def test_related_articles_of_the_sample(demo):
    related = demo.call("GET", "/v1/articles/spravato-nasal-spray/related")["related"]
    assert "spravato-coverage" in [rec["id"] for rec in related]


def test_a_write_travels_through_the_queue_to_the_search(demo):
    put(demo, "quokka", "Quokkas and ketamine")
    assert demo.found_within(_SECONDS_TO_BE_SEARCHABLE, "quokkas", "quokka") < _SECONDS_TO_BE_SEARCHABLE
    demo.call("DELETE", "/v1/articles/quokka")
    gone = lambda: not demo.call("GET", "/v1/search", q="quokkas", mode="keyword")["hits"]  # noqa: E731
    wait_until(gone, _SECONDS_TO_BE_SEARCHABLE)


@pytest.mark.parametrize("victim", ["worker", "valkey", "api"])
def test_a_killed_process_comes_back_and_nothing_is_lost(demo, victim):
    put(demo, f"before-{victim}", f"Before the fall of {victim}aaa")
    pid = demo.children()[victim]
    os.kill(pid, signal.SIGKILL)
    if victim != "api":
        put(demo, f"during-{victim}", f"During the absence of {victim}bbb")
        assert demo.call("GET", "/v1/search", q="ketamine")["total"] > 0
    wait_until(lambda: demo.children().get(victim, pid) != pid, _SECONDS_TO_RECOVER)
    if victim == "api":
        wait_until(lambda: _answers(demo), _SECONDS_TO_RECOVER)
    else:
        demo.found_within(_SECONDS_TO_RECOVER, f"{victim}bbb", f"during-{victim}")
    demo.found_within(_SECONDS_TO_RECOVER, f"{victim}aaa", f"before-{victim}")


def _answers(demo):
    try:
        return demo.call("GET", "/health/ready")["status"] == "ready"
    except OSError:
        return False


def test_writes_are_answered_while_the_broker_is_frozen(demo):
    pid = demo.children()["valkey"]
    os.kill(pid, signal.SIGSTOP)
    try:
        started = time.monotonic()
        put(demo, "frozen", "Frozen brokerccc")
        assert time.monotonic() - started < 2.0
        demo.found_within(_SECONDS_TO_RECOVER, "brokerccc", "frozen")
    finally:
        os.kill(pid, signal.SIGCONT)


def test_stopping_leaves_no_process_and_a_second_start_keeps_the_data(demo):
    put(demo, "kept", "Kept over the night ddd")
    demo.found_within(_SECONDS_TO_BE_SEARCHABLE, "ddd", "kept")
    children, key = demo.children(), demo.key
    assert demo.stop() == 0
    assert not any(os.path.exists(f"/proc/{pid}") for pid in children.values())
    started = time.monotonic()
    demo.start()
    assert time.monotonic() - started < 60
    assert demo.key == key
    demo.found_within(_SECONDS_TO_BE_SEARCHABLE, "ddd", "kept")


def test_what_is_missing_is_said_in_one_line(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        command = [sys.executable, "deploy/demo.py", "--port", str(taken.getsockname()[1]), "--data-dir", str(tmp_path)]
        result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert result.stderr.strip() == f"error: port {command[3]} is taken; choose another with --port"


def test_the_running_demo_says_who_owns_its_directory(demo):
    from tests.system.test_one_owner import started

    second = started(demo.data_dir)
    assert second.returncode == 1
    assert f"process {demo.process.pid} on port {demo.port}" in second.stderr
