"""The same documents and questions on ours and on others, side by side.

    python -m tests.benchmarks.peers --corpus corpus.jsonl.gz --queries queries.jsonl --qrels qrels.tsv --plot peers.svg

Ours on the embedded engine; with MEILI_URL ours on Meilisearch, and Meilisearch's own hybrid search over one vector a
document; with the package txtai installed, its hybrid search. All have the same model. Each runs in a process of its
own, once to index and once to answer, one question after the other on one thread.
"""

import argparse
import contextlib
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import meilisearch
import msgspec
from msgspec import Struct

from indexing.bootstrap import Parts
from indexing.embedders.model_files import read_model
from indexing.engines.meilisearch.server import MeiliServer
from indexing.settings import Settings, settings_for
from search_api.evaluation import json_lines, load_corpus, load_judgements, score
from search_api.search.requests import MAX_QUERY_CHARACTERS, SearchRequest
from search_api.services import build_search
from tests.processes import megabytes_of

_DEPTH = 10
_BATCH = 200
_PLAIN_INDEX = "benchmark-plain"
_RATIO = 0.5
"""Of meaning in Meilisearch's own hybrid search: its default."""
_TASK_MILLISECONDS = 600_000


class Figures(Struct, frozen=True):
    """What was measured of one contender."""

    name: str
    ndcg_10: float
    p50_ms: float
    p99_ms: float
    searches_per_second: float
    megabytes: float
    """PSS of the process that answers, without a server beside it."""
    start_seconds: float
    """Until the first answer, with the index there."""
    indexing_seconds: float


Answer = Callable[[str], Sequence[str]]
"""From a question to the ids of the best documents, best first."""


class Contender(ABC):
    """A search engine with an index in a folder, or on a server."""

    name: str

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def index(self, corpus: Path) -> None:
        """Take in all documents."""

    @abstractmethod
    def opened(self) -> Answer:
        """Answer from what was indexed."""


class Ours(Contender):
    """This service's search."""

    name = "ours, embedded engine"

    def _settings(self) -> Settings:
        return settings_for(self.folder, meili_url="", query_vectors=0, threads=1)

    def index(self, corpus: Path) -> None:
        """See Contender."""
        with contextlib.closing(Parts(self._settings())) as parts:
            names = load_corpus(parts, corpus)
        (self.folder / "names.json").write_text(json.dumps(names))

    def opened(self) -> Answer:
        """See Contender."""
        names = json.loads((self.folder / "names.json").read_text())
        search = build_search(Parts(self._settings()))

        def answer(text: str) -> list[str]:
            asked = " ".join(text.split())[:MAX_QUERY_CHARACTERS]
            found = search.search(SearchRequest(text=asked, types=("article",), per_page=_DEPTH))
            return [names[hit.id] for hit in found.hits if hit.id in names]

        return answer


class OursOnMeilisearch(Ours):
    """The same with the index on the server of MEILI_URL."""

    name = "ours, Meilisearch"

    def _settings(self) -> Settings:
        return settings_for(self.folder, meili_prefix="benchmark-", query_vectors=0, threads=1)


class PlainMeilisearch(Contender):
    """Meilisearch's own hybrid search over title and text, with one vector a document."""

    name = "Meilisearch's own hybrid"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._settings = settings_for(folder, threads=1)
        self._embedder = Parts(self._settings).embedder

    def index(self, corpus: Path) -> None:
        """See Contender."""
        client = meilisearch.Client(self._settings.meili_url, self._settings.meili_api_key)
        client.wait_for_task(client.index(_PLAIN_INDEX).delete().task_uid)
        client.wait_for_task(client.create_index(_PLAIN_INDEX, {"primaryKey": "key"}).task_uid)
        index = client.index(_PLAIN_INDEX)
        dimensions = self._embedder.recipe.dimensions
        embedders = {"one": {"source": "userProvided", "dimensions": dimensions}}
        settings = {"searchableAttributes": ["title", "text"], "embedders": embedders}
        client.wait_for_task(index.update_settings(settings).task_uid)
        documents = _documents(corpus)
        for start in range(0, len(documents), _BATCH):
            batch = documents[start : start + _BATCH]
            vectors = self._embedder.embed_documents([f"{title}. {text}" for _, title, text in batch])
            rows = [
                {"key": str(start + n), "id": id, "title": title, "text": text, "_vectors": {"one": vector.tolist()}}
                for n, ((id, title, text), vector) in enumerate(zip(batch, vectors, strict=True))
            ]
            client.wait_for_task(index.add_documents(rows).task_uid, timeout_in_ms=_TASK_MILLISECONDS)

    def opened(self) -> Answer:
        """See Contender."""
        server = MeiliServer(self._settings.meili_url, self._settings.meili_api_key, search_seconds=10.0)
        embedder = self._embedder

        def answer(text: str) -> list[str]:
            query = {
                "indexUid": _PLAIN_INDEX,
                "q": text,
                "vector": embedder.embed_query(text).tolist(),
                "hybrid": {"embedder": "one", "semanticRatio": _RATIO},
                "limit": _DEPTH,
                "attributesToRetrieve": ["id"],
            }
            return [hit["id"] for hit in server.search([query])[0].hits]

        return answer


