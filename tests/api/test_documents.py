import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conftest import article, clinic, index_all, store

NDJSON = {"Content-Type": "application/x-ndjson"}


def upload(service, *lines, separator="\n"):
    body = separator.join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    return service.client.post(
        "/v1/documents", content=body.encode("utf-8", "surrogatepass"), headers=service.write | NDJSON
    )


def put(service, document, kind="articles"):
    return service.client.put(f"/v1/{kind}/{document['id']}", json=document, headers=service.write)


def found(service, q):
    return [hit["id"] for hit in service.client.get("/v1/search", params={"q": q, "mode": "keyword"}).json()["hits"]]


def test_a_write_is_durable_on_return_and_found_after_indexing(service):
    receipt = put(service, article("a", "Bladder"))
    assert receipt.status_code == 202
    told = {"accepted": 1, "rejected": 0, "stale": 0, "stored": None, "stale_lines": [], "errors": [], "warnings": []}
    assert receipt.json() | {"job": ""} == {"job": "", **told}
    stored = service.client.get("/v1/articles/a", headers=service.write).json()
    assert (stored["title"], stored["revision"], stored["indexed_revision"]) == ("Bladder", 1, 0)
    assert service.doorbell.rings == ["live"]
    index_all(service.parts)
    stored = service.client.get("/v1/articles/a", headers=service.write).json()
    assert stored["indexed_revision"] == 1
    assert stored["indexed_at"]
    assert found(service, "bladder") == ["a"]
    job = service.client.get(f"/v1/jobs/{receipt.json()['job']}", headers=service.write).json()
    assert (job["state"], job["done"], job["total"]) == ("succeeded", 1, 1)


def test_deleting_takes_a_document_out_and_a_late_write_does_not_bring_it_back(service):
    put(service, article("a", "Bladder", updated_at="2026-01-01T00:00:00Z"))
    index_all(service.parts)
    assert service.client.delete("/v1/articles/a", headers=service.write).status_code == 202
    index_all(service.parts)
    assert found(service, "bladder") == []
    assert service.client.get("/v1/articles/a", headers=service.write).status_code == 404
    assert put(service, article("a", "Bladder", updated_at="2026-01-02T00:00:00Z")).json()["stale"] == 1
    index_all(service.parts)
    assert found(service, "bladder") == []


def test_a_delete_that_overtakes_the_write_wins(service):
    params = {"updated_at": "2026-01-05T00:00:00Z"}
    assert service.client.delete("/v1/clinics/c", params=params, headers=service.write).status_code == 202
    assert put(service, clinic("c", "Late", updated_at="2026-01-04T00:00:00Z"), "clinics").json()["stale"] == 1
    assert put(service, clinic("c", "Newer", updated_at="2026-01-06T00:00:00Z"), "clinics").json()["accepted"] == 1


def test_deleting_what_never_was_is_not_found(service):
    assert service.client.delete("/v1/articles/nobody", headers=service.write).status_code == 404


def test_the_senders_newest_version_stands_whatever_the_order(service):
    versions = [article("a", f"Version {n}", revision=n) for n in (3, 1, 5, 2, 4, 5)]
    stale = [put(service, version).json()["stale"] for version in versions]
    assert stale == [0, 1, 0, 1, 1, 0]
    assert service.client.get("/v1/articles/a", headers=service.write).json()["title"] == "Version 5"


def test_writes_from_many_threads_are_all_kept(service):
    def write(n):
        return put(service, article(f"a{n % 20}", f"Version {n}", revision=n)).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(write, range(100))) == {202}
    index_all(service.parts)
    for n in range(20):
        assert service.client.get(f"/v1/articles/a{n}", headers=service.write).json()["title"] == f"Version {80 + n}"
    assert service.parts.store.counts("article").waiting == 0


