"""Editors who mistype, work in two tabs, bring the wrong file, or change their mind: nothing is lost in silence."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_console import console, show  # noqa: F401
from tests.browser.test_search_box import violations


def write_synonyms(page: Page, id: str, words: str) -> None:
    page.locator("#kind").select_option("synonyms")
    page.get_by_label("Name of this decision").fill(id)
    page.get_by_label("Words that mean the same").fill(words)


def take_back(page: Page, *ids: str) -> None:
    for id in ids:
        page.get_by_role("button", name=f"Take back {id}").click()
        expect(page.get_by_role("button", name=f"Take back {id}")).to_have_count(0)


def test_of_two_tabs_the_second_sees_both_versions_and_chooses(console, site):  # noqa: F811
    show(console, "Curation")
    write_synonyms(console, "tabs", "drip\ninfusion")
    console.get_by_role("button", name="Publish").click()
    expect(console.get_by_role("button", name="Change tabs")).to_be_visible()
    other = console.context.new_page()
    other.goto(site.url + "/editor#curation")
    other.locator("#kind").select_option("synonyms")
    for page, words in ((other, "drip\nlozenge"), (console, "drip\ntroche")):
        page.get_by_role("button", name="Change tabs").click()
        page.get_by_label("Words that mean the same").fill(words)
    other.get_by_role("button", name="Publish").click()
    expect(other.locator("#rules")).to_contain_text("drip, lozenge")
    console.get_by_role("button", name="Publish").click()
    conflict = console.locator("#rule-conflict")
    expect(conflict).to_contain_text("changed by browser")
    expect(conflict).to_contain_text("Words that mean the same: drip, lozenge")
    expect(conflict).to_contain_text("Words that mean the same: drip, troche")
    assert violations(console) == []
    console.get_by_role("button", name="Publish mine all the same").click()
    expect(console.locator("#rules")).to_contain_text("drip, troche")
    console.locator("#undo").get_by_role("button", name="Undo").click()
    expect(console.locator("#rules")).to_contain_text("drip, lozenge")
    take_back(console, "tabs")


def test_a_sheet_asks_before_it_replaces_and_can_be_undone(console):  # noqa: F811
    show(console, "Curation")
    write_synonyms(console, "old", "drip\ninfusion")
    console.get_by_role("button", name="Publish").click()
    expect(console.get_by_role("button", name="Change old")).to_be_visible()
    content = b"id,words,ends_at\nold,drip|troche,12/31/2098\nfresh,wobble|totter,\n"
    console.locator("#sheet-file").set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": content})
    for answer in ("No", "Yes, import them"):
        console.get_by_role("button", name="Import", exact=True).click()
        expect(console.locator("#confirm-title")).to_have_text("Import 1 new, 1 replaced?")
        expect(console.locator("#confirm-text")).to_have_text("Replaced: old")
        expect(console.locator("#rules")).to_contain_text("drip, infusion")
        console.get_by_role("button", name=answer, exact=True).click()
    expect(console.locator("#rules")).to_contain_text("drip, troche")
    expect(console.locator("#rules")).to_contain_text("Until: ")
    expect(console.locator("#rules")).not_to_contain_text("ends_at")
    expect(console.locator("#rules")).not_to_contain_text("T00:00")
    console.locator("#undo").get_by_role("button", name="Undo").click()
    expect(console.locator("#rules")).to_contain_text("drip, infusion")
    expect(console.get_by_role("button", name="Change fresh")).to_have_count(0)
    take_back(console, "old")


def test_a_wrong_field_is_named_by_its_label_marked_and_focused(console):  # noqa: F811
    show(console, "Curation")
    console.get_by_label("Name of this decision").fill("two words")
    console.get_by_label("For searches like").fill("dose")
    console.get_by_label("Put first (ids)").fill("cost")
    console.get_by_role("button", name="Publish").click()
    expect(console.locator("#told")).to_contain_text("Name of this decision")
    expect(console.locator("#told")).to_contain_text("such as spravato-cost")
    expect(console.locator("#field-id")).to_be_focused()
    console.get_by_label("Name of this decision").fill("two-words")
    console.get_by_label("Put first (ids)").fill("cost\nside effects")
    console.get_by_role("button", name="Publish").click()
    wrong = console.locator("#field-pinned")
    expect(wrong).to_be_focused()
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(console.locator("#field-id")).not_to_have_attribute("aria-invalid", "true")
    expect(console.locator("#field-pinned-fault")).to_have_text(
        "Put first (ids), line 2: expected ids of documents, such as spravato-cost"
    )
    assert violations(console) == []


@pytest.mark.parametrize("way", ["another kind", "another row"])
def test_what_is_typed_is_not_lost_without_a_question(console, way):  # noqa: F811
    show(console, "Curation")
    console.locator("#kind").select_option("notices")
    console.get_by_label("Title").fill("Typed at length")

    def leave():
        if way == "another kind":
            console.locator("#kind").select_option("notes")
        else:
            console.get_by_role("button", name="Change crisis", exact=True).click()

    leave()
    console.get_by_role("button", name="No", exact=True).click()
    expect(console.get_by_label("Title")).to_have_value("Typed at length")
    expect(console.locator("#kind")).to_have_value("notices")
    leave()
    console.get_by_role("button", name="Yes, leave it").click()
    expect(console.locator("#rule-title")).to_have_text("New note" if way == "another kind" else "Change crisis")


def test_a_wrong_file_clears_the_preview_and_a_heading_is_said_with_one_button(console):  # noqa: F811
    show(console, "Connectors")
    console.get_by_label("Kind").select_option("clinics")
    console.get_by_label("Name (letters").fill("headings")
    console.get_by_label("Address of the website").fill("https://example.org/clinics")
    upload, previewed = console.get_by_label("File to upload"), console.locator("#connector-previewed")

    def preview(content: bytes) -> None:
        upload.set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": content})
        console.get_by_role("button", name="Preview the first ten").click()

    preview("Nombre,Direcion,Ciudad\nClínica Sol,1 Elm St,Austin\n".encode())
    expect(previewed).to_contain_text("column 'Direcion' is not understood and left out; did you mean street?")
    previewed.get_by_role("button", name="Read “Direcion” as street").click()
    expect(previewed).to_contain_text("1 Elm St, Austin")
    expect(console.get_by_label("Columns that are not recognised")).to_have_value("street = Direcion")
    assert violations(console) == []
    for content, told in ((b"PK\x03\x04\x14\0\x06", "This is an Excel workbook"), (b"\n", "The file is empty")):
        preview(content)
        expect(console.locator("#told")).to_contain_text(told)
        expect(previewed).to_be_empty()
