"""Characters as they are compared: one form for what people write in many, with a way back to where it stood.

Folding changes lengths (`ß` becomes `ss`, a soft hyphen nothing), so every folded character knows the place of the
one that it came from; highlights stand on these places.
"""

import unicodedata
from typing import NamedTuple

APOSTROPHES = "'’‘‛ʼʻʹʽ´`＇′՚׳ꞌ"
"""U+0027 and what keyboards, word processors and transliterations put in its place."""
HYPHENS = "-‐‑‒–−﹣－"
QUOTES = "“”„‟«»＂〝〞〟❝❞″"
_MARKS = frozenset("™®℠©℗")
_SUPERSCRIPTS = frozenset("⁰¹²³⁴⁵⁶⁷⁸⁹")
_RAISED_LETTERS = frozenset("ᵃᵇᶜᵈᵉᶠᵍ")
_RAISED_UNITS = frozenset({"m", "cm", "mm", "km", "ft", "in", "x", "r"})
"""Behind these a raised digit is a power; behind any other word it is a footnote."""
_LETTERS = {
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ß": "ss", "ħ": "h", "ı": "i", "ŧ": "t",
    "ŋ": "n", "ĸ": "k", "ɨ": "i", "µ": "μ", "ς": "σ",
}  # fmt: skip
"""Letters that Unicode does not take apart, as they are typed on a US keyboard."""
_PLAIN = {
    **dict.fromkeys(APOSTROPHES, "'"),
    **dict.fromkeys(HYPHENS, "-"),
    **dict.fromkeys(QUOTES, '"'),
    **dict.fromkeys(_MARKS, " "),
}
_ACCENTS = ((0x0300, 0x036F), (0x0591, 0x05C7), (0x064B, 0x065F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF))
"""Combining marks that people leave out when they search; vowel signs of other scripts are letters to them."""


class Folded(NamedTuple):
    """A text as it is compared; `places[i]` is where its character i began in the original."""

    text: str
    places: tuple[int, ...]


def folded(text: str) -> str:
    """`text` in lower case without accents and invisible characters: the form in which words are compared."""
    return text.lower() if text.isascii() else fold(text).text


def fold(text: str) -> Folded:
    """See `folded`, with the place of every character."""
    if text.isascii():
        return Folded(text.lower().replace("`", "'"), tuple(range(len(text))))
    pieces: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        plain = _plain(character, pieces)
        pieces += plain
        places += [place] * len(plain)
    return Folded("".join(pieces), tuple(places))


def is_invisible(character: str) -> bool:
    """Whether a character shows nothing: soft hyphens, joiners, directions, byte order marks, variation selectors."""
    return (
        unicodedata.category(character) == "Cf"
        or character == "\u034f"
        or "\ufe00" <= character <= "\ufe0f"
        or "\U000e0100" <= character <= "\U000e01ef"
    )


def is_accent(character: str) -> bool:
    """Whether a character is a mark on the letter before it that searches leave out."""
    return any(first <= ord(character) <= last for first, last in _ACCENTS)


def _plain(character: str, before: list[str]) -> str:
    if character.isascii():
        return character.lower()
    if (plain := _PLAIN.get(character)) is not None:
        return plain
    if character in _SUPERSCRIPTS or character in _RAISED_LETTERS:
        return _raised(character, before)
    if is_invisible(character):
        return ""
    decomposed = unicodedata.normalize("NFKD", character).lower()
    return "".join(_LETTERS.get(c, _PLAIN.get(c, c)) for c in decomposed if not (is_accent(c) or is_invisible(c)))


def _raised(character: str, before: list[str]) -> str:
    """A power stays (`m²`), an exponent stands apart (`10⁹`), an ordinal too (`5ᵗʰ`); a footnote goes."""
    plain = unicodedata.normalize("NFKD", character).lower()
    last = before[-1] if before else " "
    if last.isdigit():
        return f" {plain}" if character in _SUPERSCRIPTS else plain
    if last.isalpha():
        end = len(before)
        while end and before[end - 1].isalpha():
            end -= 1
        return plain if "".join(before[end:]) in _RAISED_UNITS else " "
    return " " if last in " ,-" else plain
