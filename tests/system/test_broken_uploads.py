"""An upload whose server dies: the job ends by itself and says how far it came; what was taken is searchable."""

import http.client
import json
import os
import signal
import time

import pytest

from tests.conftest import article
from tests.demo import Demo

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    data_dir = tmp_path_factory.mktemp("uploads") / "data"
    data_dir.mkdir()
    running = Demo(data_dir, "--no-sample", environment={"SEARCH_EMBEDDER": "hashing"})
    running.start()
    yield running
    if running.process.poll() is None:
        running.stop()


def half_an_upload(demo, word):
    """A connection on which 600 lines were sent and no end."""
    connection = http.client.HTTPConnection("127.0.0.1", demo.port, timeout=30)
    connection.putrequest("POST", "/v1/documents")
    for name, value in {
        "Authorization": f"Bearer {demo.key}",
        "Content-Type": "application/x-ndjson",
        "Transfer-Encoding": "chunked",
    }.items():
        connection.putheader(name, value)
    connection.endheaders()
    for number in range(600):
        line = json.dumps({"type": "article", **article(f"{word}-{number}", f"{word} {number}")}).encode() + b"\n"
        connection.send(b"%x\r\n%b\r\n" % (len(line), line))
    return connection


def until(condition, seconds=60):
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        try:
            if found := condition():
                return found
        except (OSError, ValueError, http.client.HTTPException):
            pass
        time.sleep(0.1)
    raise AssertionError("not within time")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_server_that_ends_in_the_middle_leaves_no_job_open(site, number):
    word = f"broken{number}"
    connection = half_an_upload(site, word)
    job = until(lambda: next((j for j in site.call("GET", "/v1/jobs")["jobs"] if j["state"] == "queued"), None))
    until(lambda: site.call("GET", f"/v1/jobs/{job['id']}")["total"] >= 500)
    os.kill(site.children()["api"], number)
    ended = until(lambda: (found := site.call("GET", f"/v1/jobs/{job['id']}"))["state"] == "failed" and found)
    assert ended["message"] == "the upload broke off after line 500"
    connection.close()
    until(lambda: site.call("GET", "/v1/search", q=f"{word} 499", mode="keyword")["total"])
