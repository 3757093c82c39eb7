"""A model that nobody tuned for: its cosines are measured by the worker, and until then count for nothing."""

import pytest

from indexing.bootstrap import Parts
from indexing.embedders.hashing import HashingEmbedder
from indexing.settings import Settings
from search_api.search.requests import SearchRequest
from search_api.services import build_search
from tests.conftest import index_all, store

SUBJECTS = "bladder cost insurance nausea dissociation lozenge infusion spray sleep driving memory dosage".split()


class Unknown(HashingEmbedder):
    """A model whose vectors all point one way for the most part, as those of many models do."""

    def __init__(self):
        super().__init__(dimensions=512)

    def embed_query(self, text):
        vector = super().embed_query(text)
        vector[0] += 1.5
        return vector / (vector @ vector) ** 0.5


@pytest.fixture
def parts(tmp_path):
    made = Parts(Settings(data_dir=tmp_path, embedder="hashing"))
    made.embedder = Unknown()
    yield made
    made.close()


def filled(parts, count):
    articles = [
        {"id": subject, "title": f"About {subject}", "body": f"What to know of {subject}.", "url": f"/{subject}"}
        for subject in SUBJECTS[:count]
    ]
    parts.synchroniser.sweep()
    store(parts, "article", *articles)
    index_all(parts)


def asked(parts, text, mode="hybrid"):
    return build_search(parts, parts.embedder_of).search(SearchRequest(text=text, types=("article",), mode=mode))


def test_before_it_is_measured_meaning_counts_for_nothing_and_that_is_said(parts):
    filled(parts, 12)
    answer = asked(parts, "about bladder")
    assert "calibration" in answer.degraded
    assert answer.hits[0].id == "bladder"
    assert asked(parts, "asdfgh qwertz", "semantic").total == 0


def test_once_it_is_measured_what_is_near_is_found_and_nothing_else(parts):
    filled(parts, 12)
    parts.calibrator.measure_live()
    lines = parts.cosines.get(parts.embedder.recipe.id)
    assert lines.match > 0.5  # of a model whose strangers are that near
    answer = asked(parts, "bladder", "semantic")
    assert "calibration" not in answer.degraded
    assert [hit.id for hit in answer.hits] == ["bladder"]
    assert asked(parts, "asdfgh qwertz uiop", "semantic").total <= 2


def test_it_is_measured_once_and_never_by_luck(parts):
    filled(parts, 5)
    parts.calibrator.measure_live()
    assert parts.cosines.get(parts.embedder.recipe.id) is None
    filled(parts, 12)
    parts.calibrator.measure_live()
    first = parts.cosines.get(parts.embedder.recipe.id)
    assert first is not None
    parts.calibrator.measure_live()
    assert parts.cosines.get(parts.embedder.recipe.id) == first