def test_an_upload_accepts_good_lines_and_reports_the_others_by_number(service):
    response = upload(
        service,
        {"type": "article", **article("a", "One")},
        "not json",
        "",
        {"type": "page"},
        {"type": "clinic", "id": "x y"},
    )
    receipt = response.json()
    assert response.status_code == 202
    assert (receipt["accepted"], receipt["rejected"]) == (1, 3)
    assert [(error["line"], error["errors"][0]["field"]) for error in receipt["errors"]] == [
        (2, ""),
        (4, "type"),
        (5, "id"),
    ]


@pytest.mark.parametrize("separator", ["\n", "\r\n", "\n\n"])
def test_line_ends_of_every_kind(service, separator):
    lines = [{"type": "article", **article(f"a{n}", "T")} for n in range(3)]
    assert upload(service, *lines, separator=separator).json()["accepted"] == 3


def test_thousands_of_lines_are_bulk_work_and_an_edit_overtakes_them(service):
    lines = [{"type": "article", **article(f"a{n:04}", f"Title {n}")} for n in range(1_200)]
    assert upload(service, *lines).json()["accepted"] == 1_200
    assert set(service.doorbell.rings) == {"bulk"}
    put(service, article("edit", "Edited"))
    claims = service.parts.outbox.claim("worker", lanes=("live", "bulk"), limit=5)
    assert claims[0].id == "edit"


@pytest.mark.parametrize("service", [{"most_waiting": 3}], indirect=True)
def test_beyond_the_backlog_uploads_are_refused_and_edits_are_not(service):
    upload(service, *({"type": "article", **article(f"a{n}", "T")} for n in range(4)))
    refused = upload(service, {"type": "article", **article("b", "T")})
    assert refused.status_code == 429
    assert int(refused.headers["retry-after"]) >= 1
    assert put(service, article("edit", "Edited")).status_code == 202


def test_one_bad_line_never_costs_its_neighbours(service):
    good = [{"type": "article", **article(f"a{n}", "T")} for n in range(2)]
    old = {"type": "article", **article("old", "T", updated_at="0001-01-01T00:00:00+14:00")}
    deep = '{"type":"article","id":"deep","tags":' + "[" * 700 + "]" * 700 + "}"
    response = upload(service, good[0], "x" * 10_500_000, old, deep, good[1])
    assert response.status_code == 202
    assert (response.json()["accepted"], response.json()["rejected"]) == (2, 3)
    assert [error["line"] for error in response.json()["errors"]] == [2, 3, 4]


def test_an_upload_of_another_kind_is_refused(service):
    response = service.client.post("/v1/documents", content=b"{}", headers=service.write)
    assert response.status_code == 415


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", ""),
        (b"{", ""),
        (b"\xff", ""),
        (b'"text"', ""),
        (b"[" * 100_000, ""),
        (b'{"title": 1, "body": "b", "url": "/a"}', "title"),
        (b'{"title": "t", "body": "b", "url": "javascript:alert(1)"}', "url"),
        (b'{"title": "t", "body": "b", "url": "/a", "status": "secret"}', "status"),
        (b'{"title": "t", "body": "b", "url": "/a", "updated_at": "now"}', "updated_at"),
    ],
)
def test_bad_documents_name_the_field(service, body, field):
    response = service.client.put("/v1/articles/a", content=body, headers=service.write)
    assert response.status_code == 400
    assert field in {error["field"] for error in response.json()["errors"]}


def test_a_document_beyond_the_limit_is_refused(service):
    response = service.client.put("/v1/articles/a", content=b"x" * 10_000_001, headers=service.write)
    assert response.status_code == 413


def test_poison_documents_are_indexed(service):
    put(service, article("long-word", "Endless", "x" * 1_000_000))
    put(service, article("headings", "Headings", "<h2>a</h2>b" * 2_000))
    put(service, article("empty", "Empty", ""))
    upload(service, '{"type":"article","id":"odd","title":"Odd \\ud800 \\u0000 title","body":"b","url":"/odd"}')
    index_all(service.parts)
    counts = service.parts.store.counts("article")
    assert counts.indexed >= 3
    assert counts.waiting == 0
    assert found(service, "endless") == ["long-word"]


