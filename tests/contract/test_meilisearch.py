"""The Meilisearch adapter where no server is: its requests against the specification, its reading of answers.

Troubles are those of Meilisearch's own integration tests and source (1.50), at the places that are named.
"""

import json

import numpy as np
import pytest

from indexing.documents import DOCUMENT_TYPES
from indexing.engines.entries import Generation, Removal
from indexing.engines.meilisearch.engine import MeilisearchEngine
from indexing.engines.meilisearch.filters import any_of, quoted
from indexing.engines.meilisearch.records import analysed_passages, records_of
from indexing.engines.meilisearch.server import READING, WRITING, IndexMissing, MeiliServer
from indexing.engines.retrieval import Retrieval
from indexing.errors import ConfigurationError, EngineUnavailable, Inconsistent
from indexing.queries import Filters, Near, parse_keywords
from tests.contract.conftest import SYNONYMS
from tests.contract.meilisearch import OPENAPI, Exchange, Relay, request_fault
from tests.contract.test_engine import STAMP, document, embedder

needs_specification = pytest.mark.skipif(not OPENAPI.exists(), reason=f"{OPENAPI.name} is not at hand")
_ERRORS = "https://docs.meilisearch.com/errors#"


def _trouble(code, message, type="invalid_request"):
    return {"message": message, "code": code, "type": type, "link": _ERRORS + code}


def _task(uid, status, error=None, **more):
    return {
        "uid": uid,
        "batchUid": uid,
        "indexUid": "doggo",
        "status": status,
        "type": "documentAdditionOrUpdate",
        "canceledBy": None,
        "details": {"receivedDocuments": 1, "indexedDocuments": 0},
        "error": error,
        **more,
    }


def _page(*tasks):
    return {"results": list(tasks), "total": len(tasks), "limit": 200, "from": None, "next": None}


_DIMENSIONS = "Index `doggo`: Invalid vector dimensions in document with id `0` in `._vectors.manual`."
_FULL = "Meilisearch cannot receive write operations because the limit of the task database has been reached."
_NO_HEADER = "The Authorization header is missing. It must use the bearer authorization method."
_BUSY = "Too many search requests running at the same time: 1. Retry after 10s."
_WRONG_SIZE = "Invalid vector dimensions: expected: `2`, found: `3`."
_WAIT = "/tasks?uids=7&limit=200"
TASK_TROUBLES = [
    (
        Exchange(
            "GET", _WAIT, None, 200, _page(_task(7, "failed", _trouble("invalid_vector_dimensions", _DIMENSIONS))),
            "crates/meilisearch/tests/vector/mod.rs:190",
        ),
        Inconsistent,
        "invalid_vector_dimensions",
    ),
    (
        Exchange(
            "GET", _WAIT, None, 200, _page(_task(7, "failed", _trouble("internal", "x", "internal"))),
            "crates/meilisearch-types/src/error.rs",
        ),
        EngineUnavailable,
        "internal",
    ),
    (
        Exchange(
            "GET", _WAIT, None, 200, _page(_task(7, "canceled", canceledBy=19)),
            "crates/meilisearch/tests/upgrade/v1_12/snapshots",
        ),
        EngineUnavailable,
        "canceled",
    ),
    (
        Exchange(
            "GET", _WAIT, None, 200, _page(_task(7, "failed", _trouble("index_not_found", "Index `b` not found."))),
            "crates/meilisearch/tests/tasks/mod.rs:892",
        ),
        IndexMissing,
        "index_not_found",
    ),
]  # fmt: skip
_QUERY = {"queries": [{"indexUid": "nested", "q": "pésti"}]}
# Under crates/meilisearch/tests: search/multi/mod.rs:820, auth/errors.rs:516 and :471, search/search_queue.rs:102,
# search/hybrid.rs:739; the full task queue is of crates/meilisearch-types/src/error.rs and no test.
SEARCH_TROUBLES = [
    (400, _trouble("index_not_found", "Inside `.queries[0]`: Index `nested` not found."), IndexMissing, "nested"),
    (403, _trouble("invalid_api_key", "The provided API key is invalid.", "auth"), ConfigurationError, "MEILI_API_KEY"),
    (401, _trouble("missing_authorization_header", _NO_HEADER, "auth"), ConfigurationError, "MEILI_API_KEY"),
    (503, _trouble("too_many_search_requests", _BUSY, "system"), EngineUnavailable, "too_many_search_requests"),
    (400, _trouble("invalid_vector_dimensions", _WRONG_SIZE), Inconsistent, "found: `3`"),
    (422, _trouble("no_space_left_on_device", _FULL, "system"), EngineUnavailable, "no_space_left_on_device"),
]


@pytest.fixture
def server_of():
    relays = []

    def make(*recorded):
        relay = Relay(recorded=list(recorded))
        relays.append(relay)
        return MeiliServer(relay.url, "key", search_seconds=5)

    yield make
    for relay in relays:
        relay.close()


