"""In which order completions stand: how well each completes what was typed, and how kinds are mixed."""

import itertools
from collections.abc import Sequence

from rapidfuzz.distance import OSA

from indexing.words import allowed_edits
from search_api.suggest.entries import Entry

_KIND_ORDER: dict[str, float] = {"topic": 0.3, "article": 0.2, "query": 0.15, "clinic": 0.1, "place": 0.0}
_OF_OTHER_TYPES = 0.1
_BEGINS = (0.5, 1.5)
"""For what begins as it was typed: with one word, and with several."""
MENDED_LETTERS = 4
"""Of the shortest word that may be misspelt; one less than in searches: a completion is an offer."""
_MOST_OF_A_KIND = 0.5
"""No kind takes more than this share while another has something to say."""


def score(entry: Entry, typed: Sequence[str], penalty: float) -> float:
    """How well an entry completes what was typed; `penalty` is what its words differ by."""
    opens = entry.words[0].startswith(typed[0]) or (penalty > 0 and nearly_opens(entry.words[0], typed[0]))
    order = (
        _BEGINS[len(typed) > 1]
        if begins(entry.words, typed)
        else 0.3
        if entry.words[: len(typed) - 1] == tuple(typed[:-1])
        else 0
    )
    together = 0.2 * (len(typed) > 1 and _are_together(entry.words, typed[-2], typed[-1]))
    whole = 0.1 * (typed[-1] in entry.words)
    return (
        _KIND_ORDER.get(entry.kind, _OF_OTHER_TYPES)
        + entry.weight
        + entry.leads
        + 1.0 * opens
        + order
        + together
        + whole
        - 0.7 * penalty
    )


def nearly_opens(word: str, typed: str) -> bool:
    """Whether a word begins with what was typed, but for a slip after its first letter."""
    slips = min(OSA.distance(word[: len(typed) + more], typed) for more in (-1, 0, 1))
    return word[:1] == typed[:1] and slips <= allowed_edits(typed, least_letters=MENDED_LETTERS)


def _are_together(words: Sequence[str], first: str, unfinished: str) -> bool:
    """Whether one word stands behind another."""
    return any(one == first and other.startswith(unfinished) for one, other in itertools.pairwise(words))


def begins(words: Sequence[str], typed: Sequence[str]) -> bool:
    """Whether words begin with those that were typed, the last of which may be unfinished."""
    last = len(typed) - 1
    return len(words) > last and tuple(words[:last]) == tuple(typed[:last]) and words[last].startswith(typed[last])


def mixed(ranked: Sequence[Entry], limit: int) -> list[Entry]:
    """The best, with room for every kind that has something, each text once."""
    most = max(int(limit * _MOST_OF_A_KIND), 1)
    taken: list[Entry] = []
    spare: list[Entry] = []
    counts: dict[str, int] = {}
    seen: set[tuple[str, str, str | None]] = set()
    for entry in ranked:
        keys = {(entry.kind, name, entry.title) for name in (entry.text, entry.topic) if name}
        if not seen.isdisjoint(keys):
            continue
        seen |= keys
        counts[entry.kind] = counts.get(entry.kind, 0) + 1
        (taken if counts[entry.kind] <= most else spare).append(entry)
        if len(taken) >= limit:
            break
    return (taken + spare)[:limit]
