"""Uploads that break off, and senders whose clock is wrong: nothing waits for ever, nothing is closed for ever."""

import asyncio
import json

import pytest

from indexing.content import jobs as jobs_module
from indexing.content.owners import _HOST
from search_api.http.services import Services
from search_api.http.uploads import Upload
from tests.conftest import article, clinic, store
from tests.working import working

pytestmark = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


def ndjson(*documents):
    return "\n".join(json.dumps({"type": "article", **document}) for document in documents)


def upload(service, *documents):
    headers = {**service.write, "Content-Type": "application/x-ndjson"}
    return service.client.post("/v1/documents", content=ndjson(*documents), headers=headers).json()


def job(service, id):
    return service.client.get(f"/v1/jobs/{id}", headers=service.editor).json()


def broken_off(service, error, lines=600):
    """Run an upload whose stream ends with an error after a first whole batch; returns its job."""
    services: Services = service.app.state.services

    async def chunks():
        for number in range(lines):
            yield (ndjson(article(f"a-{number}", f"Article {number}")) + "\n").encode()
        raise error

    running = Upload(services)

    async def take():
        await running.take(chunks())

    with pytest.raises(type(error)):
        asyncio.run(take())
    return running._job


@pytest.mark.parametrize("error", [ConnectionResetError("gone"), asyncio.CancelledError()])
def test_an_upload_that_breaks_off_says_after_which_line_and_keeps_what_was_taken(service, error):
    id = broken_off(service, error)
    ended = job(service, id)
    assert (ended["state"], ended["message"]) == ("failed", "the upload broke off after line 500")
    assert ended["finished_at"]
    assert service.parts.store.counts("article").waiting == 500


def test_an_upload_whose_process_died_is_ended_by_any_worker(service):
    id = service.parts.jobs.open("write", "all", owner=f"{_HOST}-999999999-1")
    assert job(service, id)["state"] == "queued"
    assert service.parts.jobs.end_abandoned() == 1
    assert (job(service, id)["state"], job(service, id)["message"]) == ("failed", "the upload broke off after line 0")


def test_an_upload_on_another_host_is_ended_when_its_lease_is_over(service, monkeypatch):
    id = service.parts.jobs.open("write", "all", owner="elsewhere-1-1")
    assert service.parts.jobs.end_abandoned() == 0
    with service.parts.database.write() as connection:
        connection.exec_driver_sql("UPDATE jobs SET claimed_until = 5")
    assert service.parts.jobs.end_abandoned() == 1
    assert job(service, id)["state"] == "failed"


def test_a_job_that_an_earlier_version_left_queued_is_ended(service):
    service.parts.jobs.open("write", "all")
    with service.parts.database.write() as connection:
        connection.exec_driver_sql("UPDATE jobs SET claimed_by = NULL, claimed_until = 0")
    assert service.parts.jobs.end_abandoned() == 1


def test_a_filling_whose_process_died_is_ended(service):
    id = service.parts.jobs.open("fill", "all", owner=f"{_HOST}-999999999-1")
    service.parts.jobs.progress(id, state="running", done=1, total=9)
    assert service.parts.jobs.end_abandoned() == 1
    assert job(service, id)["message"] == "its process ended; start it again"


def test_a_slow_upload_holds_its_job(service, monkeypatch):
    monkeypatch.setattr(jobs_module, "LEASE_SECONDS", 0.6)
    monkeypatch.setattr("search_api.http.uploads.LEASE_SECONDS", 0.6)
    running = Upload(service.app.state.services)
    states = []

    async def chunks():
        for number in range(4):
            await asyncio.sleep(0.4)
            service.parts.jobs.end_abandoned()
            states.append(service.parts.jobs.get(running._job).state)
            yield (ndjson(article(f"a-{number}", "Slow")) + "\n").encode()

    receipt = asyncio.run(running.take(chunks()))
    assert states == ["queued"] * 4
    assert (receipt.accepted, job(service, receipt.job)["state"]) == (4, "running")


def test_a_worker_ends_abandoned_jobs_by_itself(service):
    import time

    id = service.parts.jobs.open("write", "all", owner=f"{_HOST}-999999999-1")
    with working(service.parts):
        until = time.monotonic() + 30
        while job(service, id)["state"] == "queued" and time.monotonic() < until:
            time.sleep(0.05)
    assert job(service, id)["state"] == "failed"


