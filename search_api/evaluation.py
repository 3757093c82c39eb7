"""Relevance, measured through the service's own search.

On any judged collection in the form of BEIR, indexed in `--data-dir` (what was encoded there once is not again):

    python -m search_api.evaluation --corpus corpus.jsonl.gz --queries queries.jsonl --qrels qrels.tsv

On judged searches (JSON lines: query, grades by id) of what a data directory holds already:

    python -m search_api.evaluation --data-dir data --judged searches.jsonl --type article

With `--compare one.toml other.toml` both rankings answer, and their difference is printed with its interval.
"""

import argparse
import contextlib
import gzip
import html
import json
import math
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from indexing.bootstrap import Parts
from indexing.content.documents import Write
from indexing.documents import DOCUMENT_TYPES, Article, DocumentType
from indexing.settings import settings_for
from search_api.search.relevance import FILE, load
from search_api.search.requests import MAX_QUERY_CHARACTERS, MODES, Mode, SearchRequest
from search_api.search.service import SearchService
from search_api.services import build_search

_DEPTH = 100
_LOAD_BATCH = 500
_INDEX_BATCH = 200
_CORPUS_PREFIX = "evaluation-"
"""Of indexes on Meilisearch: a judged corpus never goes into those of a site."""

Judgements = Mapping[str, Mapping[str, int]]
_NORMAL_95 = 1.96


class Scores(Struct, frozen=True):
    """Means over the queries that have a relevant document; gains are 2^grade - 1."""

    ndcg_10: float
    ndcg_10_condensed: float
    """With unjudged documents taken out of the answers before they are scored."""
    recall_50: float
    mrr: float
    success_3: float
    queries: int


def ndcg(answers: Sequence[str], grades: Mapping[str, int], *, depth: int = 10) -> float:
    """Normalised discounted cumulative gain (Järvelin and Kekäläinen, 2002) with gains 2^grade - 1."""
    ideal = _dcg(sorted(grades.values(), reverse=True)[:depth])
    return _dcg([grades.get(id, 0) for id in answers[:depth]]) / ideal if ideal else 0.0


def _dcg(grades: Sequence[int]) -> float:
    return float(sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades)))


def score(answers: Mapping[str, Sequence[str]], judgements: Judgements) -> Scores:
    """Score ranked ids by query against graded judgements; a grade of 1 or more is relevant."""
    rows = []
    for query, ids in answers.items():
        grades = judgements.get(query, {})
        relevant = {id for id, grade in grades.items() if grade > 0}
        if not relevant:
            continue
        first = next((place for place, id in enumerate(ids) if id in relevant), None)
        rows.append(
            (
                ndcg(ids, grades),
                ndcg([id for id in ids if id in grades], grades),
                len(relevant.intersection(ids[:50])) / len(relevant),
                1 / (first + 1) if first is not None else 0.0,
                float(first is not None and first < 3),
            )
        )
    names = ("ndcg_10", "ndcg_10_condensed", "recall_50", "mrr", "success_3")
    means = {name: sum(row[place] for row in rows) / len(rows) for place, name in enumerate(names)}
    return Scores(**means, queries=len(rows))


def json_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file of JSON lines, or of such a file packed by gzip."""
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    yield from (json.loads(line) for line in data.splitlines() if line.strip())


def load_corpus(parts: Parts, corpus: Path) -> dict[str, str]:
    """Store and index a corpus; returns the collection's id of each of our ids, which know fewer characters."""
    names: dict[str, str] = {}
    articles = []
    for number, line in enumerate(json_lines(corpus)):
        id = f"d{number}"
        names[id] = line["_id"]
        body = f"<p>{html.escape(line.get('text', ''))}</p>"
        title = line.get("title") or line.get("text", "")[:80] or id
        articles.append(Article(id=id, title=title[:1000], body=body, url=line.get("url") or f"/{id}"))
    job = parts.jobs.open("write", "article")
    for start in range(0, len(articles), _LOAD_BATCH):
        batch = articles[start : start + _LOAD_BATCH]
        parts.store.accept([Write.storing(article) for article in batch], lane="bulk", job=job)
    _index_all(parts, len(articles))
    return names


