"""Pins: what editors put first or take away, in searches and recommendations, from when to when."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from indexing.content import curation as curation_module
from indexing.content.curation import CurationStore
from indexing.embedders.hashing import HashingEmbedder
from indexing.errors import EmbedderUnavailable
from search_api.curation.curation import Curation
from search_api.curation.rules import Pin
from tests.conftest import article, index_all, rebuild_next, store


def put(site, id, **pin):
    answer = site.client.put(f"/v1/curation/pins/{id}", json=pin, headers=site.editor)
    assert answer.status_code == 200, answer.text
    return answer.json()


def search(site, **params):
    return site.client.get("/v1/search", params=params).json()


def ids(answer):
    return [hit["id"] for hit in answer["hits"]]


def related(site, id, **params):
    return [each["id"] for each in site.client.get(f"/v1/articles/{id}/related", params=params).json()["related"]]


def test_a_pinned_document_comes_first_also_where_no_word_matches_and_is_counted(filled):
    before = search(filled, q="bladder", facets="condition")
    put(filled, "p", query="bladder", pinned=["ptsd-2", "cost"])
    after = search(filled, q="Bladder", facets="condition")
    assert ids(after) == ["ptsd-2", "cost", *ids(before)]
    assert after["total"] == before["total"] + 2
    assert [hit["pinned"] for hit in after["hits"][:3]] == [True, True, False]
    assert {facet["value"] for facet in after["facets"]["condition"]} >= {"ptsd"}
    assert ids(search(filled, q="bladder health")) == ids(search(filled, q="bladder health", interpret="false"))
    pages = [ids(search(filled, q="bladder", per_page=1, page=page)) for page in (1, 2, 3)]
    assert pages == [["ptsd-2"], ["cost"], ["bladder"]]


def test_a_hidden_document_is_nowhere(filled):
    put(filled, "h", query="*", hidden=["ptsd"])
    answer = search(filled, q="trauma flashbacks")
    assert "ptsd" not in ids(answer)
    assert answer["total"] == len(ids(answer))
    assert "ptsd" not in ids(search(filled, per_page=50, type="article"))


@pytest.mark.parametrize(
    ("pattern", "query", "applies"),
    [
        ("ketamine cost", "Ketamine cost", True),
        ("ketamine cost", "ketamine costs", False),
        ("ketamine cost", "the ketamine cost", False),
        ("ketamine *", "ketamine for the elderly", True),
        ("ketamine *", "ketamine", True),
        ("* cost", "what does it cost", True),
        ("*cost*", "what does it cost today", True),
        ("*", "anything at all", True),
        ("k.t*", "kit", False),
        ("* a * a * a * a * x", "a " * 200, False),
        ("*******x", "b " * 200 + "x", True),
        ("a * b * c", "a b b b c", True),
        ("a * b * c", "a c b", False),
        ("a * a", "a", False),
    ],
)
def test_patterns_are_words_with_stars(filled, pattern, query, applies):
    put(filled, "p", query=pattern, pinned=["bladder"])
    hits = search(filled, q=query)["hits"]
    assert bool(hits and hits[0]["id"] == "bladder" and hits[0]["pinned"]) is applies


def test_a_filter_of_the_visitor_stands_above_a_pin(filled):
    put(filled, "p", query="clinic", type="clinic", pinned=["aspen"])
    assert ids(search(filled, q="clinic", type="clinic"))[0] == "aspen"
    assert "aspen" not in ids(search(filled, q="clinic", type="clinic", state="TX"))
    assert ids(search(filled, q="clinic", type="clinic", sort="price"))[0] != "aspen"


def test_a_pin_holds_from_its_start_to_its_end(filled):
    now = datetime.now(UTC)
    put(filled, "p", query="bladder", pinned=["cost"], starts_at=(now + timedelta(hours=1)).isoformat())
    assert ids(search(filled, q="bladder"))[0] == "bladder"
    over = put(filled, "p", query="bladder", pinned=["cost"], ends_at=(now - timedelta(hours=1)).isoformat())
    assert not over["is_active"]
    assert ids(search(filled, q="bladder"))[0] == "bladder"
    now_on = put(filled, "p", query="bladder", pinned=["cost"], ends_at=(now + timedelta(hours=1)).isoformat())
    assert now_on["is_active"]
    assert ids(search(filled, q="bladder"))[0] == "cost"
    assert filled.client.delete("/v1/curation/pins/p", headers=filled.editor).status_code == 204
    assert ids(search(filled, q="bladder"))[0] == "bladder"
    assert filled.client.delete("/v1/curation/pins/p", headers=filled.editor).status_code == 404


def test_readers_and_newcomers_get_what_editors_chose(filled):
    put(filled, "r", articles=["bladder"], pinned=["cost"], hidden=["ptsd-2"])
    first = filled.client.get("/v1/articles/bladder/related").json()["related"]
    assert first[0]["id"] == "cost"
    assert first[0]["reasons"][0] == {"kind": "pinned", "label": "Chosen by the editors"}
    assert "ptsd-2" not in [each["id"] for each in first]
    assert related(filled, "bladder", exclude="cost")[:1] != ["cost"]
    put(filled, "n", newcomers=True, pinned=["bladder", "ptsd"])
    start = filled.client.post("/v1/recommendations", json={"limit": 3}).json()["recommendations"]
    assert [each["id"] for each in start][:2] == ["bladder", "ptsd"]
    put(filled, "all", articles=["*"], hidden=["ptsd"])
    assert "ptsd" not in related(filled, "ptsd-2", limit=50)


def test_the_tag_of_an_answer_changes_with_the_pins(filled):
    first = filled.client.get("/v1/articles/ptsd/related").headers["etag"]
    put(filled, "p", articles=["ptsd"], pinned=["cost"])
    second = filled.client.get("/v1/articles/ptsd/related").headers["etag"]
    assert first != second
    put(filled, "p", articles=["ptsd"], pinned=["bladder"])
    assert filled.client.get("/v1/articles/ptsd/related").headers["etag"] not in {first, second}


def test_pins_survive_a_reindex_and_tell_of_targets_that_are_gone(filled):
    stored = put(filled, "p", query="bladder", pinned=["cost", "nowhere", "draft"], reason="Asked for")
    assert stored["missing"] == ["draft", "nowhere"]
    assert stored["updated_by"] == "editor"
    filled.parts.jobs.open_reindex("all", reembed=False)
    rebuild_next(filled.parts)
    assert ids(search(filled, q="bladder"))[0] == "cost"
    filled.client.delete("/v1/articles/cost", headers=filled.write)
    index_all(filled.parts)
    listed = filled.client.get("/v1/curation/pins", headers=filled.editor).json()["pins"]
    assert [(pin["id"], pin["missing"], pin["pin"]["reason"]) for pin in listed] == [
        ("p", ["cost", "draft", "nowhere"], "Asked for")
    ]
    assert ids(search(filled, q="bladder")) == ["bladder"]


@pytest.mark.parametrize(
    ("pin", "field"),
    [
        ({"pinned": ["a"]}, "query"),
        ({"query": "x"}, "pinned"),
        ({"query": "x", "pinned": ["a"], "hidden": ["a"]}, "hidden"),
        ({"query": "x", "pinned": ["a b"]}, "pinned[0]"),
        (
            {"query": "x", "pinned": ["a"], "starts_at": "2026-02-01T00:00:00Z", "ends_at": "2026-01-01T00:00:00Z"},
            "ends_at",
        ),
        ({"query": "x", "pinned": ["a"], "starts_at": "tomorrow"}, "starts_at"),
        ({"newcomers": True, "type": "clinic", "pinned": ["a"]}, "type"),
        ({"query": "x", "pined": ["a"]}, "pined"),
        ({"query": "🙂", "pinned": ["a"]}, "query"),
        ({"articles": ["a b"], "pinned": ["a"]}, "articles[0]"),
    ],
)
def test_what_is_wrong_with_a_pin_is_named(filled, pin, field):
    refused = filled.client.put("/v1/curation/pins/p", json=pin, headers=filled.editor)
    assert refused.status_code == 400
    assert field in [error["field"] for error in refused.json()["errors"]]


def test_pins_are_for_editors(filled):
    for method, path in (
        ("GET", "/v1/curation/pins"),
        ("PUT", "/v1/curation/pins/p"),
        ("DELETE", "/v1/curation/pins/p"),
    ):
        assert filled.client.request(method, path, headers=filled.write).status_code == 403
        assert filled.client.request(method, path).status_code == 401


def test_pins_of_an_unreachable_store_stay_in_force(filled, monkeypatch):
    from indexing.errors import Unavailable

    put(filled, "p", query="bladder", pinned=["cost"])
    assert ids(search(filled, q="bladder"))[0] == "cost"

    def away():
        raise Unavailable("injected")

    monkeypatch.setattr(filled.app.state.services.curation._store, "version", away)
    time.sleep(1.2)
    assert ids(search(filled, q="bladder"))[0] == "cost"


def test_a_change_by_another_process_is_in_force_within_two_seconds_also_with_a_slow_clock(filled, monkeypatch):
    put(filled, "p", query="bladder", pinned=["cost"])
    other = Curation(CurationStore(filled.parts.database))
    real = curation_module.now
    monkeypatch.setattr(curation_module, "now", lambda: real() - 10_000_000)
    other.put("pins", "p", Pin(query="bladder", pinned=("ptsd",)), by="other")
    ends = time.monotonic() + 2
    while time.monotonic() < ends and ids(search(filled, q="bladder"))[0] != "ptsd":
        time.sleep(0.1)
    assert ids(search(filled, q="bladder"))[0] == "ptsd"


def test_a_pin_that_only_a_newer_version_understands_harms_nothing(filled):
    put(filled, "p", query="bladder", pinned=["cost"])
    filled.parts.curation.put_all("pin", {"newer": b'{"query": 7}'}, by="newer")
    filled.app.state.services.curation.refresh()
    assert ids(search(filled, q="bladder"))[0] == "cost"
    listed = filled.client.get("/v1/curation/pins", headers=filled.editor).json()["pins"]
    assert [pin["id"] for pin in listed] == ["p"]


def test_a_pin_stands_above_what_was_only_understood_from_words(filled):
    put(filled, "p", query="clinic near austin", type="clinic", pinned=["aspen"])
    assert ids(search(filled, q="clinic near austin", type="clinic"))[:2] == ["aspen", "austin"]
    put(filled, "q", query="trauma cost", pinned=["cost"])
    assert ids(search(filled, q='"trauma cost"', type="article")) == ["cost"]


def test_what_is_hidden_everywhere_is_not_suggested(filled):
    def suggested():
        answer = filled.client.get("/v1/suggest", params={"q": "bladder"}).json()["suggestions"]
        return [each["text"] for each in answer if each["kind"] == "article"]

    filled.app.state.services.suggester.refresh()
    assert suggested() == ["Bladder health"]
    put(filled, "h", query="*", hidden=["bladder"])
    assert suggested() == []


def test_a_pin_of_one_story_twice_shows_both(filled):
    body = "<p>Bladder care for everybody, at length.</p>"
    store(filled.parts, "article", article("one", "One", body), article("two", "Two", body))
    index_all(filled.parts)
    put(filled, "p", articles=["ptsd"], pinned=["one", "two"])
    assert related(filled, "ptsd")[:2] == ["one", "two"]


def put_rule(site, kind, id, rule, status=200):
    answer = site.client.put(f"/v1/curation/{kind}/{id}", json=rule, headers=site.editor)
    assert answer.status_code == status, answer.text
    return answer.json()


def by_words(site, text, **params):
    return search(site, q=text, mode="keyword", **params)


def test_synonyms_work_at_once_and_are_gone_when_taken_back(filled):
    before = by_words(filled, "wobblydrip", type="article")["total"]
    put_rule(filled, "synonyms", "drip", {"words": ["wobblydrip", "flashbacks"]})
    answer = by_words(filled, "wobblydrip", type="article", correct=False)
    assert "ptsd" in [hit["id"] for hit in answer["hits"]]
    assert "<mark>flashbacks</mark>" in answer["hits"][0]["snippet_html"]
    assert filled.client.delete("/v1/curation/synonyms/drip", headers=filled.editor).status_code == 204
    assert by_words(filled, "wobblydrip", type="article")["total"] == before


TINGLING = {"questions": ["my lips tingled all evening", "pins and needles"], "article": "ptsd"}


def by_meaning(site, text, **params):
    return search(site, q=text, mode="semantic", type="article", **params)


def test_an_article_answers_what_editors_say_it_does_at_once_until_that_is_taken_back(filled):
    assert ids(by_meaning(filled, "pins and needles"))[:1] != ["ptsd"]
    told = put_rule(filled, "answers", "lips", TINGLING | {"section": "side effects"})
    assert told["missing"] == []
    first = by_meaning(filled, "pins and needles")["hits"][0]
    assert (first["id"], first["section"]["heading"], first["pinned"]) == ("ptsd", "Side effects", True)
    alike = by_meaning(filled, "tingled lips evening")["hits"][0]
    assert (alike["id"], alike["pinned"]) == ("ptsd", False)
    assert "ptsd" not in ids(by_meaning(filled, "pins and needles", condition="depression"))
    assert not any(hit["pinned"] for hit in by_meaning(filled, "pins and needles", sort="newest")["hits"])
    filled.client.delete("/v1/curation/answers/lips", headers=filled.editor)
    assert ids(by_meaning(filled, "pins and needles"))[:1] != ["ptsd"]


def test_an_answer_tells_what_of_it_is_not_published(filled):
    gone = put_rule(filled, "answers", "a", TINGLING | {"article": "draft"})
    assert gone["missing"] == ["draft"]
    reworded = put_rule(filled, "answers", "b", TINGLING | {"section": "Harms"})
    assert reworded["missing"] == ["ptsd: Harms"]
    assert ids(by_meaning(filled, "pins and needles"))[0] == "ptsd"


def test_an_answer_can_be_tried_before_it_is_made(filled):
    asked = {"kind": "answers", "id": "a", "q": "pins and needles", "rule": TINGLING}
    answer = filled.client.post("/v1/curation/preview", json=asked, headers=filled.editor).json()
    assert [hit["id"] for hit in answer["then"]["hits"]][:1] == ["ptsd"]
    assert [hit["id"] for hit in answer["now"]["hits"]][:1] != ["ptsd"]


def test_a_question_is_known_as_it_was_typed_and_without_its_markup(filled):
    told = TINGLING | {"questions": ["<b>flshbaks</b> at nite"], "section": "<i>Evidence</i>"}
    put_rule(filled, "answers", "a", told)
    first = by_meaning(filled, "flshbaks at nite")["hits"][0]
    assert (first["id"], first["section"]["heading"]) == ("ptsd", "Evidence")


def test_no_search_waits_for_the_vectors_of_answers(filled, monkeypatch):
    def fail(*_):
        raise EmbedderUnavailable("no model")

    with monkeypatch.context() as patched:
        patched.setattr(HashingEmbedder, "embed_query", fail)
        assert put_rule(filled, "answers", "lips", TINGLING)["is_active"]
        assert ids(search(filled, q="pins and needles", type="article"))[:1] != ["ptsd"]
    ends_at = time.monotonic() + 10
    while ids(by_meaning(filled, "pins and needles"))[:1] != ["ptsd"]:
        assert time.monotonic() < ends_at
        time.sleep(0.1)


def test_answers_come_as_a_sheet(filled):
    text = "id,questions,article,section\nlips,pins and needles|numb mouth,ptsd,Side effects\n"
    assert sheet(filled, "answers", text).json()["imported"] == 1
    assert ids(by_meaning(filled, "numb mouth"))[0] == "ptsd"


def test_notices_of_editors_come_after_the_built_in_ones_and_can_reword_them(filled):
    link = {"label": "Read this", "url": "/read/ptsd"}
    put_rule(
        filled, "notices", "recall", {"title": "Recall", "body": "Text", "links": [link], "queries": ["*lozenge*"]}
    )
    assert [n["title"] for n in by_words(filled, "lozenge flavors")["notices"]] == ["Recall"]
    suggested = filled.client.get("/v1/suggest", params={"q": "lozenge"}).json()
    assert suggested["notices"][0]["links"] == [link]
    put_rule(filled, "notices", "crisis", {"title": "You are not alone", "body": "Call 988."})
    crisis = by_words(filled, "i want to die")["notices"][0]
    assert (crisis["id"], crisis["title"]) == ("crisis", "You are not alone")


def test_suggestions_can_be_switched_off(filled):
    def offered():
        found = filled.client.get("/v1/suggest", params={"q": "ptsd"}).json()["suggestions"]
        return [suggestion["text"] for suggestion in found]

    assert "PTSD" in offered()
    put_rule(filled, "suggestions", "no-ptsd", {"text": "ptsd", "reason": "misunderstood"})
    assert "PTSD" not in offered()
    filled.client.delete("/v1/curation/suggestions/no-ptsd", headers=filled.editor)
    assert "PTSD" in offered()


def test_a_decision_can_be_tried_before_it_is_made(filled):
    asked = {"kind": "pins", "id": "p", "q": "flashbacks", "rule": {"query": "flashbacks", "hidden": ["ptsd-2"]}}
    answer = filled.client.post("/v1/curation/preview", json=asked, headers=filled.editor).json()
    assert "ptsd-2" not in [hit["id"] for hit in answer["then"]["hits"]]
    assert "ptsd-2" in [hit["id"] for hit in answer["now"]["hits"]]
    assert filled.client.get("/v1/curation/pins", headers=filled.editor).json() == {"pins": []}


def sheet(site, kind, text):
    return site.client.post(f"/v1/curation/import/{kind}", content=text.encode(), headers=site.editor)


def test_a_sheet_is_taken_whole_or_not_at_all_with_an_error_for_each_row(filled):
    good = "id,query,pinned,ends_at,reason\np1,spravato*,ptsd|crps,,new\np2,pain,crps,2030-01-01T00:00:00Z,\n"
    assert sheet(filled, "pins", good).json() == {"imported": 2, "new": 2, "replaced": []}
    pins = filled.client.get("/v1/curation/pins", headers=filled.editor).json()["pins"]
    assert [(pin["id"], pin["pin"]["pinned"]) for pin in pins] == [("p1", ["ptsd", "crps"]), ("p2", ["crps"])]
    bad = "id,words\ns1,a|b\ns2,alone\n!,a|b\ns1,c|d\n"
    refused = sheet(filled, "synonyms", bad)
    assert refused.status_code == 400
    assert [error["field"] for error in refused.json()["errors"]] == ["row 3: words", "row 4: id", "row 5: id"]
    assert filled.client.get("/v1/curation/synonyms", headers=filled.editor).json() == {"rules": []}
    notices = "id,title,body,links,queries\nn,Title,Body,Read=/read/ptsd|Call=tel:988,*dose*\n"
    assert sheet(filled, "notices", notices).json()["imported"] == 1
    for text in (
        "",
        "id,nonsense\n1,2\n",
        'id,words\n"open',
        "id,words\n1,a|b,c\n",
        "\xff".encode("latin-1").decode("latin-1"),
    ):
        assert sheet(filled, "synonyms", text).status_code == 400
    for content, told in ((b"id\xff", "the sheet is not UTF-8"), (b"", "The file is empty"), (b"\xff\xfei", "UTF-16")):
        refused = filled.client.post("/v1/curation/import/synonyms", content=content, headers=filled.editor)
        assert told in refused.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("kind", "rule", "field"),
    [
        ("synonyms", {"words": ["one"]}, "words"),
        ("synonyms", {"words": ["same", "Same"]}, "words"),
        ("synonyms", {"words": ["a", "one two three four five six"]}, "words[1]"),
        (
            "notices",
            {"title": "x", "body": "y", "links": [{"label": "z", "url": "javascript:alert(1)"}]},
            "links[0].url",
        ),
        ("notices", {"title": "x", "body": "y", "queries": ["..."]}, "queries[0]"),
        ("suggestions", {"text": "*"}, "text"),
        ("answers", {"questions": ["fine", "..."], "article": "ptsd"}, "questions[1]"),
        ("answers", {"questions": [], "article": "ptsd"}, "questions"),
        ("answers", {"questions": ["fine"]}, "article"),
        (
            "suggestions",
            {"text": "x", "starts_at": "2030-01-02T00:00:00Z", "ends_at": "2030-01-01T00:00:00Z"},
            "ends_at",
        ),
    ],
)
def test_a_wrong_decision_names_the_field(filled, kind, rule, field):
    errors = put_rule(filled, kind, "x", rule, status=400)["errors"]
    assert field in [error["field"] for error in errors]


def test_an_unknown_kind_is_said_to_be_so(filled):
    answer = filled.client.get("/v1/curation/nonsense", headers=filled.editor)
    assert answer.status_code == 404
    assert "synonyms" in answer.json()["detail"]
    for method, path in (("GET", "synonyms"), ("PUT", "synonyms/x"), ("POST", "import/synonyms"), ("POST", "preview")):
        assert filled.client.request(method, f"/v1/curation/{path}").status_code == 401
