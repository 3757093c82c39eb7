"""What senders and searchers are told, over HTTP."""

import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest

from indexing.schema.types import LABELS
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


def warned(filled, query):
    answer = filled.client.get(f"/v1/search?{query}")
    assert answer.status_code == 200, answer.text
    return {each["parameter"]: each["message"] for each in answer.json()["warnings"]}


@pytest.mark.parametrize("sign", ["-", "!", " -", "–", "\N{FULLWIDTH EXCLAMATION MARK}"])
def test_a_value_that_is_to_be_excluded_is_refused_by_every_filter(filled, sign):
    for name in LABELS:
        refused = filled.client.get("/v1/search", params={name: ["depression", f"{sign}depression"]})
        assert refused.status_code == 400, name
        (error,) = refused.json()["errors"]
        assert (error["field"], "cannot be excluded" in error["message"]) == (name, True)
    context = {"treatments": ["oral", f"{sign}spravato"]}
    assert filled.client.post("/v1/recommendations", json=context).json()["errors"][0]["field"] == "treatments[1]"
    batch = filled.client.post("/v1/recommendations/batch", json={"requests": [context, {}]}).json()["results"]
    assert [each["error"] is None for each in batch] == [False, True]
    page = filled.client.get("/", params={"type": "clinic", "insurance": f"{sign}aetna"})
    assert (page.status_code, "Lone Star Ketamine" in page.text) == (200, True)


@pytest.mark.parametrize(
    "known",
    ["condition=PTSD", "treatment=im-injection", "state=Wyoming", "language=Español", "city=dallas", "tag=Conditions"],
)
def test_values_that_are_known_are_not_remarked_on(filled, known):
    assert warned(filled, known) == {}


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("treatment=crystals&treatment=oral", "'crystals'"),
        ("insurance=cignna", "did you mean cigna?"),
        ("state=Atlantis", "'Atlantis'"),
        ("state=Texass", "did you mean Texas?"),
        ("language=klingon", "'klingon'"),
        ("city=Gotham", "'Gotham'"),
        ("tag=condition", "did you mean conditions?"),
    ],
)
def test_values_that_nothing_has_are_named(filled, query, told):
    (found,) = warned(filled, query).items()
    assert found[0] == query.partition("=")[0]
    assert told in found[1]


def test_a_radius_counts_round_a_place_alone(filled):
    assert "send `near`" in warned(filled, "q=ketamine&radius_miles=20")["radius_miles"]
    assert warned(filled, "q=ketamine&radius_miles=20&near=78701") == {}
    assert warned(filled, "q=clinics+in+austin&radius_miles=20") == {}


def test_what_is_sent_twice_and_counts_once_is_named(filled):
    assert "2 times" in warned(filled, "q=a&sort=newest&sort=price&state=TX&state=CO")["sort"]
    answer = filled.client.get("/v1/search?per_page=1&per_page=2").json()
    assert (answer["per_page"], answer["warnings"][0]["parameter"]) == (2, "per_page")
    assert filled.client.get("/v1/suggest?q=a&q=b").json()["warnings"][0]["parameter"] == "q"


def test_facets_are_a_list_however_they_are_sent(filled):
    asked = "facets=state&facets=insurance,telehealth"
    assert warned(filled, asked) == {}
    assert set(filled.client.get(f"/v1/search?{asked}").json()["facets"]) == {"state", "insurance", "telehealth"}


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
