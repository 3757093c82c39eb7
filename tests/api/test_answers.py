"""What every answer carries, whoever gives it, and HEAD on whatever can be read."""

import re

import pytest

from tests.conftest import article, index_all, store

ON_PURPOSE = re.compile(r"/v1/articles/x/related|/sitemap.xml|/robots.txt|/opensearch.xml|/assets/.*|/schema-files/.*")
"""What caches may keep."""
READ = [
    *("/", "/?q=ptsd", "/read/ptsd", "/clinics/austin", "/compare?compare=austin", "/help/crisis", "/editor"),
    *("/assets/pages.css", "/health/live", "/health/ready", "/robots.txt", "/sitemap.xml", "/schema/openapi.json"),
    *("/v1/search?q=ptsd", "/v1/clinics/dallas/public", "/v1/articles/ptsd", "/v1/status", "/v1/jobs", "/metrics"),
    *("/schema-files/swagger-ui.css", "/read/unknown", "/unknown/address", "/v1/unknown"),
]

COUNTING = {"/?q=ptsd", "/metrics", "/v1/search?q=ptsd", "/v1/status"}
"""Their text tells times and counts, which may be longer the next time."""


def addresses(app):
    for route in app.routes:
        for method in sorted(getattr(route, "methods", {"GET"})):
            yield method, re.sub(r"\{[^}]*\}", "x", route.path)


@pytest.mark.parametrize("scope", ["anonymous", "editor"])
def test_every_answer_says_how_it_may_be_kept_and_used(filled, scope):
    sent = {} if scope == "anonymous" else filled.editor
    for method, path in [*addresses(filled.app), ("GET", "/unknown"), ("PATCH", "/v1/search")]:
        answer = filled.client.request(method, path, headers=sent, json=None if method == "GET" else {})
        told = answer.headers
        assert told["x-content-type-options"] == "nosniff", (method, path)
        assert told["referrer-policy"] == "no-referrer", (method, path)
        if path != "/site-logo":
            assert "frame-ancestors 'none'" in told["content-security-policy"], (method, path)
        if not ON_PURPOSE.fullmatch(path):
            assert told["cache-control"] == "no-store", (method, path)


def test_a_page_of_an_error_may_use_its_style_and_is_not_kept(filled):
    answer = filled.client.get("/unknown/address", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")
    assert "style-src 'self'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("service", "sent", "kept"),
    [
        ({}, {}, "public"),
        ({}, {"Authorization": "Bearer"}, "private"),
        ({"anonymous_search": False}, "search", "private"),
    ],
    indirect=["service"],
)
def test_only_what_anybody_may_see_is_kept_by_shared_caches(filled, sent, kept):
    headers = getattr(filled, sent) if isinstance(sent, str) else sent
    for path in ("/v1/articles/ptsd/related", "/sitemap.xml"):
        answer = filled.client.get(path, headers=headers)
        assert answer.headers["cache-control"].split(",")[0] == kept
    assert filled.client.get("/robots.txt").headers["cache-control"].startswith("public")


@pytest.mark.parametrize("path", READ)
def test_head_tells_what_get_tells_without_a_body(filled, path):
    got = filled.client.get(path, headers=filled.editor)
    head = filled.client.head(path, headers=filled.editor)
    assert (head.status_code, head.content) == (got.status_code, b"")
    changing = {"content-length"} if path in COUNTING else set()
    assert {name: value for name, value in head.headers.items() if name not in changing} == {
        name: value for name, value in got.headers.items() if name not in changing
    }


def test_head_is_refused_where_nothing_is_read_and_told_where_it_is_not(filled):
    assert filled.client.head("/v1/recommendations").status_code == 405
    assert "HEAD" in filled.client.post("/v1/search").headers["allow"]
    assert "HEAD" in filled.client.options("/v1/articles/ptsd/related").headers["allow"]
    assert "HEAD" not in filled.client.get("/v1/recommendations").headers["allow"]


def test_head_needs_what_get_needs_and_ends_a_stream(filled):
    assert filled.client.head("/v1/articles/ptsd").status_code == 401
    job = store(filled.parts, "article", article("new", "New"))
    index_all(filled.parts)
    assert filled.client.head(f"/v1/jobs/{job}/events", headers=filled.editor).status_code == 200


@pytest.mark.parametrize("path", ["/assets/search-box.js", "/assets/pages.css", "/v1/articles/ptsd/related"])
def test_what_is_held_is_not_sent_again(filled, path):
    tag = filled.client.get(path).headers["etag"]
    for held in (tag, f"W/{tag}", f'"a", W/{tag}', "*"):
        for method in ("GET", "HEAD"):
            answer = filled.client.request(method, path, headers={"If-None-Match": held})
            assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    for other in ('"a"', tag[1:-1], f'"a{tag[1:]}', ""):
        assert filled.client.get(path, headers={"If-None-Match": other}).status_code == 200


@pytest.mark.parametrize("path", ["/assets/none.js", "/v1/articles/none/related"])
def test_what_does_not_exist_is_held_by_nobody(filled, path):
    assert filled.client.get(path, headers={"If-None-Match": "*"}).status_code == 404
