"""Ranking quality through the running service, held to the figures recorded with the last change."""

import json
from collections import Counter
from pathlib import Path

import pytest

from search_api.evaluation import ndcg, score
from tests.system.faults import kill, wait_until

pytestmark = pytest.mark.timeout(600)

DATA = Path(__file__).with_name("data")


def lines(name):
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


def ids(demo, question, **params):
    answer = demo.call("GET", "/v1/search", q=question[:512], type="article", per_page=50, **params)
    return [hit["id"] for hit in answer["hits"]]


def test_questions_of_visitors_find_the_right_articles(demo, hold):
    queries = lines("sample_queries.jsonl")
    assert len(queries) >= 120
    answers = {query["query"]: ids(demo, query["query"]) for query in queries}
    scores = score(answers, {query["query"]: query["grades"] for query in queries})
    hold("sample nDCG@10", scores.ndcg_10)
    hold("sample success@3", scores.success_3)


def related_of_a_fresh_process(demo, ids):
    """What is recommended, up to five.

    A process that saw a library grow weighs the words of its articles as they were then; a new one does not, so that
    the figures do not tell in which batches the sample was loaded.
    """
    kill(demo, "api")
    wait_until(demo.is_ready, 120)
    paths = {id: f"/v1/articles/{id}/related" for id in ids}
    return {id: [each["id"] for each in demo.call("GET", path, limit=5)["related"]] for id, path in paths.items()}


def test_related_articles_are_those_an_editor_would_choose(demo, hold):
    rows = lines("related_articles.jsonl")
    related = related_of_a_fresh_process(demo, [row["id"] for row in rows])
    gains = [ndcg(related[row["id"]], row["related"], depth=5) for row in rows]
    counts = Counter(id for ids in related.values() for id in ids)
    hold("related nDCG@5", sum(gains) / len(gains))
    hold("related coverage", len(counts) / len(rows))
    hold("related, lists without the most recommended article", 1 - max(counts.values()) / len(rows))


@pytest.mark.parametrize("text", ["asdfgh", "qwertyuiop zxcv", "flibbertigibbet", "xyzzy"])
def test_nonsense_finds_nothing(demo, text):
    assert demo.call("GET", "/v1/search", q=text)["total"] == 0


def test_a_rare_word_is_not_followed_by_a_hundred_vague_answers(demo):
    assert 1 <= demo.call("GET", "/v1/search", q="cystitis", type="article")["total"] <= 30


@pytest.mark.parametrize("guide", ["guide", "aftercare"])
def test_questions_lead_to_the_right_section_of_a_long_guide(guide_service, hold, guide):
    search = guide_service(guide)
    questions = lines(f"{guide}_questions.jsonl")
    right = sum(search(row["question"]) in row["anchors"] for row in questions)
    hold(f"sections of {guide}", right / len(questions))
