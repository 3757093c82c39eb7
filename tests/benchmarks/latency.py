"""Latency of the read side at a given size, each figure beside its budget.

    python -m tests.benchmarks.latency --passages 50000

With MEILI_URL (and MEILI_API_KEY) set it measures Meilisearch in place of the embedded engine.

Texts are sentences of the sample articles in random order; passage vectors are random around a few
centres, so that nothing needs to be encoded; queries are encoded by the real model. Figures of one run
belong together: the machine is shared, so compare ratios, not milliseconds of different days.
"""

import argparse
import contextlib
import functools
import http.client
import itertools
import json
import random
import resource
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np

from deploy.demo import sample_articles
from indexing.bootstrap import Parts
from indexing.cards import ArticleCard
from indexing.chunking.sections import split_sections
from indexing.embedders.base import Vectors
from indexing.engines.entries import Attributes, IndexedDocument, IndexedPassage
from indexing.engines.retrieval import Retrieval
from indexing.queries import parse_keywords
from indexing.settings import settings_for
from search_api.http.services import SilentDoorbell
from search_api.search.rank import match_rule
from search_api.search.relevance import FILE, load
from search_api.search.requests import SearchRequest
from search_api.services import build_services
from tests.serving import served

_PASSAGES_PER_ARTICLE = 10
_WORDS_PER_PASSAGE = 80
_ROUNDS = 60
_KEY = "ktc_benchmark_of_this_machine_and_nothing_else"
_LOCAL = threading.local()
_QUERIES = [
    "ketamine", "side effects of ketamine", "how long does an infusion take", "spravato insurance",
    "ketamne for depresion", "can i drive home after treatment", "bladder", "kap therapy",
    "treatment resistant depression",
    "is it safe with high blood pressure and how often should it be checked during the session", "cost per session",
    "nausea vomiting headache", "ptsd", "crps multi day", "what happens at the first visit",
]  # fmt: skip


def main(arguments: Sequence[str] | None = None, *, prog: str = "python -m tests.benchmarks.latency") -> None:
    """Build the index and print the table."""
    parser = argparse.ArgumentParser(prog=prog, description=__doc__.splitlines()[0])
    parser.add_argument("--passages", type=int, default=50_000)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(_parts(Path(folder))) as parts:
        started = time.perf_counter()
        articles = build(parts, options.passages)
        print(f"{articles} articles, {articles * _PASSAGES_PER_ARTICLE} passages, "
              f"built in {time.perf_counter() - started:.1f} s")  # fmt: skip
        _measure(parts, articles)


def _parts(folder: Path) -> Parts:
    """Without the memory for vectors of questions: every query counts as new."""
    return Parts(settings_for(folder, meili_prefix="benchmark-", query_vectors=0))


def build(parts: Parts, passages: int) -> int:
    """Fill an index with articles of ten passages each; how many they are."""
    articles = passages // _PASSAGES_PER_ARTICLE
    generation = parts.engine.create_generation("article", parts.stamp)
    parts.engine.promote(generation)
    documents = _documents(articles, parts.embedder.recipe.dimensions)
    while batch := list(itertools.islice(documents, 1_000)):
        parts.engine.write(generation, batch)
    return articles


def sample_words() -> list[str]:
    """The words of the sample articles, in their order."""
    return [
        word
        for article in sample_articles()
        for section in split_sections(article["body"], "markdown")
        for block in section.blocks
        for word in block.split()
    ]


def _documents(count: int, dimensions: int) -> Iterator[IndexedDocument]:
    rng = random.Random(7)
    generator = np.random.default_rng(7)
    centres = generator.normal(size=(40, dimensions)).astype(np.float32)
    words = sample_words()
    for number in range(count):
        texts = [
            " ".join(words[start : start + _WORDS_PER_PASSAGE])
            for start in rng.sample(range(len(words) - _WORDS_PER_PASSAGE), _PASSAGES_PER_ARTICLE)
        ]
        vectors = _unit(
            centres[rng.randrange(len(centres))]
            + generator.normal(size=(_PASSAGES_PER_ARTICLE + 2, dimensions)).astype(np.float32)
        )
        title = " ".join(texts[0].split()[:7])
        yield IndexedDocument(
            id=f"a{number:06}",
            revision=1,
            title=title,
            headings=(),
            names=(),
            card=msgspec.json.encode(ArticleCard(url=f"/a{number}")),
            attributes=Attributes(
                labels={"condition": {f"c{number % 14}": "C"}, "treatment": {f"t{number % 5}": "T"}},
                numbers={"popularity": float(number % 900), "published_at": float(number)},
            ),
            passages=tuple(IndexedPassage("", "", text, title) for text in texts),
            title_vector=vectors[0],
            document_vector=vectors[1],
            passage_vectors=vectors[2:],
        )


