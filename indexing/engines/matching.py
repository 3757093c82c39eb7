"""Which documents hold the words of a question, and how well: from who holds what, the same on every engine."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from indexing.engines.attributes import Mask
from indexing.engines.entries import Scores
from indexing.engines.measurements import Measurements
from indexing.engines.terms import BROADER_WEIGHT, SYNONYM_WEIGHT, CompiledQuery, Standing

Holding = Callable[[tuple[str, ...]], Mask]
"""Which slots hold a stem, or a run of stems together."""

Scored = Callable[[tuple[str, ...]], Scores]
"""How much a stem, or a run of stems together, tells of each entry."""

_ROUNDING = 1e-4
"""Of sums of weights."""


def match_words(
    query: CompiledQuery, holding: Holding, weights: Sequence[float], share: float, scores: Measurements
) -> None:
    """Note who holds every word, and whose words carry `share` (0-1) of the question's information.

    `weights` has one a term, which counts once, however often and by whatever it is held: completions, corrections
    and synonyms hold it; what it only leads to carries its information without being the word.
    """
    if not query.terms:
        scores.has_all_words |= bool(query.phrases)
        scores.by_words |= bool(query.phrases)
        return
    size = len(scores.by_words)
    carried, complete = np.zeros(size), np.ones(size, dtype=np.bool_)
    for place, (term, weight) in enumerate(zip(query.terms, weights, strict=True)):
        held = _any(holding, [(variant,) for variant in term.variants] + _alternatives(query.synonyms, place), size)
        complete &= held
        held |= _any(holding, _alternatives(query.broader, place), size)
        carried += weight * held
    scores.has_all_words |= complete
    scores.by_words |= (carried > 0) & (carried >= share * sum(weights) * (1 - _ROUNDING))


def score_words(query: CompiledQuery, scored: Scored) -> Scores | float:
    """What the words tell of each entry: of each word its best spelling, and beside them the best of what can stand
    for some.
    """
    total: Scores | float = 0.0
    for term in query.terms:
        spellings = [np.float32(weight) * scored((stem,)) for stem, weight in term.variants.items()]
        total = total + np.maximum.reduce(spellings)
    for standing, weight in ((query.synonyms, SYNONYM_WEIGHT), (query.broader, BROADER_WEIGHT)):
        for each in standing:
            total = total + np.float32(weight) * np.maximum.reduce([scored(run) for run in each.alternatives])
    return total


def _any(holding: Holding, runs: Iterable[tuple[str, ...]], size: int) -> Mask:
    held = np.zeros(size, dtype=np.bool_)
    for run in runs:
        held |= holding(run)
    return held


def _alternatives(standing: Sequence[Standing], place: int) -> list[tuple[str, ...]]:
    return [run for each in standing if place in each.covered for run in each.alternatives]