@pytest.mark.parametrize(("exchange", "error", "text"), TASK_TROUBLES)
def test_a_task_that_failed_raises_with_the_servers_code(server_of, exchange, error, text):
    with pytest.raises(error, match=text):
        server_of(exchange).wait([7])


@pytest.mark.parametrize(("status", "answer", "error", "text"), SEARCH_TROUBLES)
def test_a_refusal_says_whose_fault_it_is(server_of, status, answer, error, text):
    server = server_of(Exchange("POST", "/multi-search", _QUERY, status, answer))
    with pytest.raises(error, match=text):
        server.search(_QUERY["queries"])


def test_a_task_is_awaited_until_it_succeeded_and_not_for_ever(server_of):
    polls = [
        Exchange("GET", _WAIT, None, 200, _page(_task(7, status))) for status in ("enqueued", "processing", "succeeded")
    ]
    server_of(*polls).wait([7])
    with pytest.raises(EngineUnavailable, match="has not ended task 7"):
        server_of(polls[0]).wait([7], seconds=0.05)


def test_a_server_that_is_away_or_old_is_said_to_be_so(server_of):
    away = MeiliServer("http://127.0.0.1:1", "key", search_seconds=1)
    with pytest.raises(EngineUnavailable, match="does not answer"):
        away.search(_QUERY["queries"])
    with pytest.raises(EngineUnavailable, match="does not answer"):
        away.version()
    version = {"commitSha": "x", "commitDate": "x", "pkgVersion": "1.12.8"}
    with pytest.raises(ConfigurationError, match=r"upgrade it to 1\.15"):
        server_of(Exchange("GET", "/version", None, 200, version)).version()


def test_filter_values_cannot_leave_their_quotes():
    assert any_of("tag", ['x"] OR kind IN ["y', "a\\"]) == 'tag IN ["x\\"] OR kind IN [\\"y", "a\\\\"]'
    assert quoted("it's") == '"it\'s"'


def test_a_record_is_of_one_revision_and_the_document_comes_last():
    entry = document("x-1", "Title", "one", "two", revision=2)
    records = list(records_of(entry, "g", 5))
    assert [record["key"] for record in records] == ["passage-x-1-2-0", "passage-x-1-2-1", "document-x-1-2"]
    assert all(set(record["_vectors"]) == {"title", "document", "passage"} for record in records)
    (removal,) = records_of(Removal("x-1", 3), "g", 6)
    assert (removal["key"], set(removal["_vectors"].values())) == ("removal-x-1-3", {None})


def test_words_of_passages_are_read_from_records_of_every_version():
    *_, own = records_of(document("a", "Title", "Bladder health", "Costs of infusions"), "g1", 7)
    assert analysed_passages(own["body"], own["content"]) == own["body"] == ["bladder health", "cost of infus"]
    assert analysed_passages(" ".join(own["body"]), own["content"]) == own["body"]


def test_a_vector_of_zeros_is_sent_as_none_since_the_server_would_find_it_nearest():
    entry = document("a", "Title")
    blank = type(entry)(
        **{name: getattr(entry, name) for name in entry.__struct_fields__} | {"title_vector": np.zeros(64, "f4")}
    )
    assert list(records_of(blank, "g", 1))[-1]["_vectors"]["title"] is None


class Willing(Relay):
    """Agrees to everything in the shapes of Meilisearch, and finds nothing but stamps: for checking requests."""

    def __init__(self):
        super().__init__(upstream="nowhere")
        self.uids = []
        self.dimensions = STAMP.dimensions
        self.stamps = {}

    def _forwarded(self, method, path, data, headers):
        body = [json.loads(line) for line in data.splitlines()] if "ndjson" in headers.get("content-type", "") else data
        body = json.loads(body) if isinstance(body, bytes) and body else body
        self.query = path.partition("?")[2]
        return self._answered(method, path.partition("?")[0], body)

    def _answered(self, method, path, body):
        if path == "/multi-search":
            return self._ok({"results": [self._result(query) for query in body["queries"]]})
        if path == "/version":
            return self._ok({"commitSha": "x", "commitDate": "x", "pkgVersion": "1.50.0"})
        if path == "/tasks":
            return self._ok(_page(*([] if "indexSwap" in self.query else [_task(0, "succeeded")])))
        if path == "/keys":
            moment = "2026-01-01T00:00:00Z"
            return self._ok({**body, "key": "secret", "uid": "u", "createdAt": moment, "updatedAt": moment}, 201)
        if method == "GET" and path.endswith("/settings"):
            embedder = {"source": "userProvided", "dimensions": self.dimensions}
            return self._ok({"embedders": dict.fromkeys(("title", "document", "passage"), embedder)})
        if (method, path) == ("GET", "/indexes"):
            return self._ok(
                {
                    "results": [{"uid": uid, "createdAt": "2026-01-01T00:00:00Z"} for uid in self.uids],
                    "total": len(self.uids),
                }
            )
        self._change(method, path, body)
        task = {"taskUid": 0, "indexUid": None, "status": "enqueued", "type": "x"}
        return self._ok({**task, "enqueuedAt": "2026-01-01T00:00:00.000000Z"}, 202)

    def _change(self, method, path, body):
        if (method, path) == ("POST", "/indexes"):
            self.uids.append(body["uid"])
        elif path == "/swap-indexes":
            first, second = body[0]["indexes"]
            self.stamps[first], self.stamps[second] = self.stamps.get(second), self.stamps.get(first)
            if body[0].get("rename"):
                self.uids[self.uids.index(first)] = second
        elif method == "DELETE":
            self.uids = [uid for uid in self.uids if uid != path.split("/")[2]]
        elif path.endswith("/documents") and body[0]["kind"] == "stamp":
            self.stamps[path.split("/")[2]] = {name: body[0][name] for name in ("generation", "stamp")}

    def _result(self, query):
        is_stamp = query.get("filter") == 'kind IN ["stamp"]'
        hits = [stamp for stamp in (self.stamps.get(query["indexUid"]),) if stamp and is_stamp]
        return {"indexUid": query["indexUid"], "hits": hits, "estimatedTotalHits": len(hits), "query": ""}

    @staticmethod
    def _ok(answer, status=200):
        return status, json.dumps(answer).encode()


