"""The sample site, and services that hold one long guide alone, with the real model; and the recorded floors."""

import json
import os
import tomllib
from pathlib import Path

import pytest

from deploy.demo import sample_articles
from deploy.sample.clinics import clinics
from indexing.bootstrap import Parts
from indexing.settings import Settings
from search_api.search.requests import SearchRequest
from search_api.services import build_search
from tests.conftest import ROOT, index_all, store

_FILES = {
    "guide": ROOT / "deploy" / "sample" / "articles" / "guide.md",
    "aftercare": Path(__file__).with_name("data") / "aftercare_guide.md",
}


_FLOORS = Path(__file__).with_name("floors.json")


@pytest.fixture
def hold():
    """Hold a figure to the recorded one; with RECORD_FLOORS=1 in the environment record it, less `margin`, instead."""

    def check(name, figure, margin=0.0):
        floors = json.loads(_FLOORS.read_text())
        if os.environ.get("RECORD_FLOORS") == "1":
            floor = round(max(figure - margin, 0.0), 4)
            _FLOORS.write_text(json.dumps(floors | {name: floor}, indent=2, sort_keys=True) + "\n")
        else:
            assert figure >= floors[name] - 0.0005, f"{name} fell from {floors[name]} to {figure:.4f}"

    return check


@pytest.fixture(scope="package")
def sample_parts(tmp_path_factory):
    """The sample site, indexed with the real model."""
    made = Parts(Settings(data_dir=tmp_path_factory.mktemp("sample")))
    made.synchroniser.sweep()
    for kind, documents in (("article", sample_articles()), ("clinic", clinics(300))):
        store(made, kind, *[{k: v for k, v in document.items() if k != "type"} for document in documents])
    index_all(made)
    yield made
    made.close()


@pytest.fixture(scope="package")
def sample_search(sample_parts):
    """Its search."""
    return build_search(sample_parts)


@pytest.fixture
def guide_service(tmp_path):
    """Given a guide's name, a function from a question to the anchor of the first hit."""
    parts = Parts(Settings(data_dir=tmp_path))

    def serve(name):
        _, front, body = _FILES[name].read_text("utf-8").split("+++\n", 2)
        fields = tomllib.loads(front)
        document = {"id": fields["id"], "title": fields["title"], "body": body, "body_format": "markdown", "url": "/g"}
        parts.synchroniser.sweep()
        store(parts, "article", document)
        index_all(parts)
        service = build_search(parts)

        def anchor(question):
            hits = service.search(SearchRequest(text=question, types=("article",))).hits
            return hits[0].section.anchor if hits and hits[0].section else None

        return anchor

    yield serve
    parts.close()
