"""Counts of what visitors look for, over HTTP."""

import pytest

pytestmark = pytest.mark.parametrize("service", [{"analytics_visitors": 2, "trust_proxy": True}], indirect=True)


def search(site, visitor, text, **params):
    headers = {"X-Forwarded-For": visitor}
    return site.client.get("/v1/search", params={"q": text, "mode": "keyword", **params}, headers=headers).json()


def queries(site, **params):
    services = site.app.state.services
    services.figures.counter._clock = lambda now=services.figures.counter._clock: now() + 60
    services.figures.flush()
    return site.client.get("/v1/analytics/queries", params=params, headers=site.editor).json()


def test_what_enough_visitors_look_for_is_listed_and_what_fewer_do_is_nowhere(filled):
    for visitor in ("10.0.0.1", "10.0.0.2"):
        answer = search(filled, visitor, "nausea")
        search(filled, visitor, "nausea", sort="newest")
    click = {"kind": "click", "id": answer["hits"][0]["id"], "search_id": answer["search_id"], "position": 1}
    assert filled.client.post("/v1/events", json=click).status_code == 202
    search(filled, "10.0.0.3", "secret sorrow")
    found = queries(filled)
    assert found == {
        "queries": [{"query": "nausea", "searches": 2, "without_results": 0, "clicks": 1}], "days": 30, "visitors": 2
    }  # fmt: skip
    with filled.parts.database.read() as connection:
        text = str(connection.exec_driver_sql("SELECT * FROM query_counts").all())
    assert "sorrow" not in text
    assert "10.0.0" not in text


def test_queries_without_results_and_without_clicks_have_lists_of_their_own(filled):
    for visitor in ("10.0.0.1", "10.0.0.2"):
        search(filled, visitor, "elephant", correct=False)
        search(filled, f"{visitor}0", "nausea")
    assert [row["query"] for row in queries(filled, order="without_results")["queries"]] == ["elephant"]
    assert [row["query"] for row in queries(filled, order="without_clicks")["queries"]] == ["elephant", "nausea"]


def test_only_editors_see_them_and_events_are_checked(filled):
    assert filled.client.get("/v1/analytics/queries").status_code == 401
    assert filled.client.get("/v1/analytics/queries", headers=filled.write).status_code == 403
    for wrong in (
        {},
        {"kind": "stare", "id": "a"},
        {"kind": "click", "id": "<b>"},
        {"kind": "click", "id": "a", "visitor": "me"},
    ):
        assert filled.client.post("/v1/events", json=wrong).status_code == 400


def test_old_counts_are_forgotten(filled):
    with filled.parts.database.write() as connection:
        connection.exec_driver_sql("INSERT INTO query_counts VALUES ('2020-01-01', 'old', 9, 0, 0)")
    assert queries(filled, days=366)["queries"] == []
    with filled.parts.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM query_counts").scalar() == 0
