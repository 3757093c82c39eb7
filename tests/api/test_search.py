import re

import pytest

from indexing.errors import EmbedderUnavailable
from tests.conftest import article, clinic, index_all, store


def search(service, **params):
    response = service.client.get("/v1/search", params=params)
    assert response.status_code == 200, response.text
    return response.json()


def ids(answer):
    return [hit["id"] for hit in answer["hits"]]


def test_an_answer_has_every_field_of_the_contract(filled):
    answer = search(filled, q="trauma flashbacks", facets="condition,treatment")
    assert answer.keys() >= {"query", "degraded", "notices", "total", "page", "per_page", "hits", "facets", "took_ms"}
    assert answer["query"].keys() >= {"text", "interpreted", "corrected", "mode"}
    hit = answer["hits"][0]
    assert hit.keys() >= {
        "type", "id", "url", "title", "title_html", "snippet_html", "section", "score", "matched", "published_at",
        "conditions", "treatments", "image",
    }  # fmt: skip
    clinic_hit = search(filled, q="aspen ridge", type="clinic")["hits"][0]
    assert clinic_hit.keys() >= {
        "address", "location", "insurance", "payment", "price_min", "price_max", "phone", "telehealth",
        "accepting_patients", "treatments", "conditions",
    }  # fmt: skip


def test_a_hit_links_to_the_section_that_answers(filled):
    hit = search(filled, q="nausea dizziness", type="article")["hits"][0]
    assert hit["id"] == "ptsd"
    assert hit["section"] == {"heading": "Side effects", "anchor": "side-effects"}
    assert hit["url"] == "https://example.org/ptsd#side-effects"
    assert "<mark>Nausea</mark>" in hit["snippet_html"]


def test_drafts_are_never_found(filled):
    assert "draft" not in ids(search(filled, q="draft ptsd unfinished trauma", per_page=100))


def test_nonsense_finds_nothing(filled):
    assert search(filled, q="asdfgh", mode="keyword")["total"] == 0


@pytest.mark.parametrize("mode", ["hybrid", "keyword", "semantic"])
@pytest.mark.parametrize("query", ["", "ketamine", "ptsd trauma", "bladder", "clinic near austin"])
def test_totals_and_facets_are_what_paging_returns(filled, mode, query):
    first = search(filled, q=query, mode=mode, per_page=2, facets="condition,state")
    seen = []
    for page in range(1, 10):
        seen += search(filled, q=query, mode=mode, per_page=2, page=page)["hits"]
    keys = [(hit["type"], hit["id"]) for hit in seen]
    assert len(keys) == len(set(keys)) == first["total"]
    counted = {facet["value"]: facet["count"] for facet in first["facets"]["condition"]}
    expected = {}
    for hit in seen:
        for slug in hit["conditions"]:
            expected[slug] = expected.get(slug, 0) + 1
    assert counted == expected


def test_matched_says_why_a_hit_is_there(filled):
    hit = search(filled, q="bladder", mode="keyword")["hits"][0]
    assert hit["matched"] == ["keyword"]
    assert search(filled, q="bladder", mode="semantic")["hits"][0]["matched"] == ["semantic"]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"condition": "ptsd", "type": "article"}, {"ptsd", "ptsd-2"}),
        ({"condition": "PTSD", "type": "article"}, {"ptsd", "ptsd-2"}),
        ({"condition": "ptsd", "treatment": "iv-infusion", "type": "article"}, {"ptsd"}),
        ({"treatment": ["spravato", "oral"], "type": "clinic"}, {"dallas", "aspen"}),
        ({"state": "TX"}, {"austin", "dallas"}),
        ({"state": "texas"}, {"austin", "dallas"}),
        ({"city": "DALLAS"}, {"dallas"}),
        ({"insurance": "Aetna"}, {"austin"}),
        ({"telehealth": "true"}, {"dallas"}),
        ({"accepting_patients": "false"}, {"aspen"}),
        ({"language": "Spanish"}, {"dallas"}),
        ({"price_max": 350}, {"dallas"}),
        ({"price_min": 450, "price_max": 600}, {"austin"}),
        ({"near": "78701", "type": "clinic"}, {"austin"}),
        ({"near": "Austin, TX", "radius_miles": 250, "type": "clinic"}, {"austin", "dallas"}),
        ({"near": "30.27,-97.74", "type": "clinic"}, {"austin"}),
        ({"published_after": "2025-06-01"}, {"ptsd"}),
        ({"published_before": "2025-06-01"}, {"ptsd-2"}),
        ({"tag": "conditions"}, {"ptsd"}),
    ],
)
def test_filters(filled, params, expected):
    assert set(ids(search(filled, **params))) == expected


