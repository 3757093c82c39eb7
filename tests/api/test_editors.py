"""Several editors at once, and sheets of decisions: nothing of anybody's is lost in silence."""

import pytest


def put(site, path, rule, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return site.client.put(f"/v1/curation/{path}", json=rule, headers={**site.editor, **named})


def read(site, path):
    return site.client.get(f"/v1/curation/{path}", headers=site.editor)


RULES = {
    "pins": ({"query": "dose", "pinned": ["cost"]}, {"query": "dose", "pinned": ["ptsd"]}),
    "notices": ({"title": "A", "body": "B", "queries": ["*dose*"]}, {"title": "C", "body": "D", "queries": ["x"]}),
    "synonyms": ({"words": ["drip", "infusion"]}, {"words": ["drip", "lozenge"]}),
}


@pytest.mark.parametrize("kind", RULES)
def test_the_second_of_two_writers_is_told_of_the_first(filled, kind):
    first, second = RULES[kind]
    path = f"{kind}/shared"
    made = put(filled, path, first, If_Match='"0"')
    tag = made.headers["etag"]
    assert tag == f'"{made.json()["revision"]}"' == read(filled, path).headers["etag"]
    assert put(filled, path, second, If_Match=tag).status_code == 200
    late = put(filled, path, first, If_Match=tag)
    assert late.status_code == 409
    assert "changed by editor" in late.json()["detail"]
    current = late.json()["current"]
    assert second.items() <= current["rule"].items()
    assert current["updated_by"] == "editor"
    assert put(filled, path, first, If_Match=f'"{current["revision"]}"').status_code == 200
    assert put(filled, path, second).status_code == 200, "who names no version goes on as before"


def test_two_writers_of_a_new_decision_and_one_who_takes_it_back(filled):
    first, second = RULES["synonyms"]
    assert put(filled, "synonyms/new", first, If_Match='"0"').status_code == 200
    assert put(filled, "synonyms/new", second, If_Match='"0"').status_code == 409
    tag = read(filled, "synonyms/new").headers["etag"]
    put(filled, "synonyms/new", second)
    gone = filled.client.delete("/v1/curation/synonyms/new", headers={**filled.editor, "If-Match": tag})
    assert gone.status_code == 409
    assert filled.client.delete("/v1/curation/synonyms/new", headers=filled.editor).status_code == 204
    late = put(filled, "synonyms/new", first, If_Match=tag)
    assert (late.status_code, late.json()["current"]) == (409, None)


def test_a_version_that_is_none_is_refused(filled):
    refused = put(filled, "synonyms/new", RULES["synonyms"][0], If_Match="yesterday")
    assert [error["field"] for error in refused.json()["errors"]] == ["If-Match"]


def test_a_built_in_notice_has_a_version_too(filled):
    assert read(filled, "notices/crisis").json()["revision"] == 0
    words = {"title": "You are not alone", "body": "Call 988."}
    assert put(filled, "notices/crisis", words, If_Match='"0"').status_code == 200
    assert put(filled, "notices/crisis", words, If_Match='"0"').status_code == 409


def test_a_sheet_tells_what_it_would_replace_before_it_does(filled):
    def bring(text, **params):
        return filled.client.post(
            "/v1/curation/import/synonyms", content=text, params=params, headers=filled.editor
        ).json()

    put(filled, "synonyms/b", {"words": ["pain", "ache"]})
    text = "id,words\na,drip|infusion\nb,pain|hurt\n"
    assert bring(text, preview="true") == {"imported": 0, "new": 1, "replaced": ["b"]}
    assert read(filled, "synonyms/b").json()["rule"]["words"] == ["pain", "ache"]
    assert bring(text) == {"imported": 2, "new": 1, "replaced": ["b"]}
    assert bring(text, preview="true") == {"imported": 0, "new": 0, "replaced": ["a", "b"]}


@pytest.mark.parametrize(
    ("starts", "ends", "stored"),
    [
        ("2030-03-01", "3/31/2030", ("2030-03-01T00:00:00Z", "2030-04-01T00:00:00Z")),
        ("Mar 1, 2030", "2030-12-31", ("2030-03-01T00:00:00Z", "2031-01-01T00:00:00Z")),
        ("2030-03-01T08:00:00-05:00", "", ("2030-03-01T13:00:00Z", None)),
        ("2030-03-01", "2030-03-01", ("2030-03-01T00:00:00Z", "2030-03-02T00:00:00Z")),
    ],
)
def test_a_sheet_takes_days_from_the_beginning_of_the_first_to_the_end_of_the_last(filled, starts, ends, stored):
    text = f'id,words,starts_at,ends_at\na,drip|infusion,"{starts}",{ends}\n'
    answer = filled.client.post("/v1/curation/import/synonyms", content=text, headers=filled.editor)
    assert answer.status_code == 200, answer.text
    rule = read(filled, "synonyms/a").json()["rule"]
    assert (rule["starts_at"], rule["ends_at"]) == stored
