"""Fits when the first hit is trusted, and measures it, through the service's own search.

On the sample content, indexed in `--data-dir` (`deploy/demo` does that):

    python -m search_api.confidence fit --data-dir data --answerable questions.tsv --answerable searches.jsonl
    python -m search_api.confidence measure --data-dir data --answerable questions.tsv --off-topic questions.txt

A list is a text file with one question a line, a tab-separated one with a header and the question first, or JSON
lines with `query`, `question` or `text`. `fit` learns them together with the off-topic questions that come along and
writes the weights for the recipe of the data directory; judge it by lists that it did not learn.
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
from indexing.settings import settings_for
from search_api.confidence.evidence import NAMES, Evidence
from search_api.confidence.model import FILE, built_in_weights, fit
from search_api.search.requests import SearchRequest
from search_api.search.service import SearchService
from search_api.services import build_search

OFF_TOPIC = FILE.with_name("off_topic.txt")
_QUESTION_KEYS = ("query", "question", "text")


def questions_of(path: Path) -> list[str]:
    """The questions of one list."""
    lines = [line for line in path.read_text("utf-8").splitlines() if line.strip()]
    if path.suffix == ".jsonl":
        rows = [json.loads(line) for line in lines]
        return [next(row[key] for key in _QUESTION_KEYS if key in row) for row in rows]
    return [line.split("\t")[0] for line in lines[1:]] if path.suffix == ".tsv" else lines


def evidence_of(search: SearchService, questions: Iterable[str]) -> Iterator[Evidence]:
    """What speaks for the first article of each question; questions without a hit or led by help are left out."""
    for question in questions:
        found = search.search(SearchRequest(text=question, types=("article",), explain=True)).evidence
        if found is not UNSET and found is not None:
            yield np.array([found[name] for name in NAMES])


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
    with contextlib.closing(Parts(settings_for(options.data_dir))) as parts:
        search = build_search(parts)
        if options.action == "fit":
            yes = [each for path in options.answerable for each in evidence_of(search, questions_of(path))]
            no = [each for path in (OFF_TOPIC, *options.off_topic) for each in evidence_of(search, questions_of(path))]
            weights = fit([*yes, *no], [True] * len(yes) + [False] * len(no))
            FILE.write_bytes(
                msgspec.json.format(msgspec.json.encode({**built_in_weights(), parts.embedder.recipe.id: weights}))
            )
            print(f"learnt {len(yes)} answerable and {len(no)} off-topic questions that found something")
            return
        for path in (*options.answerable, *options.off_topic):
            kind = "off topic " if path in options.off_topic else "answerable"
            print(f"{kind} {path.name}: {trusted(search, questions_of(path)):.3f} trusted")


if __name__ == "__main__":
    main()