@pytest.mark.parametrize("query", ["dr delgado", "maria delgado", "spanish speaking clinic texas"])
def test_clinics_are_found_by_who_and_how(filled, query):
    found = search(filled, q=query, type="clinic")
    assert ids(found)[0] == "dallas"
    assert found["hits"][0]["languages"] == ["English", "Spanish"]


def test_what_filters_alone_decide_matched_neither_words_nor_meaning(filled):
    answer = search(filled, q="ketamine clinic within 250 miles of austin")
    clinics = [hit for hit in answer["hits"] if hit["type"] == "clinic"]
    assert [hit["id"] for hit in clinics] == ["austin", "dallas"]
    assert [hit["matched"] for hit in clinics] == [[], []]


def test_fields_that_a_form_leaves_empty_choose_nothing(filled):
    query = "/v1/search?q=&type=clinic&state=&price_max=&telehealth=&near=&condition="
    assert filled.client.get(query).json()["total"] == 3


def test_sorting(filled):
    assert ids(search(filled, type="clinic", sort="price")) == ["dallas", "austin", "aspen"]
    assert ids(search(filled, type="clinic", sort="distance", near="Dallas, TX", radius_miles=3000)) == [
        "dallas",
        "austin",
        "aspen",
    ]
    assert ids(search(filled, type="article", sort="newest"))[:2] == ["ptsd", "ptsd-2"]


def test_distances_are_shown_where_there_is_a_place(filled):
    hits = search(filled, type="clinic", near="Dallas, TX", radius_miles=300)["hits"]
    miles = {hit["id"]: hit["distance_miles"] for hit in hits}
    assert miles["austin"] == pytest.approx(182, rel=0.03)
    assert "distance_miles" not in search(filled, type="clinic")["hits"][0]


def test_a_clinic_question_is_understood_and_articles_stay(filled):
    answer = search(filled, q="iv ketamine for ptsd near austin under $500")
    assert answer["query"]["interpreted"]["near"]["label"] == "Austin, TX"
    assert [hit["id"] for hit in answer["hits"] if hit["type"] == "clinic"] == ["austin"]
    assert any(hit["type"] == "article" for hit in answer["hits"])


def test_a_clinics_name_is_no_place(filled):
    answer = search(filled, q="Aspen Ridge Wellness")
    assert "near" not in answer["query"]["interpreted"]
    assert answer["hits"][0]["id"] == "austin"


def test_interpretation_can_be_switched_off(filled):
    answer = search(filled, q="clinics near austin", interpret="false")
    assert "near" not in answer["query"]["interpreted"]


def test_misspelt_words_are_corrected_and_known_ones_left(filled):
    answer = search(filled, q="blader harms")
    assert answer["query"]["corrected"] == "bladder harms"
    assert ids(answer)[0] == "bladder"
    assert search(filled, q="trauma")["query"]["corrected"] is None


def test_exclusions_and_phrases_hold_in_every_mode(filled):
    for mode in ("hybrid", "keyword", "semantic"):
        assert "ptsd" not in ids(search(filled, q="trauma -nausea", mode=mode))
        assert set(ids(search(filled, q='"heavy use"', mode=mode))) <= {"bladder"}


