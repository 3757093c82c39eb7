"""The lines of embedding recipes: those that are shipped, and those that a worker measured."""

import time
from collections.abc import Mapping

from indexing.content.cosines import CosineStore
from indexing.cosines import Cosines
from indexing.errors import Unavailable

_ASKED_AGAIN_SECONDS = 2.0


class Lines:
    """Looks recipes up. Thread-safe."""

    def __init__(self, shipped: Mapping[str, Cosines], measured: CosineStore) -> None:
        self._known = dict(shipped)
        self._measured = measured
        self._asked: dict[str, float] = {}

    def of(self, recipe: str) -> Cosines | None:
        """The lines of a recipe; None while it is not measured, which is looked for again every other second."""
        if recipe not in self._known and time.monotonic() - self._asked.get(recipe, -1e9) > _ASKED_AGAIN_SECONDS:
            self._asked[recipe] = time.monotonic()
            try:
                found = self._measured.get(recipe)
            except Unavailable:
                return None
            if found is not None:
                self._known[recipe] = found
        return self._known.get(recipe)
