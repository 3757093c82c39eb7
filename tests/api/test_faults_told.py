"""What is refused names its field, and what may be sent in its place; the OpenAPI document says the same."""

import codecs
import json
import re

import msgspec
import pytest

from indexing.connectors import kinds
from indexing.documents import CLASSES
from indexing.nesting import MAX_CHARACTERS
from search_api.curation import rules
from search_api.recommend.requests import RecommendationRequest
from tests.conftest import article, clinic

NDJSON = {"Content-Type": "application/x-ndjson"}


def faults(answer):
    assert answer.status_code == 400, answer.text
    assert not answer.json()["detail"].startswith(":")
    return {error["field"]: error["message"] for error in answer.json()["errors"]}


@pytest.mark.parametrize(
    ("fields", "field", "told"),
    [
        ({"body_format": "rtf"}, "body_format", "html, markdown"),
        ({"sources": [{"title": "A", "url": "ftp:x"}]}, "sources[0].url", "an http(s) address"),
        ({"id": "a/b"}, "id", "1-128 characters"),
        ({"hours": [{"day": "monday", "opens": "9am", "closes": "17:00"}]}, "hours[0].opens", "09:30"),
        ({"hours": [{"day": "Mo", "opens": "09:00", "closes": "17:00"}]}, "hours[0].day", "saturday"),
        ({"address": {"zip": "ABC"}}, "address.zip", "78701"),
        ({"npi": "12"}, "npi", "ten digits"),
    ],
)
def test_faults_of_documents_say_what_may_be_sent(service, fields, field, told):
    kind = "article" if fields.keys() & {"body_format", "sources", "id"} else "clinic"
    document = {"type": kind, **(article("a", "A") if kind == "article" else clinic("a", "A")), **fields}
    sent = service.client.post("/v1/documents", content=json.dumps(document), headers=service.write | NDJSON).json()
    (error,) = sent["errors"][0]["errors"]
    assert (error["field"], told in error["message"], "regex" in error["message"]) == (field, True, False)


@pytest.mark.parametrize(
    ("method", "path", "body", "field", "told"),
    [
        ("GET", "/v1/search?type=clinic&type=page", None, "type", "article, clinic"),
        ("GET", "/v1/clinics/a.b", None, "id", "1-128 characters"),
        ("GET", "/v1/articles/a%20b/related", None, "id", "1-128 characters"),
        ("GET", "/v1/connectors/A", None, "id", "1-40 of a-z"),
        ("POST", "/v1/reports", {"id": "a", "reason": "rude"}, "reason", "wrong_phone"),
        ("POST", "/v1/reindex", {"type": "pages"}, "type", "article, clinic, all"),
        ("POST", "/v1/listings/distinct", {"one": "a", "other": "b!"}, "other", "1-128 characters"),
        ("PUT", "/v1/curation/pins/p", {"query": "q", "pinned": ["a b"]}, "pinned[0]", "1-128 characters"),
    ],
)
def test_faults_of_requests_say_what_may_be_sent(service, method, path, body, field, told):
    found = faults(service.client.request(method, path, json=body, headers=service.editor))
    assert told in found[field]
    assert "regex" not in found[field]


@pytest.mark.parametrize("path", ["/v1/reports", "/v1/recommendations", "/v1/events"])
@pytest.mark.parametrize("body", [b"{", b"[1]", b'"text"'])
def test_faults_of_a_whole_body_have_no_field(service, path, body):
    assert list(faults(service.client.post(path, content=body, headers=service.editor))) == [""]


@pytest.mark.parametrize(("path", "most"), [("/v1/reports", 16_000), ("/v1/recommendations", 400_000)])
def test_what_is_too_large_is_told_the_limit(service, path, most):
    answer = service.client.post(path, content=b" " * (most + 1))
    assert (answer.status_code, str(most) in answer.json()["detail"]) == (413, True)


def patterns(schema, where=""):
    """Every pattern in a schema, with whether it is said in words."""
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield where, bool(schema.get("description"))
        for name, inner in schema.items():
            yield from patterns(inner, f"{where}.{name}")
    elif isinstance(schema, list):
        for inner in schema:
            yield from patterns(inner, where)


