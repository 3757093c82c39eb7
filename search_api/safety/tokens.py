"""Text as the rules compare it: sentences of folded words, without fillers, with haste and disguise undone."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

from indexing.text import folded

DATA = Path(__file__).with_name("data")
MAX_SENTENCE_WORDS = 64
_OVERLAP_WORDS = 16
"""Of windows over text without punctuation, so that no phrase is cut in two."""
_SENTENCE_END = re.compile(r"[.!?…;\n]+(?=\s|$)|[¿¡\n]+")
_WORD = re.compile(r"[^\W_]+(?:['’`´][^\W_]+)*")
_POSSESSIVE = re.compile(r"['’`´]s$")
_APOSTROPHES = str.maketrans("", "", "'’`´")
_LEET = str.maketrans("013457@$!|", "oieastasii")
_DISGUISED = re.compile(r"(?<=[a-z])[013457@$!|*.\-_](?=[a-z])|(?<=[a-z])[013457@$](?=[a-z])")
_REPEATED = re.compile(r"([^\W\d_])\1{2,}")
_PLAIN = re.compile(r"[a-z]{2,}(?: [a-z]{2,})*")
"""Words with nothing to fold or to undo."""
_SPACED = re.compile(r"\b(?:[a-z][ .\-*_]){2,}[a-z]\b")


class _Words(Struct, frozen=True, forbid_unknown_fields=True):
    fillers: tuple[str, ...]
    joined: tuple[tuple[str, str], ...]
    alike: tuple[tuple[str, str], ...]
    spanish: str
    english: str


@cache
def words_file() -> _Words:
    """The words of `data/words.toml`."""
    return msgspec.convert(tomllib.loads((DATA / "words.toml").read_text("utf-8")), type=_Words)


@cache
def _fillers() -> frozenset[str]:
    return frozenset(words_file().fillers)


@cache
def _joined() -> dict[tuple[str, str], str]:
    return {(first, second): whole for pair, whole in words_file().joined for first, second in [pair.split()]}


@cache
def _alike() -> dict[str, str]:
    return dict(words_file().alike)


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text; what has no punctuation comes in overlapping windows of words."""
    for sentence in _SENTENCE_END.split(text):
        words = sentence.split()
        if len(words) <= MAX_SENTENCE_WORDS:
            if words:
                yield sentence
            continue
        for start in range(0, len(words) - _OVERLAP_WORDS, MAX_SENTENCE_WORDS - _OVERLAP_WORDS):
            yield " ".join(words[start : start + MAX_SENTENCE_WORDS])


def words_in_order(text: str) -> list[str]:
    """The folded words of a text: letters for look-alike signs, no stretched letters, no apostrophes."""
    if _PLAIN.fullmatch(text) and not _REPEATED.search(text):
        return text.split(" ")
    plain = _REPEATED.sub(r"\1", folded(text))
    plain = _SPACED.sub(lambda match: re.sub(r"[ .\-*_]", "", match.group()), plain)
    plain = (
        _DISGUISED.sub(lambda match: match.group().translate(_LEET).strip("*.-_") or "", plain)
        if _is_odd(plain)
        else plain
    )
    return [
        _POSSESSIVE.sub("", word).translate(_APOSTROPHES) if not word.isalnum() else word
        for word in _WORD.findall(plain)
    ]


def _is_odd(text: str) -> bool:
    return any(sign in text for sign in "013457@$!|*")


def normal(words: Sequence[str]) -> list[str]:
    """Words without fillers; contractions and other spellings of a word become one."""
    alike, joined, fillers = _alike(), _joined(), _fillers()
    if len(words) == 1:
        spelt_so = alike.get(words[0], words[0])
        return [] if spelt_so in fillers else [spelt_so]
    spelt = [alike.get(word, word) for word in words]
    found: list[str] = []
    skip = False
    for word, following in zip(spelt, [*spelt[1:], ""], strict=False):
        if skip:
            skip = False
            continue
        whole = joined.get((word, following))
        skip = whole is not None
        if whole is not None or word not in fillers:
            found.append(whole or word)
    return found
