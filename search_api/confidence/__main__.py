"""Fits when the first hit is trusted, and measures it, through the service's own search.

On the sample content, indexed in `--data-dir` (`deploy/demo` does that):

    python -m search_api.confidence fit --data-dir data
    python -m search_api.confidence measure --data-dir data --answerable questions.tsv --off-topic questions.txt

A list is a text file with one question a line, a tab-separated one with a header and the question first, or JSON
lines with `query`, `question` or `text`. `fit` learns the questions that come along, within the subject of the site
and outside it, and writes scope and weights for the recipe of the data directory and those alike; judge it by lists
that it did not learn.
"""

import argparse
import contextlib
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
from msgspec import UNSET

from indexing.bootstrap import Parts
from indexing.embedders.base import Vectors
from indexing.embedders.building import recipes_alike
from indexing.settings import settings_for
from search_api.confidence.evidence import NAMES, Evidence
from search_api.confidence.model import FILE, fit
from search_api.confidence.scope import scope_of
from search_api.search.requests import SearchRequest
from search_api.search.service import SearchService
from search_api.services import build_search

ON_TOPIC, OFF_TOPIC = FILE.with_name("on_topic.txt"), FILE.with_name("off_topic.txt")
_QUESTION_KEYS = ("query", "question", "text")


def questions_of(path: Path) -> list[str]:
    """The questions of one list."""
    lines = [line for line in path.read_text("utf-8").splitlines() if line.strip()]
    if path.suffix == ".jsonl":
        rows = [json.loads(line) for line in lines]
        return [next(row[key] for key in _QUESTION_KEYS if key in row) for row in rows]
    return [line.split("\t")[0] for line in lines[1:]] if path.suffix == ".tsv" else lines


def evidence_of(search: SearchService, questions: Sequence[str], leanings: Sequence[float]) -> Iterator[Evidence]:
    """What speaks for the first article of each question; questions without a hit or led by help are left out.

    `leanings` are those of the questions as if they were not known.
    """
    for question, leaning in zip(questions, leanings, strict=True):
        found = search.search(SearchRequest(text=question, types=("article",), explain=True)).evidence
        if found is not UNSET and found is not None:
            yield np.array([leaning if name == "out_of_scope" else found[name] for name in NAMES])


def trusted(search: SearchService, questions: Iterable[str]) -> float:
    """The share of questions whose answer is trusted."""
    verdicts = [search.search(SearchRequest(text=each, types=("article",))).confident for each in questions]
    return sum(verdicts) / max(len(verdicts), 1)


def main(arguments: Sequence[str] | None = None, *, prog: str = "python -m search_api.confidence") -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog=prog, description=__doc__)
    parser.add_argument("action", choices=("fit", "measure"))
    parser.add_argument("--data-dir", type=Path, default=Path("data"))
    parser.add_argument("--answerable", type=Path, action="append", default=[])
    parser.add_argument("--off-topic", type=Path, action="append", default=[])
    options = parser.parse_args(arguments)
    if options.action == "fit" and (options.answerable or options.off_topic):
        parser.error("`fit` learns the lists that come along; add to them in search_api/confidence/data")
    with contextlib.closing(Parts(settings_for(options.data_dir))) as parts:
        search = build_search(parts)
        if options.action == "fit":
            _fit(parts, search)
            return
        for path in (*options.answerable, *options.off_topic):
            kind = "off topic " if path in options.off_topic else "answerable"
            print(f"{kind} {path.name}: {trusted(search, questions_of(path)):.3f} trusted")


def _fit(parts: Parts, search: SearchService) -> None:
    answerable, others = questions_of(ON_TOPIC), questions_of(OFF_TOPIC)
    recipes = [each.id for each in recipes_alike(parts.embedder.recipe)]
    scope = scope_of(recipes, *(_vectors(parts, questions) for questions in (answerable, others)))
    scope.write()
    yes, no = (
        list(evidence_of(search, questions, leanings))
        for questions, leanings in zip((answerable, others), scope.leanings(), strict=True)
    )
    weights = fit([*yes, *no], [True] * len(yes) + [False] * len(no))
    FILE.write_bytes(msgspec.json.format(msgspec.json.encode(dict.fromkeys(recipes, weights))))
    print(f"learnt {len(yes)} answerable and {len(no)} off-topic questions that found something")


def _vectors(parts: Parts, questions: Sequence[str]) -> Vectors:
    """The vectors of questions as a search makes them."""
    return np.stack([parts.embedder.embed_query(parts.taxonomy.spelt_out(each)) for each in questions])


if __name__ == "__main__":
    main()