def _unit(rows: Vectors) -> Vectors:
    lengths: Vectors = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / lengths


def _measure(parts: Parts, articles: int) -> None:
    parts.keys.put("benchmark", ["search"], _KEY)
    started = time.perf_counter()
    services = build_services(parts, SilentDoorbell())
    print(f"ready in {time.perf_counter() - started:.1f} s")
    vectors = {query: parts.embedder.embed_query(query) for query in _QUERIES}
    engine, relevance = parts.engine, load(FILE)
    rule = match_rule(relevance, "hybrid", relevance.recipes[parts.embedder.recipe.id])
    asked = functools.partial(Retrieval, match=rule)
    encode = _time("query encoding", lambda q: parts.embedder.embed_query(parts.taxonomy.spelt_out(q)))
    keyword = _time("engine, keyword leg", lambda q: engine.retrieve({"article": asked(parse_keywords(q))}))
    semantic = _time("engine, semantic leg", lambda q: engine.retrieve({"article": asked(vector=vectors[q])}))
    both = _time("engine, both legs", lambda q: engine.retrieve({"article": asked(parse_keywords(q), vectors[q])}))
    search = _time(
        "hybrid search",
        lambda q: services.search.search(SearchRequest(text=q, facets=("condition", "treatment"))),
    )
    typed = [query[:length] for query in _QUERIES for length in (1, 3, 6)]
    suggest = _time("suggest", lambda q: services.suggester.suggest(q, limit=8), typed)
    time.sleep(articles / 300)  # profiles are made in the background
    ids = [f"a{number:06}" for number in range(0, articles, max(articles // 20, 1))]
    related = _time("related articles", lambda id: services.recommendations.related(id, limit=5), ids)
    with served(services) as port:
        one = _time("related over HTTP", lambda id: _call(port, "GET", f"/v1/articles/{id}/related"), ids)
        requests = [{"articles": [f"a{number:06}"]} for number in range(0, articles, max(articles // 100, 1))][:100]
        body = json.dumps({"requests": requests}).encode()
        batch = _time("100 of them in a batch", lambda _: _call(port, "POST", "/v1/recommendations/batch", body), ids)
    print(f"hybrid p50 - engine - encoding: {search - both - encode:.2f} ms (budget 3 ms)")
    print(f"semantic leg over {articles * _PASSAGES_PER_ARTICLE} passages (three matrices): {semantic:.2f} ms")
    print(f"suggest p50 {suggest:.2f} ms (budget 5 ms), related p50 {related:.2f} ms (budget 10 ms)")
    print(f"a batch of 100 takes as long as {batch / one:.1f} single requests (budget 20)")
    print(f"keyword leg {keyword:.2f} ms")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory with the writer in the same process: {peak:.0f} MB")


def _call(port: int, method: str, path: str, body: bytes | None = None) -> bytes:
    connection: http.client.HTTPConnection = vars(_LOCAL).setdefault(
        "kept", http.client.HTTPConnection("127.0.0.1", port)
    )
    connection.request(method, path, body, {"Content-Type": "application/json", "Authorization": f"Bearer {_KEY}"})
    answer = connection.getresponse()
    content = answer.read()
    assert answer.status == 200, content
    return content


def _time(name: str, work: Callable[[str], object], inputs: list[str] | None = None) -> float:
    """Print p50 and p99 in milliseconds and return p50."""
    chosen = inputs or _QUERIES
    for text in chosen:
        work(text)
    taken = []
    for number in range(max(_ROUNDS, len(chosen) * 4)):
        started = time.perf_counter()
        work(chosen[number % len(chosen)])
        taken.append((time.perf_counter() - started) * 1e3)
    middle, last = statistics.median(taken), statistics.quantiles(taken, n=100)[98]
    print(f"{name:24} p50 {middle:7.2f} ms   p99 {last:7.2f} ms")
    sys.stdout.flush()
    return middle


if __name__ == "__main__":
    main()
