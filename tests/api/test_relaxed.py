"""Nothing fits everything: what is close, and counts of each type whatever types are asked for."""

import msgspec
import pytest

from search_api.client.answers import SearchAnswer
from tests.conftest import clinic, index_all, store


def search(service, **params):
    response = service.client.get("/v1/search", params=params)
    assert response.status_code == 200, response.text
    return response.json()


def ids(group):
    return [hit["id"] for hit in group["hits"]]


def test_a_wish_that_nobody_meets_is_named(filled):
    answer = search(filled, q="ketamine clinic in dallas that takes aetna", facets="treatment", type="clinic")
    assert (answer["totals"]["clinic"], answer["facets"]["treatment"]) == (0, [])
    by_wish = {tuple(group["dropped"]): group for group in answer["relaxed"]}
    wider, others = by_wish["radius_miles",], by_wish["insurance",]
    assert (ids(wider), wider["instead"], wider["label"]) == (["austin"], {"radius_miles": 250}, "within 250 miles")
    assert (ids(others), others["dropped"], others["total"]) == (["dallas"], {"insurance": ["aetna"]}, 1)
    assert others["label"] == "that don't list Aetna"


def test_chosen_filters_are_relaxed_as_well(filled):
    answer = search(filled, near="Austin, TX", treatment="spravato", type="clinic")
    assert answer["total"] == 0
    assert [ids(group) for group in answer["relaxed"]] == [["dallas"], ["austin"]]


def test_where_nothing_is_close_the_nearest_are_told(filled):
    answer = search(filled, q="spravato clinic in fairbanks ak that takes humana")
    (group,) = answer["relaxed"]
    assert ids(group)[0] == "aspen"
    assert group["dropped"]["insurance"] == ["humana"]


def test_what_meets_everything_is_not_repeated(filled):
    answer = search(filled, q="clinics in dallas")
    assert ids({"hits": [hit for hit in answer["hits"] if hit["type"] == "clinic"]}) == ["dallas"]
    assert all("dallas" not in ids(group) for group in answer["relaxed"])


@pytest.mark.parametrize("q", ["ptsd", "clinics in texas", "bladder", "aspen ridge", "ketamine clinic toronto"])
def test_counts_of_each_type_do_not_depend_on_the_types_asked_for(filled, q):
    answers = [search(filled, q=q, **({"type": kind} if kind else {})) for kind in ("", "article", "clinic")]
    totals = answers[0]["totals"]
    assert all(answer["totals"] == totals and answer["intent"] == answers[0]["intent"] for answer in answers)
    assert [answer["total"] for answer in answers] == [sum(totals.values()), totals["article"], totals["clinic"]]


@pytest.mark.parametrize(
    ("q", "intent"),
    [
        ("bladder health", "article"),
        ("clinics in texas", "clinic"),
        ("aspen ridge wellness", "clinic"),
        ("ptsd", "article"),
    ],
)
def test_the_type_that_is_sought_is_told(filled, q, intent):
    assert search(filled, q=q)["intent"] == intent


def test_abroad_no_clinic_poses_as_local(filled):
    answer = search(filled, q="ketamine clinic toronto")
    assert (answer["totals"]["clinic"], answer["relaxed"]) == (0, [])
    assert answer["query"]["interpreted"]["abroad"] == "Toronto, Canada"
    assert answer["notices"][-1]["id"] == "outside-us"


def test_words_ask_for_an_order_and_a_sent_one_wins(filled):
    cheapest = search(filled, q="cheapest ketamine clinic in texas", type="clinic")
    assert (ids(cheapest), cheapest["query"]["interpreted"]["sort"]) == (["dallas", "austin"], "price")
    near = search(
        filled, q="cheapest ketamine clinic", type="clinic", near="Austin, TX", radius_miles=300, sort="distance"
    )
    assert ids(near) == ["austin", "dallas"]


def test_a_clinic_is_found_by_its_contacts(filled):
    contacts = {"phone": "(512) 555-0142", "email": "hello@lone-elm.example"}
    elm = clinic("elm", "Lone Elm", **contacts)
    elm["address"]["street"] = "4512 Maple Dr"
    store(filled.parts, "clinic", elm)
    index_all(filled.parts)
    for q in ("512.555.0142", "+1 512 555 0142", "555-0142", "hello@lone-elm.example", "4512 maple drive"):
        answer = search(filled, q=q)
        assert (ids({"hits": answer["hits"][:1]}), answer["totals"]["clinic"], answer["intent"]) == (
            ["elm"],
            1,
            "clinic",
        ), q


def test_the_page_tells_what_is_close_and_how_to_get_there(filled):
    q = "ketamine clinic in dallas that takes aetna"
    html = filled.client.get("/", params={"q": q}).text
    assert "Close, but…" in html
    assert "1 that don&#39;t list Aetna" in html
    assert "ignore=insurance" in html
    without = filled.client.get(
        "/", params={"q": "ketamine clinic in dallas that takes aetna", "ignore": "insurance"}
    ).text
    assert "Lone Star Ketamine" in without


def test_the_client_reads_close_clinics_and_counts(filled):
    raw = filled.client.get("/v1/search", params={"q": "ketamine clinic in dallas that takes aetna"}).content
    answer = msgspec.json.decode(raw, type=SearchAnswer)
    assert answer.relaxed[0].hits[0].id == "austin"
    assert (answer.intent, answer.totals["clinic"]) == ("clinic", 0)
