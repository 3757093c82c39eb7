"""Clinics from sheets and JSON-LD: columns, rows with faults, and the twelve events of a file."""

import json
from pathlib import Path

import pytest

from indexing.connectors.base import RowProblem, SourcedDocument
from indexing.connectors.clinics_csv import ClinicFileSource
from indexing.connectors.columns import mapped
from indexing.connectors.taking import document_id
from indexing.errors import SourceForbidden, SourceUnavailable
from tests.connectors.conftest import Connected

_HEAD = (
    "ID;Practice Name;Street Address;Town;State;ZIP Code;Telephone;Services;Cost;Accepting New Patients;Verified on\r\n"
)


def row(number: int, name: str | None = None, **fields: str) -> str:
    told = {
        "zip": "78701",
        "phone": f"512-555-01{number:02}",
        "price": "$1,450",
        "open": "yes",
        "on": "1/31/2026",
        **fields,
    }
    return (
        f'k{number};"{name or f"Place {number}"}";{number} Main St;Austin;Texas;{told["zip"]};{told["phone"]};'
        f'"IV infusion, Spravato";{told["price"]};{told["open"]};{told["on"]}\r\n'
    )


def answers(text: str | bytes, **columns: str) -> list[object]:
    body = text.encode() if isinstance(text, str) else text
    source = ClinicFileSource(lambda: body, name="sheet", site="https://example.org/clinics", columns=columns)
    return list(source._answers().values())


def test_a_sheet_of_a_person_is_understood() -> None:
    (found,) = answers("\ufeff" + _HEAD + row(1, "Niño’s Place"))
    assert isinstance(found, SourcedDocument)
    assert found.id == "k1"
    check = {"on": "2026-01-31", "by": "source", "source": "sheet"}
    assert found.fields == {
        "name": "Niño’s Place",
        "phone": "512-555-0101",
        "treatments": ["IV infusion", "Spravato"],
        "price_min": 1450.0,
        "accepting_patients": True,
        "address": {"street": "1 Main St", "city": "Austin", "state": "TX", "zip": "78701"},
        "verified": {"phone": check, "address": check, "price_min": check, "accepting_patients": check},
        "url": "https://example.org/clinics/k1",
    }


def test_every_row_with_a_fault_is_named_and_the_others_are_taken() -> None:
    found = answers(_HEAD + row(1) + row(2, open="perhaps") + ";;;;;;;;;;\r\n" + row(1, "Again") + row(3, on="soon"))
    taken = {each.key: each for each in found if isinstance(each, SourcedDocument)}
    assert list(taken) == ["k1", "k2", "k3"]
    (flag,) = taken["k2"].faults
    assert (flag.where, "'Accepting New Patients' holds 'perhaps'" in flag.message) == ("row 3", True)
    assert "accepting_patients" not in taken["k2"].fields
    assert "verified" not in taken["k3"].fields
    assert "Verified on" in taken["k3"].faults[0].message
    assert [each.message for each in found if isinstance(each, RowProblem) and "twice" in each.message]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_a_sheet_of_an_old_program_is_read(encoding: str) -> None:
    (found,) = answers("Name,Zip\nClínica Sol,501\n".encode(encoding))
    assert isinstance(found, SourcedDocument)
    assert found.fields["name"] == "Clínica Sol"
    assert found.fields["address"] == {"zip": "00501"}


def test_columns_that_are_not_recognised_are_mapped() -> None:
    header = ["Firma", "Postleitzahl", "Phone"]
    assert mapped(header, {"name": "firma", "zip": "Postleitzahl"}) == {"name": 0, "zip": 1, "phone": 2}
    with pytest.raises(SourceForbidden, match="Firma"):
        answers("Firma,Zip\nx,78701\n")