def _index_all(parts: Parts, total: int) -> None:
    parts.synchroniser.sweep()
    started, done = time.monotonic(), 0
    while (batch := parts.synchroniser.run_batch("evaluation", lanes=("bulk", "live"), limit=_INDEX_BATCH)).claimed:
        done += batch.done
        rate = done / (time.monotonic() - started)
        print(f"\rindexed {done} of {total} ({rate:.0f}/s)", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


def load_judgements(path: Path) -> Judgements:
    """The judgements of a qrels file with a header: query, document, grade."""
    judgements: dict[str, dict[str, int]] = {}
    for line in path.read_text("utf-8").splitlines()[1:]:
        query, document, grade = line.split("\t")
        judgements.setdefault(query, {})[document] = int(grade)
    return judgements


def answer_all(
    search: SearchService, questions: Mapping[str, str], mode: Mode = "hybrid", kind: DocumentType = "article"
) -> dict[str, list[str]]:
    """The ranked ids for every question, as long as the contract lets a question be."""
    answers = {}
    for query, text in questions.items():
        asked = " ".join(text.split())[:MAX_QUERY_CHARACTERS]
        request = SearchRequest(text=asked, types=(kind,), mode=mode, per_page=_DEPTH)
        answers[query] = [hit.id for hit in search.search(request).hits]
    return answers


def judged_sources(answers: Mapping[str, Sequence[str]], judgements: Judgements) -> dict[str, list[str]]:
    """The answers without documents of sources (the id up to `_`) of which not one document was ever judged."""
    known = {id.partition("_")[0] for grades in judgements.values() for id in grades}
    return {query: [id for id in ids if id.partition("_")[0] in known] for query, ids in answers.items()}


def main(arguments: Sequence[str] | None = None, *, prog: str = "python -m search_api.evaluation") -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog=prog, description="Measure relevance on judged searches.")
    parser.add_argument("--corpus", type=Path, help="JSON lines (or .gz): _id, title, text, url")
    parser.add_argument("--queries", type=Path, help="JSON lines: _id, text and other phrasings")
    parser.add_argument("--qrels", type=Path, help="tab-separated: query, document, grade")
    parser.add_argument("--judged", type=Path, help="JSON lines: query, grades; in place of these three")
    parser.add_argument("--type", choices=DOCUMENT_TYPES, default="article", help="what --judged is about")
    parser.add_argument("--data-dir", type=Path, default=Path("build/evaluation"), help="kept between runs")
    parser.add_argument("--field", action="append", help="phrasings to ask; every text field by default")
    parser.add_argument("--mode", action="append", choices=MODES)
    precisions = ("auto", "mixed", "fp32", "int8")
    parser.add_argument("--precision", choices=precisions, default="mixed", help="see SEARCH_PRECISION")
    parser.add_argument("--compare", type=Path, nargs=2, metavar="TOML", help="two files in place of relevance.toml")
    parser.add_argument("--per-query", action="store_true", help="also print nDCG@10 of every query")
    options = parser.parse_args(arguments)
    if not options.judged and not (options.corpus and options.queries and options.qrels):
        parser.error("give --judged, or --corpus with --queries and --qrels")
    chosen = {"precision": options.precision} | ({"meili_prefix": _CORPUS_PREFIX} if options.corpus else {})
    with contextlib.closing(Parts(settings_for(options.data_dir, **chosen))) as parts:
        (_measure_searches if options.judged else _measure_collection)(parts, options)


def _measure_searches(parts: Parts, options: argparse.Namespace) -> None:
    rows = list(json_lines(options.judged))
    judgements = {row["query"]: row["grades"] for row in rows}
    questions = {query: query for query in judgements}
    searches = _searches(parts, options)
    for mode in options.mode or MODES:
        found = [answer_all(search, questions, mode, options.type) for search in searches]
        for answers in found:
            _report(options.type, mode, answers, judgements, questions if options.per_query else {})
        _report_difference(found, judgements)


def _measure_collection(parts: Parts, options: argparse.Namespace) -> None:
    names = load_corpus(parts, options.corpus)
    judgements = load_judgements(options.qrels)
    queries = list(json_lines(options.queries))
    searches = _searches(parts, options)
    for field in options.field or [name for name in queries[0] if name != "_id"]:
        questions = {query["_id"]: query[field] for query in queries}
        for mode in options.mode or MODES:
            found = [_named(answer_all(search, questions, mode), names) for search in searches]
            for answers in found:
                _report(field, mode, answers, judgements, questions if options.per_query else {})
                _report(field, f"{mode}, judged sources", judged_sources(answers, judgements), judgements)
            _report_difference(found, judgements)


def _searches(parts: Parts, options: argparse.Namespace) -> list[SearchService]:
    """One for each relevance file to compare, or the service's own."""
    return [build_search(parts, relevance=load(path)) for path in options.compare or [FILE]]


def _named(found: Mapping[str, Sequence[str]], names: Mapping[str, str]) -> dict[str, list[str]]:
    """Answers by the collection's ids."""
    return {query: [names[id] for id in ids if id in names] for query, ids in found.items()}


def paired_interval(differences: Sequence[float]) -> tuple[float, float]:
    """The mean of paired differences and half of its 95 % interval, by the normal approximation."""
    mean = statistics.fmean(differences)
    spread = statistics.stdev(differences) if len(differences) > 1 else 0.0
    return mean, _NORMAL_95 * spread / math.sqrt(len(differences))


def _report_difference(found: Sequence[Mapping[str, Sequence[str]]], judgements: Judgements) -> None:
    """Print by how much the second of two answers is better, query by query."""
    if len(found) != 2:
        return
    graded = [query for query in found[0] if any(judgements.get(query, {}).values())]
    one, other = ({query: ndcg(each[query], judgements[query]) for query in graded} for each in found)
    mean, half = paired_interval([other[query] - one[query] for query in graded])
    better, worse = (sum(sign * (other[query] - one[query]) > 0 for query in graded) for sign in (1, -1))
    print(f"  nDCG@10 of the second: {mean:+.3f} ± {half:.3f} (95 %), {better} queries better, {worse} worse")


def _report(
    name: str,
    mode: str,
    answers: Mapping[str, Sequence[str]],
    judgements: Judgements,
    questions: Mapping[str, str] = {},
) -> None:
    """Print one row, and under it one for each of `questions`."""
    print(_row(name, mode, score(answers, judgements)))
    for query, text in questions.items():
        print(
            f"  {ndcg(answers[query], judgements.get(query, {})):.3f}  {query if query != text else ''}  {text[:100]!r}"
        )


def _row(field: str, mode: str, scores: Scores) -> str:
    return (
        f"{field:12} {mode:24} nDCG@10 {scores.ndcg_10:.3f} (condensed {scores.ndcg_10_condensed:.3f})  "
        f"recall@50 {scores.recall_50:.3f}  MRR {scores.mrr:.3f}  success@3 {scores.success_3:.3f}  "
        f"({scores.queries} queries)"
    )


if __name__ == "__main__":
    main()