def test_a_single_write_and_its_job_are_one_transaction(service, monkeypatch):
    def die(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("indexing.content.documents.put_in_outbox", die)
    from indexing.content.documents import Write
    from indexing.documents import parse_document

    with pytest.raises(KeyboardInterrupt):
        service.parts.store.accept_one(Write.storing(parse_document("article", article("a", "A")).document))
    assert service.parts.jobs.recent() == []
    assert service.parts.store.get("article", "a") is None


FUTURE = [("updated_at", "9999-12-31T00:00:00Z"), ("revision", 2**62), ("revision", 99_999_999_999)]


@pytest.mark.parametrize(("field", "value"), FUTURE)
def test_what_lies_ahead_of_our_clock_is_refused_and_named_by_every_door(service, field, value):
    document = article("a", "Ahead", **{field: value})
    put = service.client.put("/v1/articles/a", json=document, headers=service.write)
    assert (put.status_code, [error["field"] for error in put.json()["errors"]]) == (400, [field])
    (line,) = upload(service, document)["errors"]
    assert [error["field"] for error in line["errors"]] == [field]
    deleted = service.client.delete("/v1/articles/a", params={field: value}, headers=service.write)
    assert (deleted.status_code, [error["field"] for error in deleted.json()["errors"]]) == (400, [field])


def test_a_stale_answer_and_a_read_show_the_stored_order(service):
    service.client.put(
        "/v1/articles/a", json=article("a", "A", updated_at="2026-05-02T00:00:00Z"), headers=service.write
    )
    older = article("a", "B", updated_at="2026-05-01T00:00:00Z")
    stored = {"revision": None, "updated_at": "2026-05-02T00:00:00Z"}
    answer = service.client.put("/v1/articles/a", json=older, headers=service.write).json()
    assert (answer["stale"], answer["stored"]) == (1, stored)
    many = upload(service, article("b", "B"), older)
    assert (many["stale"], many["stale_lines"]) == (1, [{"line": 2, "stored": stored}])
    assert service.client.get("/v1/articles/a", headers=service.write).json()["order"] == stored


def closed_by_an_earlier_version(service, id):
    with service.parts.database.write() as connection:
        connection.exec_driver_sql("UPDATE documents SET source_updated_at = 253402214400000000")


def test_a_document_that_an_earlier_version_let_somebody_close_is_open_again(service):
    store(service.parts, "article", article("a", "A"))
    closed_by_an_earlier_version(service, "a")
    sent = service.client.put(
        "/v1/articles/a", json=article("a", "B", updated_at="2026-05-01T00:00:00Z"), headers=service.write
    )
    assert sent.json()["accepted"] == 1
    assert service.client.get("/v1/articles/a", headers=service.write).json()["title"] == "B"


def test_an_editor_resets_the_order_also_of_what_was_deleted(service):
    dated = article("a", "A", updated_at="2026-05-02T00:00:00Z")
    service.client.put("/v1/articles/a", json=dated, headers=service.write)
    service.client.delete("/v1/articles/a", headers=service.write)
    assert service.client.put("/v1/articles/a", json=dated, headers=service.write).json()["stale"] == 1
    assert service.client.post("/v1/articles/a/reset-order", headers=service.write).status_code == 403
    reset = service.client.post("/v1/articles/a/reset-order", headers=service.editor)
    assert reset.json() == {"stored": {"revision": None, "updated_at": None}}
    assert service.client.put("/v1/articles/a", json=dated, headers=service.write).json()["accepted"] == 1
    assert service.client.post("/v1/clinics/none/reset-order", headers=service.editor).status_code == 404


def written_back(service, path, document, *, bulk):
    """What becomes of a document that was read, changed and sent."""
    if not bulk:
        return service.client.put(path, json=document, headers=service.write).json()
    headers = {**service.write, "Content-Type": "application/x-ndjson"}
    return service.client.post("/v1/documents", content=json.dumps(document), headers=headers).json()


MADE = {"articles": (article, "title"), "clinics": (clinic, "name")}
ORDERED = [{}, {"revision": 70}, {"updated_at": "2026-05-02T00:00:00Z"}, {"revision": 3, "updated_at": "2026-05-02"}]


DOORS = [(kind, bulk) for kind in MADE for bulk in (False, True)]


@pytest.mark.parametrize("order", ORDERED)
def test_what_was_read_is_edited_and_sent_back_and_its_sender_goes_on(service, order):
    for kind, bulk in DOORS:
        make, title = MADE[kind]
        path = f"/v1/{kind}/x{bulk:d}"
        for n in range(4):
            service.client.put(path, json=make(path[-2:], f"Version {n}", **order), headers=service.write)
        read = service.client.get(path, headers=service.write).json()
        receipt = written_back(service, path, {**read, title: "Edited"}, bulk=bulk)
        assert (receipt["accepted"], receipt["stale"], receipt["warnings"]) == (1, 0, [])
        again = service.client.get(path, headers=service.write).json()
        assert (again[title], again["order"]) == ("Edited", read["order"])
        newer = {name: value + 1 for name, value in order.items() if name == "revision"} or order
        sent = service.client.put(path, json=make(path[-2:], "Of the sender", **newer), headers=service.write).json()
        assert sent["accepted"] == 1


def test_what_was_read_before_somebody_wrote_something_newer_is_stale(service):
    for revision in (8, 9):
        read = service.client.get("/v1/articles/x", headers=service.write).json()
        service.client.put("/v1/articles/x", json=article("x", "T", revision=revision), headers=service.write)
    assert read["order"]["revision"] == 8
    moved = {**read, "title": "Edited", "order": {**read["order"], "revision": 10}}
    for bulk in (False, True):
        assert written_back(service, "/v1/articles/x", {**read, "title": "Late"}, bulk=bulk)["stale"] == 1
    assert written_back(service, "/v1/articles/x", moved, bulk=True)["accepted"] == 1
    assert service.client.get("/v1/articles/x", headers=service.write).json()["order"]["revision"] == 10


def test_an_order_that_does_not_count_is_not_told(service):
    store(service.parts, "article", article("a", "A"))
    closed_by_an_earlier_version(service, "a")
    read = service.client.get("/v1/articles/a", headers=service.write).json()
    assert read["order"] == {"revision": None, "updated_at": None}
    assert written_back(service, "/v1/articles/a", {**read, "title": "B"}, bulk=False)["accepted"] == 1
