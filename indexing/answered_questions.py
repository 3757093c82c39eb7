"""The questions that an article is sent with, in the words of those who ask, and the sections that they name."""

import unicodedata
from collections.abc import Iterator

from indexing.chunking.plain import plain_text
from indexing.chunking.sections import split_sections
from indexing.errors import FieldError
from indexing.schema.article import AnsweredQuestion, Article


def questions_of(article: Article) -> Iterator[AnsweredQuestion]:
    """The questions of an article as plain text, without those that say nothing."""
    for each in article.questions:
        asked = each if isinstance(each, AnsweredQuestion) else AnsweredQuestion(each)
        if text := plain_text(asked.text):
            yield AnsweredQuestion(text, plain_text(asked.section))


def lost_sections(article: Article) -> Iterator[FieldError]:
    """Questions whose section the article does not have: a heading that was reworded, most likely."""
    named = [plain_text(each.section) if isinstance(each, AnsweredQuestion) else "" for each in article.questions]
    if not any(named):
        return
    sections = split_sections(article.body, article.body_format, title=article.title)
    known = {alike(section.heading) for section in sections if section.blocks} | {""}
    for place, section in enumerate(named):
        if alike(section) not in known:
            message = f"{section[:60]!r} is no heading with text here; the question is taken as one to all of it"
            yield FieldError(f"questions[{place}].section", message)


def alike(heading: str) -> str:
    """A heading without what tells two spellings of it apart."""
    return " ".join(unicodedata.normalize("NFC", heading).casefold().split())
