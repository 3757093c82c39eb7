import pytest

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
    monkeypatch.setattr("search_api.http.auth._KNOWN_SECONDS", 0.0)
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


def test_a_session_is_a_key_of_its_own_that_ends_with_signing_out_and_with_its_key(service):
    client, key = service.client, service.editor["Authorization"].split()[1]
    assert client.post("/editor/session", json={"key": key}).status_code == 403
    answer = client.post("/editor/session", json={"key": key}, headers=OWN)
    assert answer.json() == {"name": "editor"}
    secret = answer.cookies["editor_session"]
    assert secret != key
    assert client.get("/v1/status", headers=OWN).status_code == 200
    for foreign in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://x"}):
        assert client.get("/v1/status", headers=foreign).status_code == 401
    assert client.post("/v1/reindex", headers={"Sec-Fetch-Site": "none"}).status_code == 401
    assert client.delete("/editor/session", headers=OWN).status_code == 204
    assert client.get("/v1/status", headers={"Authorization": f"Bearer {secret}"}).status_code == 401
    client.post("/editor/session", json={"key": key}, headers=OWN)
    (own,) = [each for each in service.parts.keys.all() if each.name == "editor"]
    service.parts.keys.revoke(own.id)
    service.app.state.key_ring._known.clear()
    assert client.get("/v1/status", headers=OWN).status_code == 401


def test_a_body_that_is_nested_too_deeply_is_the_callers_fault(service):
    deep, headers = "[" * 100_000 + "]" * 100_000, {"Content-Type": "application/json"}
    answer = service.client.post("/v1/events", content=deep, headers=headers)
    assert answer.status_code == 400
    assert "nested" in answer.json()["detail"]
