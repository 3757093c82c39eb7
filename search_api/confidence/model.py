"""How likely a question is answered, from its evidence: a logistic model a recipe, in one file."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct

from search_api.confidence.evidence import NAMES, Evidence

LINE = 0.28
"""The probability, where half of all questions are answerable, from which on an answer is trusted: low, since to hide
an answer is worse than to show what is near."""
_UNDERSTATED = 0.5
"""By how much the logit of questions that were not learnt is too low: those that are learnt were left out one by one,
and stand further from the others than a visitor's does from all of them (0118)."""
FILE = Path(__file__).with_name("data") / "weights.json"


class Weights(Struct, frozen=True, forbid_unknown_fields=True):
    """Of one recipe: a probability is logistic in `offset` and the weighted evidence."""

    offset: float
    by_name: Mapping[str, float]
    line: float
    """The probability from which on an answer is trusted."""

    def probability(self, evidence: Evidence) -> float:
        """That the first hit answers, 0-1."""
        total = self.offset + float(np.dot([self.by_name[name] for name in NAMES], evidence))
        return float(1.0 / (1.0 + np.exp(-total)))


@cache
def built_in_weights() -> Mapping[str, Weights]:
    """The weights that the service ships, by recipe."""
    return msgspec.json.decode(FILE.read_bytes(), type=dict[str, Weights])


def fit(rows: Sequence[Evidence], answered: Sequence[bool], *, ridge: float = 1.0, rounds: int = 50) -> Weights:
    """Logistic regression with a ridge penalty by Newton's method (Hastie, Tibshirani, Friedman, 4.4.1)."""
    inputs = np.column_stack([np.ones(len(rows)), np.stack(rows)])
    truth = np.array(answered, dtype=np.float64)
    balance = np.where(truth > 0, 0.5 / truth.mean(), 0.5 / (1 - truth).mean())
    penalty = np.diag([0.0, *[ridge] * (inputs.shape[1] - 1)])
    found = np.zeros(inputs.shape[1])
    for _ in range(rounds):
        likely = 1.0 / (1.0 + np.exp(-inputs @ found))
        slope = inputs.T @ (balance * (truth - likely)) - penalty @ found
        curve = (inputs * (balance * likely * (1 - likely))[:, None]).T @ inputs + penalty
        found = found + np.linalg.solve(curve, slope)
    by_name = {name: round(float(value), 4) for name, value in zip(NAMES, found[1:], strict=True)}
    return Weights(round(float(found[0]) + _UNDERSTATED, 4), by_name, LINE)
