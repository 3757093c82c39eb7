"""What can be asked of an engine, as typed values: no string here is ever read as a filter language."""

import re
import unicodedata
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from indexing.analysis.normalizer import APOSTROPHES, QUOTES, is_invisible
from indexing.analysis.tokenizer import compounds_of
from indexing.analysis.tokenizer import words_of as words_of
from indexing.schema.types import FLAGS, LABELS
from indexing.text import storable

LABEL_ATTRIBUTES = tuple(LABELS)
"""Attributes with any number of values from a vocabulary: filterable by any-of, countable as facets."""
FLAG_ATTRIBUTES = tuple(FLAGS)
"""Attributes that are yes or no."""

_OPERATOR = re.compile(r'(?P<minus>(?<!\S)-(?=["\w]))?(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+))')
_STRAIGHT_QUOTES = dict.fromkeys(map(ord, QUOTES), '"')
_DOTTED = re.compile(r"(?<![^\W_])(?:[^\W\d_]\.){2,}(?:[^\W\d_](?![^\W_]))?(?![^\W_])")
_REGISTERED = re.compile(r"(?<=\w) ?\((?:r|tm|sm)\)", re.IGNORECASE)
_AS_ON_A_KEYBOARD = (
    {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
    | dict.fromkeys(map(ord, "™®℠©℗"), "")
    | dict.fromkeys(map(ord, APOSTROPHES), "'")
    | _STRAIGHT_QUOTES
    | {0x3000: " "}
)
"""Full-width forms, trade marks, and what word processors and telephones put for plain signs."""
MAX_WORDS = 64
"""Words of a query beyond this many are not searched by keyword."""


class Near(Struct, frozen=True):
    """A circle on the earth: WGS 84 degrees and statute miles."""

    lat: float
    lng: float
    radius_miles: float


class Filters(Struct, frozen=True):
    """Conditions that every hit meets: values of one attribute are OR-ed, attributes are AND-ed.

    A price range matches a clinic whose own range overlaps it; a document that lacks the attribute
    never matches.
    """

    labels: Mapping[str, tuple[str, ...]] = {}
    flags: Mapping[str, bool] = {}
    price_min: float | None = None
    price_max: float | None = None
    published_after: float | None = None
    published_before: float | None = None
    near: Near | None = None
    checked_after: float | None = None
    """Listings of which something was checked since."""

    def choosing(self, name: str) -> "Filters":
        """The same conditions with one on a label or flag, of whatever value: for asking what a choice would mean."""
        if name in FLAG_ATTRIBUTES:
            return msgspec.structs.replace(self, flags={**self.flags, name: True})
        return msgspec.structs.replace(self, labels={**self.labels, name: ()})

    def without(self, name: str) -> "Filters":
        """The same conditions but for the one on a label or flag."""
        if name not in self.labels and name not in self.flags:
            return self
        labels = {other: values for other, values in self.labels.items() if other != name}
        flags = {other: wanted for other, wanted in self.flags.items() if other != name}
        return msgspec.structs.replace(self, labels=labels, flags=flags)


class KeywordQuery(Struct, frozen=True):
    """The words of a query, folded to lower case, in the order typed.

    Every phrase must occur, nothing excluded may; the last word may be unfinished.
    """

    words: tuple[str, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    excluded: tuple[tuple[str, ...], ...] = ()
    last_is_prefix: bool = False
    certain: frozenset[str] = frozenset()
    """Words that are spelt right: no other spelling of them is sought."""
    compounds: tuple[tuple[int, int], ...] = ()
    """Runs of words (start, end) that were written with hyphens between them."""


def typed_text(text: str) -> str:
    """A question as its words mean it: plain signs and widths, `IV` for `I.V.`, no trade marks, nothing invisible."""
    text = storable(text)
    if not text.isascii():
        composed = unicodedata.normalize("NFC", text.translate(_AS_ON_A_KEYBOARD))
        text = "".join(character for character in composed if not is_invisible(character))
    if "." in text:
        text = _DOTTED.sub(lambda match: match.group().replace(".", ""), text)
    return _REGISTERED.sub("", text).strip() if "(" in text else text.strip()


def parse_keywords(text: str) -> KeywordQuery:
    """Words, "quoted phrases" and -excluded words; anything else is taken as words."""
    words: list[str] = []
    phrases: list[tuple[str, ...]] = []
    excluded: list[tuple[str, ...]] = []
    compounds: list[tuple[int, int]] = []
    last_is_prefix = False
    for match in _OPERATOR.finditer(text.translate(_STRAIGHT_QUOTES)):
        found = tuple(words_of(match["phrase"] if match["phrase"] is not None else match["word"]))
        if not found:
            continue
        last_is_prefix = match["phrase"] is None and not match["minus"] and match.end() == len(text)
        if match["minus"]:
            excluded.append(found)
        elif match["phrase"] is not None:
            phrases.append(found)
        else:
            if len(found) > 1 and compounds_of(match["word"]) == ["".join(found)]:
                compounds.append((len(words), len(words) + len(found)))
            words.extend(found)
    return KeywordQuery(
        tuple(words[:MAX_WORDS]),
        tuple(phrases[:8]),
        tuple(excluded[:16]),
        last_is_prefix,
        compounds=tuple(run for run in compounds if run[1] <= MAX_WORDS),
    )