class Txtai(Contender):
    """txtai's hybrid search (BM25 and faiss) over title and text, with the same model on torch."""

    name = "txtai, hybrid"

    def _embeddings(self) -> Any:
        from txtai import Embeddings

        return Embeddings(path=str(read_model("").folder), hybrid=True, content=False, gpu=False)

    def index(self, corpus: Path) -> None:
        """See Contender."""
        embeddings = self._embeddings()
        embeddings.index([(id, f"{title}. {text}") for id, title, text in _documents(corpus)])
        embeddings.save(str(self.folder / "txtai"))

    def opened(self) -> Answer:
        """See Contender."""
        embeddings = self._embeddings()
        embeddings.load(str(self.folder / "txtai"))
        return lambda text: [id for id, _ in embeddings.search(text, _DEPTH)]


def _documents(corpus: Path) -> list[tuple[str, str, str]]:
    """Id, title and text of each."""
    return [(row["_id"], row.get("title", ""), row.get("text", "")) for row in json_lines(corpus)]


CONTENDERS: Sequence[type[Contender]] = (Ours, OursOnMeilisearch, PlainMeilisearch, Txtai)


def main(arguments: Sequence[str] | None = None, *, prog: str = "python -m tests.benchmarks.peers") -> None:
    """Run every contender that can be run here and print the table."""
    parser = argparse.ArgumentParser(prog=prog, description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path, required=True, help="JSON lines (or .gz): _id, title, text")
    parser.add_argument("--queries", type=Path, required=True, help="JSON lines: _id, text")
    parser.add_argument("--qrels", type=Path, required=True, help="tab-separated: query, document, grade")
    parser.add_argument("--every", type=int, default=1, help="of the documents that nobody judged, take every so many")
    parser.add_argument("--field", default="text", help="phrasing of the questions")
    parser.add_argument("--plot", type=Path, help="SVG file to write")
    parser.add_argument("--run", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.run:
        _run(options)
        return
    with tempfile.TemporaryDirectory() as folder:
        corpus = _cut(options, Path(folder) / "corpus.jsonl")
        found = [_figures(kind, options, corpus, Path(folder)) for kind in CONTENDERS if _is_here(kind)]
    print(_table(found))
    if options.plot:
        options.plot.write_text(_drawn(found), "utf-8")


def _is_here(kind: type[Contender]) -> bool:
    if kind is Txtai:
        return find_spec("txtai") is not None
    return kind is Ours or bool(os.environ.get("MEILI_URL"))


def _cut(options: argparse.Namespace, path: Path) -> Path:
    """The documents that are taken, in a file of their own."""
    judged = {id for grades in load_judgements(options.qrels).values() for id in grades}
    rows = (r for n, r in enumerate(json_lines(options.corpus)) if r["_id"] in judged or n % options.every == 0)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def _figures(kind: type[Contender], options: argparse.Namespace, corpus: Path, folder: Path) -> Figures:
    """Of one contender, from two processes of its own."""
    own = folder / kind.__name__
    own.mkdir()
    print(kind.name, file=sys.stderr)
    given = ["--corpus", corpus, "--queries", options.queries, "--qrels", options.qrels, "--field", options.field]
    command = [sys.executable, "-m", "tests.benchmarks.peers", *map(str, given), "--folder", str(own)]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "SEARCH_LOG_LEVEL": "error"}
    for step in ("index", "answer"):
        run = [*command, "--run", f"{kind.__name__}:{step}"]
        done = subprocess.run(run, env=environment, check=True, stdout=subprocess.PIPE)
        (own / f"{step}.json").write_bytes(done.stdout.splitlines()[-1])
    indexed = json.loads((own / "index.json").read_bytes())
    answered = json.loads((own / "answer.json").read_bytes())
    return msgspec.convert({"name": kind.name, **indexed, **answered}, Figures)