@pytest.mark.parametrize("query", ["-ketamine", "!!!", "😀", '"', "-"])
@pytest.mark.parametrize("mode", ["hybrid", "keyword", "semantic"])
def test_a_query_without_words_finds_nothing(filled, query, mode):
    assert search(filled, q=query, mode=mode)["total"] == 0


def test_a_city_is_not_corrected_away(filled):
    answer = search(filled, q="ketamine clinics in Provo, UT")
    assert answer["query"]["interpreted"]["near"]["label"] == "Provo, UT"


def test_anchors_of_authors_cannot_break_out_of_an_address(service):
    store(service.parts, "article", article("a", "Ketamine", """<h2 id='x" onmouseover="y'>Part</h2><p>bladder</p>"""))
    index_all(service.parts)
    assert '"' not in search(service, q="bladder")["hits"][0]["url"]


def test_a_crisis_shows_the_lifeline(filled):
    notices = search(filled, q="i want to die")["notices"]
    assert notices[0]["id"] == "crisis"
    assert "988" in notices[0]["body"]


@pytest.mark.parametrize("query", ["i need a ketamine clinic in austin", "clinic in austin, no parking"])
def test_what_is_left_of_a_question_raises_no_notice(filled, query):
    assert search(filled, q=query)["notices"] == []


def test_near_a_place_the_way_there_counts_more_than_words_of_every_clinic(filled):
    for params in ({"q": "ketamine", "near": "Austin, TX"}, {"q": "ketamine clinic near austin"}):
        hits = search(filled, **params, radius_miles=300, type="clinic")["hits"]
        assert [hit["id"] for hit in hits] == ["austin", "dallas"]  # only the further one is called Ketamine


def test_a_chosen_radius_counts_for_a_place_in_the_words(filled):
    assert ids(search(filled, q="clinics in austin", type="clinic")) == ["austin"]
    wide = search(filled, q="clinics in austin", type="clinic", radius_miles=300)
    assert (ids(wide), wide["query"]["interpreted"]["near"]["radius_miles"]) == (["austin", "dallas"], 300)


def test_chosen_filters_outdo_what_the_words_say_in_the_echo_too(filled):
    answer = search(filled, q="clinics in texas", type="clinic", near="Aspen, CO")
    assert (ids(answer), "state" in answer["query"]["interpreted"]) == (["aspen"], False)
    answer = search(filled, q="clinics in dallas", type="clinic", state="CO")
    assert (ids(answer), "near" in answer["query"]["interpreted"]) == (["aspen"], False)


def test_near_me_without_a_place_hides_no_article(filled):
    assert ids(search(filled, q="bladder health near me"))[0] == "bladder"
    assert search(filled, q="yoga studio near me", type="clinic", mode="keyword")["total"] == 0


def test_without_an_embedder_the_answer_is_by_keyword_and_says_so(filled, monkeypatch):
    def broken(text):
        raise EmbedderUnavailable("injected")

    monkeypatch.setattr(filled.parts.embedder, "embed_query", broken)
    for mode in ("hybrid", "semantic"):
        answer = search(filled, q="bladder", mode=mode)
        assert answer["degraded"] == ["embedder", "classifier"]  # no weights for the hashing embedder either
        assert ids(answer) == ["bladder"]


def test_html_is_safe_whatever_was_stored(service):
    evil = "<img src=x onerror=alert(1)> \" ' & <script>alert(1)</script> ketamine"
    store(service.parts, "article", article("evil", evil, f"<p>{evil.replace('<', '&lt;')}</p>"))
    store(service.parts, "clinic", clinic("evil", evil, description=evil))
    index_all(service.parts)
    answer = search(service, q="ketamine alert")
    assert answer["total"] == 2
    for hit in answer["hits"]:
        for name in ("title_html", "snippet_html"):
            assert "<" not in re.sub(r"</?mark>", "", hit[name])


