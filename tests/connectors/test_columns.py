"""Headings of sheets: in English and Spanish, misspelt, twice, and gone since the last time."""

import pytest

from indexing.connectors.base import Listing, SourcedDocument
from indexing.connectors.clinics_csv import ClinicFileSource
from indexing.connectors.columns import FIELDS, column_problems, mapped
from indexing.connectors.taking import parsed_leniently
from tests.connectors.conftest import Connected


def listing(text: str, **columns: str) -> Listing:
    return ClinicFileSource(lambda: text.encode(), name="s", site="https://x.example", columns=columns).listing(None)


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("Nombre de la clínica", "name"),
        ("DIRECCIÓN", "street"),
        ("Ciudad", "city"),
        ("Estado", "state"),
        ("Código Postal", "zip"),
        ("C.P.", "zip"),
        ("Teléfono", "phone"),
        ("Correo electrónico", "email"),
        ("Sitio web", "website"),
        ("Seguros aceptados", "insurance"),
        ("Formas de pago", "payment"),
        ("Precio mínimo", "price_min"),
        ("Tratamientos", "treatments"),
        ("Condiciones", "conditions"),
        ("Idiomas", "languages"),
        ("Telesalud", "telehealth"),
        ("¿Acepta pacientes nuevos?", "accepting_patients"),
        ("Médicos", "providers"),
        ("Verificado el", "checked_on"),
    ],
)
def test_spanish_headings_are_understood(heading: str, field: str) -> None:
    assert mapped([heading], {}) == {field: 0}


@pytest.mark.parametrize(
    ("heading", "likely"),
    [
        ("Steet", "street"),
        ("Telphone", "phone"),
        ("Insurance companies", "insurance"),
        ("treatment types", "treatments"),
        ("Ciuda", "city"),
        ("zp", ""),
        ("fax", ""),
        ("Owner", ""),
    ],
)
def test_a_heading_that_is_not_understood_is_named_with_the_likeliest_field(heading: str, likely: str) -> None:
    header = ["Name", heading]
    (problem,) = column_problems(header, mapped(header, {}), {})
    assert (problem.column, problem.likely) == (heading, likely)
    assert ("did you mean" in problem.message) is bool(likely)
    assert not likely or likely in FIELDS


def test_a_second_column_of_a_field_and_one_that_is_not_there_are_named() -> None:
    problems = listing("Name,Web,Homepage\nA,a.example,b.example\n", phone="Contact").problems
    assert [each.column for each in problems] == ["Contact", "Homepage"]
    assert "read from column 'Web'" in problems[1].message


def test_only_columns_that_held_something_are_missed() -> None:
    found = listing("Name,Phone,Logo\nA,512-555-0101,\n")
    assert (set(found.read), set(found.columns)) == ({"name", "phone", "image"}, {"name", "phone"})


@pytest.mark.parametrize(
    ("heading", "cell", "kept"),
    [
        ("Precio", "a convenir", "price_min"),
        ("Homepage", "data:text/html,x", "website"),
        ("Link", "ftp://x.example/a", None),
        ("Photo", "none yet", "image"),
        ("Virtual", "on Mondays", "telehealth"),
        ("Last checked", "last week", "verified"),
        ("Postcode", "unknown", None),
        ("Province", "Ontario", None),
        ("Latitude", "north", "location"),
        ("NPI", "12345", "npi"),
        ("Description", "x" * 100_001, "description"),
    ],
)
def test_a_wrong_optional_cell_is_left_out_and_named(heading: str, cell: str, kept: str | None) -> None:
    text = f"Name,Town,{heading}\nAspen,Austin,{cell}\n"
    source = ClinicFileSource(lambda: text.encode(), name="s", site="https://x.example/c")
    (answer,) = source._answers().values()
    assert isinstance(answer, SourcedDocument)
    document, problems = parsed_leniently(answer, "a")
    assert document is not None
    assert [problem.message.startswith("taken without what is wrong") for problem in problems] == [True]
    stored = {name: getattr(document, name) for name in ("name", "url", "address")}
    assert (stored["name"], stored["address"].city, stored["address"].zip) == ("Aspen", "Austin", "")
    assert stored["url"] == "https://x.example/c/aspen-austin"
    assert kept is None or not getattr(document, kept)


def test_a_website_without_its_scheme_is_one() -> None:
    text = "Name,Website\nAspen,www.aspen.example/austin\n"
    (answer,) = ClinicFileSource(lambda: text.encode(), name="s", site="https://x.example")._answers().values()
    assert isinstance(answer, SourcedDocument)
    assert answer.fields["website"] == "https://www.aspen.example/austin"


def test_a_wrong_part_of_what_is_required_is_left_out_alone() -> None:
    fields = {"name": "Sol", "url": "/sol", "address": {"city": "Austin", "zip": "K1A 0B1", "state": "Ontario"}}
    document, problems = parsed_leniently(SourcedDocument(key="sol", type="clinic", fields=fields), "sol")
    assert document is not None
    assert document.address.city == "Austin"  # type: ignore[union-attr]
    assert "address.state" in problems[0].message
    assert "address.zip" in problems[0].message


def test_a_row_whose_status_is_not_understood_publishes_nothing(connected: Connected) -> None:
    connected.put("clinics", site="https://example.org")
    for cell in ("draft", "Drfat"):
        text = f"ID,Name,Status\na,Aspen,{cell}\n"
        connected.parts.connectors.put_file("site", text.encode(), by="test")
        run = connected.run()
        assert connected.documents("clinic")["site-a"].status == "draft"
    assert "Drfat" in run.problems[0].message


def test_a_sheet_that_lost_columns_changes_nothing_whatever_is_set_anew(connected: Connected) -> None:
    connected.put("clinics", site="https://example.org")
    connected.parts.connectors.put_file(
        "site", b"Name,Street,Zip\nAspen,1 Elm St,78701\nBirch,2 Elm St,78702\n", by="t"
    )
    connected.run()
    before = connected.documents("clinic")
    connected.parts.connectors.put_file("site", b"Name,Stret,Zip\nAspen,1 Elm St,78701\n", by="t")
    connected.put("clinics", site="https://example.org")
    assert connected.run().state in {"failed", "running"}
    assert connected.row.missing_columns == ("street",)
    assert connected.documents("clinic") == before
    connected.items.mark_pending(["aspen-78701-1-elm-st"])
    connected.run(full=False)
    assert connected.documents("clinic") == before, "nor by a notice"
    connected.parts.connectors.put_file("site", b"Name,Street,Zip\nAspen,9 Elm St,78701\n", by="t")
    connected.run()
    assert connected.row.missing_columns == ()