def _run(options: argparse.Namespace) -> None:
    """One step of one contender; its figures are the last line that is printed."""
    started = time.perf_counter()
    name, _, step = options.run.partition(":")
    contender = next(kind for kind in CONTENDERS if kind.__name__ == name)(options.folder)
    if step == "index":
        contender.index(options.corpus)
        print(json.dumps({"indexing_seconds": time.perf_counter() - started}))
        return
    questions = {row["_id"]: row[options.field] for row in json_lines(options.queries)}
    answer = contender.opened()
    answer(next(iter(questions.values())))
    start = time.perf_counter() - started
    answers, taken = {}, []
    for query, text in questions.items():
        asked = time.perf_counter()
        answers[query] = answer(text)
        taken.append((time.perf_counter() - asked) * 1e3)
    figures = {
        "ndcg_10": score(answers, load_judgements(options.qrels)).ndcg_10,
        "p50_ms": statistics.median(taken),
        "p99_ms": statistics.quantiles(taken, n=100)[98],
        "searches_per_second": len(taken) / sum(taken) * 1e3,
        "megabytes": megabytes_of(os.getpid()),
        "start_seconds": start,
    }
    print(json.dumps(figures))


_COLUMNS: Sequence[tuple[str, str, str, bool]] = (
    ("nDCG@10", "ndcg_10", ".3f", True),
    ("p50 ms", "p50_ms", ".1f", False),
    ("p99 ms", "p99_ms", ".1f", False),
    ("searches/s", "searches_per_second", ".0f", True),
    ("MB", "megabytes", ".0f", False),
    ("start s", "start_seconds", ".1f", False),
    ("indexing s", "indexing_seconds", ".0f", False),
)
"""Title, field, format, and whether more is better."""


def _table(found: Sequence[Figures]) -> str:
    """Markdown, the best of each column in bold."""
    lines = [f"| {' | '.join(['', *(title for title, *_ in _COLUMNS)])} |", f"|{' --- |' * (len(_COLUMNS) + 1)}"]
    best = {field: (max if more else min)(getattr(each, field) for each in found) for _, field, _, more in _COLUMNS}
    for each in found:
        cells = [each.name]
        for _, field, form, _ in _COLUMNS:
            value = getattr(each, field)
            cells.append(f"**{value:{form}}**" if value == best[field] else f"{value:{form}}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _drawn(found: Sequence[Figures]) -> str:
    """One row of bars for each column; the best bar is full."""
    width, bar, gap, left = 760, 16, 34, 190
    parts, y = [], 40
    for title, field, form, more in _COLUMNS:
        values = [getattr(each, field) for each in found]
        most = max(values)
        parts.append(f'<text x="8" y="{y}" font-weight="bold">{title}, {"more" if more else "less"} is better</text>')
        for each, value in zip(found, values, strict=True):
            y += bar + 4
            length = (width - left - 90) * value / most
            color = "#2f6f62" if each.name.startswith("ours") else "#a9a394"
            parts.append(f'<text x="8" y="{y + 12}">{each.name}</text>')
            parts.append(f'<rect x="{left}" y="{y}" width="{length:.0f}" height="{bar}" fill="{color}"/>')
            parts.append(f'<text x="{left + length + 6:.0f}" y="{y + 12}">{value:{form}}</text>')
        y += bar + gap
    made = f"{datetime.date.today():%d %B %Y}, {platform.machine()}, {len(os.sched_getaffinity(0))} processors"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y}" font-family="sans-serif" font-size="13">'
        f'<rect width="100%" height="100%" fill="#fff"/><text x="8" y="18">{made}</text>{"".join(parts)}</svg>\n'
    )


if __name__ == "__main__":
    main()
