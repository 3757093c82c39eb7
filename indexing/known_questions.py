"""Questions that an article is known to answer: what visitors type to find it, as editors tell; title and headings.

They are compared with searches by meaning, and shown nowhere.
"""

import itertools
from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from indexing.answered_questions import alike, questions_of
from indexing.embedders.base import Vector, Vectors
from indexing.engines.entries import IndexedPassage, KnownQuestion
from indexing.schema.article import Article
from indexing.taxonomy import Taxonomy

_MOST_HEADINGS = 64
"""Of an article, that stand for a question each."""


class ComposedQuestion(Struct, frozen=True):
    """A known question without its vector: the text to embed, and the numbers of passages of which one answers it."""

    text: str
    passages: tuple[int, ...]

    def with_vectors(self, own: Vector, passages: Vectors) -> KnownQuestion:
        """The question with its vector (shape (dimensions,)); of its section the passage that is nearest answers."""
        if not self.passages:
            return KnownQuestion(-1, own)
        near = passages[list(self.passages)] @ own
        return KnownQuestion(self.passages[int(np.argmax(near))], own)


def composed_questions(
    article: Article, title: str, passages: Sequence[IndexedPassage], taxonomy: Taxonomy
) -> tuple[ComposedQuestion, ...]:
    """The questions of an article, worded as searches are before they are embedded; beside them its title and headings.

    A question whose section the article does not have is one to the whole of it. An article without questions and
    headings has none: its title alone is compared anyway.
    """
    of_heading: dict[str, list[int]] = {}
    for number, passage in enumerate(passages):
        if passage.heading:
            of_heading.setdefault(alike(passage.heading), []).append(number)
    told = (
        ComposedQuestion(
            taxonomy.spelt_out(taxonomy.lexicon.with_subject(asked.text)),
            tuple(of_heading.get(alike(asked.section), ())),
        )
        for asked in questions_of(article)
    )
    headings = (
        ComposedQuestion(passages[numbers[0]].heading, tuple(numbers))
        for numbers in itertools.islice(of_heading.values(), _MOST_HEADINGS)
    )
    known = (*told, *headings)
    return (ComposedQuestion(title, ()), *known) if known else ()