@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"page": 0}, "page"),
        ({"per_page": 101}, "per_page"),
        ({"q": "x" * 513}, "q"),
        ({"mode": "magic"}, "mode"),
        ({"sort": "best"}, "sort"),
        ({"sort": "distance"}, "sort"),
        ({"type": "page"}, "type"),
        ({"near": "Nowhereville"}, "near"),
        ({"near": "91,0"}, "near"),
        ({"near": "78701", "radius_miles": 0}, "radius_miles"),
        ({"price_min": "cheap"}, "price_min"),
        ({"price_min": 2, "price_max": 1}, "price_min"),
        ({"published_after": "2026-02-02", "published_before": "2026-02-01"}, "published_after"),
        ({"published_after": "yesterday"}, "published_after"),
        ({"facets": "colour"}, "facets"),
        ({"telehealth": "perhaps"}, "telehealth"),
    ],
)
def test_bad_input_names_the_field(filled, params, field):
    response = filled.client.get("/v1/search", params=params)
    assert response.status_code == 400
    assert response.headers["content-type"].startswith("application/problem+json")
    problem = response.json()
    assert problem.keys() >= {"type", "title", "status", "detail", "errors"}
    assert field in {error["field"] for error in problem["errors"]}


def test_suggestions_complete_from_the_first_letter_and_through_typos(filled):
    def texts(q):
        filled.app.state.services.suggester.refresh()
        return [s["text"] for s in filled.client.get("/v1/suggest", params={"q": q}).json()["suggestions"]]

    assert "Bladder health" in texts("b")
    assert texts("bladder he")[0] == "Bladder health"
    assert "Bladder health" in texts("bladdr")
    assert texts("helth bl")[0] == texts("bldd")[0] == "Bladder health"
    assert "What ketamine costs" in texts("cots ket")
    assert "Spravato (esketamine)" in texts("spravatto")
    assert "Austin, TX" in texts("aust")
    assert "Aspen Ridge Wellness" in texts("aspen ri")
    assert texts("") == []


@pytest.mark.parametrize(
    ("typed", "language", "first"),
    [
        ("depre", "en-US", "Depression"),
        ("depre", "es-MX,en;q=0.5", "Depresión"),
        ("depresión", "en-US", "Depresión"),
        ("how much", "es-MX", "How much does ketamine treatment cost?"),
        ("clinica en mi", "es", "clinica en Miami, FL"),
        ("efec", "es", "Efectos secundarios de la ketamina"),
    ],
)
def test_suggestions_are_in_the_language_of_the_text_or_of_the_browser(filled, typed, language, first):
    answer = filled.client.get("/v1/suggest", params={"q": typed}, headers={"Accept-Language": language})
    assert answer.headers["vary"] == "Accept-Language"
    assert answer.json()["suggestions"][0]["text"] == first


def test_suggestions_are_safe_to_insert(service):
    store(service.parts, "article", article("evil", "<script>bladder</script>", ""))
    index_all(service.parts)
    service.app.state.services.suggester.refresh()
    suggestions = service.client.get("/v1/suggest", params={"q": "bladder"}).json()["suggestions"]
    assert not any("<script" in suggestion["html"] for suggestion in suggestions)
    assert "https://example.org/evil" in [suggestion["url"] for suggestion in suggestions]


def test_related_articles_share_the_subject_and_say_why(filled):
    answer = filled.client.get("/v1/articles/ptsd/related").json()
    assert answer["article"] == "ptsd"
    assert answer["related"][0]["id"] == "ptsd-2"
    assert {"kind": "same_condition", "label": "Both cover PTSD"} in answer["related"][0]["reasons"]
    assert {rec["id"] for rec in answer["related"]}.isdisjoint({"ptsd", "draft"})


def test_related_articles_leave_out_what_is_excluded_and_what_is_the_same_story(filled):
    body = "<p>Trauma and flashbacks in veterans ease.</p>"
    store(filled.parts, "article", article("copy", "Trauma, PTSD and ketamine therapy", body, conditions=["ptsd"]))
    index_all(filled.parts)
    related = filled.client.get("/v1/articles/ptsd/related").json()["related"]
    assert len({"copy", "ptsd-2"} & {rec["id"] for rec in related}) == 1
    without = filled.client.get("/v1/articles/ptsd/related", params={"exclude": ["copy", "ptsd-2"]}).json()["related"]
    assert {"copy", "ptsd-2"}.isdisjoint(rec["id"] for rec in without)


