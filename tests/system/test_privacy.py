"""What the processes that are deployed write, held against what visitors sent: by the very lines of `deploy/start`."""

import json
import time
from functools import partial

import pytest

from tests.conftest import article
from tests.deployed import Deployed

pytestmark = [pytest.mark.system, pytest.mark.timeout(300)]

SECRET, PEER, CLIENT, AGENT = "mysorrowfulsecret", "127.0.0.77", "203.0.113.77", "SecretBrowser/7.7"
HEADERS = {"User_Agent": AGENT, "X_Forwarded_For": CLIENT}
FAULT = """
import sys
if any("search_api.asgi" in word for word in sys.orig_argv):
    from search_api.search.service import SearchService
    search = SearchService.search
    def failing(self, request, **options):
        if "explode" in request.text:
            raise ValueError(f"injected by {request.text!r}")
        return search(self, request, **options)
    SearchService.search = failing
"""


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    settings = {"SEARCH_LOG_LEVEL": "debug", "SEARCH_TRUSTED_PROXIES": "127.0.0.0/8", "SEARCH_DEADLINE_MS": "30000"}
    running = Deployed(tmp_path_factory.mktemp("deployed"), code=FAULT, **settings)
    try:
        running.wait()
        yield running
    finally:
        running.stop()


def test_nothing_that_visitors_sent_is_in_what_the_deployed_processes_write(deployed):
    ask, send = partial(deployed.request, peer=PEER, **HEADERS), partial(deployed.send, peer=PEER)
    shut = partial(deployed.send, peer=PEER, seconds=1.0)
    document = json.dumps(article("a", "Ketamine", f"<p>{SECRET}</p>")).encode()
    assert ask("PUT /v1/articles/a", document, Authorization=f"Bearer {deployed.key}") == 202
    asked = f"/v1/search?q={SECRET}"
    as_json = {"Content_Type": "application/json"}
    upgrade = {"Upgrade": "websocket", "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec_WebSocket_Version": "13"}
    assert ask(f"GET {asked}") == 200
    assert ask(f"GET /?q={SECRET}") == 200
    assert ask(f"GET /v1/suggest?q={SECRET}") == 200
    ask(f"GET {asked}", **upgrade, Connection="Upgrade, close")
    assert ask(f"GET {asked}&per_page=9999") == 400
    assert ask(f"GET {asked}&type={SECRET}") == 400
    assert ask(f"GET {asked}+explode") == 500
    assert ask(f"GET /{SECRET}?q={SECRET}") == 404
    assert ask(f"GET /read/{SECRET}") == 404
    assert ask(f"DELETE {asked}") == 405
    assert ask(f"GET {asked}", Authorization=f"Bearer {SECRET}{'x' * 30}") == 401
    assert ask("POST /v1/recommendations", json.dumps({"text": SECRET}).encode(), **as_json) == 200
    assert ask("POST /v1/recommendations", f'{{"text": "{SECRET}'.encode(), **as_json) == 400
    assert ask("POST /v1/events", json.dumps({"kind": SECRET, "id": "a"}).encode(), **as_json) == 400
    send(f"GET {asked} with spaces HTTP/1.1\r\nUser-Agent: {AGENT}\r\n\r\n".encode())
    send(f"GET {asked} HTTP/9.9\r\nUser-Agent: {AGENT}\r\n\r\n".encode())
    send(f"{SECRET}\r\n\r\n".encode())
    send(f"GET {asked} HTTP/1.1\r\nX-Big: {SECRET * 20_000}\r\n\r\n".encode())
    send(f"GET {asked} HTTP/1.1\r\nContent-Length: {SECRET}\r\n\r\n".encode())
    shut(f"POST /v1/recommendations HTTP/1.1\r\nContent-Length: 99999\r\n\r\n{{{SECRET * 9}".encode())
    time.sleep(1.0)
    written = deployed.written()
    assert "http.unexpected_error" in written
    assert "sitecustomize.py" in written
    for word in (SECRET, PEER, CLIENT, AGENT, "explode"):
        assert word not in written, [line for line in written.splitlines() if word in line]
