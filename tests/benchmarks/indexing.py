"""Speed of the write side beside the bare encoder: a load from nothing, and a rebuild whose texts are known.

    python -m tests.benchmarks.indexing --documents 300
    python -m tests.benchmarks.indexing --documents 2000 --rebuild-only

Articles are paragraphs of the sample's sentences in random order. Shares are of one run; compare them, not seconds.
"""

import argparse
import contextlib
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from indexing.bootstrap import Parts
from indexing.documents import parse_document
from indexing.settings import settings_for
from tests.benchmarks.latency import sample_words
from tests.conftest import article, store

_PARAGRAPHS = 6
_WORDS = 90
_TEXTS_AT_ONCE = 128
_DOCUMENTS_AT_ONCE = 500
_BATCH = 48
"""As workers take them."""


def main(arguments: Sequence[str] | None = None, *, prog: str = "python -m tests.benchmarks.indexing") -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog=prog, description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=300)
    parser.add_argument("--rebuild-only", action="store_true", help="vectors by hashing: what is not encoding")
    options = parser.parse_args(arguments)
    embedder = "hashing" if options.rebuild_only else "openvino"
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.closing(Parts(settings_for(Path(folder), embedder=embedder))) as parts,
    ):
        _measure(parts, articles(options.documents), is_encoding=not options.rebuild_only)


def articles(count: int) -> list[dict[str, Any]]:
    """Articles as a site sends them."""
    chance, words = random.Random(7), sample_words()
    starts = [[chance.randrange(len(words) - _WORDS) for _ in range(_PARAGRAPHS)] for _ in range(count)]
    bodies = ["".join(f"<p>{' '.join(words[at : at + _WORDS])}.</p>" for at in each) for each in starts]
    return [article(f"a{number}", f"Article {number}", body) for number, body in enumerate(bodies)]


def _measure(parts: Parts, documents: list[dict[str, Any]], *, is_encoding: bool) -> None:
    parts.synchroniser.sweep()
    took, texts = _encoded(parts, documents) if is_encoding else (0.0, 0)
    accepted = time.perf_counter()
    for start in range(0, len(documents), _DOCUMENTS_AT_ONCE):
        store(parts, "article", *documents[start : start + _DOCUMENTS_AT_ONCE], lane="bulk")
    began = time.perf_counter()
    print(f"{len(documents)} documents accepted, {len(documents) / (began - accepted):.0f}/s")
    while parts.synchroniser.run_batch("benchmark", lanes=("bulk",), limit=_BATCH).claimed:
        pass
    loaded = time.perf_counter() - began
    passages = sum(len(content.passages) for content in _contents(parts))
    print(f"loaded: {passages} passages, {passages / loaded:.0f}/s")
    if is_encoding:
        print(f"bare encoder: {texts} texts, {texts / took:.0f}/s; the load is as fast as {took / loaded:.2f} of it")
    began = time.perf_counter()
    parts.rebuilder.run(parts.jobs.open_reindex("article", reembed=False))
    print(f"rebuilt from known vectors: {passages / (time.perf_counter() - began):.0f} passages/s")


def _encoded(parts: Parts, documents: list[dict[str, Any]]) -> tuple[float, int]:
    """How long the encoder takes by itself, and for how many texts."""
    composed = [parts.composer.compose(parse_document("article", each).document, 1) for each in documents]
    texts = list(dict.fromkeys(text for each in composed for text in each.texts))
    parts.embedder.embed_documents(texts[:_TEXTS_AT_ONCE])
    began = time.perf_counter()
    for start in range(0, len(texts), _TEXTS_AT_ONCE):
        parts.embedder.embed_documents(texts[start : start + _TEXTS_AT_ONCE])
    return time.perf_counter() - began, len(texts)


def _contents(parts: Parts) -> Sequence[Any]:
    library = parts.engine.library("article")
    return list(library.contents([title.id for title in library.titles]).values())


if __name__ == "__main__":
    main()