def test_a_job_is_followed_to_its_end_as_events(service):
    job = put(service, article("a", "Bladder")).json()["job"]
    threading.Timer(0.3, index_all, [service.parts]).start()
    with service.client.stream("GET", f"/v1/jobs/{job}/events", headers=service.write) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        states = [json.loads(line[6:])["state"] for line in response.iter_lines() if line.startswith("data: ")]
    assert states[-1] == "succeeded"


def test_status_counts_what_is_stored_indexed_and_waiting(service):
    put(service, article("a", "T"))
    index_all(service.parts)
    put(service, article("b", "T"))
    articles = service.client.get("/v1/status", headers=service.editor).json()["articles"]
    assert (articles["stored"], articles["indexed"], articles["waiting"], articles["failed"]) == (2, 1, 1, 0)
    assert articles["oldest_waiting_seconds"] >= 0
    assert articles["is_current"]


def test_a_rebuild_is_asked_for_refused_twice_and_cancelled(service):
    def ask(**body):
        return service.client.post("/v1/reindex", json=body, headers=service.editor)

    job = ask(type="article").json()["job"]
    refused = ask(type="all")
    assert refused.status_code == 409
    assert job in refused.json()["detail"]
    assert service.client.delete(f"/v1/jobs/{job}", headers=service.editor).status_code == 204
    assert service.client.get(f"/v1/jobs/{job}", headers=service.editor).json()["state"] == "cancelled"
    assert service.client.delete(f"/v1/jobs/{job}", headers=service.editor).status_code == 409
    assert ask(type="article").status_code == 202
    assert ask(type="page").status_code == 400
    assert service.client.post("/v1/reindex", json={}, headers=service.write).status_code == 403


def test_a_document_that_cannot_be_read_any_more_is_named_and_no_search_fails(service):
    from tests.workers.test_unreadable import stored_before_the_rule

    stored_before_the_rule(service.parts, "article", article("bad", "Bad"), url="#")
    store(service.parts, "article", article("good", "Good"))
    index_all(service.parts)
    answer = service.client.get("/v1/articles/bad", headers=service.write)
    assert answer.status_code == 409
    assert "url" in answer.json()["detail"]
    assert "send it again" in answer.json()["detail"]
    looked = service.client.get("/v1/inspect/article/bad", headers=service.editor).json()
    assert (looked["stored"]["status"], looked["stored"]["is_deleted"]) == ("unreadable", False)
    assert service.client.get("/v1/failures", headers=service.editor).json()["failures"][0]["id"] == "bad"
    assert [hit["id"] for hit in service.client.get("/v1/search?q=good").json()["hits"]] == ["good"]
    assert service.client.get("/read/bad").status_code == 404


ASKED = {"text": "my lips tingled all evening", "section": "Afterwards"}


def test_an_article_is_found_by_what_visitors_type_though_it_says_none_of_it(service):
    body = "<p>Opening words.</p><h2>Before</h2><p>Rest well.</p><h2>Afterwards</h2><p>Numbness passes.</p>"
    known = article("a", "Sensations", body, questions=[ASKED, "do I bring a pillow"])
    assert put(service, known).json()["warnings"] == []
    put(service, article("b", "Evening and lips", "<p>An evening about lips and my garden.</p>"))
    index_all(service.parts)
    first = service.client.get("/v1/search", params={"q": ASKED["text"], "mode": "semantic"}).json()["hits"][0]
    assert (first["id"], first["section"]["heading"]) == ("a", "Afterwards")
    assert "tingled" not in json.dumps(first)
    whole = service.client.get("/v1/search", params={"q": "do I bring a pillow", "mode": "semantic"}).json()["hits"][0]
    assert whole["id"] == "a"
    assert service.client.get("/v1/articles/a", headers=service.write).json()["questions"] == known["questions"]


def test_a_known_question_whose_section_is_gone_is_remarked_on(service):
    told = put(service, article("a", "Sensations", questions=["fine", ASKED])).json()["warnings"]
    assert [each["field"] for each in told] == ["questions[1].section"]
