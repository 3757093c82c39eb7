"""Every address of the application under every kind of caller and both settings; what is not listed is for editors."""

import re

import pytest
from litestar import Litestar, get
from litestar.testing import TestClient

OWN = {"Sec-Fetch-Site": "same-origin"}
PUBLIC = re.compile(
    r"/health/\w+|/help/\w+|/about/\w+|/site-logo|/robots.txt|/opensearch.xml|/\.well-known/security.txt"
    r"|/metrics|/assets/.*|/schema.*|/editor|(POST|DELETE) /editor/session"
)
SEARCH = re.compile(
    r"/v1/search|/v1/suggest|/v1/articles/x/related|/v1/recommendations(/batch)?|/v1/events|POST /v1/reports"
    r"|/|/related|/read/x|/compare|/clinics/x|POST /clinics/x/report|/sitemap.xml|/v1/clinics/x/public"
)
SIGNED = "/v1/hooks/x"
"""Opened by the signature of a connector's secret, and by no key."""
WRITE = re.compile(r"/v1/(articles|clinics)/x|/v1/documents|GET /v1/jobs/x|/v1/jobs/x/(events|retry)")
RANKS = {"public": 0, "search": 1, "write": 2, "editor": 3}
CALLERS = {"anonymous": 0, "wrong": 0, "search": 1, "write": 2, "editor": 3, "session": 3}


def needed(method, path):
    """What the contract asks for."""
    for name, pattern in (("public", PUBLIC), ("search", SEARCH), ("write", WRITE)):
        if pattern.fullmatch(path) or pattern.fullmatch(f"{method} {path}"):
            return name
    return "editor"


def addresses(app):
    for route in app.routes:
        path = re.sub(r"\{[^}]*\}", "x", route.path)
        for method in sorted(getattr(route, "methods", {"GET"})):
            yield method, path


def sent(service, caller, method, path):
    client, headers = service.client, {}
    client.cookies.clear()
    if caller == "session":
        (key,) = [each for each in service.parts.keys.all() if each.name == "editor"]
        client.cookies.set("editor_session", service.parts.sessions.open(key))
    elif caller == "wrong":
        headers = {"Authorization": f"Bearer ktc_{'x' * 43}"}
    elif caller != "anonymous":
        headers = getattr(service, caller)
    return client.request(method, path, headers=headers | OWN, json=None if method == "GET" else {})


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("service", [{"anonymous_search": True}, {"anonymous_search": False}], indirect=True)
def test_every_address_is_open_to_whom_the_contract_says_and_to_nobody_else(service, caller):
    seen = set()
    for method, path in addresses(service.app):
        if method == "OPTIONS":
            continue
        level = needed(method, path)
        rank = CALLERS[caller]
        if caller == "anonymous" and service.parts.settings.anonymous_search:
            rank = RANKS["search"]
        answer = sent(service, caller, method, path)
        if path == SIGNED:
            assert (answer.status_code, "signed" in answer.text) == (401, True)
            continue
        may = rank >= RANKS[level]
        if may:
            assert answer.status_code not in {401, 403}, (method, path, answer.text)
        else:
            assert answer.status_code == (401 if CALLERS[caller] == 0 else 403), (method, path)
        seen.add(level)
    assert seen == set(RANKS)


@pytest.mark.parametrize("service", [{"anonymous_search": False}], indirect=True)
@pytest.mark.parametrize("path", ["/", "/?q=ketamine", "/related?article=x", "/read/x"])
def test_closed_pages_say_so_as_a_page_with_the_way_in(service, path):
    answer = service.client.get(path)
    assert answer.status_code == 401
    assert answer.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert 'href="/editor"' in answer.text
    assert "988" in answer.text
    assert sent(service, "session", "GET", path).status_code in {200, 404}


def test_an_address_that_nobody_declared_is_closed(service):
    @get("/forgotten")
    async def forgotten() -> str:
        return "open"

    door = service.app.state.door
    app = Litestar([forgotten], guards=[door], state=service.app.state)
    with TestClient(app) as client:
        assert client.get("/forgotten", headers=service.editor).status_code == 403


@pytest.mark.parametrize("service", [{"cors_origins": "https://site.example"}], indirect=True)
def test_browsers_may_ask_beforehand_what_they_may_send(service):
    asked = {"Origin": "https://site.example", "Access-Control-Request-Method": "GET"}
    for path in ("/v1/search", "/v1/suggest"):
        assert service.client.options(path, headers=asked).status_code == 204


@pytest.mark.parametrize("service", [{"anonymous_per_minute": 4}], indirect=True)
@pytest.mark.parametrize("path", ["/", "/related", "/read/x", "/v1/search", "/v1/articles/x/related"])
def test_every_search_of_anonymous_callers_is_limited_and_pages_say_it_as_pages(service, path):
    assert 429 not in [service.client.get(path).status_code for _ in range(4)]
    refused = service.client.get(path)
    assert (refused.status_code, int(refused.headers["retry-after"]) >= 1) == (429, True)
    kind = "application/problem+json" if path.startswith("/v1") else "text/html"
    assert refused.headers["content-type"].startswith(kind)
    wrong = {"Authorization": f"Bearer {'x' * 40}"}
    assert service.client.get("/v1/status", headers=wrong).status_code == 429
    assert service.client.get(path, headers=service.search).status_code in {200, 404}


def test_options_tell_what_an_address_takes(service):
    answer = service.client.options("/v1/search")
    assert (answer.status_code, "GET" in answer.headers["allow"]) == (204, True)
