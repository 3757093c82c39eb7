"""Questions that editors gave to articles, compared with what is asked: in force without a new index."""

import threading
from collections.abc import Iterator, Sequence

import numpy as np
from msgspec import Struct

from indexing.answered_questions import alike
from indexing.embedders.base import Vector, Vectors
from indexing.engines.base import Retriever
from indexing.engines.retrieval import Taught
from indexing.errors import EmbedderUnavailable
from indexing.taxonomy import Taxonomy
from search_api.curation.rules import TaughtAnswer
from search_api.search.heard import Embedded


class _Held(Struct, frozen=True):
    """The vectors of some answers' questions under one recipe, with the answer of each."""

    recipe: str
    answers: tuple[TaughtAnswer, ...]
    of: Sequence[TaughtAnswer]
    vectors: Vectors


class TaughtAnswers:
    """Knows the vectors of the answers that were in force last. Thread-safe."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        self._lock = threading.Lock()
        self._held: _Held | None = None
        self._known: dict[tuple[str, str], Vector] = {}
        """By recipe and text, of the questions that are held."""

    def near(
        self, answers: tuple[TaughtAnswer, ...], recipe: str, vector: Vector, embedded: Embedded, *, since: float
    ) -> tuple[Taught, ...]:
        """The articles of the questions whose cosine to `vector` reaches `since`.

        None where a question cannot be embedded now. The first search after a decision waits for its vectors.
        """
        if not answers:
            return ()
        try:
            held = self._current(answers, recipe, embedded)
        except EmbedderUnavailable:
            return ()
        return tuple(_reaching(held, held.vectors @ vector, since))

    def _current(self, answers: tuple[TaughtAnswer, ...], recipe: str, embedded: Embedded) -> _Held:
        held = self._held
        if held is not None and held.recipe == recipe and held.answers == answers:
            return held
        with self._lock:
            of = [(answer, question) for answer in answers for question in answer.questions]
            keys = [(recipe, self._worded(question)) for _, question in of]
            self._known = {key: self._known[key] if key in self._known else embedded(*key) for key in keys}
            vectors = np.stack([self._known[key] for key in keys])
            self._held = _Held(recipe, answers, [answer for answer, _ in of], vectors)
            return self._held

    def _worded(self, question: str) -> str:
        """A question as a search is worded before it is embedded."""
        return self._taxonomy.lexicon.with_subject(question)


def _reaching(held: _Held, cosines: Vector, since: float) -> Iterator[Taught]:
    for place in np.flatnonzero(cosines >= since).tolist():
        answer = held.of[place]
        yield Taught(answer.article, answer.section, float(cosines[place]))


def lost(answer: TaughtAnswer, retriever: Retriever) -> list[str]:
    """What an answer names that is not published: its article, or the section of it."""
    is_there = retriever.live_generation("article") is not None
    content = retriever.library("article").contents([answer.article]).get(answer.article) if is_there else None
    if content is None:
        return [answer.article]
    headings = {alike(passage.heading) for passage in content.passages}
    return [f"{answer.article}: {answer.section}"] if answer.section and alike(answer.section) not in headings else []
