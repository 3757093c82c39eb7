"""Recommendations over HTTP: contexts, reasons, faults in place, and a generated client."""

import importlib
import itertools
import json
import random
import subprocess
import sys

import msgspec
import pytest

from indexing.words import Vocabulary
from tests.conftest import article, index_all, store

SUBJECTS = {
    "ptsd": "trauma flashbacks veterans nightmares startle memories",
    "crps": "limb burning swelling nerve pain sympathetic touch",
    "cost": "dollars price insurance payment invoice deductible",
}


@pytest.fixture
def site(service):
    """Three subjects of six articles each, a broad one that everybody reads, two clinics."""
    parts = service.parts
    for subject, words in SUBJECTS.items():
        conditions = [subject] if subject != "cost" else []
        for number in range(6):
            chance = random.Random(f"{subject}{number}")
            own = [f"{subject}{chance.randrange(40)}" for _ in range(14)]
            text = " ".join(chance.sample([*words.split() * 2, *own], 24))
            body = f"<h2>Part {number}</h2><p>Ketamine sessions. {text}.</p>"
            fields = {"conditions": conditions, "treatments": ["iv-infusion"], "tags": [subject]}
            store(
                parts,
                "article",
                article(f"{subject}-{number}", f"{words.split()[number]} and ketamine", body, **fields),
            )
    everything = " ".join(SUBJECTS.values())
    store(
        parts, "article", article("broad", "Ketamine in general", f"<p>{everything}</p>", popularity=900, treatments=[])
    )
    store(parts, "article", article("hidden", "Trauma draft", "<p>trauma flashbacks</p>", status="draft"))
    clinic = {"address": {"city": "Austin", "state": "TX", "zip": "78701"}, "url": "https://example.org/c"}
    store(parts, "clinic", {"id": "clinic", "name": "A clinic", "conditions": ["crps"], "treatments": ["iv"], **clinic})
    index_all(parts)
    return service


def ask(site, **context):
    answer = site.client.post("/v1/recommendations", json=context)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ids(answer):
    return [each["id"] for each in answer["recommendations"]]


def subjects(answer):
    return [id.partition("-")[0] for id in ids(answer)]


def test_readers_of_an_article_get_its_subject(site):
    answer = ask(site, articles=["crps-0"], limit=4)
    assert subjects(answer) == ["crps"] * 4
    assert "crps-0" not in ids(answer)
    reasons = answer["recommendations"][0]["reasons"]
    assert {"kind": "same_condition", "label": "Both cover CRPS"} in reasons


def test_two_interests_share_the_list(site):
    found = subjects(ask(site, articles=["ptsd-0", "crps-0"], limit=6))
    assert min(found.count("ptsd"), found.count("crps")) >= 2


def test_the_newest_article_counts_most(site):
    read = ["ptsd-0", "ptsd-1", "ptsd-2", "cost-0"]
    assert subjects(ask(site, articles=read, limit=1)) == ["cost"] or "cost" in subjects(
        ask(site, articles=read, limit=3)
    )


def test_a_text_is_enough(site):
    answer = ask(site, text="Nightmares wake me up, and flashbacks since the accident. I startle easily.", limit=3)
    assert set(subjects(answer)) == {"ptsd"}
    assert not [notice for notice in answer["notices"] if notice["level"] == "full"]


def test_a_crisis_in_a_long_text_is_answered_first(site):
    text = "Weather and news. " * 600 + "Some nights I want to die. " + "More about pain. " * 200
    answer = ask(site, text=text[:20_000])
    assert answer["notices"][0]["id"] == "crisis"
    assert answer["notices"][0]["links"]
    assert ids(answer)


def test_a_clinic_leads_to_what_it_treats(site):
    answer = ask(site, clinic="clinic", limit=4)
    assert "crps" in subjects(answer)
    labels = [reason["label"] for each in answer["recommendations"] for reason in each["reasons"]]
    assert any("which this clinic treats" in label for label in labels)


def test_conditions_by_slug_or_name_and_a_treatment(site):
    assert subjects(ask(site, conditions=["CRPS"], limit=3)) == ["crps"] * 3
    assert subjects(ask(site, conditions=["ptsd"], treatments=["drip"], limit=2))[0] in {"ptsd", "crps", "cost"}


