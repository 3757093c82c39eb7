"""Words of a text, for indexes, questions and highlights alike.

What is written in several ways becomes one word: `F.D.A.` is `fda`, `O’Neil` and `O'Neil` are `oneil`, `1,200` is
`1200`, `80mg` is `80 mg`, a footnote's number is no part of the word before it. A compound with a hyphen is its parts,
and beside them, in `compounds_of`, the one word that others write: `follow-up`, `followup`.

A text is read by its pieces between white space, each kind of piece once: most pieces of a text are known already.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import regex

from indexing.analysis.normalizer import fold, is_accent

_UNITS = "mg|mcg|ug|μg|g|kg|ml|l|dl|iu|mm|cm|km|mi|lb|lbs|oz|min|mins|hr|hrs|h|wk|wks|yr|yrs|am|pm|hz|mmhg|mph|k"
_SAME_UNIT = {"ug": "mcg", "μg": "mcg"}
_TOKEN = regex.compile(
    rf"""
      (?P<mark>\((?:r|tm|sm)\)|(?<=\p{{L}})\(c\))
    | (?<![\p{{L}}\p{{N}}])
      (?P<dotted>(?:\p{{L}}\.){{2,}}(?:\p{{L}}(?![\p{{L}}\p{{N}}]))?|(?:ph|psy|pharm|ed)\.d\b\.?)
      (?![\p{{L}}\p{{N}}])
    | (?<![\p{{L}}\p{{N}}.,])
      (?P<number>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+\.\d+|\.\d+)
      (?!\d|[.,]\d)
    | (?<![\p{{L}}\p{{N}}])(?P<count>\d+)(?=(?:{_UNITS})(?![\p{{L}}\p{{N}}']))
    | (?P<word>[\p{{L}}\p{{N}}\p{{M}}]+(?:'(?=\p{{L}})[\p{{L}}\p{{N}}\p{{M}}]+)*)
    """,
    regex.VERBOSE,
)
_LINE_END = regex.compile(r"(\p{L}{2,})-\s+(\p{L}{2,})")
_NUMBERED = regex.compile(r"(\p{L}{5,})\d{1,3}")
"""A word with digits behind it, as a footnote becomes in a copy without superscripts."""
_MOST_PARTS = 3
"""Of a compound that somebody may write as one word."""
_LONGEST_KEPT = 48
"""Characters of a piece that is remembered; longer ones are rarely words."""
_MOST_KEPT = 300_000


class Token(NamedTuple):
    """A word in a text: from where to where it stands, as it is compared, and the place of each of its characters."""

    start: int
    end: int
    folded: str
    places: tuple[int, ...]

    def end_of(self, length: int) -> int:
        """Where the first `length` characters of the compared form end in the text."""
        return end_of(self.places, length, self.end)

    def moved(self, by: int) -> "Token":
        """The same in a text that begins `by` characters earlier."""
        if not by:
            return self
        return Token(self.start + by, self.end + by, self.folded, tuple(place + by for place in self.places))


def end_of(places: Sequence[int], length: int, end: int) -> int:
    """Where `length` folded characters end, whose `places` are known; a letter that became two is never cut."""
    if not 0 < length < len(places):
        return end
    return max(places[length], places[length - 1] + 1)


class Piece(NamedTuple):
    """A run of text without white space, read."""

    tokens: tuple[Token, ...]
    words: tuple[str, ...]
    compounds: tuple[Token, ...]
    """What parts with hyphens between them are as one word, and words without the number of a footnote."""


class _Pieces(dict[str, Piece]):
    """Pieces that were read before. Threads may read one twice, to the same end."""

    def __missing__(self, piece: str) -> Piece:
        found = _read(piece)
        if len(piece) <= _LONGEST_KEPT:
            if len(self) >= _MOST_KEPT:
                self.clear()
            self[piece] = found
        return found


_PIECES = _Pieces()


def piece_of(text: str) -> Piece:
    """The words of a text without white space."""
    return _PIECES[text]


def words_of(text: str) -> list[str]:
    """The words of `text` in lower case, without accents, invisible characters and possessive endings."""
    return [word for piece in text.split() for word in _PIECES[piece].words]


def compounds_of(text: str) -> list[str]:
    """What words of `text` are to others: of `follow-up` `followup`, of a word with a footnote's number the word."""
    joined = [token.folded for piece in text.split() if not piece.isalpha() for token in _PIECES[piece].compounds]
    return [*joined, *divided_in(text)]


def divided_in(text: str) -> list[str]:
    """Words of `text` that a line's end divides at a hyphen, whole."""
    if "- " not in text and "-\n" not in text:
        return []
    return [(match[1] + match[2]).lower() for match in _LINE_END.finditer(text)]


def tokens_in(text: str) -> Iterator[Token]:
    """The words of `text` with their places."""
    for start, piece in pieces_in(text):
        for token in piece.tokens:
            yield token.moved(start)


def pieces_in(text: str) -> Iterator[tuple[int, Piece]]:
    """The pieces of `text` with their places."""
    position = 0
    for written in text.split():
        position = text.index(written, position)
        yield position, _PIECES[written]
        position += len(written)


def _read(piece: str) -> Piece:
    plain = fold(piece)
    tokens = tuple(_tokens(plain.text, plain.places, piece))
    return Piece(tokens, tuple(token.folded for token in tokens), tuple(_compounds(plain.text, plain.places, tokens)))


def _tokens(plain: str, places: Sequence[int], written: str) -> Iterator[Token]:
    for match in _TOKEN.finditer(plain):
        if match["mark"]:
            continue
        start, end = match.span()
        word, kept = match.group(), list(range(start, end))
        if match["dotted"]:
            kept = [at for at in kept if plain[at] != "."]
            word = "".join(plain[at] for at in kept)
        elif match["number"]:
            word, kept = _number(word), [start, *kept[1:]]
        else:
            word, kept = _without_apostrophes(plain, start, end)
            word = _SAME_UNIT.get(word, word)
        if word:
            last = places[end - 1] + 1
            while last < len(written) and is_accent(written[last]):
                last += 1
            yield Token(places[start], last, word, tuple(places[at] for at in kept[: len(word)]))


def _without_apostrophes(plain: str, start: int, end: int) -> tuple[str, list[int]]:
    """A word without its apostrophes and its possessive ending."""
    if plain.endswith("'s", start, end):
        kept = [at for at in range(start, end - 2) if plain[at] != "'"]
    else:
        kept = [at for at in range(start, end) if plain[at] != "'"]
    return "".join(plain[at] for at in kept), kept


def _number(written: str) -> str:
    """A number as it is compared: `1,200.50` is `1200.5`, `450.00` is `450`."""
    whole, point, rest = written.replace(",", "").partition(".")
    rest = rest.rstrip("0")
    return (whole or "0") + (f".{rest}" if point and rest else "")


def _compounds(plain: str, places: Sequence[int], tokens: Sequence[Token]) -> Iterator[Token]:
    """Words joined by single hyphens and nothing else, two or three of them with a letter among them."""
    for numbered in tokens:
        if match := _NUMBERED.fullmatch(numbered.folded):
            end = len(match[1])
            yield Token(numbered.start, numbered.end_of(end), match[1], numbered.places[:end])
    if "-" not in plain:
        return
    position_of = {place: at for at, place in reversed(list(enumerate(places)))}
    run: list[Token] = []
    for token in (*tokens, None):
        if token is not None and (not run or _is_joint(plain, position_of, run[-1], token)):
            run.append(token)
            continue
        if 1 < len(run) <= _MOST_PARTS and any(c.isalpha() for part in run for c in part.folded):
            word = "".join(part.folded for part in run)
            yield Token(run[0].start, run[-1].end, word, tuple(place for part in run for place in part.places))
        run = [token] if token is not None else []


def _is_joint(plain: str, position_of: dict[int, int], left: Token, right: Token) -> bool:
    between = plain[position_of[left.places[-1]] + 1 : position_of[right.start]]
    return between == "-"
