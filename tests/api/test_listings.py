"""Listings that prove themselves: checks, duplicates, reports."""

from datetime import UTC, datetime, timedelta

import pytest
import structlog

from tests.conftest import article, clinic, index_all, store


def day(days_ago):
    return (datetime.now(UTC).date() - timedelta(days=days_ago)).isoformat()


def checked(days_ago, **fields):
    return {"verified": {"phone": {"on": day(days_ago), "by": "clinic"}}, **fields}


def search(service, **query):
    return service.client.get("/v1/search", params={"type": "clinic", **query}).json()


@pytest.fixture
def three(service):
    place = {"treatments": [], "conditions": []}
    store(
        service.parts,
        "clinic",
        clinic("a-old", "Ketamine Wellness", **checked(200), **place),
        clinic("b-never", "Ketamine Wellness", city="Dallas", zip="75201", **place),
        clinic("c-new", "Ketamine Wellness", city="Houston", zip="77001", **checked(10), **place),
    )
    index_all(service.parts)
    return service


def test_a_listing_says_when_it_was_checked(three):
    hits = {hit["id"]: hit for hit in search(three, q="ketamine wellness")["hits"]}
    assert hits["c-new"]["verified"] == {"phone": {"on": day(10), "by": "clinic", "source": ""}}
    assert hits["c-new"]["checked"] == {"on": day(10), "is_current": True}
    assert hits["a-old"]["checked"]["is_current"] is False
    assert hits["b-never"]["checked"] is None
    assert hits["a-old"]["badges"][0]["label"].startswith("Not checked since")
    assert hits["c-new"]["badges"][0]["matches"] is True


def test_among_equals_the_checked_one_comes_first(three):
    assert search(three)["hits"][0]["id"] == "c-new"
    assert search(three, q="wellness", mode="keyword")["hits"][0]["id"] == "c-new"


def test_the_filter_verified_keeps_what_was_checked_lately(three):
    answer = search(three, q="ketamine wellness", verified="true")
    assert (answer["total"], [hit["id"] for hit in answer["hits"]]) == (1, ["c-new"])


@pytest.fixture
def opened(service):
    """Three clinics: open on weekdays and Sundays, late on Mondays, and nobody knows when."""
    daily = [{"day": day, "opens": "09:00", "closes": "17:00"} for day in ("monday", "sunday")]
    late = [{"day": "monday", "opens": "12:00", "closes": "20:00"}]
    store(
        service.parts,
        "clinic",
        clinic("sundays", "Daily Care", hours=daily),
        clinic("evenings", "Late Care", hours=late),
        clinic("unknown", "Some Care"),
    )
    index_all(service.parts)
    return service


def test_clinics_are_found_by_when_they_are_open(opened):
    found = search(opened, open_sundays="true", facets="open_sundays,open_evenings")
    assert [hit["id"] for hit in found["hits"]] == ["sundays"]
    assert {each["value"]: each["count"] for each in found["facets"]["open_sundays"]} == {"true": 1, "false": 2}
    assert {each["value"]: each["count"] for each in found["facets"]["open_evenings"]} == {"false": 1}
    assert found["hits"][0]["open_sundays"] is found["hits"][0]["open_weekends"] is True
    assert found["hits"][0]["open_saturdays"] is found["hits"][0]["open_evenings"] is False


def test_words_say_when_a_clinic_is_to_be_open(opened):
    found = search(opened, q="ketamine clinic in austin open after work")
    assert found["query"]["interpreted"]["open_evenings"] is True
    assert [hit["id"] for hit in found["hits"]] == ["evenings"]
    groups = {group["label"]: {hit["id"] for hit in group["hits"]} for group in found["relaxed"]}
    assert groups == {"not known to be open in the evening": {"sundays", "unknown"}}


def test_a_hit_on_the_page_says_that_it_is_open_then(opened):
    page = opened.client.get("/", params={"q": "ketamine clinic in austin open on sundays", "type": "clinic"}).text
    assert 'id="open_sundays" name="open_sundays" value="true" checked' in page
    assert page.count("Open on Sundays") >= 3