def test_an_unchanged_list_of_related_articles_is_not_sent_again(filled):
    first = filled.client.get("/v1/articles/ptsd/related")
    again = filled.client.get("/v1/articles/ptsd/related", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    store(filled.parts, "article", article("new", "PTSD after combat", "<p>Trauma.</p>", conditions=["ptsd"]))
    index_all(filled.parts)
    changed = filled.client.get("/v1/articles/ptsd/related", headers={"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200


@pytest.mark.parametrize("id", ["nobody", "draft"])
def test_unknown_articles_have_no_relations(filled, id):
    assert filled.client.get(f"/v1/articles/{id}/related").status_code == 404


def test_an_explanation_adds_up_and_is_for_editors(filled):
    asked = {"q": "nausea dizziness", "type": "article", "explain": True}
    assert filled.client.get("/v1/search", params=asked).status_code == 401
    assert filled.client.get("/v1/search", params=asked, headers=filled.search).status_code == 403
    answer = filled.client.get("/v1/search", params=asked, headers=filled.editor).json()
    for hit in answer["hits"]:
        told = hit["explanation"]
        assert hit["score"] == pytest.approx(min(sum(told["contributions"].values()), 1.0), abs=0.01)
    first = answer["hits"][0]["explanation"]
    assert first["keyword_rank"] == 1
    assert {"nausea", "dizziness"} <= set(first["matched_words"])
    assert "Nausea" in first["passage"]
    plain = filled.client.get("/v1/search", params={"q": "nausea"}).json()["hits"][0]
    assert "explanation" not in plain


def test_sections_are_suggested_with_their_place_after_articles_of_that_name(filled):
    filled.app.state.services.suggester.refresh()
    found = filled.client.get("/v1/suggest", params={"q": "side eff"}).json()["suggestions"]
    section = next(each for each in found if each["section_of"])
    assert (section["kind"], section["text"]) == ("article", "Side effects")
    assert section["url"].endswith("#side-effects")
    by_title = filled.client.get("/v1/suggest", params={"q": section["section_of"]}).json()["suggestions"]
    assert by_title[0]["section_of"] is None


def test_a_part_that_was_understood_can_be_left_out_while_the_rest_stays(filled):
    asked = {"q": "ketamine clinic near austin under $500"}
    both = filled.client.get("/v1/search", params=asked).json()["query"]["interpreted"]
    assert {"near", "price_max"} <= both.keys()
    less = filled.client.get("/v1/search", params={**asked, "ignore": "price_max"}).json()["query"]["interpreted"]
    assert "price_max" not in less
    assert less["near"] == both["near"]


@pytest.mark.parametrize("text", ["ketamine clinic", "telehealth ketamine clinic in texas", ""])
@pytest.mark.parametrize("name", ["telehealth", "accepting_patients"])
def test_counts_of_a_flag_are_the_totals_of_the_searches_with_it(filled, text, name):
    asked = {"q": text, "type": "clinic"}
    counted = search(filled, **asked, facets=name)["facets"][name]
    told = {each["value"]: each["count"] for each in counted}
    totals = {value: search(filled, **asked, **{name: value})["total"] for value in ("true", "false")}
    assert told == {value: total for value, total in totals.items() if total}
    chosen = search(filled, **asked, facets=name, **{name: "true"})["facets"][name]
    assert chosen == counted


def test_all_that_is_wrong_with_a_request_is_told_at_once(service):
    answer = service.client.get("/v1/search?telehealth=maybe&page=0&mode=x&price_min=-1&published_after=soon")
    assert answer.status_code == 400
    told = {error["field"] for error in answer.json()["errors"]}
    assert told == {"telehealth", "page", "mode", "price_min", "published_after"}
