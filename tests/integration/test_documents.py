import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexing.documents import Clinic, decode_document, encode_document, parse_document
from indexing.errors import InvalidDocument
from tests.conftest import article, clinic


def fields_at_fault(kind, raw, **options):
    with pytest.raises(InvalidDocument) as caught:
        parse_document(kind, raw, **options)
    return {error.field for error in caught.value.errors}


def test_every_field_at_fault_is_named_at_once():
    raw = {"id": "a b", "name": "", "url": "x", "address": {"zip": "1"}, "price_min": -1}
    assert fields_at_fault("clinic", raw) == {"id", "name", "url", "address.zip", "price_min"}


def test_missing_fields_are_named():
    assert fields_at_fault("article", {}) == {"id", "title", "body", "url"}


def test_the_id_in_the_document_may_repeat_but_not_contradict_the_address():
    assert parse_document("article", article("a", "T"), id="a").document.id == "a"
    assert fields_at_fault("article", article("a", "T"), id="b") == {"id"}


def test_a_price_range_the_wrong_way_round_is_refused():
    assert fields_at_fault("clinic", clinic("c", "C", price_min=500, price_max=400)) == {"price_min"}


def test_a_title_without_a_letter_is_refused():
    assert fields_at_fault("article", article("a", " — ")) == {"title"}


@pytest.mark.parametrize("raw", [None, 1, "x", [], [{}]])
def test_anything_but_an_object_is_refused(raw):
    assert fields_at_fault("article", raw) == {""}


def test_unknown_fields_are_ignored_and_said():
    parsed = parse_document("article", article("a", "T", conditons=["ptsd"]))
    assert [warning.field for warning in parsed.warnings] == ["conditons"]


def test_a_document_that_was_read_can_be_sent_back_without_remarks():
    answered = article("a", "T") | {"revision": 3, "indexed_revision": 3, "indexed_at": None, "type": "article"}
    assert parse_document("article", answered).warnings == ()


def test_characters_that_no_store_takes_are_cleaned_at_the_edge():
    parsed = parse_document("article", article("a", "T\x00itle \ud800", "b\x00"))
    assert parsed.document.title == "T itle  "
    encode_document(parsed.document)


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "0900-01-01T00:00:00Z"])
def test_times_that_no_calendar_here_holds_are_refused(moment):
    assert fields_at_fault("article", article("a", "T", updated_at=moment)) == {"updated_at"}


def test_endless_nesting_is_refused():
    nested: list[object] = []
    for _ in range(5_000):
        nested = [nested]
    assert fields_at_fault("article", article("a", "T", tags=nested)) == {""}


@pytest.mark.parametrize("url", ["//evil.example/x", "/\\evil.example", "/a\n", "javascript:x", "ftp://x", ""])
def test_addresses_that_lead_elsewhere_are_refused(url):
    assert "url" in fields_at_fault("article", article("a", "T") | {"url": url})


def test_an_id_ends_where_it_ends():
    assert fields_at_fault("article", article("abc\n", "T") | {"url": "/a"}) == {"id"}


def test_times_without_a_zone_are_utc():
    parsed = parse_document("article", article("a", "T", updated_at="2026-01-01T12:00:00"))
    assert parsed.document.updated_at.isoformat() == "2026-01-01T12:00:00+00:00"


def test_a_clinic_survives_being_stored():
    document = parse_document("clinic", clinic("c", "C", providers=[{"name": "Dr. X"}], insurance=["aetna"])).document
    assert isinstance(document, Clinic)
    assert decode_document("clinic", encode_document(document)) == document


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
NAMES = ["id", "title", "body", "url", "tags", "address", "location", "price_min", "providers", "updated_at", "name"]


@given(st.sampled_from(["article", "clinic"]), st.dictionaries(st.sampled_from(NAMES) | st.text(), JSON))
def test_no_input_does_worse_than_a_named_error(kind, raw):
    try:
        document = parse_document(kind, raw).document
    except InvalidDocument:
        return
    assert decode_document(kind, encode_document(document)) == document


@pytest.mark.parametrize("body_format", ["html", "markdown"])
def test_a_body_that_no_parser_should_be_given_is_refused(body_format):
    deep = {**article("a", "Deep", "<div>" * 300), "body_format": body_format}
    with pytest.raises(InvalidDocument) as refused:
        parse_document("article", deep)
    assert [error.field for error in refused.value.errors] == ["body"]
    long = {**article("a", "Long", "x" * 2_000_001), "body_format": body_format}
    with pytest.raises(InvalidDocument) as refused:
        parse_document("article", long)
    assert [error.field for error in refused.value.errors] == ["body"]
