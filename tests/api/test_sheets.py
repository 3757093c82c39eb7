"""Sheets of clinics over HTTP: uploaded, looked at, read; what is wrong with them is told."""

import pytest

from tests.api.test_connectors import run


def test_clinics_are_uploaded_as_a_sheet(service):
    sheet = "Clinic,Street,City,ST,Zip,Phone,Price\nAspen Ketamine,1 Main St,Austin,Texas,78701,(512) 555-0101,$450\n"
    sheet += "No price,2 Main St,Austin,TX,78701,,cheap\n"
    service.client.put("/v1/connectors/guide/file", content=sheet.encode(), headers=service.editor)
    body = {"kind": "clinics", "settings": {"site": "https://example.org/clinics"}}
    seen = service.client.post("/v1/connectors/guide/preview", json=body, headers=service.editor).json()
    assert [each["title"] for each in seen["documents"]] == ["Aspen Ketamine", "No price"]
    message = "taken without what is wrong: column 'Price' holds 'cheap': expected dollars such as 450 or $450"
    assert seen["problems"] == [{"where": "row 3", "message": message}]
    service.client.put("/v1/connectors/guide", json=body, headers=service.editor)
    assert run(service)["documents"]["published"] == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"PK\x03\x04\x14\0", "This is an Excel workbook; save it as CSV."),
        (b"\xd0\xcf\x11\xe0\xa1", "old Excel workbook"),
        (b"%PDF-1.7", "a PDF"),
        (b"\x89PNG\r\n\x1a\n\0\0", "no text"),
        (b" \r\n", "The file is empty."),
        (b"", "The file is empty."),
    ],
)
def test_what_is_no_sheet_is_told_by_what_it_is(service, content, told):
    answer = service.client.put("/v1/connectors/guide/file", content=content, headers=service.editor)
    assert answer.status_code == 400
    assert told in answer.json()["errors"][0]["message"]
    assert service.parts.connectors.file("guide") is None


def test_what_is_likely_a_mistake_in_a_listing_is_told_by_sheets_and_by_writes(service):
    sheet = "Name,Insurance,Payment,Phone,Email\nAspen,Blue Cros Blue Shield;Aetna,Barter,911-CALL,office at aspen\n"
    service.client.put("/v1/connectors/guide/file", content=sheet.encode(), headers=service.editor)
    body = {"kind": "clinics", "settings": {"site": "https://example.org/clinics"}}
    seen = service.client.post("/v1/connectors/guide/preview", json=body, headers=service.editor).json()
    service.client.put("/v1/connectors/guide", json=body, headers=service.editor)
    found = run(service)
    assert found["documents"]["published"] == 1
    told = [each["message"] for each in seen["problems"]]
    assert told == [each["message"] for each in found["problems"]]
    assert [message.partition(":")[0] for message in told] == ["insurance[0]", "payment[0]", "phone", "email"]
    assert "did you mean Blue Cross Blue Shield?" in told[0]
    clinic = {"name": "Birch", "url": "/birch", "address": {"zip": "78701"}, "phone": "12", "email": "a@b.example"}
    answer = service.client.put("/v1/clinics/birch", json=clinic, headers=service.write).json()
    assert [each["path"] for each in answer["warnings"]] == ["phone"]


def test_a_sheet_that_lost_a_column_waits_for_an_editor(service):
    def upload(header):
        sheet = f"Clinic,Zip,{header}\nAspen,78701,Aetna,512-555-0101\n".encode()
        service.client.put("/v1/connectors/guide/file", content=sheet, headers=service.editor)

    def clinic():
        return next(row.document for page in service.parts.store.pages("clinic") for row in page)

    body = {"kind": "clinics", "settings": {"site": "https://example.org/clinics"}}
    upload("Insurance,Phone")
    service.client.put("/v1/connectors/guide", json=body, headers=service.editor)
    assert run(service)["message"] == ""
    upload("Insurers taken,Phone")
    seen = service.client.post("/v1/connectors/guide/preview", json=body, headers=service.editor).json()
    assert [(each["column"], each["likely"]) for each in seen["columns"]] == [("Insurers taken", "insurance")]
    assert "no column any more for insurance" in seen["problems"][0]["message"]
    service.client.put("/v1/connectors/guide", json=body, headers=service.editor)
    refused = run(service)
    assert "no column any more for insurance" in refused["message"]
    assert "'Insurers taken' is not understood and left out; did you mean insurance?" in refused["message"]
    assert refused["missing_columns"] == ["insurance"]
    assert clinic().insurance == ("Aetna",)
    said = {"kind": "clinics", "settings": {**body["settings"], "columns": {"insurance": "Insurers taken"}}}
    service.client.put("/v1/connectors/guide", json=said, headers=service.editor)
    assert run(service)["message"] == ""
    service.client.put("/v1/connectors/guide", json=body, headers=service.editor)
    run(service)
    address = "/v1/connectors/guide/confirm?what="
    assert service.client.post(f"{address}all", headers=service.editor).status_code == 400
    assert service.client.post(f"{address}columns", headers=service.editor).json() == {"documents": 0}
    found = run(service)
    assert (found["message"], clinic().insurance, clinic().phone) == ("", (), "512-555-0101")
    assert [each["where"] for each in found["problems"]] == ["columns"]
