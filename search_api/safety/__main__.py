"""`python -m search_api.safety fit | evaluate [FILE…] | measure`: weights, held-out figures, and what it costs."""

import argparse
import os
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from indexing.bootstrap import Parts
from indexing.embedders.building import recipes_alike
from indexing.settings import read_settings
from search_api.safety.assessment import built_in_safety
from search_api.safety.classifier import NGRAM_WEIGHTS, recipe_weights
from search_api.safety.evaluation import assess_all, assess_left_out, figures, table
from search_api.safety.fit import fit_ngrams, fit_vectors, vectors_of
from search_api.safety.lists import Labelled, read_list, training_lists
from search_api.safety.rules import built_in_rules

_ROUNDS = 3


def main(arguments: Sequence[str] | None = None, *, prog: str = "python -m search_api.safety") -> None:
    """Run one command."""
    parser = argparse.ArgumentParser(prog=prog, description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("fit", help="make the files of weights from the training lists, for the configured model")
    evaluate = commands.add_parser("evaluate", help="print recall and false alarms; no text is printed")
    evaluate.add_argument(
        "files", nargs="*", type=Path, help="lists that nothing was made from; none: one list left out"
    )
    commands.add_parser("measure", help="print what an assessment costs beside the embedding")
    options = parser.parse_args(arguments)
    if options.command == "measure":
        return _measure()
    settings = read_settings(os.environ)
    if options.command == "fit" and settings.precision == "mixed":  # the same weights on every machine
        settings = msgspec.structs.replace(settings, precision="fp32")
    parts = Parts(settings)
    try:
        if options.command == "fit":
            _fit(parts)
        else:
            _evaluate(parts, options.files)
    finally:
        parts.close()


def _fit(parts: Parts) -> None:
    lists = training_lists()
    recipe = parts.embedder.recipe
    fit_ngrams(lists, built_in_rules()).write(NGRAM_WEIGHTS)
    by_meaning = fit_vectors(lists, vectors_of(lists, parts.embedder, parts.taxonomy))
    paths = [recipe_weights(each.id) for each in recipes_alike(recipe)]
    for path in paths:
        by_meaning.write(path)
    for written in (NGRAM_WEIGHTS, *paths):
        print(f"{written.name}: {written.stat().st_size / 1e3:.0f} kB, from {len(lists)} texts")


def _evaluate(parts: Parts, files: Sequence[Path]) -> None:
    recipe = parts.embedder.recipe.id
    if not files:
        lists = training_lists()
        vectors = vectors_of(lists, parts.embedder, parts.taxonomy)
        assessed = assess_left_out(built_in_rules(), lists, vectors, recipe)
        print(table({"one list left out": list(figures(lists, assessed))}))
        return
    tested: list[Labelled] = [each for path in files for each in read_list(path)]
    vectors = vectors_of(tested, parts.embedder, parts.taxonomy)
    safety = built_in_safety()
    with_model = list(figures(tested, assess_all(safety, tested, vectors, recipe)))
    without = list(figures(tested, assess_all(safety, tested, None, "")))
    print(table({"held out": with_model, "embedder away": without}))


def _measure() -> None:
    safety, lists = built_in_safety(), training_lists()
    took: list[float] = []
    for _ in range(_ROUNDS):
        for each in lists:
            started = time.perf_counter()
            safety.assess(each.text)
            took.append((time.perf_counter() - started) * 1e3)
    took.sort()
    print(f"p50 {took[len(took) // 2]:.3f} ms, p99 {took[len(took) * 99 // 100]:.3f} ms over {len(took)} assessments")


if __name__ == "__main__":
    main()
