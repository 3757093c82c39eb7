"""Articles as pages: made safe once, when they come, and again after a change of text or rules."""

import re

import pytest

from indexing.content.documents import Write
from indexing.documents import Article
from tests.conftest import article


@pytest.fixture
def made(monkeypatch):
    """Counts how often a body is made safe."""
    from search_api.pages import reading

    counted, real = [], reading._safe_body

    def safe_body(each):
        counted.append(each.id)
        return real(each)

    monkeypatch.setattr(reading, "_safe_body", safe_body)
    return counted


def put(service, id, body):
    answer = service.client.put(f"/v1/articles/{id}", json=article(id, "Title", body), headers=service.write)
    assert answer.status_code == 202
    return answer


def read(service, id):
    answer = service.client.get(f"/read/{id}")
    return answer.status_code, answer.text


def test_a_body_is_made_safe_when_it_comes_and_read_as_it_is_kept(service, made):
    put(service, "a", "<p onclick='x()'>First</p>")
    assert made == ["a"]
    for _ in range(3):
        status, page = read(service, "a")
        assert (status, "<p>First</p>" in page, "onclick" in page) == (200, True, False)
    assert made == ["a"]
    put(service, "a", "<p>Second</p>")
    assert "<p>Second</p>" in read(service, "a")[1]
    assert made == ["a", "a"]


def test_new_rules_make_it_anew(service, made, monkeypatch):
    put(service, "a", "<p>First</p>")
    monkeypatch.setattr("search_api.pages.reading._RULES", "other")
    read(service, "a")
    read(service, "a")
    assert made == ["a", "a"]


def test_what_came_in_bulk_is_made_when_it_is_first_read(service, made):
    line = b'{"type": "article", "id": "b", "title": "T", "body": "<p>Bulk</p>", "url": "/b"}'
    headers = service.write | {"Content-Type": "application/x-ndjson"}
    assert service.client.post("/v1/documents", content=line, headers=headers).json()["accepted"] == 1
    assert made == []
    assert "<p>Bulk</p>" in read(service, "b")[1]
    read(service, "b")
    assert made == ["b"]


def test_a_deleted_article_is_kept_nowhere(service):
    put(service, "a", "<p>Secret</p>")
    assert service.client.delete("/v1/articles/a", headers=service.write).status_code == 202
    assert read(service, "a")[0] == 404
    with service.parts.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM article_pages").scalar() == 0


def test_what_an_earlier_version_took_and_nests_too_deeply_is_said_to_be_not_shown(service, made):
    deep = Article(id="deep", title="Deep", body="<div>" * 50_000, url="/deep")
    service.parts.store.accept([Write.storing(deep)], lane="live", job=None)
    assert read(service, "deep")[0] == 404
    assert read(service, "deep")[0] == 404
    assert made == ["deep"]


def test_a_write_is_answered_though_its_page_cannot_be_made(service, monkeypatch):
    def fail(_):
        raise ValueError("injected")

    with monkeypatch.context() as patch:
        patch.setattr("search_api.pages.reading._safe_body", fail)
        put(service, "a", "<p>Text</p>")
    assert "<p>Text</p>" in read(service, "a")[1]


@pytest.mark.parametrize("field", ["html", "markdown"])
def test_a_line_that_nests_too_deeply_is_refused_by_its_number(service, field):
    body = "<b>" * 300
    lines = [
        f'{{"type": "article", "id": "a{n}", "title": "T", "body": "{text}", "url": "/a", "body_format": "{field}"}}'
        for n, text in enumerate(("fine", body))
    ]
    headers = service.write | {"Content-Type": "application/x-ndjson"}
    answer = service.client.post("/v1/documents", content="\n".join(lines), headers=headers).json()
    assert (answer["accepted"], answer["rejected"], answer["errors"][0]["line"]) == (1, 1, 2)
    assert answer["errors"][0]["errors"][0]["field"] == "body"


@pytest.mark.parametrize("service", [{"anonymous_per_minute": 100}], indirect=True)
def test_requests_cost_what_they_ask_for(service):
    client = service.client
    batch = {"requests": [{"conditions": ["ptsd"]}] * 90}
    assert client.post("/v1/recommendations/batch", json=batch).status_code == 200
    assert client.post("/v1/recommendations/batch", json=batch).status_code == 429
    assert client.post("/v1/recommendations/batch", json=batch, headers=service.search).status_code == 200


@pytest.mark.parametrize("service", [{"anonymous_per_minute": 25}], indirect=True)
def test_long_texts_cost_more(service):
    long = {"text": "ketamine " * 2_200}
    many = {"requests": [long] * 3}
    refused = service.client.post("/v1/recommendations/batch", json=many)
    assert (refused.status_code, "counts as" in refused.json()["detail"]) == (429, True)
    answers = [service.client.post("/v1/recommendations", json=long).status_code for _ in range(3)]
    assert answers == [200, 200, 429]


def shown(service, body, **fields):
    stored = article("a", "Title", body, **fields)
    assert service.client.put("/v1/articles/a", json=stored, headers=service.write).status_code == 202
    answer = service.client.get("/read/a")
    (pictures,) = [
        part.split()[1:] for part in answer.headers["content-security-policy"].split("; ") if part.startswith("img-src")
    ]
    return re.findall(r'<img[^>]* src="([^"]*)"', answer.text), pictures, answer.text


@pytest.mark.parametrize("service", [{"site_url": "https://www.home.example/start"}], indirect=True)
def test_pictures_of_other_hosts_are_asked_of_nobody(service):
    own = ["https://example.org/a.png", "//example.org/b.png", "https://www.home.example/c.png", "/d.png", "e.png"]
    others = [
        *(
            "https://pixel.example/x.gif",
            "//pixel.example/x",
            "https://example.org.evil.example/",
            "http://example.org/",
        ),
        *("https://example.org@evil.example/", "https://evil.example\\@example.org/", "/\\evil.example/x", "///evil/x"),
        *("https://[evil/x", "HTTPS://EVIL.EXAMPLE/x"),
    ]
    body = "".join(f'<p><img src="{address}" alt="Words &lt;{n}&gt;"></p>' for n, address in enumerate(own + others))
    found, pictures, text = shown(service, body)
    assert found == own
    assert pictures == ["'self'", "data:", "https://example.org", "https://www.home.example"]
    assert "Words &lt;12&gt;" in text
    assert "evil" not in text.lower()


@pytest.mark.parametrize("url", ["https://a;script-src", "/read/a", "https://example.org:x/"])
def test_a_page_without_pictures_of_its_site_names_no_host(service, url):
    found, pictures, _ = shown(service, f'<img src="{url}/x.png" alt="x"><img src="https://other.example/x">', url=url)
    assert [each for each in found if not each.startswith("/")] == []
    assert pictures == ["'self'", "data:"]


def test_ids_of_an_article_and_of_its_page_never_collide(service):
    names = ("q", "main", "search", "contents", "read-next", "article-sources", "ktc-main", "KTC-Q", "two words")
    body = "".join(f'<h2 id="{name}">Part {n}</h2><p id="p-{n}">Text.</p>' for n, name in enumerate(names))
    _, _, text = shown(service, body, sources=[{"title": "A study"}])
    ids = re.findall(r'\sid="([^"]*)"', text)
    assert sorted(ids) == sorted(set(ids))
    assert set(ids) >= {"q", "main", "search", "read-next", "article-sources", "p-3"}
    for target in re.findall(r'\s(?:href="#|for="|aria-labelledby=")([^"]+)"', text):
        assert target in ids
