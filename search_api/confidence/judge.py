"""Whether the first article answers a question, judged from what the search measured."""

from collections.abc import Collection, Mapping

from msgspec import Struct

from indexing.embedders.base import Vector
from indexing.engines.base import Candidates, Words
from indexing.engines.entries import IndexedPassage
from search_api.confidence.evidence import NAMES, evidence
from search_api.confidence.model import Weights
from search_api.confidence.scope import Scope
from search_api.query.asked import Asked, Runs, asked


class Judgement(Struct, frozen=True):
    """How likely the first article answers, and why."""

    probability: float
    is_confident: bool
    evidence: dict[str, float]


class Judge:
    """Judges by the weights of a recipe; under one without weights every found answer is trusted. Thread-safe."""

    def __init__(self, weights: Mapping[str, Weights], scope: Scope, synonyms: Runs, field: Collection[str]) -> None:
        """`field` has the words of the field."""
        self._weights = weights
        self._scope = scope
        self._field = field
        self._synonyms = synonyms

    def asked(self, text: str, words: Words, size: int) -> Asked:
        """The question in the words of an index of `size` documents."""
        return asked(text, words, size, self._synonyms, self._field)

    def judge(
        self,
        question: Asked,
        recipe: str,
        vector: Vector | None,
        *,
        candidates: Candidates,
        first: int,
        title: str,
        passage: IndexedPassage,
    ) -> Judgement:
        """Of the candidate at `first`, called `title`, and its best passage.

        `recipe` is that of the question's `vector`, `""` where it was compared by words alone.
        """
        is_known = vector is not None and recipe in self._scope.recipes
        leaning = self._scope.leaning(vector) if vector is not None and is_known else 0.0
        found = evidence(question, candidates, first, title, passage, leaning)
        weights = self._weights.get(recipe) if is_known else None
        likely = 1.0 if weights is None else weights.probability(found)
        named = dict(zip(NAMES, (round(float(value), 4) for value in found), strict=True))
        return Judgement(round(likely, 4), is_confident=weights is None or likely >= weights.line, evidence=named)
