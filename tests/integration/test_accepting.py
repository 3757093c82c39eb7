"""What senders are told of documents that were accepted."""

import pytest

from indexing.documents import parse_document
from indexing.errors import InvalidDocument
from indexing.locating import locate
from indexing.places import Gazetteer

BASE = {"id": "x", "name": "Clinic", "url": "/x", "address": {"city": "Denver", "state": "CO", "zip": "80202"}}


def warned(kind, **fields):
    base = BASE if kind == "clinic" else {"id": "x", "title": "T", "body": "b", "url": "/x"}
    return {each.field: each.message for each in parse_document(kind, {**base, **fields}).warnings}


def test_unknown_fields_are_named_by_their_path():
    found = warned("clinic", address={"zipcode": "80202"}, providers=[{"name": "A", "credential": "MD"}], insurence=[])
    assert set(found) == {"address.zipcode", "providers[0].credential", "insurence"}
    assert found["insurence"].endswith("did you mean insurance?")


def test_addresses_of_schema_org_are_understood():
    address = {"@type": "PostalAddress", "streetAddress": "1 A St", "addressLocality": "Denver", "postalCode": "80202"}
    parsed = parse_document("clinic", {**BASE, "address": {**address, "addressRegion": "Colorado"}})
    assert (parsed.document.address.street, parsed.document.address.state) == ("1 A St", "CO")
    assert {each.field for each in parsed.warnings} >= {"address.streetAddress", "address.@type"}


def test_times_without_a_zone_are_of_utc_and_times_ahead_are_told():
    parsed = parse_document(
        "article", {"id": "x", "title": "T", "body": "b", "url": "/x", "published_at": "2020-05-01"}
    )
    assert parsed.document.published_at.isoformat() == "2020-05-01T00:00:00+00:00"
    assert "UTC" in warned("article", updated_at="2020-05-01T08:00:00")["updated_at"]
    assert "lies ahead" in warned("article", published_at="2199-01-01T00:00:00Z")["published_at"]


@pytest.mark.parametrize(
    "url",
    [
        *("https://ann:secret@site.example/", "http://site.example@other.example", "https://site.example\\x.example/"),
        *(
            "https://site.example/\u202egpj.exe",
            "/read/\u2067a",
            "https://site\u200b.example/",
            "https://a.example/\x9fb",
        ),
    ],
)
def test_an_address_that_shows_another_than_it_opens_is_refused_and_told_why(url):
    story = {"id": "a", "title": "A", "body": "b", "url": "/a"}
    for kind, sent, field in (
        ("article", {**story, "url": url}, "url"),
        ("article", {**story, "sources": [{"title": "S", "url": url}]}, "sources[0].url"),
        ("clinic", {**BASE, "website": url}, "website"),
    ):
        with pytest.raises(InvalidDocument) as refused:
            parse_document(kind, sent)
        (error,) = refused.value.errors
        assert (error.field, "without user name" in error.message) == (field, True)


@pytest.mark.parametrize(
    "url", ["https://site.example/@ann", "https://site.example?mail=a@b", "https://sitio.example/ñ\\x", "/leer/año"]
)
def test_addresses_with_uncommon_signs_are_taken(url):
    assert parse_document("article", {"id": "a", "title": "A", "body": "b", "url": url}).document.url == url


def located(**fields):
    return locate(parse_document("clinic", {**BASE, **fields}).document, Gazetteer())


def test_a_point_far_from_its_address_is_not_believed():
    wrong = located(location={"lat": 39.75, "lng": 104.99})
    assert [each.field for each in wrong.warnings] == ["location"]
    assert round(wrong.location.lng) == -105
    right = located(location={"lat": 39.76, "lng": -104.98})
    assert (right.location.lat, right.warnings) == (39.76, ())


def test_an_address_that_is_nowhere_is_told():
    assert [each.field for each in located(address={"city": "Nosuchtown", "state": "CO"}).warnings] == ["address"]
