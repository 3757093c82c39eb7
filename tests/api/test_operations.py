"""Rebuilds, failures, status and metrics over HTTP."""

import pytest

from tests.conftest import article, index_all, rebuild_next, store


@pytest.fixture
def failed(filled, monkeypatch):
    """Two documents that cannot be composed, set aside."""
    parts = filled.parts
    composer = parts.synchroniser._composer
    real = composer.compose

    def compose(document, revision):
        if document.id.startswith("bad"):
            raise ValueError(f"injected into {document.id}")
        return real(document, revision)

    monkeypatch.setattr(composer, "compose", compose)
    job = store(parts, "article", article("bad-1", "Bad"), article("bad-2", "Bad"), article("fine", "Fine"))
    for _ in range(12):
        index_all(parts)
        with parts.database.write() as connection:
            connection.exec_driver_sql("UPDATE outbox SET due_at = 0")
    monkeypatch.setattr(composer, "compose", real)
    filled.job = job
    return filled


def test_failures_are_listed_filtered_and_retried(failed):
    client, editor = failed.client, {"headers": failed.editor}
    listed = client.get("/v1/failures", **editor).json()["failures"]
    assert [(failure["id"], failure["error"]) for failure in listed] == [
        ("bad-1", "ValueError: injected into bad-1"),
        ("bad-2", "ValueError: injected into bad-2"),
    ]
    assert listed[0]["job"] == failed.job
    one = client.get("/v1/failures", params={"error": "into bad-2", "type": "article"}, **editor).json()["failures"]
    assert [failure["id"] for failure in one] == ["bad-2"]
    assert client.get("/v1/failures", params={"type": "clinic"}, **editor).json() == {"failures": []}
    assert client.get(f"/v1/jobs/{failed.job}", **editor).json()["state"] == "failed"
    assert client.post("/v1/failures/retry", json={"ids": ["bad-1"]}, **editor).json() == {"documents": 1}
    index_all(failed.parts)
    job = client.get(f"/v1/jobs/{failed.job}", **editor).json()
    assert (job["state"], [failure["id"] for failure in job["failed_documents"]]) == ("failed", ["bad-2"])
    assert client.post("/v1/failures/retry", json={}, **editor).json() == {"documents": 1}
    index_all(failed.parts)
    assert client.get(f"/v1/jobs/{failed.job}", **editor).json()["state"] == "succeeded"
    assert client.get("/v1/failures", **editor).json() == {"failures": []}


def test_retrying_a_job_retries_its_documents_only(failed):
    client, editor = failed.client, {"headers": failed.editor}
    assert client.post(f"/v1/jobs/{failed.job}/retry", **editor).json() == {"documents": 2}
    assert client.post(f"/v1/jobs/{failed.job}/retry", **editor).json() == {"documents": 0}


def test_a_rollback_needs_an_index_to_return_to(filled):
    client, editor = filled.client, {"headers": filled.editor}
    refused = client.post("/v1/reindex/rollback", json={"type": "article"}, **editor)
    assert (refused.status_code, refused.json()["detail"]) == (
        409,
        "there is no earlier index of articles to return to",
    )
    before = client.get("/v1/status", **editor).json()["articles"]
    job = client.post("/v1/reindex", json={"type": "article"}, **editor).json()["job"]
    assert client.get("/v1/status", **editor).json()["articles"]["rebuilding"] == job
    rebuild_next(filled.parts)
    after = client.get("/v1/status", **editor).json()["articles"]
    assert after["earlier_generation"] == before["generation"] != after["generation"]
    back = client.post("/v1/reindex/rollback", json={"type": "article"}, **editor)
    assert back.status_code == 202
    assert client.post("/v1/reindex", json={"type": "article"}, **editor).status_code == 409
    rebuild_next(filled.parts)
    done = client.get(f"/v1/jobs/{back.json()['job']}", **editor).json()
    assert (done["kind"], done["state"]) == ("rollback", "succeeded")
    assert client.get("/v1/status", **editor).json()["articles"]["generation"] == before["generation"]
    assert filled.client.get("/v1/search", params={"q": "trauma"}).json()["total"] == 2


def test_a_body_may_be_left_out(filled):
    assert filled.client.post("/v1/reindex", headers=filled.editor).status_code == 202
    assert filled.client.post("/v1/reindex/rollback", headers=filled.editor).status_code == 409
    assert filled.client.post("/v1/failures/retry", headers=filled.editor).json() == {"documents": 0}


@pytest.mark.parametrize("path", ["/v1/failures/retry", "/v1/reindex/rollback"])
def test_operations_are_for_editors(filled, path):
    assert filled.client.post(path, json={}, headers=filled.write).status_code == 403
    assert filled.client.get("/v1/failures", headers=filled.write).status_code == 403


def test_a_job_tells_its_rate(filled):
    filled.client.post("/v1/reindex", json={}, headers=filled.editor)
    rebuild_next(filled.parts)
    (job,) = (j for j in filled.client.get("/v1/jobs", headers=filled.editor).json()["jobs"] if j["kind"] == "reindex")
    assert job["documents_per_second"] > 0
    assert job["eta_seconds"] is None


def test_status_and_metrics_tell_of_workers_drift_and_documents(filled):
    parts = filled.parts
    parts.heartbeats.beat("host-1")
    with parts.database.write() as connection:
        connection.exec_driver_sql("UPDATE documents SET revision = 9, indexed_revision = 9 WHERE id = 'cost'")
    parts.synchroniser.sweep()
    status = filled.client.get("/v1/status", headers=filled.editor).json()
    assert [worker["worker"] for worker in status["workers"]] == ["host-1"]
    assert [(drift["kind"], drift["documents"]) for drift in status["drift"]] == [("lacking", 1)]
    assert status["queue"] == "ok"
    metrics = filled.client.get("/metrics").text
    assert 'search_documents{state="stored",type="article"} 5.0' in metrics
    assert 'search_drift_total{kind="lacking",type="article"} 1.0' in metrics
    assert "search_workers 1.0" in metrics
