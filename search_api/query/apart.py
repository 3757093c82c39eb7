"""Whether words stand apart in a question: between what clinics are searched by, and in no story of somebody's."""

import re
from collections.abc import Collection

from indexing.analysis import words_in
from search_api.query.reading import PLACE_WORDS, Reading
from search_api.query.telling import LISTING_WORDS, SPANISH_ARTICLES

_CONNECTING = frozenset(
    """
    is are that who which with has have having offer offers offering provide provides please so also available
    infusion infusions iv spravato esketamine ketamina kap referral referrals
    """.split()
)
_BESIDE = (LISTING_WORDS | PLACE_WORDS | _CONNECTING) - frozenset(
    """
    and or not help thoughts state lives than from open days hours weekend weekends saturday saturdays sunday sundays
    evening evenings
    """.split()
)
"""What may stand directly in front of a wish or behind it; a few only on one side."""
_BEFORE = _BESIDE - {"the", "visit", "visits"}
_BEHIND = (_BESIDE | {"and", "because", "bc", "cuz", "porque"}) - {"is", "are", "so", "have", "has"}
_ENDS = ",.;:!?()\x00"
_CLAUSE = re.compile(r"[,.;:!?()]|\b(?:so|but|because|bc|cuz|porque)\b")
_PERSONS = frozenset("i im ive id me we he she they it my his her our their".split())
_NAMED_FOR = frozenset("near for by around to".split())
"""Words behind which a person tells nothing: `near me`, `for my mom`."""
_WISHING = frozenset("need want prefer look seek require".split())
_TELLING = frozenset(
    """
    was were had been got went felt made gave died told said took did left came ran cant how why what when while since
    during after before because until if
    """.split()
)
_PAST = re.compile(r"\w{2,}[^e]ed")
_NO_PAST = LISTING_WORDS | frozenset("assisted certified licensed covered insured related".split())


def is_beside(reading: Reading, start: int, end: int, *, further: Collection[str] = ()) -> bool:
    """Whether on both sides of a span stand ends, what was understood, or words that clinics are searched by."""
    before, after = reading.text[:start].rstrip(" "), reading.text[end:].lstrip(" ")
    return _may_precede(before, further) and _may_follow(after, (*further, *SPANISH_ARTICLES))


def stands_apart(reading: Reading, start: int, end: int, *, further: Collection[str] = ()) -> bool:
    """Whether a span is beside no word but such, and its clause tells of nobody and of nothing past."""
    return is_beside(reading, start, end, further=further) and not _tells(reading, start, end)


def _may_precede(text: str, further: Collection[str]) -> bool:
    if not text or text[-1] in _ENDS:
        return True
    words = [word for word in words_in(text) if word.end == len(text)]
    return bool(words) and (words[-1].folded in _BEFORE or words[-1].folded in further)


def _may_follow(text: str, further: Collection[str]) -> bool:
    if not text or text[0] in _ENDS:
        return True
    first = next(words_in(text), None)
    is_joined = first is None or first.start > 0
    return not is_joined and first is not None and (first.folded in _BEHIND or first.folded in further)


def _tells(reading: Reading, start: int, end: int) -> bool:
    """Whether the clause around a span is a story: of a person who wishes nothing, or of what was."""
    text = reading.original.lower()
    begins = max((match.end() for match in _CLAUSE.finditer(text, 0, start)), default=0)
    following = _CLAUSE.search(text, end)
    sides = text[begins:start], text[end : following.start() if following else len(text)]
    return any(_is_story([word.folded for word in words_in(side)]) for side in sides)


def _is_story(words: list[str]) -> bool:
    before, after = ["", *words], [*words[1:], ""]
    return any(
        (word in _PERSONS and previous not in _NAMED_FOR and following not in _WISHING)
        or word in _TELLING
        or (word not in _NO_PAST and _PAST.fullmatch(word) is not None)
        for previous, word, following in zip(before, words, after, strict=False)
    )
