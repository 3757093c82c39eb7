"""Removals: nothing is removed for a source that is out of order.

What a listing lacks is asked for once more. Where much vanishes at once, or everything, it is held: it
stays published, and an editor is asked.
"""

from collections.abc import Sequence

from msgspec import Struct

from indexing.connectors.base import Known, Source
from indexing.connectors.taking import Taker
from indexing.content.connector_items import Item, ItemStore

_ALWAYS_REMOVED = 3
"""So many may vanish at once from any source, however small."""


class Removed(Struct, frozen=True):
    """How many documents were removed, and how many are held."""

    removed: int = 0
    held: int = 0


class Guard:
    """Decides on the removals of one run."""

    def __init__(self, items: ItemStore, taker: Taker, source: Source, *, share: float) -> None:
        self._items = items
        self._taker = taker
        self._source = source
        self._share = share

    def remove(self, *, run: int | None, listed: int) -> Removed:
        """Remove what is gone; `run` is given where its listing of `listed` documents is complete."""
        leaving = self._items.leaving(run)
        if not leaving:
            return Removed()
        released = [item for item in leaving if item.is_released]
        asked = [item for item in leaving if not item.is_released]
        is_empty = run is not None and listed == 0
        if asked and (is_empty or len(asked) > self._most()):
            self._items.hold([item.key for item in asked])
            return Removed(self._taker.remove(released), len(asked))
        return Removed(self._taker.remove([*released, *self._confirmed(asked)]))

    def _most(self) -> int:
        return max(_ALWAYS_REMOVED, int(self._share * self._items.counts().published))

    def _confirmed(self, items: Sequence[Item]) -> list[Item]:
        """Those that are gone indeed; the others are fetched in the next run."""
        unlisted = [item for item in items if item.state == "published"]
        absent = set(self._source.absent([Known(item.key, item.url) for item in unlisted])) if unlisted else set()
        self._items.mark_pending(item.key for item in unlisted if item.key not in absent)
        return [item for item in items if item.state == "doubtful" or item.key in absent]