def test_a_newcomer_gets_something_broad_and_popular(site):
    answer = ask(site)
    assert ids(answer)[0] == "broad"
    assert answer["recommendations"][0]["reasons"] == [{"kind": "popular", "label": "Popular with readers"}]
    assert len(answer["recommendations"]) == 5


def test_unknown_ids_are_named_and_the_rest_is_answered(site):
    answer = ask(site, articles=["nowhere", "crps-1", "hidden"], clinic="closed", limit=2)
    assert (answer["unknown"], answer["unknown_clinic"]) == (["nowhere", "hidden"], "closed")
    assert subjects(answer) == ["crps", "crps"]
    refused = site.client.post("/v1/recommendations", json={"articles": ["nowhere"], "clinic": "closed"})
    assert refused.status_code == 404
    assert "nowhere, closed" in refused.json()["detail"]


def test_nothing_read_excluded_or_unpublished_is_recommended(site):
    read, excluded = ["ptsd-0", "ptsd-1"], ["ptsd-2", "ptsd-3"]
    found = ids(ask(site, articles=read, exclude=excluded, limit=50))
    assert not {*read, *excluded, "hidden"} & set(found)
    assert {"ptsd-4", "ptsd-5"} <= set(found)


def test_one_story_at_two_addresses_appears_once(site):
    body = "<p>" + " ".join(f"word{n} {word}" for n in range(4) for word in SUBJECTS["ptsd"].split()) + "</p>"
    store(site.parts, "article", article("story", "A story of nightmares", body, conditions=["ptsd"]))
    store(site.parts, "article", article("again", "The same once more", body + "<p>Copied.</p>", conditions=["ptsd"]))
    index_all(site.parts)
    found = ids(ask(site, articles=["ptsd-0"], limit=50))
    assert len({"story", "again"} & set(found)) == 1
    assert "again" not in ids(ask(site, articles=["story"], limit=50))


def test_diversity_spreads_the_list(site):
    nearest = ids(ask(site, articles=["ptsd-0"], limit=3, diversity=0))
    spread = ids(ask(site, articles=["ptsd-0"], limit=3, diversity=1))
    library = site.parts.engine.library("article")

    def closest(found):
        vectors = [library.vectors([id])[id] for id in found]
        return max(float(one @ other) for one, other in itertools.combinations(vectors, 2))

    assert closest(spread) < closest(nearest)


def test_an_edit_of_the_subject_changes_the_lists_of_its_neighbours_and_a_delete_empties_them(site):
    assert "ptsd-5" in ids(ask(site, articles=["ptsd-0"], limit=5))
    words = SUBJECTS["cost"]
    moved = article("ptsd-5", "Prices", f"<p>{words} {words}</p>", conditions=[], tags=["cost"], treatments=[])
    store(site.parts, "article", moved)
    index_all(site.parts)
    assert "ptsd-5" not in ids(ask(site, articles=["ptsd-0"], limit=4))
    site.client.delete("/v1/articles/ptsd-4", headers=site.write)
    index_all(site.parts)
    assert "ptsd-4" not in ids(ask(site, articles=["ptsd-0"], limit=50))


@pytest.mark.parametrize(
    ("context", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 51}, "limit"),
        ({"text": "x" * 20_001}, "text"),
        ({"articles": ["a b"]}, "articles[0]"),
        ({"articles": ["a"] * 101}, "articles"),
        ({"diversity": 2}, "diversity"),
        ({"clinic": 7}, "clinic"),
        ({"conditions": [""]}, "conditions[0]"),
        ({"artikles": ["ptsd"]}, "artikles"),
    ],
)
def test_what_is_wrong_is_named(site, context, field):
    refused = site.client.post("/v1/recommendations", json=context)
    assert refused.status_code == 400
    assert [error["field"] for error in refused.json()["errors"]] == [field]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"', b"null", b'{"text": "\xff"}'])
def test_what_is_no_object_is_refused(site, body):
    for path in ("/v1/recommendations", "/v1/recommendations/batch"):
        assert site.client.post(path, content=body).status_code == 400


