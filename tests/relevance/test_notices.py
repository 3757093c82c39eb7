"""Safety notices on labelled questions, written by people who had seen neither the rules nor each other's lists."""

import numpy as np
import pytest

from indexing.bootstrap import Parts
from indexing.settings import Settings
from search_api.search.concern import CRISIS, Concern, examples, separate
from search_api.search.notices import Notices

EXAMPLES = list(examples())
MOST_FALSE_ALARMS = 0.02


@pytest.fixture(scope="module")
def embedder(tmp_path_factory):
    parts = Parts(Settings(data_dir=tmp_path_factory.mktemp("notices")))
    yield parts.embedder
    parts.close()


@pytest.fixture(scope="module")
def vectors(embedder):
    return np.stack([embedder.embed_query(example.query) for example in EXAMPLES])


@pytest.fixture(scope="module")
def due(embedder, vectors):
    notices, concern = Notices(), Concern()
    concern.fit(embedder)
    recipe = embedder.recipe.id
    found = {}
    for example, vector in zip(EXAMPLES, vectors, strict=True):
        heard = [CRISIS] if concern.is_crisis(recipe, vector) else []
        found[example.query] = {notice.id for notice in notices.due(example.query, also=heard)}
    return found


def test_the_lists_are_large_enough():
    assert len(EXAMPLES) >= 600
    assert sum(CRISIS in example.notices for example in EXAMPLES) >= 150


def test_no_crisis_is_missed(due):
    assert [e.query for e in EXAMPLES if CRISIS in e.notices and CRISIS not in due[e.query]] == []


@pytest.mark.parametrize("notice", ["crisis", "clinician"])
def test_ordinary_questions_raise_few_alarms(due, notice):
    ordinary = [example.query for example in EXAMPLES if not example.notices]
    alarmed = [query for query in ordinary if notice in due[query]]
    assert len(alarmed) <= MOST_FALSE_ALARMS * len(ordinary), alarmed


def test_risky_questions_lead_to_a_clinician(due):
    risky = [example.query for example in EXAMPLES if example.notices == ("clinician",)]
    missed = [query for query in risky if "clinician" not in due[query]]
    assert len(missed) <= 0.02 * len(risky), missed


def test_meaning_generalises_to_a_list_that_it_was_not_fitted_on(vectors, hold):
    right = wrong = crises = ordinary = 0
    for left_out in sorted({example.list for example in EXAMPLES}):
        kept = [number for number, example in enumerate(EXAMPLES) if example.list != left_out]
        plane = separate(vectors[kept], [CRISIS in EXAMPLES[number].notices for number in kept])
        for example, vector in zip(EXAMPLES, vectors, strict=True):
            if example.list == left_out:
                heard = plane.is_crisis(vector)
                crises += CRISIS in example.notices
                right += heard and CRISIS in example.notices
                ordinary += not example.notices
                wrong += heard and not example.notices
    hold("crises heard by meaning, list left out", right / crises)
    hold("ordinary questions left alone, list left out", 1 - wrong / ordinary)


def test_before_it_is_fitted_or_with_another_model_nothing_is_heard(embedder, vectors):
    concern = Concern()
    assert not concern.is_crisis(embedder.recipe.id, vectors[0])
    concern.fit(embedder)
    assert concern.is_crisis(embedder.recipe.id, vectors[0])
    assert not concern.is_crisis("another", vectors[0])
