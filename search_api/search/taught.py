"""Questions that editors gave to articles, compared with what is asked: in force without a new index."""

import threading
from collections.abc import Iterable, Sequence

import numpy as np
import structlog
from msgspec import Struct

from indexing.answered_questions import alike
from indexing.chunking.plain import plain_text
from indexing.embedders.base import Vector, Vectors
from indexing.engines.base import Retriever
from indexing.engines.retrieval import Taught
from indexing.errors import EmbedderUnavailable
from indexing.taxonomy import Taxonomy
from search_api.curation.rules import TaughtAnswer
from search_api.search.heard import Embedded

_MOST_KEPT = 20_000
"""Vectors, also of questions that are not in force now: a decision that is taken back may come again."""

log = structlog.get_logger()


class _Held(Struct, frozen=True):
    """The questions of some answers that can be compared: for each its answer, and its vector."""

    recipe: str
    answers: tuple[TaughtAnswer, ...]
    told: Sequence[TaughtAnswer]
    vectors: Vectors


class TaughtAnswers:
    """Keeps the vectors of editors' questions. Thread-safe: searches compare what is there, and never wait for more."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], Vector] = {}
        """By recipe and question."""
        self._held = _Held("", (), (), np.empty((0, 0), dtype=np.float32))

    def prepare(self, answers: Iterable[TaughtAnswer], recipe: str, embedded: Embedded) -> None:
        """Embed the questions that are new under a recipe; where the model fails, those so far: to be asked again."""
        with self._lock:
            for key in self._missing(answers, recipe):
                try:
                    self._known[key] = embedded(recipe, self._worded(key[1]))
                except EmbedderUnavailable as error:
                    log.warning("search.answers_wait", error=str(error))
                    break
            while len(self._known) > _MOST_KEPT:
                del self._known[next(iter(self._known))]

    def near(self, answers: tuple[TaughtAnswer, ...], recipe: str, vectors: Vectors, *, since: float) -> list[Taught]:
        """Of the questions that were prepared those whose cosine to any of `vectors` (one a row) reaches `since`."""
        held = self._held_of(answers, recipe)
        if not held.told or held.vectors.shape[1] != vectors.shape[1]:
            return []
        cosines = (held.vectors @ vectors.T).max(axis=1)
        found = ((held.told[place], float(cosines[place])) for place in np.flatnonzero(cosines >= since).tolist())
        return [Taught(answer.article, plain_text(answer.section), cosine) for answer, cosine in found]

    def _missing(self, answers: Iterable[TaughtAnswer], recipe: str) -> list[tuple[str, str]]:
        keys = dict.fromkeys((recipe, question) for answer in answers for question in answer.questions)
        return [key for key in keys if key not in self._known]

    def _held_of(self, answers: tuple[TaughtAnswer, ...], recipe: str) -> _Held:
        """The vectors of these answers, as far as they are there."""
        held = self._held
        if held.recipe != recipe or held.answers != answers or len(held.told) < _count(answers):
            told = [(each, self._known.get((recipe, question))) for each in answers for question in each.questions]
            ready = [(each, vector) for each, vector in told if vector is not None]
            rows = np.stack([vector for _, vector in ready]) if ready else np.empty((0, 0), dtype=np.float32)
            held = self._held = _Held(recipe, answers, [each for each, _ in ready], rows)
        return held

    def _worded(self, question: str) -> str:
        """A question as a search is worded before it is embedded."""
        return self._taxonomy.lexicon.with_subject(plain_text(question))


def _count(answers: Iterable[TaughtAnswer]) -> int:
    return sum(len(answer.questions) for answer in answers)


def lost(answer: TaughtAnswer, retriever: Retriever) -> list[str]:
    """What an answer names that is not published: its article, or the section of it."""
    is_there = retriever.live_generation("article") is not None
    content = retriever.library("article").contents([answer.article]).get(answer.article) if is_there else None
    if content is None:
        return [answer.article]
    headings = {alike(passage.heading) for passage in content.passages}
    section = plain_text(answer.section)
    return [f"{answer.article}: {section}"] if section and alike(section) not in headings else []
