"""The results page with and without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_search_box import field, violations


def test_without_javascript_everything_is_there(opened):
    page = opened(java_script_enabled=False)
    page.get_by_label("Search articles and clinics").fill("spravatto side efects")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("spravato side effects")
    expect(page.locator(".hits mark").first).to_be_visible()
    page.get_by_role("checkbox", name=re.compile("Spravato")).check()
    page.get_by_role("button", name="Show results").click()
    assert "treatment=spravato" in page.url
    assert "q=spravato+side+effects" in page.url
    page.goto(page.url.split("?")[0] + "?q=spravatto+side+efects")
    page.get_by_role("link", name="Search instead for").click()
    assert "correct=false" in page.url
    page.goto(page.url.split("?")[0] + "?q=i+want+to+die")
    expect(page.get_by_role("link", name="Call 988")).to_have_attribute("href", "tel:988")
    page.get_by_role("link", name="Related articles").first.click()
    expect(page.get_by_role("heading", name="Related articles")).to_be_visible()
    assert page.locator(".hits li").count() >= 2


def test_filters_work_before_a_query_stand_in_the_address_and_come_back(opened):
    page = opened("/?type=article")
    page.get_by_text("More: Condition").click()
    page.get_by_role("checkbox", name=re.compile("^PTSD")).check()
    page.wait_for_url("**/?type=article&condition=ptsd")
    count = page.get_by_role("heading", level=1).text_content()
    expect(page.locator("#told")).to_contain_text(count)
    field(page).fill("infusion")
    field(page).press("Enter")
    page.wait_for_url("**/?q=infusion&condition=ptsd")
    page.get_by_role("link", name=re.compile("PTSD – remove|PTSD ×")).click()
    page.wait_for_url("**/?q=infusion")
    page.go_back()
    page.wait_for_url("**/?q=infusion&condition=ptsd")
    expect(page.get_by_role("checkbox", name=re.compile("^PTSD"))).to_be_checked()
    page.go_back()
    page.wait_for_url("**/?type=article&condition=ptsd")
    expect(field(page)).to_have_value("")
    page.go_back()
    page.wait_for_url("**/?type=article")
    expect(page.locator("input[value=ptsd]")).not_to_be_checked()


def test_the_focus_stays_on_the_filter_that_was_used(opened):
    page = opened("/?q=ketamine&type=clinic")
    box = page.get_by_role("checkbox", name=re.compile("^Telehealth"))
    box.focus()
    page.keyboard.press("Space")
    page.wait_for_url("**/?q=ketamine&type=clinic&telehealth=true")
    expect(page.get_by_role("checkbox", name=re.compile("^Telehealth"))).to_be_focused()


def test_what_was_understood_can_be_taken_away_one_by_one(opened):
    page = opened("/?q=iv+ketamine+for+ptsd+near+austin+under+%24500")
    chips = page.get_by_role("list", name="Narrowed by").get_by_role("link")
    texts = [chip.text_content() for chip in chips.all()]
    assert [
        part for part in ("IV infusion", "PTSD", "Austin, TX", "up to $500") if not any(part in t for t in texts)
    ] == []
    chips.filter(has_text="up to $500").click()
    page.wait_for_url("**ignore=price_max**")
    left = " ".join(chip.text_content() for chip in chips.all())
    assert "$500" not in left
    assert "Austin, TX" in left
    assert "PTSD" in left
    expect(field(page)).to_have_value("iv ketamine for ptsd near austin under $500")


def test_clinics_are_cards_with_what_a_visitor_needs(opened):
    page = opened("/?near=Austin,+TX&type=clinic&radius_miles=250&sort=distance")
    card = page.locator(".hits > li").first
    expect(card).to_contain_text("miles")
    expect(card.get_by_role("link", name=re.compile("^Call "))).to_have_attribute("href", re.compile(r"^tel:\+?\d+$"))
    directions = card.get_by_role("link", name="Directions")
    assert "noreferrer" in directions.get_attribute("rel")
    card.get_by_role("link", name="Read before you go").click()
    expect(card.locator(".unfolded li").first).to_be_visible()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/?tag=nothing", "Or begin with"),
        ("/?near=Nowhereville", "do not know the place"),
        ("/?q=ketamine&page=999", "Back to the first page"),
        ("/?price_max=1&type=clinic", "Search without filters"),
    ],
)
def test_empty_and_wrong_states_say_how_to_go_on(opened, path, text):
    page = opened(path)
    expect(page.get_by_text(re.compile(text)).first).to_be_visible()
    assert violations(page) == []


def test_a_phone_needs_no_sideways_scrolling(opened):
    page = opened("/?q=clinics+near+austin", viewport={"width": 320, "height": 600}, is_mobile=True, has_touch=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_search_that_fails_is_said(opened):
    page = opened("/?q=ketamine")
    page.route("**/?q=*", lambda route: route.abort())
    field(page).fill("bladder")
    field(page).press("Enter")
    expect(page.locator("#told")).to_contain_text("did not answer")


def test_it_prints_without_what_paper_cannot_use(opened):
    page = opened("/?q=ketamine")
    page.emulate_media(media="print")
    expect(page.locator(".filters")).to_be_hidden()
    expect(page.locator(".hits")).to_be_visible()


def test_a_click_is_told_without_who_clicked(opened):
    page = opened("/?q=side+effects")
    with page.expect_request("**/v1/events") as told:
        page.locator(".hits h2 a").first.click()
    assert told.value.post_data_json.keys() == {"kind", "id", "search_id"}
    assert "cookie" not in told.value.headers


def test_the_interactive_contract_asks_nobody_else(opened, site):
    page = opened()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site.url + "/schema")
    expect(page.get_by_text("/v1/search", exact=True).first).to_be_visible()
    assert [url for url in asked if not url.startswith((site.url, "data:"))] == []


def test_a_city_of_several_and_a_search_without_a_place_say_how_to_go_on(opened):
    page = opened("/?q=clinics+in+portland")
    page.get_by_role("link", name="Portland, ME").click()
    page.wait_for_url("**near=Portland%2C+ME**")
    expect(page.get_by_role("list", name="Narrowed by")).to_contain_text("Portland, ME")
    page = opened("/?q=ketamine+near+me")
    page.get_by_role("region", name="Near where?").get_by_label("ZIP code").fill("78701")
    page.get_by_role("button", name="Show clinics").click()
    page.wait_for_url("**near=78701**")
    expect(page.locator(".hits > li").first).to_contain_text("miles")
    assert violations(page) == []


def test_a_crisis_is_heard_whatever_else_is_wrong(opened):
    for path in ("/?q=i+want+to+die&near=Nowhereville", "/?q=" + "my+doctor+says+" * 40 + "i+want+to+die"):
        expect(opened(path).get_by_role("link", name="Call 988")).to_be_visible()


def test_a_filter_keeps_what_has_no_control_of_its_own(opened):
    page = opened("/?q=depresion&correct=false&city=austin&price_min=20&near=Dallas,+TX&radius_miles=30")
    page.get_by_role("checkbox", name=re.compile("^Accepting")).check()
    page.wait_for_url("**accepting_patients=true**")
    for part in ("correct=false", "city=austin", "price_min=20", "radius_miles=30"):
        assert part in page.url


def test_an_address_that_leads_nowhere_is_a_page(opened):
    page = opened("/read/nowhere")
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    assert violations(page) == []