def test_the_page_of_a_clinic_tells_its_hours_and_nothing_that_follows_from_them(opened):
    assert "Open on" not in opened.client.get("/clinics/unknown").text
    assert opened.client.get("/v1/clinics/sundays/public").json()["open_sundays"] is True


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"verified": {"fax": {"on": day(1)}}}, "verified.fax"),
        ({"verified": {"phone": {"on": day(-9)}}}, "verified.phone.on"),
        ({"verified": {"phone": {"by": "clinic"}}}, "verified"),
        ({"npi": "1234567890"}, "npi"),
        ({"npi": "12345"}, "npi"),
        ({"hours": [{"day": "monday", "opens": "9", "closes": "17:00"}]}, "hours[...].opens"),
    ],
)
def test_what_cannot_be_is_refused(service, fields, field):
    answer = service.client.put("/v1/clinics/x", json=clinic("x", "X clinic", **fields), headers=service.write)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"].startswith(field.split("[")[0])


def test_an_npi_with_its_check_digit_is_taken(service):
    body = clinic("x", "X", npi="1234567893", rems_certified={"on": day(5)}, hours=[
        {"day": "monday", "opens": "09:00", "closes": "17:30"}])  # fmt: skip
    assert service.client.put("/v1/clinics/x", json=body, headers=service.write).status_code == 202


def test_of_duplicates_one_is_shown_until_an_editor_tells_them_apart(service):
    store(
        service.parts,
        "clinic",
        clinic("one", "Lone Star Ketamine", phone="(512) 555-0101", **checked(5)),
        clinic("two", "Lone Star Ketamine Clinic", phone="+1 512-555-0101"),
        clinic("far", "Lone Star Ketamine", city="Dallas", zip="75201", phone="512.555.0101"),
    )
    index_all(service.parts)
    assert search(service, q="lone star")["total"] == 3
    service.parts.listing_care.run()
    service.app.state.services.curation.refresh()
    answer = search(service, q="lone star")
    assert {hit["id"] for hit in answer["hits"]} == {"one", "far"}
    assert answer["total"] == 2
    found = service.client.get("/v1/listings/duplicates", headers=service.editor).json()["duplicates"]
    assert [(each["id"], each["shown"], each["reasons"]) for each in found] == [("two", "one", ["name", "phone"])]
    service.client.post("/v1/listings/distinct", json={"one": "two", "other": "one"}, headers=service.editor)
    service.parts.listing_care.run()
    service.app.state.services.curation.refresh()
    assert search(service, q="lone star")["total"] == 3


def test_no_surface_shows_a_listing_that_another_one_stands_for(service):
    twins = {"phone": "512-555-0101", "conditions": []}
    store(
        service.parts,
        "clinic",
        clinic("one", "Lone Star Ketamine", treatments=["spravato"], **checked(5), **twins),
        clinic("two", "Lone Star Ketamine Clinic", treatments=["oral"], **twins),
    )
    store(
        service.parts,
        "article",
        article("two", "Ketamine at home: lozenges and troches", "<p>Lozenges.</p>", treatments=["oral"]),
        article("spray", "Spravato, the nasal spray", "<p>Esketamine.</p>", treatments=["spravato"]),
    )
    index_all(service.parts)
    service.parts.listing_care.run()
    services = service.app.state.services
    services.curation.refresh()
    services.suggester.refresh()
    offered = service.client.get("/v1/suggest", params={"q": "lone star"}).json()["suggestions"]
    assert [each["text"] for each in offered if each["kind"] == "clinic"] == ["Lone Star Ketamine"]
    (group,) = search(service, q="", insurance="aetna")["relaxed"]
    assert (group["total"], [hit["id"] for hit in group["hits"]]) == (1, ["one"])
    asked = {"clinic": "two", "limit": 1}
    (first,) = service.client.post("/v1/recommendations", json=asked).json()["recommendations"]
    assert first["id"] == "spray", "what the listing offers that is shown in its place"
    started = service.client.post("/v1/recommendations", json={}).json()["recommendations"]
    assert "two" in [each["id"] for each in started], "an article of the same id is no listing"


def report(service, **fields):
    return service.client.post("/v1/reports", json={"id": "x", "reason": "wrong_phone", **fields})


def test_a_report_waits_for_an_editor_without_what_tells_who_made_it(service):
    store(service.parts, "clinic", clinic("x", "X clinic"))
    text = "Call me at 512 555 0199 or jane@example.org, I live at 12 Oak Street apt 4. They charged $650."
    assert report(service, text=text).status_code == 202
    waiting = service.client.get("/v1/reports", headers=service.editor).json()["reports"]
    assert [(each["document"], each["reason"]) for each in waiting] == [("x", "wrong_phone")]
    kept = waiting[0]["text"]
    for private in ("512", "0199", "jane", "example.org", "Oak", "12"):
        assert private not in kept
    assert "$650" in kept
    settled = service.client.post(f"/v1/reports/{waiting[0]['id']}/settle", headers=service.editor)
    assert settled.status_code == 200
    assert service.client.get("/v1/reports", headers=service.editor).json()["reports"] == []


def test_an_editor_sees_what_a_report_is_about(service):
    store(service.parts, "clinic", clinic("x", "X clinic", phone="512-555-0101", price_min=400, **checked(5)))
    report(service)
    (waiting,) = service.client.get("/v1/reports", headers=service.editor).json()["reports"]
    listing = waiting["listing"]
    assert (listing["name"], listing["phone"], listing["price_min"]) == ("X clinic", "512-555-0101", 400)
    assert (listing["checked_on"], listing["status"]) == (day(5), "published")
    service.client.delete("/v1/clinics/x", headers=service.write)
    (waiting,) = service.client.get("/v1/reports", headers=service.editor).json()["reports"]
    assert waiting["listing"] is None


OWN_PAGE = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}


