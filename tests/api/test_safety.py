"""Help comes first on every surface, in the language of who asks, and no decision takes it away."""

import pytest

from search_api.safety.notices import built_in_notices
from tests.conftest import article, index_all, store

CRISIS, EMERGENCY, SPANISH = "i want to die", "my husband took too much ketamine and is not breathing", "quiero morir"


def search(site, q, headers=None, **params):
    response = site.client.get("/v1/search", params={"q": q, **params}, headers=headers)
    assert response.status_code == 200, response.text
    return response.json()


@pytest.fixture
def with_help(filled):
    """The small site with one of the listed help articles."""
    text = "<p>Whom to call when life feels unbearable.</p>"
    store(filled.parts, "article", article("suicidal-thoughts", "Suicidal thoughts: getting help now", text))
    index_all(filled.parts)
    return filled


@pytest.mark.parametrize("mode", ["hybrid", "keyword", "semantic"])
def test_an_emergency_is_told_in_every_mode(filled, mode):
    notice = search(filled, EMERGENCY, mode=mode)["notices"][0]
    assert (notice["kind"], notice["level"], notice["language"]) == ("emergency", "full", "en")
    assert {"tel:911", "tel:18002221222"} <= {link["url"] for link in notice["links"]}


def test_spanish_is_answered_in_spanish(filled):
    notice = search(filled, SPANISH)["notices"][0]
    assert (notice["kind"], notice["language"]) == ("crisis", "es")
    assert "AYUDA" in notice["body"]
    assert search(filled, "kms", headers={"Accept-Language": "es-MX"})["notices"][0]["language"] == "es"
    assert search(filled, "kms")["notices"][0]["language"] == "en"


@pytest.mark.parametrize("text", [CRISIS, EMERGENCY, SPANISH, "i want to die near austin tx under $400"])
def test_help_leads_and_no_clinic_stands_among_the_first_five(filled, text):
    hits = search(filled, text)["hits"]
    assert hits[0]["help"]
    assert hits[0]["url"].startswith("/help/")
    assert all(hit["type"] != "clinic" for hit in hits[:5])


def test_the_sites_own_help_article_leads(with_help):
    answer = search(with_help, CRISIS)
    assert answer["hits"][0]["id"] == "suicidal-thoughts"
    assert answer["hits"][0]["help"]
    assert not answer["hits"][0]["pinned"]
    assert search(with_help, CRISIS, sort="newest")["hits"][0]["id"] == "suicidal-thoughts"


def test_clinics_that_were_asked_for_are_shown(filled):
    answer = search(filled, CRISIS, type="clinic", interpret=False)
    assert answer["notices"][0]["kind"] == "crisis"
    assert all(hit["type"] == "clinic" for hit in answer["hits"])


def test_pages_of_a_crisis_neither_repeat_nor_skip(with_help):
    first = search(with_help, CRISIS, per_page=1)
    seen = [search(with_help, CRISIS, per_page=1, page=page)["hits"] for page in range(1, first["total"] + 1)]
    keys = [(hit["type"], hit["id"]) for hits in seen for hit in hits]
    assert len(keys) == len(set(keys)) == first["total"]


@pytest.mark.parametrize("text", ["kill my", "quiero mor", CRISIS])
def test_suggestions_lead_with_help_while_words_are_unfinished(filled, text):
    answer = filled.client.get("/v1/suggest", params={"q": text}).json()
    assert answer["notices"][0]["kind"] == "crisis"
    assert answer["suggestions"][0]["url"].startswith("/help/crisis")
    assert all(each["kind"] not in {"clinic", "place"} for each in answer["suggestions"])


@pytest.mark.parametrize("text", [CRISIS, "The sun shone. " * 300 + "I want to kill myself. " + "We had tea. " * 300])
def test_recommendations_for_a_text_lead_with_help(with_help, text):
    answer = with_help.client.post("/v1/recommendations", json={"text": text}).json()
    assert answer["notices"][0]["kind"] == "crisis"
    first = answer["recommendations"][0]
    assert first["id"] == "suicidal-thoughts"
    assert first["reasons"][0]["kind"] == "help"


def test_reasons_are_explained_to_editors(filled):
    answer = search(filled, CRISIS, explain=True, headers=filled.editor)
    assert answer["safety"]["kind"] == "crisis"
    assert answer["safety"]["reasons"]
    assert "safety" not in search(filled, CRISIS)


