"""A visit from the start page to a telephone number: on phones, by keyboard, without scripts, in Spanish."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_search_box import BOX, field, options, violations

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
COMMON = [
    "side effects", "how much does ketamine cost", "clinics near austin", "ketamine clinic near me", "spravato",
    "ketamine for depression", "iv infusion near dallas", "is ketamine safe", "first session", "bladder",
    "who should not take ketamine", "can i drive after ketamine", "efectos secundarios", "clínicas en dallas",
]  # fmt: skip
CLINIC = "/clinics/clinic-0004?q=clinics+near+dallas"
STATES = [
    "/", "/?q=ketamine", "/?q=ketamine&page=3", "/?type=clinic&near=Dallas,+TX&radius_miles=250&insurance=aetna",
    "/?q=iv+ketamine+near+boise+under+%24100", "/?near=Nowhereville", "/?tag=nothing", "/?q=i+want+to+die",
    "/?q=clinic+near+me", "/?type=clinic&compare=clinic-0004", CLINIC, "/read/guide?q=cost&at=what-treatment-costs",
    "/compare?compare=clinic-0004&compare=clinic-0007&compare=clinic-0010", "/about/how", "/about/privacy",
    "/help/crisis?lang=es", "/related?article=ptsd", "/nowhere", "/?type=clinic&near=32.7,-97.1&radius_miles=80&area=map",
]  # fmt: skip
WIDE = """[...document.querySelectorAll('body *')].filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
  .map((each) => each.tagName + '.' + each.className).slice(0, 8)"""

CUT = """[...document.querySelectorAll('.card, .hit, .action, button, dd, .notice')]
  .filter((each) => each.scrollWidth > each.clientWidth + 1 && each.clientWidth && !each.closest('.scroll, .chips, table')
    && getComputedStyle(each).display !== 'inline')
  .map((each) => each.className + ': ' + each.textContent.trim().slice(0, 40)).slice(0, 5)"""


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_no_page_or_state_has_violations_or_scrolls_sideways(opened, site, width):
    page = opened(viewport={"width": width, "height": 900})
    found = {}
    for path in STATES:
        page.goto(site.url + path)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            if wrong := violations(page):
                found[path, scheme] = wrong
        if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            found[path, "scrolls"] = page.evaluate(WIDE)
    assert len(STATES) >= 18
    assert found == {}


def test_a_phone_visitor_reaches_a_telephone_number_in_three_taps(opened):
    page = opened(**PHONE)
    place = page.get_by_label("ZIP code, or city and state")
    place.tap()
    place.fill("Dallas, TX")
    page.get_by_role("button", name="Find clinics").tap()
    page.wait_for_url("**near=Dallas**")
    call = page.locator(".hits > li").first.get_by_role("link", name=re.compile("^Call "))
    expect(call).to_be_in_viewport()
    assert re.fullmatch(r"tel:\+?\d{10,}", call.get_attribute("href"))


@pytest.mark.parametrize("locale", ["en-US", "es-MX"])
def test_the_first_hit_is_seen_without_scrolling(opened, demo, locale):
    """With answers and notices above the hits, as the real model makes them."""
    page = opened(locale=locale, **PHONE)
    below = {}
    for words in COMMON:
        page.goto(f"http://127.0.0.1:{demo.port}/?q={words}")
        title = page.locator(".hits > li h2 a, .close > ul > li > a").first.bounding_box()
        if title["y"] + title["height"] > 844:
            below[words] = title
    assert below == {}


def test_filters_of_a_phone_are_a_sheet_that_says_how_many_there_are(opened):
    page = opened("/?q=ketamine&type=clinic", **PHONE)
    sheet = page.locator("#filters")
    expect(sheet).to_be_hidden()
    page.get_by_role("link", name="Filters").tap()
    dialog = page.get_by_role("dialog", name="Filter and sort")
    expect(dialog).to_be_visible()
    expect(dialog).to_be_focused()
    assert violations(page) == []
    show = dialog.get_by_role("button", name=re.compile(r"^Show \d+ clinics"))
    before = show.text_content()
    dialog.get_by_role("checkbox", name=re.compile("^Telehealth")).tap()
    expect(show).not_to_have_text(before)
    expect(dialog.get_by_role("checkbox", name=re.compile("^Telehealth"))).to_be_checked()
    expect(show).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(page.get_by_role("link", name="Filters (1)")).to_be_focused()
    assert "telehealth=true" in page.url
    assert "seen=" not in page.url
    page.get_by_role("link", name="Filters (1)").tap()
    page.get_by_role("link", name="Close the filters").tap()
    expect(sheet).to_be_hidden()
    page.locator(".hits h2 a").first.tap()
    page.wait_for_url("**/clinics/**")


def test_the_sheet_opens_and_sends_without_javascript(opened):
    page = opened("/?q=ketamine&type=clinic", java_script_enabled=False, **PHONE)
    expect(page.locator("#filters")).to_be_hidden()
    page.get_by_role("link", name="Filters").tap()
    page.get_by_role("checkbox", name=re.compile("^Telehealth")).check()
    page.get_by_role("button", name="Show results").tap()
    expect(page.locator("#filters")).to_be_hidden()
    expect(page.get_by_role("list", name="Narrowed by")).to_contain_text("Telehealth")


def test_understood_wishes_are_changed_in_the_form(opened):
    page = opened("/?q=clinics+near+dallas+that+take+aetna")
    expect(page.get_by_role("checkbox", name=re.compile("^Aetna"))).to_be_checked()
    expect(page.locator("#near")).to_have_value("Dallas, TX")
    page.get_by_role("checkbox", name=re.compile("^Aetna")).uncheck()
    page.wait_for_url("**ignore=insurance%3Aaetna")
    expect(page.get_by_role("list", name="Narrowed by")).not_to_contain_text("Aetna")
    page.get_by_label("Within", exact=True).select_option("250")
    page.wait_for_url("**radius_miles=250**")
    expect(page.get_by_role("list", name="Narrowed by")).to_contain_text("within 250 miles of Dallas, TX")


def test_one_change_is_one_request(opened):
    page = opened("/?q=ketamine&type=clinic")
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "near=" in request.url else None)
    page.locator("#near").fill("Dallas, TX")
    page.locator("#near").press("Enter")
    page.wait_for_url("**near=Dallas%2C+TX**")
    page.wait_for_timeout(300)
    assert len(asked) == 1


def test_places_are_completed_in_their_field(opened):
    page = opened()
    page.get_by_label("ZIP code, or city and state").press_sequentially("dall", delay=30)
    expect(page.locator("datalist option[value='Dallas, TX']")).to_have_count(1)


def test_a_device_tells_its_place_only_when_asked_and_never_exactly(opened, context_of, site):
    context = context_of(geolocation={"latitude": 32.776665, "longitude": -96.796989}, permissions=["geolocation"])
    page = context.new_page()
    page.goto(site.url)
    page.get_by_role("button", name="Use my location").click()
    page.wait_for_url("**near=32.78%2C-96.80**")
    expect(page.get_by_role("list", name="Narrowed by")).to_contain_text("your location")
    page = opened()
    page.evaluate("() => { navigator.geolocation.getCurrentPosition = (done, failed) => failed(); }")
    page.get_by_role("button", name="Use my location").click()
    expect(page.get_by_text("Your location is not available")).to_be_visible()


def test_the_empty_field_offers_where_to_begin(opened):
    page = opened()
    field(page).focus()
    expect(options(page).first).to_contain_text("side effects")
    assert field(page).get_attribute("aria-activedescendant") is None
    assert violations(page) == []
    field(page).press("ArrowDown")
    field(page).press("Enter")
    page.wait_for_url("**/?q=What+are+the+side+effects**")


def test_on_a_phone_suggestions_fill_the_screen_and_can_be_closed(opened):
    page = opened(**PHONE)
    field(page).tap()
    field(page).press_sequentially("spra")
    expect(page.locator(f"{BOX} .of").first).to_be_visible()
    box = page.locator(f"{BOX} .box").bounding_box()
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 390, 844)
    kinds = page.locator(f"{BOX} .of").all_text_contents()
    assert kinds
    assert all(each.startswith(("Topic", "Article", "Clinic", "Common question", "Clinics near")) for each in kinds)
    assert options(page).count() <= 9
    page.get_by_role("button", name="Close", exact=True).tap()
    expect(page.get_by_role("heading", level=1)).to_be_in_viewport()


def test_one_letter_names_no_clinics(opened):
    page = opened()
    field(page).press_sequentially("b")
    expect(page.locator(f"{BOX} .of").first).to_be_visible()
    assert "Clinic" not in page.locator(f"{BOX} .of").all_text_contents()


def test_the_way_back_leads_to_the_results_with_their_words(opened):
    page = opened("/?q=clinics+near+dallas")
    page.locator(".hits h2 a").first.click()
    page.wait_for_url("**/clinics/**")
    page.get_by_role("link", name="Results for “clinics near dallas”").click()
    page.wait_for_url("**/?q=clinics+near+dallas")
    page.goto(page.url.split("?")[0] + "?q=cardiology+opinion")
    page.locator(".hits h2 a").first.click()
    page.wait_for_url("**/read/**")
    expect(page.locator(".article .found").first).to_be_in_viewport()
    page.get_by_role("link", name="Results for “cardiology opinion”").click()
    page.wait_for_url("**/?q=cardiology+opinion")


def test_the_map_of_a_page_leads_to_its_clinics_and_asks_nobody_else(opened, site):
    page = opened("/?type=clinic&near=Dallas,+TX&radius_miles=250", viewport={"width": 1440, "height": 900})
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    pins = page.get_by_role("group", name="Map of the clinics on this page").get_by_role("link")
    expect(pins.first).to_be_visible()
    last = pins.last
    number = last.get_attribute("href")
    last.click()
    expect(page.locator(number)).to_be_in_viewport()
    assert violations(page) == []
    assert any("us-states" in url for url in asked)
    assert [url for url in asked if not url.startswith((site.url, "data:"))] == []
    page = opened("/?type=clinic", java_script_enabled=False, **PHONE)
    expect(page.locator(".map svg a").first).to_be_hidden()
    page.get_by_text("Map", exact=True).tap()
    expect(page.locator(".map svg a").first).to_be_visible()


AROUND = "/?type=clinic&near=Dallas,+TX&radius_miles=250"


def seen(page):
    """Left, top, width and height of what the map shows."""
    return [float(each) for each in page.locator("#map svg[data-places]").get_attribute("viewBox").split()]


def test_the_map_is_zoomed_and_moved_by_buttons_keys_wheel_and_mouse(opened, site):
    page = opened(viewport={"width": 1440, "height": 900})
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site.url + AROUND)
    left, top, width, height = seen(page)
    expect(page.locator("#map .county").first).to_be_attached()
    page.get_by_role("button", name="Zoom in").click()
    assert seen(page)[2] < width
    expect(page.locator("#map [role=status]")).to_contain_text(re.compile(r"^\d+ of \d+ clinics of this page in view"))
    page.keyboard.press("ArrowRight")
    assert seen(page)[0] > left
    page.keyboard.press("0")
    assert seen(page) == pytest.approx([left, top, width, height], abs=0.1)
    box = page.locator("#map svg[data-places]").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 80, box["y"] + 60, steps=3)
    page.mouse.up()
    assert seen(page)[0] < left
    assert seen(page)[1] < top
    page.mouse.wheel(0, -200)  # the map has the focus, since it was pressed
    page.wait_for_function(
        "width => document.querySelector('#map svg[data-places]').viewBox.baseVal.width < width", arg=width
    )
    expect(page.locator("#map [role=status]")).not_to_be_empty()
    assert violations(page) == []
    assert [url for url in asked if not url.startswith((site.url, "data:"))] == []
    assert all("us-counties" not in url or "-ny." not in url for url in asked)


def test_what_the_map_shows_is_searched(opened):
    page = opened(AROUND, **PHONE)
    page.get_by_text("Map", exact=True).tap()
    search = page.get_by_role("link", name="Search this area")
    expect(search).to_be_hidden()
    page.get_by_role("button", name="Zoom out").tap()
    page.get_by_role("button", name="Move down").tap()
    before = seen(page)
    search.tap()
    page.wait_for_url("**area=map**")
    expect(page.get_by_role("list", name="Narrowed by")).to_contain_text("the area on the map")
    expect(page.locator("#map svg[data-places]")).to_be_visible()
    after = seen(page)
    assert after[0] <= before[0] + 1
    assert after[0] + after[2] >= before[0] + before[2] - 1
    page.get_by_role("link", name="Filters").tap()
    dialog = page.get_by_role("dialog", name="Filter and sort")
    expect(dialog.locator("#near")).to_have_value(re.compile("^Map area near .+, TX$"))
    dialog.get_by_role("checkbox", name=re.compile("^Telehealth")).tap()
    page.wait_for_url("**telehealth=true**")
    assert "area=map" in page.url
    assert re.search(r"near=\d+\.\d+%2C-\d+", page.url)
    page.get_by_role("link", name="Close the filters").tap()
    page.get_by_role("list", name="Narrowed by").get_by_role("link", name="Telehealth").tap()
    page.wait_for_url(lambda url: "telehealth" not in url)
    expect(page.get_by_role("link", name="Search this area")).to_be_hidden()
    page.get_by_role("list", name="Narrowed by").get_by_role("link").first.tap()
    page.wait_for_url("**/?type=clinic")


def test_the_map_names_the_largest_cities_in_view(opened):
    page = opened(AROUND, viewport={"width": 1440, "height": 900})
    names = page.locator("#map .names text")
    expect(names.filter(has_text="Dallas").first).to_be_visible()
    before = names.all_text_contents()
    for _ in range(3):
        page.get_by_role("button", name="Zoom out").click()
    expect(names.filter(has_text="New York").or_(names.filter(has_text="Chicago")).first).to_be_visible()
    assert names.all_text_contents() != before
    boxes = [name.bounding_box() for name in names.all()]
    meeting = [
        (one, other) for at, one in enumerate(boxes) for other in boxes[:at]
        if one["x"] < other["x"] + other["width"] and other["x"] < one["x"] + one["width"]
        and one["y"] + 2 < other["y"] + other["height"] and other["y"] + 2 < one["y"] + one["height"]
    ]  # fmt: skip
    assert meeting == []
    assert min(box["height"] for box in boxes) >= 11
    page = opened("/?type=clinic", java_script_enabled=False)
    page.get_by_text("Map", exact=True).click()
    expect(page.locator("#map .names text").first).to_be_visible()


def test_two_fingers_zoom_the_map_and_one_scrolls_the_page(opened):
    page = opened(AROUND, **PHONE)
    page.get_by_text("Map", exact=True).tap()
    width = seen(page)[2]
    box = page.locator("#map svg[data-places]").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touches = page.context.new_cdp_session(page)

    def touch(kind, *points):
        at = [{"x": x + across, "y": y + down, "id": number} for number, (across, down) in enumerate(points)]
        touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    touch("touchStart", (0, 60))
    for step in range(1, 8):
        touch("touchMove", (0, 60 - 30 * step))
    touch("touchEnd")
    page.wait_for_function("scrollY > 50")
    assert seen(page)[2] == width
    page.evaluate("scrollTo(0, 0)")
    touch("touchStart", (-20, 0), (20, 0))
    for step in range(1, 6):
        touch("touchMove", (-20 - 10 * step, 0), (20 + 10 * step, 0))
    touch("touchEnd")
    assert seen(page)[2] < width / 2


def test_pins_that_are_one_come_apart_from_nearer(opened):
    page = opened(AROUND, viewport={"width": 1440, "height": 900})
    pins = page.get_by_role("group", name="Map of the clinics on this page").get_by_role("link")
    expect(pins.first).to_be_visible()
    before = pins.count()
    page.locator("#map [data-pins] a", has_text="+").first.click()
    expect(pins.nth(before)).to_be_attached()


def test_clinics_are_compared_by_links(opened):
    page = opened("/?type=clinic")
    for number in (0, 1):
        page.get_by_role("link", name=re.compile(r"^Compare \w")).nth(number).click()
        expect(page.get_by_role("region", name="Comparison")).to_contain_text(f"({number + 1} of 3)")
    page.get_by_role("link", name="Compare (2 of 3)").click()
    page.wait_for_url("**/compare?**")
    assert page.get_by_role("columnheader").count() == 3


def test_a_report_is_thanked_for(opened):
    page = opened(CLINIC)
    page.get_by_text("Something wrong here?").click()
    page.get_by_label("What is wrong").select_option("closed")
    page.get_by_role("button", name="Tell the editors").click()
    expect(page.get_by_text("Thank you. The editors look at it.")).to_be_visible()


def test_the_pages_speak_spanish(opened):
    page = opened("/?q=ketamine&type=clinic", locale="es-MX")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    box = page.get_by_role("combobox", name="Buscar artículos y clínicas")
    box.fill("efectos")
    expect(page.locator(BOX).get_by_role("option").first).to_contain_text("Buscar «efectos»")
    box.press("Escape")
    page.get_by_role("checkbox", name=re.compile("^Telesalud")).check()
    expect(page.locator("#told")).to_contain_text("clínica")
    assert violations(page) == []
    box.fill("depre")
    expect(page.locator(BOX).get_by_role("option").nth(1)).to_contain_text("DepresiónTema")
    box.fill("miam")
    page.locator(BOX).get_by_role("option", name=re.compile("^Miami, FL")).click()
    page.wait_for_url("**/?q=cl%C3%ADnicas+cerca+de+Miami%2C+FL")
    expect(page.get_by_role("list", name="Limitado por")).to_contain_text("Miami, FL")


@pytest.mark.parametrize("width", [360, 1440])
def test_text_of_twice_the_size_loses_nothing(opened, site, width):
    page = opened(viewport={"width": width, "height": 900})
    lost = {}
    for path in STATES:
        page.goto(site.url + path)
        page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        if found := page.evaluate(CUT) or (wide and page.evaluate(WIDE)):
            lost[path] = found
        if page.locator(BOX).count():
            typed = field(page)
            assert typed.evaluate("input => parseFloat(getComputedStyle(input).fontSize)") >= 32
            assert typed.bounding_box()["width"] >= 200
    assert lost == {}
