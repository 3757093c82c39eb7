"""Connecting a source, and the care of listings, as an editor does it in the console."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.test_console import console, show  # noqa: F401
from tests.browser.test_search_box import violations
from tests.conftest import clinic, store

_HEAD = "Clinic,Street,City,ST,Zip,Phone,Price\n"


def sheet(tmp_path: Path, count: int, extra: str = "") -> str:
    rows = "".join(f"Ketamine Place {n},{n} Main St,Austin,TX,78701,512-555-01{n:02},450\n" for n in range(count))
    path = tmp_path / "clinics.csv"
    path.write_text(_HEAD + rows + extra)
    return str(path)


def test_a_sheet_is_previewed_connected_and_its_removals_confirmed(console, site, tmp_path):  # noqa: F811
    show(console, "Connectors")
    console.get_by_label("Kind").select_option("clinics")
    console.get_by_label("Name (letters").fill("sheet")
    console.get_by_label("Address of the website").fill("https://example.org/clinics")
    console.get_by_label("File to upload").set_input_files(sheet(tmp_path, 12, "Dear,1 Elm St,Austin,TX,78701,,lots\n"))
    console.get_by_role("button", name="Preview the first ten").click()
    previewed = console.locator("#connector-previewed")
    expect(previewed).to_contain_text("Ketamine Place 0")
    expect(previewed).to_contain_text("row 14: taken without what is wrong: column 'Price' holds 'lots'")
    console.get_by_role("button", name="Connect", exact=True).click()
    expect(console.locator("#told")).to_contain_text("is connected")
    assert violations(console) == []
    site.parts.runner.run_until_idle("sheet", "test-1-1")
    site.parts.connectors.put_file("sheet", Path(sheet(tmp_path, 3)).read_bytes(), by="test")
    site.parts.connectors.request("sheet", full=True)
    site.parts.runner.run_until_idle("sheet", "test-1-1")
    console.reload()
    entry = console.locator("#connector-of-sheet")
    expect(entry).to_contain_text("10 documents are gone at the source")
    entry.get_by_role("button", name="Remove these 10").click()
    expect(console.locator("#told")).to_contain_text("removed within seconds")
    site.parts.runner.run_until_idle("sheet", "test-1-1")
    console.reload()
    expect(entry).to_contain_text("of 3 documents are searchable")
    entry.get_by_role("button", name="Forget").click()
    console.get_by_role("button", name="Yes, forget it").click()
    expect(console.locator("#told")).to_contain_text("forgotten")


def test_reports_and_duplicates_wait_for_an_editor(console, site):  # noqa: F811
    store(
        site.parts,
        "clinic",
        clinic("twice-a", "Blue Heron Ketamine", phone="512-555-0177"),
        clinic("twice-b", "Blue Heron Ketamine LLC", phone="512-555-0177"),
    )
    site.parts.listings.report("clinic", "twice-a", "closed", "the door is shut")
    site.parts.listing_care.run()
    show(console, "Listings")
    expect(console.locator("#reports")).to_contain_text("the door is shut")
    expect(console.locator("#reports")).to_contain_text("512-555-0177")
    expect(console.locator("#reports mark")).to_have_text("published")
    expect(console.locator("#duplicates")).to_contain_text("is not shown")
    assert violations(console) == []
    console.get_by_role("button", name="These are two places").click()
    expect(console.locator("#duplicates")).to_contain_text("None was found.")
    console.get_by_role("button", name="Unpublish twice-a").click()
    console.get_by_role("button", name="Yes, unpublish it").click()
    expect(console.locator("#reports")).to_contain_text("No report waits.")