def test_a_batch_is_answered_in_order_with_faults_in_place(site):
    requests = [
        {"articles": ["crps-0"], "limit": 2},
        {"limit": 99},
        {"articles": ["nowhere"]},
        "no object",
        {"text": "flashbacks and nightmares", "limit": 1},
        {},
    ]
    results = site.client.post("/v1/recommendations/batch", json={"requests": requests}).json()["results"]
    assert [result["error"] and result["error"]["status"] for result in results] == [None, 400, 404, 400, None, None]
    assert [error["field"] for error in results[1]["error"]["errors"]] == ["limit"]
    for number in (0, 4, 5):
        alone = ask(site, **requests[number])
        assert [each["id"] for each in results[number]["recommendations"]] == ids(alone)
    assert site.client.post("/v1/recommendations/batch", json={"requests": []}).json() == {"results": []}


def test_a_batch_encodes_once(site, monkeypatch):
    embedder, calls = site.parts.embedder, []
    real = embedder.embed_documents
    monkeypatch.setattr(embedder, "embed_documents", lambda texts: calls.append(len(texts)) or real(texts))
    requests = [{"text": f"words of number {n}"} for n in range(30)] + [{"conditions": ["ptsd"]}] * 3
    assert site.client.post("/v1/recommendations/batch", json={"requests": requests}).status_code == 200
    assert calls == [31]


def test_too_large_a_batch_is_refused(site):
    refused = site.client.post("/v1/recommendations/batch", json={"requests": [{}] * 101})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "requests")


def test_the_tag_changes_with_the_index_and_with_the_question(site):
    def tag(**params):
        return site.client.get("/v1/articles/crps-0/related", params=params).headers["etag"]

    first = tag()
    assert first == tag()
    assert len({first, tag(limit=3), tag(exclude="crps-1")}) == 3
    store(site.parts, "article", article("new", "New"))
    index_all(site.parts)
    assert tag() != first


@pytest.mark.parametrize("service", [{"related_max_age": 600, "anonymous_search": False}], indirect=True)
def test_how_long_caches_keep_an_answer_is_a_setting(site):
    answer = site.client.get("/v1/articles/crps-0/related", headers=site.search)
    assert answer.headers["cache-control"] == "private, max-age=600"
    assert site.client.post("/v1/recommendations", json={}).status_code == 401


def test_without_a_model_texts_are_compared_by_words(site, monkeypatch):
    monkeypatch.setattr(site.app.state.services.recommendations, "_embedder_of", lambda _: None)
    answer = ask(site, text="Nightmares and flashbacks of veterans", limit=3)
    assert answer["degraded"] == ["embedder"]
    assert set(subjects(answer)) <= {"ptsd", "broad"}
    assert ask(site, articles=["crps-0"])["degraded"] == []


def test_text_leaves_no_trace_in_log_or_store(site, capfd):
    ask(site, text="Unmistakable confession about nightmares")
    logged = capfd.readouterr()
    assert "confession" not in (logged.out + logged.err).lower()
    database = site.parts.database.url.database
    for suffix in ("", "-wal"):
        with open(f"{database}{suffix}", "rb") as file:
            assert b"confession" not in file.read()


