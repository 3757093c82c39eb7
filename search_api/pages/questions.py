"""Questions that others ask about the same: of those that are completed anyway, the ones near what was found."""

from collections.abc import Sequence
from functools import cache

from msgspec import Struct

from indexing.analysis import STOP_WORDS, stem
from indexing.queries import words_of
from search_api.safety.language import LANGUAGES, Language, small_words
from search_api.suggest.asked import questions

_OF_EVERYTHING = frozenset(
    stem(word) for word in ("ketamine", "ketamina", "treatment", "therapy", "take", "need", "get", "clinic")
)
"""Words that say nothing of what a question is about."""
_LEADING = 3
"""Hits of which a question's answer may be one."""
_MOST = 4


class _Question(Struct, frozen=True):
    text: str
    stems: frozenset[str]
    articles: frozenset[str]
    language: Language


def related_questions(words: str, hits: Sequence[str], language: Language) -> list[str]:
    """Questions of a language that share a word with `words`, or that one of the first `hits` (ids) answers.

    The nearest first.
    """
    asked = _stems(words)
    leading = frozenset(hits[:_LEADING])
    scored = [
        (len(each.stems & asked) + 0.9 * bool(each.articles & leading), each.text)
        for each in _questions()
        if each.language == language
    ]
    same = " ".join(words_of(words))
    near = [(score, text) for score, text in scored if score > 0 and " ".join(words_of(text)) != same]
    return [text for _, text in sorted(near, key=lambda pair: -pair[0])[:_MOST]]


@cache
def _questions() -> list[_Question]:
    return [
        _Question(text, _stems(text), frozenset(ids), language)
        for language in LANGUAGES
        for text, ids in questions(language)
    ]


def _stems(text: str) -> frozenset[str]:
    return (
        frozenset(stem(word) for word in words_of(text) if word not in STOP_WORDS | small_words("es")) - _OF_EVERYTHING
    )
