"""The console as editors use it: by keyboard, offline for a while, with a decision that turns out wrong."""

import time
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from indexing.content.figures import QueryFigures
from tests.browser.test_search_box import violations
from tests.conftest import article, store


@pytest.fixture
def console(opened, site):
    page = opened("/editor")
    page.get_by_label("Key").fill(site.key)
    page.get_by_label("Key").press("Enter")
    expect(page.get_by_role("heading", name="Index", level=1)).to_be_visible()
    return page


@pytest.fixture
def slow(site, monkeypatch):
    """Makes every page of a rebuild take a while."""
    write = site.parts.engine.write

    def slowly(*args):
        time.sleep(1.0)
        return write(*args)

    monkeypatch.setattr(site.parts.engine, "write", slowly)
    yield
    monkeypatch.undo()
    deadline = time.monotonic() + 60
    while site.parts.jobs.unfinished_rebuilds() and time.monotonic() < deadline:
        time.sleep(0.1)


def show(page: Page, name: str) -> None:
    page.get_by_role("navigation", name="Console").get_by_role("link", name=name).click()


def test_it_is_closed_without_a_key_of_an_editor(opened, site):
    page = opened("/editor")
    assert violations(page) == []
    page.get_by_label("Key").fill("ktc_wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#told")).to_contain_text("not valid")
    reader = site.parts.keys.create("reader", ["search"])
    page.get_by_label("Key").fill(reader)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#told")).to_contain_text("lacks the scope")
    expect(page.get_by_role("heading", name="Index", level=1)).to_be_hidden()


def test_the_key_is_where_no_script_and_no_other_site_can_use_it(console, site, context_of):
    (cookie,) = console.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    assert console.evaluate("document.cookie") == ""
    assert console.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    elsewhere = console.context.new_page()
    elsewhere.route("http://another.example/", lambda route: route.fulfill(body="<p>", content_type="text/html"))
    elsewhere.goto("http://another.example/")
    status = elsewhere.evaluate(
        "url => fetch(url, {method: 'POST', credentials: 'include'}).then(a => a.status, () => 0)",
        site.url + "/v1/reindex",
    )
    assert status in {0, 401}
    console.reload()
    expect(console.get_by_role("heading", name="Index", level=1)).to_be_visible()
    console.get_by_role("button", name="Sign out").click()
    expect(console.get_by_label("Key")).to_be_visible()
    assert console.context.cookies() == []


def test_a_rebuild_by_keyboard_with_progress_refusal_of_a_second_and_cancel(console, slow):
    page = console
    page.get_by_role("button", name="Start").focus()
    page.keyboard.press("Enter")
    bar = page.get_by_role("progressbar", name="Rebuild of everything").first
    expect(bar).to_be_visible()
    expect(page.locator(".job .counts").first).to_contain_text(" of ", timeout=10_000)
    page.get_by_role("button", name="Start").press("Enter")
    link = page.locator("#told").get_by_role("link", name="show it")
    expect(link).to_be_visible()
    link.press("Enter")
    assert page.evaluate("document.activeElement.classList.contains('job')")
    before = page.request.get(page.url.split("/editor")[0] + "/v1/search?q=ketamine").json()["total"]
    cancel = page.get_by_role("button", name="Cancel Rebuild of everything").first
    cancel.press("Enter")
    dialog = page.get_by_role("dialog", name="Stop this rebuild?")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Yes").press("Enter")
    expect(page.locator(".job h3").first).to_contain_text("cancel")
    expect(page.locator(".job h3").first).to_have_text("Rebuild of everything: cancelled", timeout=15_000)
    assert page.request.get(page.url.split("/editor")[0] + "/v1/search?q=ketamine").json()["total"] == before
    page.reload()
    expect(page.locator(".job h3").first).to_have_text("Rebuild of everything: cancelled")


def test_progress_catches_up_after_being_offline_and_shows_in_another_tab(console, slow, site):
    page = console
    page.locator("#rebuild select").select_option("clinic")
    page.get_by_role("button", name="Start").click()
    other = page.context.new_page()
    other.goto(site.url + "/editor")
    expect(other.locator(".job h3").first).to_contain_text("Rebuild of clinics")
    page.context.set_offline(True)
    page.wait_for_timeout(4_000)
    page.context.set_offline(False)
    expect(page.locator(".job h3").first).to_have_text("Rebuild of clinics: succeeded", timeout=30_000)
    expect(other.locator(".job h3").first).to_have_text("Rebuild of clinics: succeeded", timeout=10_000)