@needs_specification
def test_every_request_is_what_the_specification_knows():
    relay = Willing()
    engine = MeilisearchEngine(relay.url, "key", prefix="x-", search_seconds=5, synonyms=SYNONYMS, poll_seconds=3_600.0)
    for index in DOCUMENT_TYPES:
        engine.promote(engine.create_generation(index, STAMP))
    engine.open_for_writing()
    later = engine.create_generation("article", STAMP)
    engine.write(later, [document("a", "Title", labels={"tag": {"x": "X"}}, numbers={"lat": 1.0, "lng": 2.0})])
    engine.write(later, [Removal("b", 2)])
    assert engine.revisions(later) == engine.revisions(later, ["a"]) == {}
    engine.verify(later)
    engine.promote(later)
    filters = Filters(
        labels={"condition": ("ptsd", 'a"b'), "tag": ("x",)},
        flags={"telehealth": True},
        price_min=1.5,
        price_max=9.0,
        published_after=1e9,
        published_before=2e9,
        near=Near(30.1, -97.2, 50),
    )
    keywords = parse_keywords('iv ketamine 50mg "nasal spray" -lozenge cost')
    engine.retrieve({"article": Retrieval(keywords=keywords, vector=embedder.embed_query("x"), filters=filters)})[
        "article"
    ]
    assert not engine.library("article").titles
    for generation in list(engine.generations("article")):
        if generation != engine.live_generation("article"):
            engine.discard(generation)
    engine.check()
    engine.close()
    server = MeiliServer(relay.url, "master", search_seconds=5)
    assert [server.make_key("a", actions) for actions in (READING, WRITING)] == ["secret", "secret"]
    kinds = {f"{each.method} {each.path.partition('?')[0].replace('/x-', '/')}" for each in relay.seen}
    assert len(kinds) > 10
    relay.close()


@needs_specification
def test_the_check_of_requests_can_fail():
    assert (
        "additional" in request_fault("POST", "/multi-search", {"queries": [{"indexUid": "a", "hibrid": {}}]}).lower()
    )
    assert request_fault("POST", "/multi-serch", {})
    assert request_fault("GET", "/tasks?uid=1", None)
    assert request_fault("PATCH", "/indexes/a/settings", {"embedders": {"a": {"source": "userProvidd"}}})


def test_an_index_of_somebody_else_is_refused_with_a_way_out():
    relay = Willing()
    relay.uids.append("x-article")
    relay._result = lambda query: {"indexUid": "x-article", "hits": [], "estimatedTotalHits": 3}
    engine = MeilisearchEngine(relay.url, "key", prefix="x-", search_seconds=5)
    with pytest.raises(ConfigurationError, match="MEILI_PREFIX"):
        engine.live_generation("article")
    engine.close()
    relay.close()


def test_an_embedder_of_another_size_is_refused_with_a_way_out():
    relay = Willing()
    engine = MeilisearchEngine(relay.url, "key", prefix="x-", search_seconds=5)
    engine.promote(engine.create_generation("article", STAMP))
    relay.dimensions = 3
    with pytest.raises(ConfigurationError, match="3 dimensions where 64 are needed"):
        engine.open_for_writing()
    engine.close()
    relay.close()


def test_what_moved_during_a_write_is_written_again():
    relay = Willing()
    engine = MeilisearchEngine(relay.url, "key", prefix="x-", search_seconds=5)
    generation = engine.create_generation("article", STAMP)
    uid = relay.uids[0]
    forwarded = relay._change

    def moving(method, path, body):
        forwarded(method, path, body)
        if path.endswith("/documents") and body[0]["kind"] != "stamp":
            relay.uids = ["x-article"]
            relay.stamps = {"x-article": relay.stamps[uid]}

    relay._change = moving
    with pytest.raises(EngineUnavailable, match="moved"):
        engine.write(generation, [document("a")])
    assert engine.generations("article") == [Generation("article", generation.name, STAMP)]
    engine.close()
    relay.close()
