"""Which searches a rule is for."""

from collections.abc import Sequence

from indexing.queries import words_of

EVERY = "*"


class Pattern:
    """Words of a search, with `*` for any words, none included."""

    def __init__(self, query: str) -> None:
        self._runs = [words_of(part) for part in query.split(EVERY)]

    def matches(self, words: Sequence[str]) -> bool:
        """Whether a whole search, as folded words, is of this form; each run is taken where it comes first."""
        first, *middle = self._runs
        if not middle:
            return list(words) == first
        *middle, last = middle
        end = len(words) - len(last)
        if end < len(first) or list(words[: len(first)]) != first or list(words[end:]) != last:
            return False
        at = len(first)
        for run in middle:
            place = next((p for p in range(at, end - len(run) + 1) if list(words[p : p + len(run)]) == run), None)
            if place is None:
                return False
            at = place + len(run)
        return True
