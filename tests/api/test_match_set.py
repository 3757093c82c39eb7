"""What matches does not depend on what else is found: totals, facets, filters and pages tell of one set."""

import os
import random
import secrets
from types import SimpleNamespace

import pytest

from indexing.bootstrap import Parts
from indexing.queries import LABEL_ATTRIBUTES, Filters
from indexing.settings import Settings
from search_api.search.requests import RESULT_WINDOW, SearchQuery, SearchRequest
from search_api.services import build_search
from tests.conftest import article, clinic, index_all, store

WORDS = ["ketamine", "infusion", "nausea", "cost", "trauma", "bladder", "insurance", "spray", "veterans", "sleep"]
CONDITIONS, TREATMENTS = ["ptsd", "depression", "anxiety", "migraine"], ["iv-infusion", "spravato", "oral"]
CITIES = [("Austin", "TX", "78701"), ("Dallas", "TX", "75201"), ("Aspen", "CO", "81611"), ("Tampa", "FL", "33602")]
INSURERS = ["aetna", "cigna", "medicare"]
QUESTIONS = [
    "ketamine", "nausea after infusion", "cost of ketamine for trauma", "veterans sleep insurance", "clinics in texas",
    "ptsd clinic austin aetna", "spravato", "bladder trauma nausea cost", "iv ketamine near dallas", "zebra crossing",
    '"ketamine infusion"', "ketamine -nausea", "insurance", "", "how long does an infusion last",
]  # fmt: skip


def _some(chance, values, most=2):
    return chance.sample(values, chance.randint(0, most))


def _articles(chance):
    for number in range(40):
        text = " ".join(chance.choices(WORDS, k=12))
        labels = {"conditions": _some(chance, CONDITIONS), "treatments": _some(chance, TREATMENTS)}
        title = " ".join(chance.choices(WORDS, k=3))
        yield article(f"a{number}", title, f"<p>{text}</p>", tags=_some(chance, ["guide", "news"]), **labels)


def _clinics(chance):
    for number in range(40):
        labels = {"conditions": _some(chance, CONDITIONS), "treatments": _some(chance, TREATMENTS)}
        labels["insurance"] = _some(chance, INSURERS)
        text = " ".join(chance.choices(WORDS, k=8))
        yield clinic(f"c{number}", f"Clinic {number}", *chance.choice(CITIES), description=text, **labels)


@pytest.fixture(scope="module", params=["embedded", "meilisearch"])
def site(request, tmp_path_factory):
    """Eighty random documents behind one engine, and the search over them."""
    settings = {"data_dir": tmp_path_factory.mktemp("match"), "embedder": "hashing"}
    if request.param == "meilisearch":
        if not os.environ.get("MEILI_URL"):
            pytest.skip("MEILI_URL names no Meilisearch")
        settings |= {"meili_url": os.environ["MEILI_URL"], "meili_api_key": os.environ.get("MEILI_API_KEY", "")}
        settings |= {"meili_prefix": f"match-{secrets.token_hex(4)}-"}
    parts = Parts(Settings(**settings))
    parts.synchroniser.sweep()
    chance = random.Random(5)
    store(parts, "article", *_articles(chance))
    store(parts, "clinic", *_clinics(chance))
    index_all(parts)
    yield SimpleNamespace(parts=parts, search=build_search(parts), chance=chance)
    parts.close()


def asked(chance):
    labels = {}
    if chance.random() < 0.5:
        labels["condition"] = (chance.choice(CONDITIONS),)
    if chance.random() < 0.3:
        labels["insurance"] = tuple(chance.sample(INSURERS, 2))
    if chance.random() < 0.2:
        labels["state"] = ("TX",)
    types = chance.choice([("article", "clinic"), ("article",), ("clinic",)])
    mode = chance.choice(["hybrid", "keyword", "semantic"])
    question = chance.choice(QUESTIONS)
    return SearchRequest(text=question, types=types, mode=mode, filters=Filters(labels=labels), per_page=100)


def chosen(request, name, value):
    import msgspec

    labels = {**request.filters.labels, name: (value,)}
    return msgspec.structs.replace(request, filters=Filters(labels=labels), facets=())


@pytest.mark.parametrize("seed", range(24))
def test_every_facet_count_is_the_total_of_the_search_with_that_value_chosen(site, seed):
    import msgspec

    request = msgspec.structs.replace(asked(random.Random(seed)), facets=LABEL_ATTRIBUTES)
    answer = site.search.search(request)
    for name, counts in answer.facets.items():
        for facet in counts:
            confirmed = site.search.search(chosen(request, name, facet.value)).total
            assert confirmed == facet.count, f"{name}={facet.value} of {request.text!r} ({request.mode})"


@pytest.mark.parametrize("seed", range(24))
def test_pages_list_exactly_the_total(site, seed):
    import msgspec

    request = msgspec.structs.replace(asked(random.Random(100 + seed)), per_page=7)
    total = site.search.search(request).total
    ids = []
    for page in range(1, total // 7 + 2):
        found = site.search.search(msgspec.structs.replace(request, page=page))
        assert found.total == total
        ids += [(hit.__struct_config__.tag, hit.id) for hit in found.hits]
    assert len(ids) == len(set(ids)) == total


@pytest.mark.parametrize("question", [question for question in QUESTIONS if question])
@pytest.mark.parametrize("mode", ["hybrid", "keyword", "semantic"])
def test_a_filter_only_takes_away(site, question, mode):
    """What a filtered search finds is what the unfiltered one finds and the filter lets pass."""
    unfiltered = SearchRequest(text=question, types=("article",), mode=mode, per_page=100)
    everything = {hit.id: set(hit.conditions) for hit in site.search.search(unfiltered).hits}
    for value in CONDITIONS:
        found = {hit.id for hit in site.search.search(chosen(unfiltered, "condition", value)).hits}
        assert found == {id for id, conditions in everything.items() if value in conditions}


def test_a_page_beyond_the_window_is_refused_by_name(site):
    from indexing.errors import InvalidQuery

    parts = site.parts
    SearchQuery(page=RESULT_WINDOW // 10, per_page=10).resolved(parts.taxonomy, parts.gazetteer)
    with pytest.raises(InvalidQuery) as refused:
        SearchQuery(page=RESULT_WINDOW // 10 + 1, per_page=10).resolved(parts.taxonomy, parts.gazetteer)
    assert [error.field for error in refused.value.errors] == ["page"]
