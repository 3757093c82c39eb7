import time

import pytest

from indexing.errors import ConfigurationError
from tests.conftest import article, index_all, store

PUT = ("PUT", "/v1/articles/a", article("a", "T"))


def call(service, method, path, body=None, **headers):
    return service.client.request(method, path, json=body, headers=headers)


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("PUT", "/v1/articles/a", "write"),
        ("GET", "/v1/articles/a", "write"),
        ("DELETE", "/v1/clinics/a", "write"),
        ("POST", "/v1/documents", "write"),
        ("GET", "/v1/jobs", "editor"),
        ("GET", "/v1/status", "editor"),
    ],
)
def test_scopes(service, method, path, needed):
    anonymous = call(service, method, path)
    assert anonymous.status_code == 401
    assert anonymous.headers["www-authenticate"] == "Bearer"
    assert call(service, method, path, **service.search).status_code == 403
    assert call(service, method, path, **service.editor).status_code not in {401, 403}
    if needed == "editor":
        assert call(service, method, path, **service.write).status_code == 403


@pytest.mark.parametrize("header", ["Bearer wrong", "Bearer", "Basic abc", "", "Bearer ktc_é".encode("latin-1")])
def test_a_wrong_key_is_no_key(service, header):
    response = service.client.request("PUT", "/v1/articles/a", json={}, headers={"Authorization": header})
    assert response.status_code == 401
    assert response.headers["content-type"].startswith("application/problem+json")


def test_a_revoked_key_stops_working(service, monkeypatch):
    monkeypatch.setattr("search_api.http.auth._KNOWN_SECONDS", -1.0)
    assert call(service, *PUT, **service.write).status_code == 202
    key = next(key for key in service.parts.keys.all() if key.name == "write")
    assert service.parts.keys.revoke(key.id)
    assert call(service, *PUT, **service.write).status_code == 401


@pytest.mark.parametrize("service", [{"anonymous_search": False}], indirect=True)
def test_anonymous_search_can_be_switched_off(service):
    assert call(service, "GET", "/v1/search").status_code == 401
    assert call(service, "GET", "/v1/search", **service.search).status_code == 200


@pytest.mark.parametrize("service", [{"anonymous_per_minute": 3}], indirect=True)
def test_anonymous_callers_are_limited_and_keys_are_not(service):
    assert [call(service, "GET", "/v1/suggest?q=a").status_code for _ in range(3)] == [200] * 3
    refused = call(service, "GET", "/v1/suggest?q=a")
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.json()["status"] == 429
    assert call(service, "GET", "/v1/suggest?q=a", **service.search).status_code == 200


@pytest.mark.parametrize("service", [{"cors_origins": "https://site.example"}], indirect=True)
def test_pages_of_the_website_may_call(service):
    allowed = call(service, "GET", "/v1/search", Origin="https://site.example")
    assert allowed.headers["access-control-allow-origin"] == "https://site.example"
    assert (
        "access-control-allow-origin" not in call(service, "GET", "/v1/search", Origin="https://evil.example").headers
    )


def test_keys_are_kept_as_hashes_only(service):
    database = service.parts.database.url.database
    secret = service.write["Authorization"].removeprefix("Bearer ").encode()
    for suffix in ("", "-wal"):
        with open(f"{database}{suffix}", "rb") as file:
            assert secret not in file.read()


def test_what_needs_no_key(service):
    assert service.client.get("/health/live").status_code == 200
    assert service.client.get("/health/ready").status_code == 200
    assert "search_api_requests_total" in service.client.get("/metrics").text
    schema = service.client.get("/schema/openapi.json").json()
    body = schema["paths"]["/v1/clinics/{id}"]["put"]["requestBody"]["content"]["application/json"]["schema"]
    named = schema["components"]["schemas"][body["$ref"].rpartition("/")[2]]
    assert {"name", "address", "price_min"} <= named["properties"].keys()
    assert service.client.get("/nowhere").json()["status"] == 404