def test_json_ld_is_read_where_it_says_where_a_clinic_is() -> None:
    hours = {"dayOfWeek": ["https://schema.org/Monday", "Friday"], "opens": "09:00:00", "closes": "17:00"}
    body = {
        "@graph": [
            {"@type": "WebSite", "name": "A site"},
            {
                "@type": ["MedicalClinic", "LocalBusiness"],
                "name": "Sol",
                "telephone": "512-555-0101",
                "address": {
                    "streetAddress": "1 Main St",
                    "addressLocality": "Austin",
                    "addressRegion": "TX",
                    "postalCode": "78701",
                },
                "geo": {"latitude": "30.2", "longitude": -97.7},
                "priceRange": "$400-$600",
                "openingHoursSpecification": hours,
                "url": "https://sol.example/",
            },
        ]
    }
    (found,) = answers(json.dumps(body))
    assert isinstance(found, SourcedDocument)
    assert found.fields["location"] == {"lat": 30.2, "lng": -97.7}
    assert (found.fields["price_min"], found.fields["price_max"]) == (400.0, 600.0)
    assert [each["day"] for each in found.fields["hours"]] == ["monday", "friday"]
    with pytest.raises(SourceUnavailable):
        answers(json.dumps(body)[:100])


@pytest.fixture
def sheet(connected: Connected) -> Connected:
    connected.put("clinics", site="https://example.org/clinics")
    return connected


def upload(sheet: Connected, *rows: str) -> dict[str, str]:
    """Upload, run, and tell the names by id."""
    sheet.parts.connectors.put_file("site", (_HEAD + "".join(rows)).encode(), by="test")
    sheet.run()
    return {id: document.name for id, document in sheet.documents("clinic").items()}


def test_every_event_of_a_file_reaches_the_store(sheet: Connected) -> None:
    rows = [row(number) for number in range(1, 7)]
    assert len(upload(sheet, *rows)) == 6
    assert upload(sheet, row(1, "Renamed"), *rows[1:])["site-k1"] == "Renamed"
    assert len(upload(sheet, *rows[1:])) == 5
    assert len(upload(sheet, *rows)) == 6, "restored"
    assert len(upload(sheet, rows[0], *rows)) == 6, "a row twice"
    assert len(upload(sheet, row(1, open="perhaps"), *rows[1:])) == 6, "a row with a fault takes nothing away"
    assert len(upload(sheet)) == 6, "an empty sheet"
    assert sheet.last.state == "held"
    assert len(upload(sheet, *rows[:1])) == 6, "five of six"
    assert sheet.items.release() == 5
    assert upload(sheet, *rows[:1]) == {"site-k1": "Place 1"}


def test_what_an_editor_unpublished_stays_so(sheet: Connected) -> None:
    from indexing.content.connector_items import withdraw

    upload(sheet, row(1), row(2))
    assert withdraw(sheet.parts.database, "clinic", "site-k1")
    upload(sheet, row(1, "Renamed"), row(2))
    assert sheet.documents("clinic")["site-k1"].status == "archived"
    assert sheet.documents("clinic")["site-k2"].status == "published"


def test_two_connectors_do_not_write_one_document(sheet: Connected, tmp_path: Path) -> None:
    upload(sheet, row(1))
    from indexing.connectors.kinds import parse_settings, shown_settings

    other = parse_settings("clinics", {"site": "https://example.org", "prefix": "site-"})
    sheet.parts.connectors.put("other", "clinics", shown_settings(other), {}, is_enabled=True, by="test")
    sheet.parts.connectors.put_file("other", (_HEAD + row(1, "Usurper")).encode(), by="test")
    sheet.parts.runner.run_until_idle("other", "test-1-1")
    assert "connector 'site'" in sheet.parts.connectors.runs("other")[0].problems[0].message
    assert sheet.documents("clinic")["site-k1"].name == "Place 1"


@pytest.mark.parametrize("key", ["/a/b/", "/a-b/", "x" * 500, "ключ", "posts:1", "", "a b"])
def test_ids_are_readable_and_differ(key: str) -> None:
    made = document_id("site-", key)
    assert len(made) <= 128
    assert made == document_id("site-", key)
    assert document_id("site-", "/a/b/") != document_id("site-", "/a-b/")