def test_failed_documents_are_shown_with_reasons_and_tried_again_one_some_or_all(console, site, monkeypatch):
    compose = site.parts.synchroniser._composer.compose
    broken = {"bad-1": "no such thing", "bad-2": "no such thing", "bad-3": "another reason"}

    def composing(document, revision):
        if document.id in broken:
            raise ValueError(broken[document.id])
        return compose(document, revision)

    monkeypatch.setattr(site.parts.synchroniser._composer, "compose", composing)
    store(site.parts, "article", *(article(id, f"Broken {id}") for id in broken))
    set_aside(site, len(broken))
    show(console, "Failed documents")
    failed = console.get_by_role("list", name="Failed documents").get_by_role("listitem")
    expect(failed).to_have_count(3)
    expect(failed.first).to_contain_text("no such thing")
    console.get_by_label("whose reason holds").fill("no such")
    console.get_by_role("button", name="Filter").click()
    expect(failed).to_have_count(2)
    del broken["bad-1"]
    console.get_by_role("button", name="Try again bad-1").click()
    expect(failed).to_have_count(1)
    expect(console.get_by_label("whose reason holds")).to_have_value("no such")
    broken.clear()
    console.get_by_role("button", name="Try those shown again").click()
    expect(failed).to_have_text("None is like that.")
    console.get_by_label("whose reason holds").fill("")
    console.get_by_role("button", name="Filter").click()
    console.get_by_role("button", name="Try all again").click()
    expect(failed).to_have_text("No document has failed.")
    assert violations(console) == []


def set_aside(site, count: int) -> None:
    deadline = time.monotonic() + 30
    while len(site.parts.outbox.failed()) < count:
        assert time.monotonic() < deadline
        with site.parts.database.write() as connection:
            connection.exec_driver_sql("UPDATE outbox SET due_at = 0")
        time.sleep(0.2)


def test_one_document_is_explained(console):
    show(console, "One document")
    console.get_by_role("textbox", name="Id", exact=True).fill("side-effects")
    console.get_by_role("button", name="Look up").click()
    place = console.locator("#inspected")
    expect(place).to_contain_text("Searches find the newest version.")
    expect(place).to_contain_text("Found by")
    place.get_by_text("Sedation (").click()
    expect(place.locator("details[open] .passage").first).to_be_visible()
    console.get_by_role("textbox", name="Id", exact=True).fill("nowhere")
    console.get_by_role("button", name="Look up").click()
    expect(console.locator("#told")).to_contain_text("never was one")


def test_a_pin_is_tried_published_seen_live_taken_back_and_restored(console, site):
    show(console, "Curation")
    console.get_by_label("Name of this decision").fill("sedation-first")
    console.get_by_label("For searches like").fill("sleepy*")
    console.get_by_label("Put first (ids)").fill("glossary")
    console.get_by_label("Until").fill("2099-01-01T00:00")
    console.get_by_label("Why (for other editors)").fill("a test")
    console.get_by_label("Try it with the search").fill("sleepy")
    console.get_by_role("button", name="Preview").click()
    expect(console.locator(".sides > div").nth(1).locator("li").first).to_contain_text("(pinned)")
    search = f"{site.url}/v1/search?q=sleepy"
    assert not any(hit["pinned"] for hit in console.request.get(search).json()["hits"])
    console.get_by_role("button", name="Publish").click()
    expect(console.locator("#told")).to_have_text("sedation-first is live.")
    assert console.request.get(search).json()["hits"][0]["id"] == "glossary"
    expect(console.get_by_role("list", name="Decisions")).to_contain_text("in force")
    console.get_by_role("button", name="Take back sedation-first").click()
    expect(console.get_by_role("list", name="Decisions")).to_contain_text("There is none yet.")
    console.get_by_role("button", name="Undo").click()
    expect(console.locator("#undo")).to_have_text("sedation-first is back.")
    console.get_by_role("button", name="Take back sedation-first").click()
    assert violations(console) == []