def test_a_service_whose_index_is_still_to_be_filled_is_not_ready_and_says_so(service):
    store(service.parts, "article", article("a", "T"))
    response = service.client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["detail"] == "the index of articles is being filled: 0 of 1 so far"
    assert response.headers["retry-after"]
    index_all(service.parts)
    assert service.client.get("/health/ready").status_code == 200


def test_pages_come_under_a_strict_policy(service):
    page = service.client.get("/")
    assert page.status_code == 200
    assert "script-src 'self'" in page.headers["content-security-policy"]
    for asset in ("search-box.js", "results.js", "pages.css"):
        assert service.client.get(f"/assets/{asset}").status_code == 200


def test_a_stored_article_is_shown_sanitised_with_the_anchors_of_its_hits(service):
    body = "<h2>Side effects</h2><p onclick='x()'>Nausea</p><script>alert(1)</script>"
    call(service, "PUT", "/v1/articles/a", article("a", "A & B", body), **service.write)
    page = service.client.get("/read/a").text
    assert '<h2 id="side-effects">Side effects</h2>' in page
    assert "A &amp; B" in page
    assert "onclick" not in page
    assert "alert" not in page


OWN = {"Sec-Fetch-Site": "same-origin"}


def sign_in(service, key):
    answer = service.client.post("/editor/session", json={"key": key}, headers=OWN)
    assert answer.status_code == 200, answer.text
    return answer.cookies["editor_session"]


def with_cookie(service, secret, method="GET", path="/v1/status"):
    service.client.cookies.clear()
    service.client.cookies.set("editor_session", secret)
    answer = service.client.request(method, path, headers=OWN)
    service.client.cookies.clear()
    return answer.status_code


def test_a_session_counts_on_pages_of_ours_only(service):
    client, key = service.client, service.editor["Authorization"].split()[1]
    assert client.post("/editor/session", json={"key": key}).status_code == 403
    answer = client.post("/editor/session", json={"key": key}, headers=OWN)
    assert answer.json() == {"name": "editor"}
    assert client.get("/editor/session", headers=OWN).json() == {"name": "editor"}
    assert answer.cookies["editor_session"] != key
    assert client.get("/v1/status", headers=OWN).status_code == 200
    for foreign in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://x"}):
        assert client.get("/v1/status", headers=foreign).status_code == 401
        client.delete("/editor/session", headers=foreign)
        assert client.get("/v1/status", headers=OWN).status_code == 401
        client.post("/editor/session", json={"key": key}, headers=OWN)
    assert client.post("/v1/reindex", headers={"Sec-Fetch-Site": "none"}).status_code == 401


@pytest.fixture
def unremembered(monkeypatch):
    """Every look-up asks the store."""
    monkeypatch.setattr("search_api.http.auth._KNOWN_SECONDS", -1.0)


def test_a_session_ends_with_its_key_and_opens_no_other(service, unremembered):
    key = service.editor["Authorization"].split()[1]
    secret = sign_in(service, key)
    service.client.cookies.clear()
    assert service.client.post("/editor/session", json={"key": secret}, headers=OWN).status_code == 401
    assert service.client.get("/v1/status", headers={"Authorization": f"Bearer {secret}"}).status_code == 401
    assert with_cookie(service, secret) == 200
    assert [each.name for each in service.parts.keys.all()] == ["search", "write", "editor"]
    (own,) = [each for each in service.parts.keys.all() if each.name == "editor"]
    assert service.parts.keys.revoke(own.id)
    assert with_cookie(service, secret) == 401
    service.parts.keys.put("editor", ["editor"], key)
    assert service.parts.keys.find(key) is None
    assert with_cookie(service, secret) == 401


def test_a_revoked_key_and_its_sessions_are_believed_for_five_seconds_at_most(service, monkeypatch):
    secret = sign_in(service, service.editor["Authorization"].split()[1])
    assert with_cookie(service, secret) == 200
    (own,) = [each for each in service.parts.keys.all() if each.name == "editor"]
    service.parts.keys.revoke(own.id)
    later = time.monotonic() + 5.1
    monkeypatch.setattr("search_api.http.auth.time.monotonic", lambda: later)
    assert with_cookie(service, secret) == 401
    assert call(service, "GET", "/v1/status", **service.editor).status_code == 401


