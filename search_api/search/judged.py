"""The first article of a search, judged: how likely it answers, and the sentences of it that do."""

import re
from collections.abc import Mapping
from urllib.parse import quote

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from indexing.cards import ArticleCard
from indexing.engines.base import Retriever
from indexing.engines.entries import Content, IndexedPassage
from indexing.engines.retrieval import Retrieval
from search_api.confidence.judge import Judge
from search_api.search.answer import Answer, Excerpt, best_excerpt
from search_api.search.present import linked
from search_api.search.rank import Part
from search_api.search.relevance import AnswerBounds

_CARD = msgspec.json.Decoder(ArticleCard)
_COMPARES = re.compile(r"\b(?:vs?|versus|better|best|worse|differ\w*|compared?|contra|mejor|diferencia)\b")
"""Words of a question that one place of one page seldom answers."""
_LONGEST_FRAGMENT = 6
"""Words of a text fragment: enough to be found, short enough for an address."""

Scores = NDArray[np.float64]


class Judged(Struct, frozen=True):
    """What is known of the first article."""

    id: str
    probability: float
    is_confident: bool
    evidence: Mapping[str, float]
    answer: Answer | None

    @property
    def explained(self) -> dict[str, float]:
        """The evidence with what follows from it."""
        return {**self.evidence, "probability": self.probability}


def judge_first(
    judge: Judge,
    engine: Retriever,
    text: str,
    part: Part,
    retrieval: Retrieval,
    scores: Scores,
    *,
    is_shown: bool,
    bounds: AnswerBounds,
) -> Judged | None:
    """The best article by `scores` (one a candidate, below 0 for no hit); None where none is a hit.

    Its sentences are looked for where an answer `is_shown` at all: above the first page.
    """
    candidates = part.candidates
    headings = part.headings
    if headings is None or not (scores >= 0).any():
        return None
    question = headings.question
    first = int(np.argmax(scores))
    content = candidates.content(first)
    live = engine.live_generation("article")
    passage = content.passages[int(np.argmax(headings.scores(first, content)))]
    judgement = judge.judge(
        question,
        live.stamp.recipe if live is not None and retrieval.vector is not None else "",
        retrieval.vector,
        candidates=candidates,
        first=first,
        title=content.title,
        passage=passage,
    )
    answer = None
    ahead = scores[first] - np.partition(scores, -2)[-2] if len(scores) > 1 else 1.0
    is_sure = judgement.probability >= bounds.probability and ahead >= bounds.ahead
    if is_shown and is_sure and retrieval.vector is not None and not _COMPARES.search(text.lower()):
        excerpt = best_excerpt(question, passage)
        if excerpt is not None and excerpt.coverage >= bounds.coverage:
            answer = _answer(content, passage, excerpt)
    is_confident = judgement.is_confident or headings.says_all(passage.heading)
    return Judged(content.id, judgement.probability, is_confident, judgement.evidence, answer)


def _answer(content: Content, passage: IndexedPassage, excerpt: Excerpt) -> Answer:
    card = _CARD.decode(content.card)
    text = passage.text[excerpt.start : excerpt.end]
    return Answer(
        id=content.id,
        url=_at_text(linked(card.url, passage.anchor), text),
        title=content.title,
        text=text,
        section=passage.heading or None,
        updated_at=card.updated_at,
        author=card.author,
        reviewed_by=card.reviewed_by,
    )


def _at_text(url: str, text: str) -> str:
    """The address with a text fragment (WICG, Scroll to Text Fragment); browsers without it stay at the section."""
    start = " ".join(text.split()[:_LONGEST_FRAGMENT])
    directive = f":~:text={quote(start, safe='')}".replace("-", "%2D")
    return f"{url}{directive}" if "#" in url else f"{url}#{directive}"