@pytest.mark.parametrize("kind", ["synonyms", "notices", "suggestions", "answers"])
def test_sheets_are_imported_whole_or_with_an_error_for_each_row(console, kind):
    show(console, "Curation")
    console.locator("#kind").select_option(kind)
    rows = {
        "synonyms": ("id,words\nok,wobble|totter\nbad,alone\n", "id,words\nok,wobble|totter\n"),
        "notices": ("id,title,body\nok,T,B\nbad,,B\n", "id,title,body,queries\nok,T,B,*wobble*\n"),
        "suggestions": ("id,text\nok,wobble\nbad,*\n", "id,text\nok,wobble\n"),
        "answers": (
            "id,questions,article\nok,why do I wobble,guide\nbad,...,guide\n",
            "id,questions,article\nok,why do I wobble|so wobbly,guide\n",
        ),
    }
    bad, good = rows[kind]
    upload = console.locator("#sheet-file")
    upload.set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": bad.encode()})
    console.get_by_role("button", name="Import").click()
    expect(console.locator("#sheet-errors li").first).to_contain_text("row 3")
    upload.set_input_files({"name": "a.csv", "mimeType": "text/csv", "buffer": good.encode()})
    console.get_by_role("button", name="Import").click()
    expect(console.locator("#told")).to_have_text("1 are imported.")
    console.get_by_role("button", name="Take back ok").click()
    expect(console.get_by_role("button", name="Take back ok")).to_have_count(0)


def test_health_is_told_in_plain_words(console):
    show(console, "Health")
    findings = console.locator("#findings")
    expect(findings).to_contain_text("articles are searchable")
    expect(findings).to_contain_text("Look at this: ")
    assert violations(console) == []


@pytest.mark.parametrize(
    "section", ["Index", "Failed documents", "One document", "Curation", "What visitors look for", "Health"]
)
def test_every_screen_works_on_a_phone(opened, site, section):
    page = opened("/editor", viewport={"width": 360, "height": 700}, is_mobile=True, has_touch=True)
    page.get_by_label("Key").fill(site.key)
    page.get_by_role("button", name="Sign in").click()
    show(page, {"What visitors look for": "Searches"}.get(section, section))
    expect(page.get_by_role("heading", name=section, level=1)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_nobody_finds_is_one_button_from_a_decision(console, site):
    today = datetime.now(UTC).date()
    site.parts.figures.add(today, [QueryFigures("ketamine for tinnitus", 40, 38, 0), QueryFigures("cost", 90, 0, 60)])
    show(console, "Searches")
    rows = console.locator("#queries tr")
    expect(rows.first).to_contain_text("cost")
    console.locator("#searches-filter select").first.select_option("without_results")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("ketamine for tinnitus")
    assert violations(console) == []
    console.get_by_role("button", name="Note for the writers for ketamine for tinnitus").click()
    expect(console.get_by_label("What is looked for")).to_have_value("ketamine for tinnitus")
    console.get_by_label("Name of this decision").fill("tinnitus")
    console.get_by_label("What is to be written").fill("An article")
    console.get_by_role("button", name="Publish").click()
    expect(console.get_by_role("list", name="Decisions")).to_contain_text("An article")
    console.get_by_role("button", name="Take back tinnitus").click()


def test_what_nobody_finds_is_given_to_an_article_that_answers(console, site):
    today = datetime.now(UTC).date()
    site.parts.figures.add(today, [QueryFigures("wobbling all evening", 40, 38, 0)])
    show(console, "Searches")
    console.get_by_role("button", name="Article that answers for wobbling all evening").click()
    expect(console.get_by_label("Questions, as visitors type them")).to_have_value("wobbling all evening")
    console.get_by_label("Name of this decision").fill("wobbling")
    console.get_by_label("The article that answers").fill("nowhere")
    console.get_by_role("button", name="Preview").click()
    expect(console.locator("#told")).to_have_text("This would change nothing for that search.")
    console.get_by_role("button", name="Publish").click()
    expect(console.get_by_role("list", name="Decisions")).to_contain_text("Not published: nowhere")
    assert violations(console) == []
    console.get_by_role("button", name="Take back wobbling").click()
