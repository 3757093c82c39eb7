"""What cosines of an embedding recipe mean, measured on the documents of an index.

A title is a question that its own document answers; everyday questions are answered by none. Between the mean cosine of
the one and of the other lie the lines that a search needs, in any recipe.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from msgspec import Struct

from indexing.embedders.base import Embedder
from indexing.engines.base import Candidates, positions_of
from indexing.engines.entries import Scores
from indexing.engines.retrieval import MatchRule, Retrieval

_EVERYDAY = Path(__file__).with_name("data") / "everyday_questions.txt"
_MATCH_SHARE = 0.27
"""Where between the two means a document begins to match, and where nearness is trusted fully: where the lines of
all-MiniLM-L6-v2 lie, which were chosen by judged lists."""
_SURE_SHARE = 0.56
LEAST_TITLES = 10
"""With fewer documents, the measurement would be luck."""
MOST_TITLES = 60


class Cosines(Struct, frozen=True, forbid_unknown_fields=True):
    """Two lines of a recipe: from which cosine on a document matches, and from which the best hit is trusted fully."""

    match: float
    sure: float


def questions(embedder: Embedder, titles: Sequence[str]) -> list[Retrieval]:
    """What an index is asked to be measured: its own titles, and everyday questions. Raises EmbedderUnavailable."""
    texts = [*titles, *_EVERYDAY.read_text("utf-8").splitlines()]
    return [Retrieval(vector=embedder.embed_query(text), match=MatchRule(cosine=-1.0)) for text in texts]


def measured(ids: Sequence[str], found: Sequence[Candidates]) -> Cosines | None:
    """The lines, by what was found for `questions` by the titles of the documents `ids`; None where these are few."""
    if len(ids) < LEAST_TITLES:
        return None
    own = [_mean(each.passage_cosine[list(positions_of([id], each))]) for id, each in zip(ids, found, strict=False)]
    strange = np.mean([_mean(each.passage_cosine[each.passage_cosine != 0]) for each in found[len(ids) :]])
    apart = float(np.mean(own) - strange)
    return Cosines(*(round(float(strange) + share * apart, 3) for share in (_MATCH_SHARE, _SURE_SHARE)))


def _mean(cosines: Scores) -> float:
    return float(cosines.mean()) if len(cosines) else 0.0