@pytest.mark.parametrize(("language", "thanks"), [("en", "Thank you"), ("es-MX,es;q=0.9", "Gracias")])
def test_a_browser_without_scripts_can_report(service, language, thanks):
    store(service.parts, "clinic", clinic("x", "Dr. <b>Sol</b>"))
    headers = {**OWN_PAGE, "Accept-Language": language}
    form = service.client.get("/clinics/x", headers=headers)
    assert "<b>Sol" not in form.text
    assert 'action="/clinics/x/report"' in form.text
    told = {"reason": "closed", "text": "ask 512 555 0199"}
    sent = service.client.post("/clinics/x/report", data=told, headers=headers)
    assert thanks in sent.text
    (waiting,) = service.client.get("/v1/reports", headers=service.editor).json()["reports"]
    assert (waiting["document"], waiting["reason"]) == ("x", "closed")
    assert "0199" not in waiting["text"]


def test_a_form_is_taken_for_published_clinics_and_not_without_end(service):
    store(service.parts, "clinic", clinic("x", "X clinic"), clinic("draft", "Draft", status="draft"))
    for id in ("unknown", "draft"):
        answer = service.client.post(f"/clinics/{id}/report", data={"reason": "closed"}, headers=OWN_PAGE)
        assert answer.status_code == 404
    sent = [service.client.post("/clinics/x/report", data={"reason": "closed"}, headers=OWN_PAGE) for _ in range(12)]
    assert 429 in {answer.status_code for answer in sent}


def test_who_decided_is_recorded(service):
    store(service.parts, "clinic", clinic("x", "X clinic"))
    report(service)
    (waiting,) = service.client.get("/v1/reports", headers=service.editor).json()["reports"]
    body = {"kind": "webhook", "settings": {"url": "https://x.example"}, "secrets": {"hook_secret": "s" * 20}}
    with structlog.testing.capture_logs() as logged:
        service.client.post(f"/v1/reports/{waiting['id']}/settle", headers=service.editor)
        service.client.put("/v1/connectors/site", json=body, headers=service.editor)
        service.client.post("/v1/connectors/site/confirm", headers=service.editor)
        service.client.delete("/v1/connectors/site", headers=service.editor)
    wanted = ["report.settled", "connector.put", "connector.removals_confirmed", "connector.forgotten"]
    assert [(each["event"], each["by"]) for each in logged if "by" in each] == [(name, "editor") for name in wanted]
    assert "s" * 20 not in repr(logged)
    (settled,) = service.client.get("/v1/reports?settled=true", headers=service.editor).json()["reports"]
    assert settled["settled_by"] == "editor"


@pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
def test_a_report_of_characters_that_no_database_takes_is_kept(service):
    store(service.parts, "clinic", clinic("x", "X clinic"))
    assert report(service, text="it\u0000 has\u0007 closed").status_code == 202
    form = {"reason": "other", "text": "a\x00b"}
    assert service.client.post("/clinics/x/report", data=form, headers=OWN_PAGE).status_code == 200
    kept = service.client.get("/v1/reports", headers=service.editor).json()["reports"]
    assert {each["text"] for each in kept} == {"it has closed", "a b"}


def test_what_was_reported_can_be_unpublished(service):
    store(service.parts, "clinic", clinic("x", "Closed clinic"))
    index_all(service.parts)
    report(service, reason="closed")
    report(service, reason="other", text="gone")
    (first, _) = service.client.get("/v1/reports", headers=service.editor).json()["reports"]
    service.client.post(f"/v1/reports/{first['id']}/unpublish", headers=service.editor)
    index_all(service.parts)
    assert search(service, q="closed clinic")["total"] == 0
    assert service.client.get("/v1/reports", headers=service.editor).json()["reports"] == []


def test_reports_are_limited_checked_and_closed_to_strangers(service):
    store(service.parts, "clinic", clinic("x", "X clinic"))
    assert report(service, id="unknown").status_code == 404
    assert report(service, reason="spam").status_code == 400
    assert report(service, text="x" * 301).status_code == 400
    assert [report(service).status_code for _ in range(12)].count(429) >= 2
    assert service.client.get("/v1/reports", headers=service.search).status_code == 403
    assert service.client.get("/v1/listings/duplicates").status_code == 401


def test_reports_are_forgotten_after_90_days(service, monkeypatch):
    store(service.parts, "clinic", clinic("x", "X clinic"))
    report(service)
    monkeypatch.setattr("indexing.content.listings.REPORT_DAYS", -1)
    service.parts.listing_care.run()
    assert service.client.get("/v1/reports?settled=true", headers=service.editor).json()["reports"] == []


def test_editors_see_the_listings_that_have_no_place_and_why(three):
    store(three.parts, "clinic", clinic("lost", "Lost clinic", city="Nowhereville", zip="00000"))
    index_all(three.parts)
    answer = three.client.get("/v1/listings/unplaced", headers=three.editor).json()
    assert ([each["id"] for each in answer["listings"]], answer["total"]) == (["lost"], 1)
    assert {each["path"] for each in answer["listings"][0]["reasons"]} == {"address.zip", "address"}
    store(three.parts, "clinic", clinic("lost", "Lost clinic", city="Austin", zip="78701"))
    index_all(three.parts)
    assert three.client.get("/v1/listings/unplaced", headers=three.editor).json() == {"listings": [], "total": 0}
    assert three.client.get("/v1/listings/unplaced").status_code == 401
