"""How fast and how near each way of encoding is, side by side in one run; compare ratios, not milliseconds.

    python -m tests.benchmarks.encoding

Ways take turns round by round, so that what else the machine does falls on all of them. Queries are the sample's
judged ones, passages are cut from its articles. Times are processor time, which a busy machine changes less than
the clock; `--clock` takes the clock.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from deploy.demo import sample_articles
from indexing.embedders.base import Embedder, Vectors
from indexing.embedders.model_files import read_model
from indexing.embedders.openvino import OpenVinoEmbedder, integer_recipe
from indexing.embedders.processors import multiplies_integers
from tests.conftest import ROOT

_PASSAGE_WORDS = 85
_QUERIES_A_ROUND = 8


def main(arguments: Sequence[str] | None = None, *, prog: str = "python -m tests.benchmarks.encoding") -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog=prog, description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1, help="of each encoder (default 1)")
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--passages", type=int, default=48, help="in a batch (default 48)")
    parser.add_argument("--clock", action="store_true", help="measure by the clock instead of processor time")
    options = parser.parse_args(arguments)
    ways = _ways(options.threads)
    now = time.perf_counter if options.clock else time.process_time
    if not multiplies_integers():
        print("this machine has no instructions for 8-bit integers: int8 shows what it costs without")
    queries, passages = _queries(), _passages(options.passages)
    asked = _rounds(ways, options.rounds, now, lambda way, number: [way.embed_query(q) for q in _some(queries, number)])
    stored = _rounds(ways, max(options.rounds // 5, 3), now, lambda way, _: way.embed_documents(passages))
    reference = next(iter(ways.values())).embed_documents([*queries, *passages])
    for name, way in ways.items():
        cosines = (way.embed_documents([*queries, *passages]) * reference).sum(axis=1)
        query, passage = statistics.median(asked[name]) / _QUERIES_A_ROUND, statistics.median(stored[name])
        print(
            f"{name:24} query {query * 1e3:6.2f} ms ({_ratio(asked, name):.2f} x)   "
            f"{len(passages) / passage:6.1f} passages/s ({1 / _ratio(stored, name):.2f} x)   "
            f"cosine mean {cosines.mean():.5f} least {cosines.min():.5f}"
        )


def _ways(threads: int) -> dict[str, Embedder]:
    """The first is what the others are compared with."""
    files = read_model("")
    recipe = files.recipe("")
    ways: dict[str, Embedder] = {
        "single precision": OpenVinoEmbedder(files, recipe, threads=threads),
        "8-bit integers": OpenVinoEmbedder(files, integer_recipe(recipe), threads=threads, is_integer=True),
    }
    if find_spec("sentence_transformers"):
        import torch

        from indexing.embedders.sentence_transformer import SentenceTransformerEmbedder

        torch.set_num_threads(threads)
        ways["sentence-transformers"] = SentenceTransformerEmbedder("")
    return ways


def _rounds(
    ways: Mapping[str, Embedder],
    rounds: int,
    now: Callable[[], float],
    work: Callable[[Embedder, int], list[object] | Vectors],
) -> dict[str, list[float]]:
    """Seconds of each round of each way; the first round warms up and does not count."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            started = now()
            work(way, number)
            if number:
                taken[name].append(now() - started)
    return taken


def _ratio(taken: Mapping[str, list[float]], name: str) -> float:
    """The median over the rounds of what a way takes in proportion to the first."""
    first = next(iter(taken.values()))
    return statistics.median(mine / its for mine, its in zip(taken[name], first, strict=True))


def _queries(file: Path = ROOT / "tests" / "relevance" / "data" / "sample_queries.jsonl") -> list[str]:
    return [json.loads(line)["query"] for line in file.read_text("utf-8").splitlines()]


def _some(queries: list[str], number: int) -> list[str]:
    start = number * _QUERIES_A_ROUND % (len(queries) - _QUERIES_A_ROUND)
    return queries[start : start + _QUERIES_A_ROUND]


def _passages(count: int) -> list[str]:
    words = " ".join(article["body"] for article in sample_articles()).split()
    return [" ".join(words[n * _PASSAGE_WORDS : (n + 1) * _PASSAGE_WORDS]) for n in range(count)]


if __name__ == "__main__":
    main()
