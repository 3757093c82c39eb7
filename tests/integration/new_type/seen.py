"""Run on a copy of the packages with the type `event`: says `all seen`, or fails.

Its arguments are an empty folder for data and the folder of the copy.
"""

import json
import sys
from pathlib import Path

import msgspec
from litestar.testing import TestClient

import indexing
from indexing.bootstrap import Parts
from indexing.connectors.preview import _short
from indexing.documents import document_type, parse_document
from indexing.settings import Settings
from search_api.app import create_app
from search_api.client import SearchAnswer
from search_api.http.services import SilentDoorbell
from search_api.services import build_services
from tests.conftest import article, clinic, index_all, rebuild_next, store

EVENT = {
    "title": "Open evening on ketamine",
    "body": "<h2>Programme</h2><p>Questions and answers with two anaesthetists.</p>",
    "url": "https://example.org/evening",
    "date": "2027-03-01",
    "place": "Denver",
}


def check_writes(client, parts, key):
    assert client.put("/v1/events/evening", json=EVENT, headers=key).status_code == 202
    wrong = client.put("/v1/events/wrong", json={**EVENT, "date": "soon"}, headers=key).json()
    assert [each["field"] for each in wrong["errors"]] == ["date"]
    other = {**EVENT, "type": "event", "body": "<p>Slides on dosing.</p>"}
    lines = "\n".join(json.dumps({**other, "id": f"e-{n}", "title": f"Lecture {n}"}) for n in range(3))
    sent = client.post("/v1/documents", content=lines, headers={**key, "Content-Type": "application/x-ndjson"}).json()
    assert (sent["accepted"], sent["rejected"]) == (3, 0)
    index_all(parts)
    assert client.get("/v1/events/evening", headers=key).json()["date"] == "2027-03-01"
    assert client.delete("/v1/events/e-2", headers=key).status_code == 202
    index_all(parts)


def check_searches(client):
    found = client.get("/v1/search", params={"q": "anaesthetists questions", "type": "event"}).json()
    hit = found["hits"][0]
    assert (hit["type"], hit["id"], hit["date"], hit["place"]) == ("event", "evening", "2027-03-01", "Denver")
    assert "<mark>" in hit["snippet_html"]
    answer = client.get("/v1/search", params={"q": "open evening"})
    assert msgspec.json.decode(answer.content, type=SearchAnswer).hits[0].type == "event"
    assert client.get("/v1/search", params={"q": "ketamine"}).json()["totals"].keys() == {"article", "clinic", "event"}
    filtered = client.get("/v1/search", params={"venue": "Denver", "facets": "venue"}).json()
    assert {each["type"] for each in filtered["hits"]} == {"event"}
    assert filtered["facets"]["venue"] == [{"value": "denver", "label": "Denver", "count": 3}]
    completed = client.get("/v1/suggest", params={"q": "open eve"}).json()["suggestions"][0]
    assert (completed["kind"], completed["text"], completed["url"]) == ("event", EVENT["title"], EVENT["url"])


def check_pages(client):
    page = client.get("/", params={"q": "open evening", "type": "event"}).text
    assert "Open" in page
    assert EVENT["url"] in page
    assert "Events" in page
    assert "Actos" in client.get("/", params={"q": "evening"}, headers={"Accept-Language": "es"}).text


def check_operations(client, parts, key):
    status = client.get("/v1/status", headers=key).json()
    assert (status["types"]["event"]["stored"], status["types"]["event"]["indexed"]) == (3, 3)
    assert (status["articles"]["stored"], status["clinics"]["stored"]) == (1, 1)
    before = status["types"]["event"]["generation"]
    assert client.post("/v1/reindex", json={"type": "event"}, headers=key).status_code == 202
    while rebuild_next(parts):
        pass
    assert client.get("/v1/status", headers=key).json()["types"]["event"]["generation"] != before
    assert client.get("/v1/search", params={"type": "event"}).json()["total"] == 3
    parts.synchroniser.sweep()
    assert parts.drift.all() == []
    counted = client.get("/metrics").text
    assert 'search_documents{state="stored",type="event"} 3.0' in counted


def check_it_is_never_a_clinic(client, parts, key):
    event = parse_document("event", {"id": "evening", **EVENT}).document
    assert document_type(event) == "event"
    assert _short(event).type == "event"
    assert client.get("/v1/clinics/evening", headers=key).status_code == 404
    assert parts.store.get("clinic", "evening") is None
    clinics = client.get("/v1/search", params={"type": "clinic", "per_page": 100}).json()
    assert [each["id"] for each in clinics["hits"]] == ["lone"]


def check_description(client):
    described = client.get("/schema/openapi.json").json()
    assert described["paths"]["/v1/events/{id}"]["put"]["operationId"] == "putEvent"
    assert described["components"]["schemas"]["Event"]["properties"]["date"]["format"] == "date"
    assert "EventHit" in described["components"]["schemas"]


def main(data_dir: Path) -> None:
    parts = Parts(Settings(data_dir=data_dir, embedder="hashing"))
    parts.synchroniser.sweep()
    store(parts, "article", article("iv", "Ketamine infusions", "<p>What an infusion is like.</p>"))
    store(parts, "clinic", clinic("lone", "Lone Star"))
    key = {"Authorization": f"Bearer {parts.keys.create('all', ['search', 'write', 'editor'])}"}
    app = create_app(build_services(parts, SilentDoorbell()))
    with TestClient(app) as client:
        check_writes(client, parts, key)
        app.state.services.suggester.refresh()
        check_searches(client)
        check_pages(client)
        check_it_is_never_a_clinic(client, parts, key)
        check_description(client)
        check_operations(client, parts, key)


if __name__ == "__main__":
    assert Path(indexing.__file__).is_relative_to(sys.argv[2])
    main(Path(sys.argv[1]))
    print("all seen")
