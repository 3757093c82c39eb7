"""What senders and searchers are told, over HTTP."""

import gzip
import json
from datetime import UTC, datetime, timedelta

from tests.conftest import article, clinic, index_all, store


def test_compressed_bodies_are_read_and_others_refused(service):
    body = gzip.compress(json.dumps(article("packed", "Packed page", "<p>Unpacked wombat.</p>")).encode())
    headers = {**service.write, "Content-Type": "application/json", "Content-Encoding": "gzip"}
    assert service.client.put("/v1/articles/packed", content=body, headers=headers).status_code == 202
    refused = service.client.put("/v1/articles/packed", content=body, headers={**headers, "Content-Encoding": "br"})
    assert refused.status_code == 415
    broken = service.client.put("/v1/articles/packed", content=body[:-9], headers=headers)
    assert broken.status_code == 400
    lines = b"\n".join(json.dumps({"type": "article", **article(f"n{n}", f"N {n}")}).encode() for n in range(3))
    upload = {**service.write, "Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}
    assert service.client.post("/v1/documents", content=gzip.compress(lines), headers=upload).json()["accepted"] == 3


def test_a_small_body_that_unpacks_without_end_is_refused(service):
    headers = {**service.write, "Content-Type": "application/json", "Content-Encoding": "gzip"}
    bomb = gzip.compress(b" " * 60_000_000)
    assert service.client.put("/v1/articles/bomb", content=bomb, headers=headers).status_code == 413


def test_uploads_in_another_form_are_told_so(service):
    headers = {**service.write, "Content-Type": "application/x-ndjson"}
    documents = [{"type": "article", **article("a", "A")}]
    for body in (json.dumps(documents), json.dumps(documents, indent=2)):
        answer = service.client.post("/v1/documents", content=body, headers=headers)
        assert answer.status_code == 400
        assert "array" in answer.json()["detail"]
    pretty = service.client.post("/v1/documents", content=json.dumps(documents[0], indent=2), headers=headers)
    assert "several lines" in pretty.json()["detail"]


def test_uploads_are_warned_line_by_line(service):
    wrong = clinic("c", "C", address={"city": "Austin", "zipcode": "78701", "state": "TX"})
    lines = "\n".join(
        json.dumps({"type": kind, **each}) for kind, each in (("article", article("a", "A")), ("clinic", wrong))
    )
    headers = {**service.write, "Content-Type": "application/x-ndjson"}
    warnings = service.client.post("/v1/documents", content=lines, headers=headers).json()["warnings"]
    assert [(each["line"], each["path"]) for each in warnings] == [(2, "address.zipcode")]
    assert "did you mean zip?" in warnings[0]["message"]


def test_unknown_parameters_are_named_with_what_was_meant(filled):
    answer = filled.client.get("/v1/search", params={"q": "ketamine", "treatments": "spravato", "page": 1}).json()
    assert answer["warnings"] == [{"parameter": "treatments", "message": "unknown; did you mean treatment?"}]
    assert (
        filled.client.get("/v1/suggest", params={"q": "keta", "size": 3}).json()["warnings"][0]["parameter"] == "size"
    )


def test_nothing_shows_an_article_before_its_time(filled):
    later = (datetime.now(UTC) + timedelta(days=30)).isoformat()
    ahead = article("ahead", "Trauma quokka preview", "<p>Trauma and flashbacks ease.</p>", published_at=later)
    store(filled.parts, "article", ahead)
    index_all(filled.parts)
    filled.app.state.services.suggester.refresh()
    client = filled.client
    assert client.get("/v1/search", params={"q": "trauma quokka preview"}).text.count('"ahead"') == 0
    assert client.get("/v1/search", params={"type": "article", "per_page": 100}).text.count('"ahead"') == 0
    assert "quokka" not in client.get("/v1/suggest", params={"q": "trauma quo"}).text.replace("trauma quo", "")
    assert '"ahead"' not in client.get("/v1/articles/ptsd/related", params={"limit": 10}).text
    assert client.post("/v1/recommendations", json={"articles": ["ahead"]}).status_code == 404
    assert client.post("/v1/reports", json={"type": "article", "id": "ahead", "reason": "other"}).status_code == 404
    assert (page := client.get("/read/ahead")).status_code == 404
    assert "flashbacks" not in page.text
    inspected = client.get("/v1/inspect/article/ahead", headers=filled.editor).json()
    assert inspected["verdict"].startswith("Searches find it from")
    store(filled.parts, "article", {**ahead, "published_at": "2020-01-01T00:00:00Z"})
    index_all(filled.parts)
    assert client.get("/v1/search", params={"q": "quokka preview"}).json()["hits"][0]["id"] == "ahead"
    assert client.get("/read/ahead").status_code == 200


def test_the_sitemap_lists_what_is_read_here_from_its_time_on(filled):
    for id, year in (("out", 2020), ("to-come", datetime.now(UTC).year + 2)):
        story = article(id, f"The {id}", "<p>Text.</p>", published_at=f"{year}-01-01T00:00:00Z")
        store(filled.parts, "article", {**story, "url": f"/read/{id}"})
    index_all(filled.parts)
    listed = filled.client.get("/sitemap.xml").text
    assert ("/read/out<" in listed, "to-come" in listed) == (True, False)


def test_signs_alone_find_nothing(filled):
    assert filled.client.get("/v1/search", params={"q": "🙂"}).json()["total"] == 0
