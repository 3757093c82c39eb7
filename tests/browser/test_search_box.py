"""The search box as people use it: by keyboard, by touch, by ear, on slow and broken connections."""

import gzip
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect

from search_api.pages.assets import SEARCH_BOX, assets

BOX = "ketamine-search"


def field(page: Page):
    return page.get_by_role("combobox", name="Search articles and clinics")


def options(page: Page):
    return page.locator(BOX).first.get_by_role("option")


def said(page: Page) -> str:
    return page.locator(f"{BOX} .said").evaluate_all("regions => regions.map(r => r.textContent).join('')")


def violations(page: Page) -> list[str]:
    """What axe has against a page, shortly."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]} {each['nodes'][0]['failureSummary']}" for each in found]


def answering(page: Page, answer) -> None:
    page.route("**/v1/suggest*", answer)


def suggestion(text: str, kind: str = "query", html: str | None = None, url: str | None = None):
    return {"kind": kind, "text": text, "html": text if html is None else html, "url": url}


def test_nothing_is_chosen_until_an_arrow_says_so(opened):
    page = opened()
    field(page).press_sequentially("ketamin")
    expect(options(page).first).to_be_visible()
    expect(field(page)).to_have_attribute("aria-expanded", "true")
    assert field(page).get_attribute("aria-activedescendant") is None
    field(page).press("ArrowDown")
    expect(options(page).first).to_have_attribute("aria-selected", "true")
    assert field(page).get_attribute("aria-activedescendant") == options(page).first.get_attribute("id")
    field(page).press("ArrowUp")
    assert field(page).get_attribute("aria-activedescendant") is None
    field(page).press("Home")
    assert field(page).evaluate("input => input.selectionStart") == 0
    field(page).press("End")
    assert field(page).evaluate("input => input.selectionStart") == 7
    field(page).press("Escape")
    expect(field(page)).to_have_attribute("aria-expanded", "false")
    expect(field(page)).to_have_value("ketamin")
    field(page).press("Escape")
    expect(field(page)).to_have_value("")


def test_tab_leaves_and_closes(opened):
    page = opened()
    field(page).press_sequentially("keta")
    expect(options(page).first).to_be_visible()
    field(page).press("Tab")
    expect(field(page)).to_have_attribute("aria-expanded", "false")
    expect(field(page)).not_to_be_focused()


def test_enter_searches_the_typed_words_even_while_the_answer_is_held_back(opened):
    page = opened()
    answering(page, lambda route: None)
    field(page).press_sequentially("bladder")
    page.wait_for_timeout(200)
    field(page).press("Enter")
    page.wait_for_url("**/?q=bladder")
    expect(page.get_by_role("heading", level=1)).to_contain_text("for “bladder”")


def test_enter_on_an_option_follows_it_and_control_enter_opens_a_tab(opened):
    page = opened()
    field(page).press_sequentially("ketamine infusions how")
    option = options(page).filter(has_text="how IV treatment works").first
    expect(option).to_be_visible()
    while option.get_attribute("aria-selected") != "true":
        field(page).press("ArrowDown")
    with page.context.expect_page() as opening:
        field(page).press("Control+Enter")
    assert "/read/iv-infusions" in opening.value.url
    field(page).press("Enter")
    page.wait_for_url("**/read/iv-infusions")


@pytest.mark.parametrize("state", ["closed", "open", "empty", "error"])
def test_it_is_a_correct_combobox_in_every_state(opened, state):
    page = opened()
    if state == "error":
        answering(page, lambda route: route.abort())
    if state == "empty":
        answering(page, lambda route: route.fulfill(json={"suggestions": []}))
    if state != "closed":
        field(page).press_sequentially("ketam")
        expect(options(page).first).to_be_visible()
    assert violations(page) == []
    if state == "open":
        groups = page.locator(BOX).get_by_role("group")
        assert all(
            group.get_attribute("aria-label") or group.get_attribute("aria-labelledby") for group in groups.all()
        )
        assert page.locator(f"{BOX} [role=option] :is(a, button, input)").count() == 0
        controlled = field(page).evaluate("i => !!i.getRootNode().getElementById(i.getAttribute('aria-controls'))")
        assert controlled


def test_one_sentence_is_said_after_a_pause_and_again_when_it_is_the_same(opened):
    page = opened()
    assert said(page) == ""
    answering(page, lambda route: route.fulfill(json={"suggestions": [suggestion("a"), suggestion("b")]}))
    page.evaluate("""() => { window.heard = []; const root = document.querySelector('ketamine-search').shadowRoot;
      new MutationObserver((all) => all.forEach((one) => { const text = one.target.textContent; if (text) heard.push(text); }))
        .observe(root, { childList: true, subtree: true, characterData: true }); }""")
    spoken = "heard.filter((text) => /suggestion/.test(text) && text.length < 40)"
    field(page).press_sequentially("ketaminein", delay=80)
    page.wait_for_timeout(700)
    assert page.evaluate(spoken) == []
    page.wait_for_timeout(1_200)
    assert page.evaluate(spoken) == ["2 suggestions"]
    field(page).press_sequentially("f")
    page.wait_for_timeout(1_800)
    assert page.evaluate(spoken) == ["2 suggestions", "2 suggestions"]
    answering(page, lambda route: route.fulfill(json={"suggestions": []}))
    field(page).press_sequentially("x")
    page.wait_for_timeout(1_800)
    assert said(page) == "No suggestions"


def test_keys_belong_to_the_input_method_while_it_composes_and_queries_go_on(opened):
    page = opened()
    field(page).focus()
    session = page.context.new_cdp_session(page)
    session.send("Input.imeSetComposition", {"text": "ketam", "selectionStart": 5, "selectionEnd": 5})
    expect(options(page).nth(1)).to_be_visible()
    for key in ("Enter", "ArrowDown", "Escape"):
        field(page).evaluate(
            "(input, key) => input.dispatchEvent(new KeyboardEvent('keydown', {key, isComposing: true, bubbles: true}))",
            key,
        )
    expect(field(page)).to_have_attribute("aria-expanded", "true")
    assert field(page).get_attribute("aria-activedescendant") is None
    session.send("Input.insertText", {"text": "ketamine"})
    field(page).press("Enter")
    page.wait_for_url("**/?q=ketamine")


def test_a_late_answer_is_dropped(opened):
    page = opened()
    held: list[Route] = []

    def answer(route: Route) -> None:
        if "q=k&" in route.request.url:
            held.append(route)
        else:
            route.fulfill(json={"suggestions": [suggestion("second")]})

    answering(page, answer)
    field(page).press_sequentially("k")
    page.wait_for_timeout(300)
    field(page).press_sequentially("e")
    expect(options(page).filter(has_text="second")).to_be_visible()
    assert held
    answering(page, lambda route: held.append(route))
    field(page).press_sequentially("t")
    page.wait_for_timeout(300)
    field(page).press("Escape")
    for route in held:
        try:
            route.fulfill(json={"suggestions": [suggestion("late")]})
        except Exception:  # the page gave this request up
            continue
    page.wait_for_timeout(300)
    expect(field(page)).to_have_attribute("aria-expanded", "false")


@pytest.mark.parametrize(
    "fault",
    [
        lambda route: route.abort(),
        lambda route: route.fulfill(status=500, body="no"),
        lambda route: route.fulfill(status=429, body="{}"),
        lambda route: route.fulfill(body="{{{"),
        lambda route: route.fulfill(json={"suggestions": 3}),
    ],
    ids=["abort", "500", "429", "no JSON", "another shape"],
)
def test_a_failure_is_said_and_the_search_still_works(opened, fault):
    page = opened()
    answering(page, fault)
    field(page).press_sequentially("bladder")
    expect(page.locator(BOX).get_by_text("not available just now")).to_have_count(1)
    expect(page.locator(BOX).locator(".error")).to_be_visible()
    page.wait_for_timeout(1_400)
    assert "not available" in said(page)
    expect(field(page)).to_have_value("bladder")
    page.unroute("**/v1/suggest*")
    field(page).press_sequentially(" ")
    expect(options(page).nth(1)).to_be_visible()
    expect(page.locator(BOX).locator(".error")).to_be_hidden()
    field(page).press("Enter")
    page.wait_for_url(re.compile(r"/\?q=bladder"))


@pytest.mark.parametrize(("width", "height"), [(390, 844), (320, 568)])
def test_on_a_phone(opened, width, height):
    page = opened(viewport={"width": width, "height": height}, has_touch=True, is_mobile=True)
    assert field(page).evaluate("input => parseFloat(getComputedStyle(input).fontSize)") >= 16
    field(page).tap()
    field(page).press_sequentially("i want to die")
    notice = page.locator(BOX).get_by_role("region", name="Important")
    expect(notice).to_be_visible()
    assert notice.bounding_box()["y"] < height / 2
    for target in [*options(page).all(), *page.locator(f"{BOX} :is(.go, .clear, .notice a)").all()]:
        assert not target.is_visible() or target.bounding_box()["height"] >= 44
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    field(page).evaluate("input => input.blur()")
    page.mouse.wheel(0, 50)
    expect(options(page).first).to_be_visible()
    field(page).fill("bladder")
    option = options(page).filter(has_text="bladder").nth(1)
    expect(option).to_be_visible()
    option.tap()
    page.wait_for_url(re.compile(r"/read/|\?q="))


PAYLOADS = ["<img src=x onerror=alert(1)>", "</mark><script>alert(1)</script>", "&lt;b&gt;", '"><svg onload=alert(1)>']


def test_nothing_of_an_answer_runs_and_only_marks_survive(opened):
    page = opened()
    reports = []
    page.on("console", lambda message: reports.append(message.text) if "Policy" in message.text else None)
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    bad = [suggestion(text, "article", text, "javascript:alert(1)") for text in PAYLOADS]
    notice = {
        "id": "x",
        "title": PAYLOADS[0],
        "body": PAYLOADS[1],
        "links": [{"label": "x", "url": "javascript:alert(1)"}],
    }
    answering(page, lambda route: route.fulfill(json={"suggestions": bad, "notices": [notice]}))
    field(page).press_sequentially(PAYLOADS[0])
    expect(options(page).nth(len(PAYLOADS))).to_be_visible()
    assert page.locator(f"{BOX} :is(img, script, svg)").count() == 0
    hrefs = page.locator(f"{BOX} a").evaluate_all("links => links.map(link => link.protocol)")
    assert "javascript:" not in hrefs
    for payload in PAYLOADS:
        page.goto(page.url.split("?")[0] + "?q=" + payload.replace("&", "%26").replace("#", "%23"))
        assert page.locator("main :is(img, script, svg:not(.icon):not(.map svg))").count() == 0
    assert reports == []


def test_nothing_is_kept_and_nobody_else_is_asked(opened, site):
    page = opened()
    asked = []
    page.on("request", lambda request: asked.append(request))
    field(page).press_sequentially("spravato")
    expect(options(page).first).to_be_visible()
    field(page).press("Enter")
    page.wait_for_url("**/?q=spravato")
    page.get_by_role("link", name="Related articles").first.click()
    expect(page.locator(".unfolded li").first).to_be_visible()
    assert all(request.url.startswith(site.url) for request in asked)
    kept = page.evaluate(
        "async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length]"
    )
    assert kept == [0, 0, 0]
    assert page.context.cookies() == []
    assert not any("cookie" in request.headers for request in asked)
    with page.expect_request(re.compile(r"/read/")) as followed:
        page.locator(".hits h2 a").first.click()
    assert "referer" not in followed.value.headers


HOSTILE = """<!doctype html><html lang="en" dir="DIR"><title>Another site</title><style>
* { font: 9px/1 serif !important; color: red !important; letter-spacing: 9px; text-transform: uppercase !important; }
button, input, a, div { border: 9px solid lime !important; background: yellow !important; padding: 0 !important; display: inline !important; }
</style><body><ketamine-search><form action="URL/"><label>Find <input name="q"></label></form></ketamine-search>
<script src="URL/assets/search-box.js"></script><script src="URL/assets/search-box.js"></script></body></html>"""
COMPUTED = """root => ['input', '.go', '.option', '.below'].map((name) => {
  const style = getComputedStyle(root.querySelector(name));
  return [style.fontSize, style.color, style.letterSpacing, style.textTransform, style.borderTopWidth, style.paddingTop,
    style.backgroundColor, style.display].join(' ') })"""


def embedded(context, site, html: str, **values: str) -> Page:
    page = context.new_page()
    for name, value in {"DIR": "ltr", "URL": site.url, **values}.items():
        html = html.replace(name, value)
    page.route("http://another.example/", lambda route: route.fulfill(body=html, content_type="text/html"))
    page.goto("http://another.example/")
    page.locator(BOX).get_by_role("combobox").press_sequentially("ketam")
    expect(options(page).first).to_be_visible()
    return page


def test_the_style_of_another_site_changes_nothing_and_the_script_twice_makes_one_box(context_of, site):
    plain = re.sub(r"<style>.*</style>", "", HOSTILE, flags=re.DOTALL)
    pages = [embedded(context_of(), site, html) for html in (HOSTILE, plain)]
    styles = [page.locator(BOX).evaluate(f"box => ({COMPUTED})(box.shadowRoot)") for page in pages]
    assert styles[0] == styles[1]
    assert pages[0].locator("input:visible").count() == 1


def test_variables_change_it(context_of, site):
    html = HOSTILE.replace("<style>", "<style>ketamine-search { --ketamine-search-accent: rgb(1, 2, 3) }")
    page = embedded(context_of(), site, html)
    assert page.locator(f"{BOX} .go").evaluate("b => getComputedStyle(b).backgroundColor") == "rgb(1, 2, 3)"


def test_right_to_left_forced_colours_and_reduced_motion(context_of, site):
    page = embedded(context_of(forced_colors="active", reduced_motion="reduce"), site, HOSTILE, DIR="rtl")
    box, clear = (page.locator(f"{BOX} {name}").bounding_box() for name in (".typed", ".clear"))
    assert clear["x"] < box["x"] + box["width"] / 2
    page.get_by_role("combobox").press("ArrowDown")
    chosen, other = (options(page).nth(n).evaluate("o => getComputedStyle(o).backgroundColor") for n in (0, 1))
    assert chosen != other
    assert options(page).first.evaluate("o => getComputedStyle(o).transitionDuration") in {"0s", ""}


def test_it_stays_small():
    assert len(gzip.compress(assets()[SEARCH_BOX].content, 9)) <= 15_000


def test_at_four_hundred_percent_nothing_is_lost(opened):
    page = opened(viewport={"width": 320, "height": 256})
    field(page).press_sequentially("ketam")
    expect(options(page).first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