def test_every_pattern_is_also_said_in_words(service):
    types = [*CLASSES.values(), RecommendationRequest, *rules.KINDS.values(), *kinds.KINDS.values()]
    written = [service.client.get("/schema/openapi.json").json(), *map(msgspec.json.schema, types)]
    found = [each for schema in written for each in patterns(schema)]
    assert len(found) > 20
    assert [where for where, is_said in found if not is_said] == []


def test_a_byte_order_mark_is_read_over_in_every_body(service):
    sent = [
        ("PUT", "/v1/articles/a", article("a", "A"), service.write),
        ("POST", "/v1/recommendations", {"limit": 2}, {}),
        ("POST", "/v1/reindex", {"type": "clinic"}, service.editor),
        ("PUT", "/v1/curation/pins/p", {"query": "q", "pinned": ["a"]}, service.editor),
    ]
    for method, path, body, headers in sent:
        marked = codecs.BOM_UTF8 + json.dumps(body).encode()
        answer = service.client.request(method, path, content=marked, headers=headers)
        assert answer.status_code < 300, (path, answer.text)


@pytest.mark.parametrize(
    ("query", "warned"),
    [
        ("2026-03-02", ["updated_at"]),
        ("2026-03-02T01:00:00", ["updated_at"]),
        ("2026-03-02T05:30:00%2B05:30", []),
        ("2026-03-02T05:30:00+05:30", []),
        ("2026-03-02T00:00:00.000+00:00", []),
    ],
)
def test_a_time_in_a_query_is_read_as_in_a_body(service, query, warned):
    deleted = service.client.delete(f"/v1/articles/a?updated_at={query}", headers=service.write)
    assert (deleted.status_code, [each["path"] for each in deleted.json()["warnings"]]) == (202, warned)
    for sent, stale in (("2026-03-01T23:59:00Z", 1), ("2026-03-02T01:00:01Z", 0)):
        answer = service.client.put("/v1/articles/a", json=article("a", "A", updated_at=sent), headers=service.write)
        assert answer.json()["stale"] == stale


@pytest.mark.parametrize("query", ["yesterday", "2026-13-01", "2026-03-02T05:30:00 IST", "0001-01-01T00:00:00 14:00"])
def test_what_is_no_time_is_told_how_times_are_written(service, query):
    deleted = service.client.delete("/v1/clinics/c", params={"updated_at": query}, headers=service.write)
    assert "%2B" in faults(deleted)["updated_at"]


@pytest.mark.parametrize(
    ("opens", "closes", "field"),
    [
        ("24:30", "24:59", "opens"),
        ("09:00", "24:01", "closes"),
        ("10:00", "10:00", "closes"),
        ("00:00", "24:00", None),
        ("20:00", "02:00", None),
    ],
)
def test_hours_are_those_of_a_clock_and_last(service, opens, closes, field):
    told = clinic("c", "C", hours=[{"day": "friday", "opens": opens, "closes": closes}])
    answer = service.client.put("/v1/clinics/c", json=told, headers=service.write)
    assert answer.status_code == (400 if field else 202)
    assert field is None or f"hours[0].{field}" in faults(answer)


def test_the_openapi_document_takes_what_is_taken(service):
    schemas = service.client.get("/schema/openapi.json").json()["components"]["schemas"]
    assert schemas["Article"]["properties"]["body"]["maxLength"] == MAX_CHARACTERS
    listing = schemas["Clinic"]["properties"]
    assert "pattern" not in listing["address"]["properties"]["state"]
    clock = listing["hours"]["items"]["properties"]["opens"]["pattern"]
    assert [bool(re.fullmatch(clock, time)) for time in ("24:00", "23:59", "24:10", "25:00")] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize("body", [b"", b"\n\r\n  \n", codecs.BOM_UTF8])
def test_an_upload_without_a_document_is_refused(service, body):
    answer = service.client.post("/v1/documents", content=body, headers=service.write | NDJSON)
    assert "no document" in faults(answer)[""]
