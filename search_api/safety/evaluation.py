"""How well crises, emergencies and questions for a clinician are heard, and how often others are disturbed."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from search_api.safety.assessment import Assessment, Safety
from search_api.safety.classifier import Classifier
from search_api.safety.fit import fit_ngrams, fit_vectors
from search_api.safety.lists import Labelled
from search_api.safety.rules import KINDS, Rules

Rows = NDArray[np.float32]
_Z = 1.96


class Figure(Struct, frozen=True):
    """A share of texts, of how many, with half of its 95 % interval (Agresti and Coull, 1998)."""

    name: str
    share: float
    of: int

    @property
    def interval(self) -> float:
        """Half its width."""
        n = self.of + _Z**2
        p = (self.share * self.of + _Z**2 / 2) / n
        return float(_Z * np.sqrt(p * (1 - p) / n))

    @property
    def floor(self) -> float:
        """What must not be fallen below; for false alarms see `ceiling`."""
        return max(self.share - self.interval, 0.0)

    @property
    def ceiling(self) -> float:
        """What must not be exceeded."""
        return min(self.share + self.interval, 1.0)


def assess_all(safety: Safety, lists: Sequence[Labelled], vectors: Rows | None, recipe: str) -> list[Assessment]:
    """The assessment of each text; without vectors as when the embedder is away."""
    if vectors is None:
        return [safety.assess(each.text) for each in lists]
    return [safety.assess(each.text, recipe=recipe, vector=row) for each, row in zip(lists, vectors, strict=True)]


def assess_left_out(rules: Rules, lists: Sequence[Labelled], vectors: Rows, recipe: str) -> list[Assessment]:
    """The same for training lists, each list by weights that were made from the others."""
    found: dict[int, Assessment] = {}
    for left_out in sorted({each.list for each in lists}):
        kept = [number for number, each in enumerate(lists) if each.list != left_out]
        others = [lists[number] for number in kept]
        classifier = Classifier(fit_ngrams(others, rules), {recipe: fit_vectors(others, vectors[kept])})
        safety = Safety(rules, classifier)
        for number, each in enumerate(lists):
            if each.list == left_out:
                found[number] = safety.assess(each.text, recipe=recipe, vector=vectors[number])
    return [found[number] for number in range(len(lists))]


def figures(lists: Sequence[Labelled], assessed: Sequence[Assessment]) -> Iterator[Figure]:
    """Recall and false alarms by language and kind."""
    for language in sorted({each.language for each in lists}):
        for kind in (*KINDS, "none"):
            own = [a for each, a in zip(lists, assessed, strict=True) if (each.language, each.kind) == (language, kind)]
            if own and kind == "none":
                for level in ("full", "line"):
                    yield _share(f"{language} none disturbed by a {level}", [a.level == level for a in own])
                for told in KINDS:
                    yield _share(
                        f"{language} none told {told} in full", [a.kind == told and a.level == "full" for a in own]
                    )
            elif own:
                yield _share(f"{language} {kind} heard", [a.kind == kind for a in own])
                yield _share(f"{language} {kind} heard in full", [a.kind == kind and a.level == "full" for a in own])
                yield _share(f"{language} {kind} told something", [a.kind is not None for a in own])


def _share(name: str, hits: Sequence[bool]) -> Figure:
    return Figure(name, sum(hits) / len(hits), len(hits))


def table(found: Mapping[str, Sequence[Figure]]) -> str:
    """Figures of several runs beside one another, as text."""
    names = list(dict.fromkeys(figure.name for run in found.values() for figure in run))
    rows = [f"{'':40}" + "".join(f"{run:>24}" for run in found)]
    for name in names:
        cells = [next((f for f in run if f.name == name), None) for run in found.values()]
        rows.append(f"{name:40}" + "".join(f"{_cell(cell):>24}" for cell in cells))
    return "\n".join(rows)


def _cell(figure: Figure | None) -> str:
    return "" if figure is None else f"{figure.share:.3f} ± {figure.interval:.3f} ({figure.of})"