def test_a_generated_client_calls_every_endpoint(site, tmp_path, monkeypatch):
    document = tmp_path / "openapi.json"
    document.write_text(site.client.get("/schema/openapi.json").text)
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--path", str(document), "--meta", "none"]
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"post_hooks": []}))
    target = tmp_path / "generated_client"
    made = subprocess.run(
        [*command, "--config", str(config), "--output-path", str(target)], capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stdout
    assert "recommend" not in made.stdout.lower()
    monkeypatch.syspath_prepend(str(tmp_path))
    models = importlib.import_module("generated_client.models")
    client = importlib.import_module("generated_client").Client(base_url="http://testserver")
    client.set_httpx_client(site.client)

    def call(name, *args, **kwargs):
        module = importlib.import_module(f"generated_client.api.recommendations.{name}")
        return module.sync(*args, client=client, **kwargs)

    related = call("related_articles", "crps-0", limit=2)
    assert [each.id.partition("-")[0] for each in related.related] == ["crps", "crps"]
    request = models.RecommendationRequest(articles=["ptsd-0"], limit=3)
    answer = call("recommend", body=request)
    assert len(answer.recommendations) == 3
    assert answer.recommendations[0].reasons[0].label
    batch = call("recommend_batch", body=models.RecommendationBatch(requests=[request, request]))
    assert len(batch.results) == 2
    problem = call("recommend", body=models.RecommendationRequest(limit=0))
    assert (problem.status, problem.errors[0].field) == (400, "limit")


def test_a_clinic_is_said_to_treat_only_what_it_treats(site):
    answer = ask(site, clinic="clinic", conditions=["ptsd"], limit=10)
    labels = [reason["label"] for each in answer["recommendations"] for reason in each["reasons"]]
    assert not any("PTSD, which this clinic" in label for label in labels)
    assert "Covers PTSD" in labels


def test_conditions_that_nobody_knows_are_reported(site):
    answer = ask(site, conditions=["crps", "no such thing"], treatments=["🙂"], limit=2)
    assert answer["unknown_labels"] == ["no such thing", "🙂"]
    assert subjects(answer) == ["crps", "crps"]
    assert site.client.post("/v1/recommendations", json={"conditions": ["no such thing"]}).status_code == 404


def test_with_full_diversity_the_first_is_still_the_best(site):
    read = ["crps-0", "ptsd-0"]
    assert ids(ask(site, articles=read, diversity=1))[0] == ids(ask(site, articles=read, diversity=0))[0]


def test_a_held_answer_is_not_sent_again_whatever_else_the_caller_holds(site):
    tag = site.client.get("/v1/articles/crps-0/related").headers["etag"]
    for held in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        assert site.client.get("/v1/articles/crps-0/related", headers={"If-None-Match": held}).status_code == 304
    for held in ('"other"', tag[:-3]):
        assert site.client.get("/v1/articles/crps-0/related", headers={"If-None-Match": held}).status_code == 200


def profile_of(service, id):
    corpus = service.app.state.services.recommendations._corpus
    (profile,) = corpus.shelf(service.parts.engine.library("article")).profiles([id])
    return profile


def test_terms_are_weighed_again_when_the_site_has_grown(service):
    store(service.parts, "article", article("first", "Nightmares", "<p>nightmares flashbacks startle</p>"))
    index_all(service.parts)
    assert not len(profile_of(service, "first").terms[0])
    others = [article(f"a{n}", f"Word{n}", f"<p>nightmares flashbacks startle other{n} words{n}</p>") for n in range(9)]
    store(service.parts, "article", *others, article("far", "Prices", "<p>dollars</p>"))
    index_all(service.parts)
    assert len(profile_of(service, "first").terms[0]) == 3


def test_words_that_a_library_learns_late_are_taken_in(service):
    store(service.parts, "article", article("a", "Nightmares", "<p>x</p>"), article("b", "Nightmares", "<p>y</p>"))
    store(service.parts, "article", article("c", "Prices", "<p>dollars</p>"))
    index_all(service.parts)
    corpus = service.app.state.services.recommendations._corpus
    library = service.parts.engine.library("article")
    early = corpus.shelf(msgspec.structs.replace(library, vocabulary=Vocabulary()))
    assert not len(early.profiles(["a"])[0].terms[0])
    assert len(corpus.shelf(library).profiles(["a"])[0].terms[0])
    assert corpus.shelf(library) is corpus.shelf(library)


def test_much_to_skip_in_one_request_changes_no_other(site):
    skipping = {"articles": ["ptsd-0"], "exclude": [f"x{number}" for number in range(1_000)], "limit": 3}
    plain = {"articles": ["ptsd-0"], "limit": 3}
    answers = site.client.post("/v1/recommendations/batch", json={"requests": [plain, skipping, plain]}).json()
    lists = [[each["id"] for each in result["recommendations"]] for result in answers["results"]]
    assert len(lists[0]) == 3
    assert lists[0] == lists[1] == lists[2]


def test_profiles_of_earlier_revisions_are_dropped_in_time(service, monkeypatch):
    monkeypatch.setattr("search_api.recommend.corpus._SPARE_ROWS", 4)
    corpus = service.app.state.services.recommendations._corpus
    for number in range(12):
        store(
            service.parts, "article", article("one", "One", f"<p>text {number}</p>"), article("two", "Two", "<p>x</p>")
        )
        index_all(service.parts)
        assert profile_of(service, "one").revision >= number + 1
        shelf = corpus.shelf(service.parts.engine.library("article"))
        assert [each.id for each in shelf.profiles(["two", "one", "none"])] == ["two", "one"]
        assert len(shelf.columns) <= 1.25 * 2 + 4 + 2
