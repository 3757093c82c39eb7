"""Words as a keyword index knows them: lower case, without accents, stemmed.

Text is analysed here and not in an engine, so that indexing, queries and highlights agree to the letter.
"""

import re
import threading
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

import Stemmer

from indexing.queries import words_of

_LOCAL = threading.local()

STOP_WORDS = frozenset(
    """
    a about after all also am an and any are as at be because been being but by can could did do does doing dont dr
    for from get had has have having he her here hers him his how i if im in into is it its ive just me my no
    nor not of off on once only or other our out over own please s same she should so some such t than thank
    thanks that the their theirs them then there these they this those through to too up us very was we were
    what when where which while who whom why will with would you your yours hello hi dear
    """.split()
)


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The stem under which a folded word is indexed (Snowball English); words with digits stay."""
    if not word.isascii() or any(character.isdigit() for character in word):
        return word
    stemmer: Stemmer.Stemmer | None = getattr(_LOCAL, "stemmer", None)
    if stemmer is None:
        stemmer = _LOCAL.stemmer = Stemmer.Stemmer("english", 0)
    stemmed: str = stemmer.stemWord(word)
    return stemmed


def analysed(texts: Iterable[str]) -> str:
    """Stems of `texts` separated by single spaces: what a whitespace tokenizer is given."""
    return " ".join(stem(word[:80]) for text in texts for word in words_of(text))


def surface(texts: Iterable[str]) -> str:
    """The different unstemmed words of `texts`: what completion and correction know."""
    return " ".join(sorted({word for text in texts for word in words_of(text) if len(word) <= 40}))


WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
"""A word as it is written."""


class Word(NamedTuple):
    """A word in a text: where it stands, as it is compared, and its stem."""

    start: int
    end: int
    folded: str
    stem: str


def words_in(text: str) -> Iterator[Word]:
    """The words of `text` with their places, for highlighting."""
    for match in WORD.finditer(text):
        if plain := plain_word(match.group()):
            yield Word(match.start(), match.end(), plain, stem(plain))


def plain_word(written: str) -> str:
    """A word as it is compared; empty when nothing of it is left."""
    if written.isascii() and "'" not in written:
        return written.lower()
    return "".join(words_of(written)[:1])