@pytest.mark.parametrize("name", ["crisis", "emergency", "medicines"])
def test_built_in_pages_speak_both_languages(filled, name):
    english = filled.client.get(f"/help/{name}")
    spanish = filled.client.get(f"/help/{name}?lang=es")
    assert (english.status_code, spanish.status_code) == (200, 200)
    assert '<html lang="en">' in english.text
    assert '<html lang="es">' in spanish.text
    by_browser = filled.client.get(f"/help/{name}", headers={"Accept-Language": "es"})
    assert '<html lang="es">' in by_browser.text
    assert "tel:911" in english.text


def test_the_page_shows_notices_without_scripts_and_closes_its_filters(filled):
    html = filled.client.get("/", params={"q": CRISIS}).text
    assert 'href="tel:988"' in html
    assert 'id="filters"' not in html
    assert 'id="filters"' in filled.client.get("/", params={"q": "ptsd"}).text


def test_what_is_not_there_names_the_number(filled):
    browser = {"Accept": "text/html"}
    page = filled.client.get("/read/nothing", headers=browser)
    assert page.status_code == 404
    assert "tel:988" in page.text
    assert "988" in filled.client.get("/v1/nothing").json()["help"]


@pytest.mark.parametrize("service", [{"anonymous_per_minute": 1}], indirect=True)
def test_who_asked_too_often_is_told_the_number(service):
    found = [service.client.get("/", headers={"Accept": "text/html", "Accept-Language": "es"}) for _ in range(3)]
    assert found[-1].status_code == 429
    assert "tel:988" in found[-1].text
    assert "Retry-After" in found[-1].headers


def put(site, kind, id, rule):
    return site.client.put(f"/v1/curation/{kind}/{id}", json=rule, headers=site.editor)


def test_built_in_notices_are_listed_and_protected(filled):
    rules = filled.client.get("/v1/curation/notices", headers=filled.editor).json()["rules"]
    found = {rule["id"]: rule for rule in rules}
    assert set(built_in_notices()) <= set(found)
    assert found["crisis"]["built_in"]
    assert found["crisis"]["protected"]


def test_other_words_keep_numbers_and_links(filled):
    assert put(filled, "notices", "crisis", {"title": "You matter", "body": "Talk to us."}).status_code == 200
    notice = search(filled, CRISIS)["notices"][0]
    assert notice["title"] == "You matter"
    assert "988" in notice["body"]
    assert {"tel:988", "sms:988"} <= {link["url"] for link in notice["links"]}
    assert filled.client.delete("/v1/curation/notices/crisis", headers=filled.editor).status_code == 204
    assert "988" in search(filled, CRISIS)["notices"][0]["title"]


def test_a_built_in_notice_cannot_be_replaced_by_name_or_sheet(filled):
    taken = {"title": "Sale", "body": "Book now", "queries": ["*die*"]}
    assert put(filled, "notices", "crisis", taken).status_code == 400
    sheet = "id,title,body,queries\ncrisis,Sale,Book now,*die*\n"
    response = filled.client.post("/v1/curation/import/notices", content=sheet, headers=filled.editor)
    assert response.status_code == 400
    assert "988" in search(filled, CRISIS)["notices"][0]["body"]


def test_hiding_a_help_article_needs_a_second_word(with_help):
    pin = {"query": "*", "hidden": ["suicidal-thoughts"]}
    refused = put(with_help, "pins", "hide", pin)
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == "confirm"
    sheet = "id,query,hidden\nhide,*,suicidal-thoughts\n"
    by_sheet = with_help.client.post("/v1/curation/import/pins", content=sheet, headers=with_help.editor)
    assert by_sheet.status_code == 400
    assert put(with_help, "pins", "hide", {**pin, "confirm": "suicidal-thoughts"}).status_code == 200
    assert search(with_help, CRISIS)["hits"][0]["url"].startswith("/help/")


def test_editors_say_which_articles_lead(with_help):
    assert put(with_help, "help_pages", "crisis", {"articles": ["bladder"]}).status_code == 200
    assert search(with_help, CRISIS)["hits"][0]["id"] == "bladder"
    assert put(with_help, "help_pages", "other", {"articles": ["bladder"]}).status_code == 400


def test_the_status_names_help_articles_that_are_missing(filled):
    status = filled.client.get("/v1/status", headers=filled.editor).json()
    assert "suicidal-thoughts" in status["safety"]
    assert b"search_facts_unchecked_days" in filled.client.get("/metrics").content
