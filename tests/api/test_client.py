"""The client against the real service, and against a network that fails."""

import asyncio
import re
import threading
import time

import httpx
import pytest

from indexing.bootstrap import Parts
from indexing.settings import Settings
from search_api.client import AsyncClient, Client, Problem, Unanswered
from search_api.http.services import SilentDoorbell
from search_api.services import build_services
from tests.conftest import ROOT, article, clinic, index_all, store
from tests.serving import served


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    parts = Parts(Settings(data_dir=tmp_path_factory.mktemp("client"), embedder="hashing"))
    parts.synchroniser.sweep()
    store(parts, "article", *(article(f"a{n}", f"Ketamine {n}", f"<p>Text number {n}.</p>") for n in range(25)))
    store(parts, "article", article("ptsd", "PTSD and ketamine", conditions=["ptsd"]), article("crps", "CRPS"))
    store(parts, "clinic", clinic("c-1", "Clinic", "Austin", "TX", treatments=["iv-infusion"], price_min=300))
    index_all(parts)
    key = parts.keys.create("client", ["editor"])
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(0.1):
            index_all(parts)

    worker = threading.Thread(target=work)
    worker.start()
    with served(build_services(parts, SilentDoorbell())) as port:
        yield f"http://127.0.0.1:{port}", key
        ended.set()
        worker.join()


@pytest.fixture
def client(site):
    with Client(*site) as made:
        yield made


def test_the_example_of_the_readme_runs(site, capsys):
    (example,) = [
        code
        for code in re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
        if "Client(" in code
    ]
    url, key = site
    exec(compile(example.replace("http://127.0.0.1:8000", url).replace('"KEY"', repr(key)), "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "1200 sent, 0 rejected" in printed
    assert printed.count("searchable") >= 3
    assert "('address', 'is required')" in printed


def test_answers_are_typed(client):
    answer = client.search("ketamine", type="article", facets="condition", per_page=5)
    assert (answer.hits[0].type, len(answer.hits), answer.query.corrected) == ("article", 5, None)
    assert client.search("austin", type="clinic").hits[0].address["city"] == "Austin"
    assert client.suggest("ptsd").suggestions[0].text
    assert client.related("ptsd").article == "ptsd"
    batch = client.recommend_batch([{"articles": ["ptsd"]}, {"articles": ["nowhere"]}])
    assert [result.error.status if result.error else 200 for result in batch.results] == [200, 404]
    assert client.put("article", "new", article("new", "New")).accepted == 1
    assert client.get("article", "new")["title"] == "New"
    assert client.delete("article", "new").accepted == 1


def test_pages_go_on_until_there_is_no_more(client):
    pages = list(client.pages("ketamine", type="article", mode="keyword", per_page=10))
    ids = [hit.id for page in pages for hit in page.hits]
    assert len(ids) == len(set(ids)) == pages[0].total > 20


def test_the_first_page_comes_also_without_hits_so_that_its_notices_are_seen(client, site):
    asked = {"type": "clinic", "mode": "keyword", "state": "HI"}
    (page,) = client.pages("i want to die", **asked)
    assert (page.hits, page.total) == ([], 0)
    assert "crisis" in [notice.id for notice in page.notices]

    async def ask():
        async with AsyncClient(*site) as asynchronous:
            return [page async for page in asynchronous.pages("i want to die", **asked)]

    assert [(each.hits, each.notices) for each in asyncio.run(ask())] == [([], page.notices)]


def test_pages_end_also_where_the_last_one_is_not_full(client):
    assert [page.page for page in client.pages("ketamine", type="article", page=90)] == [90]


def test_an_upload_tells_which_lines_were_refused(client):
    documents = [{"type": "article", **article(f"u{n}", f"T{n}")} for n in range(700)]
    documents[600] = {"type": "article", "id": "u600"}
    steps = list(client.upload(iter(documents)))
    assert [step.sent for step in steps] == [500, 700]
    assert (steps[-1].accepted, steps[-1].rejected, steps[-1].errors[0].line) == (699, 1, 601)


def test_a_problem_is_an_exception_with_its_fields(client):
    with pytest.raises(Problem) as raised:
        client.search("x", per_page=1000)
    assert raised.value.status == 400
    assert raised.value.errors[0].field == "per_page"
    with Client(str(client._http.base_url), "wrong") as stranger, pytest.raises(Problem, match="not valid"):
        stranger.reindex()


def test_the_asynchronous_client_answers_the_same(site):
    async def ask():
        async with AsyncClient(*site) as client:
            found = await client.search("ketamine", type="article", mode="keyword", per_page=10)
            pages = [page async for page in client.pages("ketamine", type="article", mode="keyword", per_page=10)]
            steps = [step async for step in client.upload([{"type": "article", **article("async", "Async")}])]
            jobs = [job async for job in client.progress(steps[-1].jobs[-1])]
            both = await asyncio.gather(client.related("ptsd"), client.recommend(conditions=["ptsd"]))
            return found, pages, jobs, both

    found, pages, jobs, (related, recommended) = asyncio.run(ask())
    assert pages[0].hits == found.hits
    assert jobs[-1].state == "succeeded"
    assert related.article == "ptsd"
    assert recommended.recommendations


class Flaky:
    """Answers a number of times with a fault, then well."""

    def __init__(self, *faults):
        self.faults = list(faults)
        self.calls = 0

    def __call__(self, request):
        self.calls += 1
        if self.faults:
            fault = self.faults.pop(0)
            if isinstance(fault, Exception):
                raise fault
            return fault
        return httpx.Response(200, json={"job": "j", "suggestions": []})


BUSY = httpx.Response(503, json={"title": "Busy", "detail": "later"}, headers={"Retry-After": "0"})


def test_what_is_safe_to_repeat_is_repeated_within_the_deadline():
    flaky = Flaky(httpx.ConnectError("away"), BUSY)
    with Client("http://x", transport=httpx.MockTransport(flaky)) as client:
        assert client.suggest("a").suggestions == []
    assert flaky.calls == 3


def test_a_rebuild_is_never_asked_for_twice():
    for fault, error in ((httpx.ReadTimeout("slow"), Unanswered), (BUSY, Problem)):
        flaky = Flaky(fault)
        with Client("http://x", transport=httpx.MockTransport(flaky)) as client, pytest.raises(error):
            client.reindex()
        assert flaky.calls == 1


def test_the_deadline_ends_it_with_the_last_word_of_the_service():
    started = time.monotonic()
    flaky = Flaky(*[httpx.Response(503, json={"detail": "full"}) for _ in range(100)])
    client = Client("http://x", deadline=0.5, transport=httpx.MockTransport(flaky))
    with client, pytest.raises(Problem, match="full"):
        client.search("a")
    assert time.monotonic() - started < 1
    away = Flaky(*[httpx.ConnectError("away") for _ in range(100)])
    with Client("http://x", deadline=0.3, transport=httpx.MockTransport(away)) as client, pytest.raises(Unanswered):
        client.search("a")


def test_an_answer_that_is_no_problem_document_is_still_told():
    flaky = Flaky(httpx.Response(502, text="<html>"), httpx.Response(418, text="[]"))
    with Client("http://x", transport=httpx.MockTransport(flaky)) as client, pytest.raises(Problem) as raised:
        client.search("a")
    assert raised.value.status == 418
