"""Searches for clinics, judged by the facts of the listings; their writers had not seen how searches are read."""

import json
from pathlib import Path

import pytest

from deploy.sample.clinics import clinics
from indexing.bootstrap import Parts
from indexing.places import Gazetteer
from indexing.settings import Settings
from indexing.taxonomy import Taxonomy
from search_api.evaluation import answer_all, score
from search_api.query.understanding import Interpreter
from search_api.services import build_search
from tests.conftest import index_all, store
from tests.relevance.judging import grade

DATA = Path(__file__).with_name("data")
CLINICS = list(clinics(300))
MOST_MISREAD = 0.02


def lines(name):
    return [json.loads(line) for line in (DATA / name).read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def search(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clinics")
    parts = Parts(Settings(data_dir=folder))
    parts.synchroniser.sweep()
    store(parts, "clinic", *[{k: v for k, v in clinic.items() if k != "type"} for clinic in CLINICS])
    index_all(parts)
    yield build_search(parts)
    parts.close()


def test_the_grades_are_those_of_the_listings():
    for row in lines("clinic_queries.jsonl"):
        fitting = {clinic["id"]: grade(clinic, row["wants"]) for clinic in CLINICS}
        assert row["grades"] == {id: fits for id, fits in fitting.items() if fits}, row["query"]


def test_searches_find_the_clinics_that_fit(search, hold):
    judged = {row["query"]: row["grades"] for row in lines("clinic_queries.jsonl")}
    assert len(judged) >= 180
    scores = score(answer_all(search, {query: query for query in judged}, kind="clinic"), judged)
    hold("clinics nDCG@10", scores.ndcg_10)
    hold("clinics success@3", scores.success_3)


def test_what_is_to_be_read_is_not_taken_for_a_search_for_clinics():
    interpreter = Interpreter(Taxonomy(), Gazetteer())
    questions = [row["query"] for row in lines("reading_queries.jsonl") if not row.get("place_ok")]
    misread = [question for question in questions if interpreter.interpret(question).found_anything]
    assert len(questions) >= 100
    assert len(misread) <= MOST_MISREAD * len(questions), misread
