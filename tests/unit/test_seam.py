"""The seam to an engine stays narrow: a third engine is a folder, not a second service."""

import inspect
import typing

import pytest

from indexing.engines.base import Candidates, Library, Retriever, SearchEngine, Words
from indexing.engines.embedded.engine import EmbeddedEngine
from indexing.engines.meilisearch.engine import MeilisearchEngine

MOST_MEMBERS = 20
MOST_WITH_TYPES = 45
TYPES = (Candidates, Library, Words)


def members(protocol):
    own = {name: value for name, value in vars(protocol).items() if callable(value) or isinstance(value, property)}
    named = {name for name in own if not name.startswith("_") or name == "__len__"}
    return named | set(protocol.__annotations__)


def methods(protocol):
    return [value for value in vars(protocol).values() if inspect.isfunction(value) and value.__module__ != "typing"]


def test_an_engine_has_few_members_and_so_have_its_types():
    engine = members(SearchEngine) | members(Retriever)
    assert len(engine) <= MOST_MEMBERS
    assert len(engine) + sum(len(members(each)) for each in TYPES) <= MOST_WITH_TYPES


@pytest.mark.parametrize("protocol", [SearchEngine, Retriever, *TYPES])
def test_arguments_are_typed_each_as_one_thing(protocol):
    for method in methods(protocol):
        if method.__name__.startswith("_") and method.__name__ != "__len__":
            continue
        for parameter in inspect.signature(method).parameters.values():
            assert parameter.kind not in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}
            if parameter.name != "self":
                assert parameter.annotation not in {inspect.Parameter.empty, typing.Any}


@pytest.mark.parametrize("engine", [EmbeddedEngine, MeilisearchEngine])
def test_an_engine_offers_nothing_beside_the_seam(engine):
    public = {name for name in vars(engine) if not name.startswith("_")}
    assert public == members(SearchEngine) | members(Retriever)