def test_signing_out_ends_this_session_and_nothing_else(service):
    key = service.editor["Authorization"].split()[1]
    one, other = sign_in(service, key), sign_in(service, key)
    assert with_cookie(service, key) == 401
    assert with_cookie(service, key, "DELETE", "/editor/session") == 204
    assert call(service, "GET", "/v1/status", **service.editor).status_code == 200
    assert with_cookie(service, one, "DELETE", "/editor/session") == 204
    assert with_cookie(service, one) == 401
    assert with_cookie(service, other) == 200
    assert call(service, "GET", "/v1/status", **service.editor).status_code == 200


def test_a_session_ends_after_eight_hours(service, unremembered):
    secret = sign_in(service, service.editor["Authorization"].split()[1])
    eight_hours = 8 * 3_600 * 1_000_000
    with service.parts.database.write() as connection:
        row = connection.exec_driver_sql("SELECT expires_at - created_at FROM sessions").scalar()
        assert row == eight_hours
        connection.exec_driver_sql(f"UPDATE sessions SET expires_at = expires_at - {eight_hours}")
    assert with_cookie(service, secret) == 401
    sign_in(service, service.editor["Authorization"].split()[1])
    with service.parts.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM sessions").scalar() == 1


@pytest.mark.parametrize("key", ["", " ", "short", "k" * 129, "k" * 8_000])
def test_what_can_be_no_key_is_refused_unread(service, key, monkeypatch):
    monkeypatch.setattr(service.parts.keys, "find", lambda _: pytest.fail("it was looked up"))
    assert service.client.post("/editor/session", json={"key": key}, headers=OWN).status_code == 401
    if key.strip():
        assert call(service, "GET", "/v1/status", Authorization=f"Bearer {key}").status_code == 401
    with pytest.raises(ConfigurationError):
        service.parts.keys.put("weak", ["editor"], key)


def test_bodies_of_small_routes_are_small(service):
    big = {"key": "k" * 17_000}
    assert service.client.post("/editor/session", json=big, headers=OWN).status_code == 413
    for path in ("/v1/reindex", "/v1/reindex/rollback", "/v1/events"):
        assert service.client.post(path, json=big, headers=service.editor).status_code == 413, path


def test_failed_sign_ins_are_limited(service):
    wrong = [service.client.post("/editor/session", json={"key": f"ktc_{n:040}"}, headers=OWN) for n in range(11)]
    assert [answer.status_code for answer in wrong] == [401] * 10 + [429]
    assert 1 <= int(wrong[-1].headers["retry-after"]) <= 61
    assert wrong[-1].json()["status"] == 429
    right = {"key": service.editor["Authorization"].split()[1]}
    assert service.client.post("/editor/session", json=right, headers=OWN).status_code == 429
    assert call(service, "GET", "/v1/status", **service.editor).status_code == 200


def test_looked_up_secrets_are_remembered_as_hashes_and_not_for_ever(service, monkeypatch):
    monkeypatch.setattr("search_api.http.auth._MOST_KNOWN", 5)
    for n in range(20):
        call(service, "GET", "/v1/status", Authorization=f"Bearer ktc_{n:040}")
    call(service, "GET", "/v1/status", **service.editor)
    known = service.app.state.door.ring._known
    assert len(known) == 5
    assert not any(b"ktc_" in place for place in known)


def test_a_body_that_is_nested_too_deeply_is_the_callers_fault(service):
    deep, headers = "[" * 7_000 + "]" * 7_000, {"Content-Type": "application/json"}
    answer = service.client.post("/v1/events", content=deep, headers=headers)
    assert answer.status_code == 400
    assert "nested" in answer.json()["detail"]
