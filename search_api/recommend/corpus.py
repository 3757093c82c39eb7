"""What is known of all articles together, and the profiles of those that were compared lately."""

import math
import threading
import time
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import structlog
from msgspec import Struct
from numpy.typing import NDArray

from indexing.embedders.base import Vector
from indexing.engines.base import Library, Retriever
from indexing.engines.retrieval import Legs, Retrieval
from indexing.errors import Unavailable
from indexing.queries import Filters
from search_api.recommend.columns import ProfileColumns, Rows
from search_api.recommend.profiles import Label, Profile, profile
from search_api.recommend.terms import TermCentre

_MOST_ROWS = 50_000
"""About 8 KB each."""
_SPARE_ROWS = 100
_SPARE_SHARE = 0.25
"""Rows of earlier revisions, beside those of the articles that there are, before columns are made anew."""
_OLD_SECONDS = 5.0
"""Facts about all articles are taken again no more often than this; one edit hardly moves them."""
_FOLLOW_SECONDS = 0.5
_WARM_BATCH = 20
_POPULAR_SHARE = 0.9
_GROWTH = 0.1
"""A library that has grown by less weighs the words of its articles as before."""
_FEW = 10
"""The mean of this few articles is half trusted: it says more about each of them than about the site."""
_SAMPLE = 300
"""Articles whose words stand for those of all."""

log = structlog.get_logger()


class Facts(Struct, frozen=True):
    """What all articles of a generation have in common, and what is rare among them."""

    version: str
    generation: str
    taken_at: float
    centre: Vector
    terms: TermCentre
    rarity: Mapping[Label, float]
    """1 - ln(1 + documents with the label) / ln(1 + documents): 0 for one that all have, near 1 for a rare one."""
    popular_from: float
    """The popularity that one article in ten exceeds."""
    starts: tuple[str, ...]
    """The most popular articles, and those nearest to the centre: where a newcomer may start."""


class Shelf:
    """The articles of one state of a library, as rows of columns."""

    def __init__(self, library: Library, columns: ProfileColumns) -> None:
        self.library = library
        self.columns = columns
        self._row_of: dict[str, int] = {}

    def is_of(self, library: Library) -> bool:
        """Whether nothing has changed; a large library learns its new words later than its new articles."""
        return self.library.version == library.version and self.library.words is library.words

    def rows(self, ids: Collection[str]) -> Rows:
        """The rows of those of `ids` that the library holds, in the order of `ids`."""
        known = self._row_of
        try:
            return np.fromiter(map(known.__getitem__, ids), dtype=np.intp, count=len(ids))
        except KeyError:
            self._find([id for id in ids if id not in known])
            return np.array([known[id] for id in ids if id in known], dtype=np.intp)

    def profiles(self, ids: Collection[str]) -> list[Profile]:
        """The profiles of those of `ids` that the library holds."""
        return [self.columns.profiles[row] for row in self.rows(ids)]

    def _find(self, ids: Sequence[str]) -> None:
        revisions = self.library.revisions(ids)
        held = {id: self._held(id, revision) for id, revision in revisions.items()}
        self._row_of.update({id: row for id, row in held.items() if row is not None})
        self._make([id for id, row in held.items() if row is None])

    def _held(self, id: str, revision: int) -> int | None:
        """The row of an article if nothing has changed since that matters."""
        row = self.columns.latest(id)
        if row is None:
            return None
        known, words = self.columns.profiles[row], len(self.library.words)
        return row if known.revision == revision and abs(words - known.known_words) <= _GROWTH * words else None

    def _make(self, ids: Sequence[str]) -> None:
        library = self.library
        vectors = library.vectors(ids)
        for id, content in library.contents(ids).items():
            made = profile(content, library.words, len(library.titles))
            self._row_of[id] = self.columns.append(made, vectors[id])


class Corpus:
    """Facts and profiles, kept between requests. Thread-safe."""

    def __init__(self, engine: Retriever) -> None:
        self._engine = engine
        self._facts: Facts | None = None
        self._shelf: Shelf | None = None

    def shelf(self, library: Library) -> Shelf:
        """The articles of a library; what was made for an earlier state is used as far as it still holds."""
        held = self._shelf
        if held is None or not held.is_of(library) or _is_full(held.columns, library):
            self._shelf = held = Shelf(library, _columns(held, library))
        return held

    def facts(self, shelf: Shelf) -> Facts:
        """Facts about a library, or about a state of its generation that is seconds old."""
        held, library = self._facts, shelf.library
        if (
            held is None
            or held.generation != library.generation.name
            or (held.version != library.version and time.monotonic() - held.taken_at > _OLD_SECONDS)
        ):
            self._facts = held = self._taken(shelf)
        return held

    def follow(self, stopped: threading.Event) -> None:
        """Make profiles before they are asked for, a few at a time, until `stopped`."""
        seen: Shelf | None = None
        while not stopped.wait(_FOLLOW_SECONDS):
            try:
                shelf = self.shelf(self._engine.library("article"))
                if shelf is not seen:
                    self._warm(shelf, stopped)
                    seen = shelf
            except Unavailable:  # there is no index yet, or it is being repaired
                continue
            except Exception as error:  # the next round tries again; requests make what they need meanwhile
                log.warning("recommend.warming_failed", error=str(error))

    def _warm(self, shelf: Shelf, stopped: threading.Event) -> None:
        ids = [title.id for title in shelf.library.titles[: _MOST_ROWS // 2]]
        for start in range(0, len(ids), _WARM_BATCH):
            began = time.monotonic()
            shelf.rows(ids[start : start + _WARM_BATCH])
            if stopped.wait(2 * (time.monotonic() - began)):  # two thirds of the time are left to requests
                return

    def _taken(self, shelf: Shelf) -> Facts:
        library = shelf.library
        titles = list(library.titles)
        popularity = np.array([title.popularity for title in titles])
        ids = [title.id for title in titles]
        trust = len(ids) / (len(ids) + _FEW)
        centre = library.mean_vector() * np.float32(trust)
        sample = shelf.profiles(ids[:: max(len(ids) // _SAMPLE, 1)])
        return Facts(
            version=library.version,
            generation=library.generation.name,
            taken_at=time.monotonic(),
            centre=centre,
            terms=TermCentre([each.terms for each in sample], trust=trust),
            rarity=self._rarity(library),
            popular_from=float(np.quantile(popularity, _POPULAR_SHARE)) if len(popularity) else 0.0,
            starts=_starts(library, ids, popularity, centre),
        )

    def _rarity(self, library: Library) -> dict[Label, float]:
        index = library.generation.index
        everything = self._engine.retrieve({index: Retrieval()})[index]
        total = math.log(1 + max(len(everything), 1))
        return {
            (attribute, facet.value): max(1 - math.log(1 + facet.count) / total, 0.0)
            for attribute in ("condition", "treatment")
            for facet in everything.facets(attribute, Filters(), Legs())
        }


def _is_full(columns: ProfileColumns, library: Library) -> bool:
    return len(columns) > min((1 + _SPARE_SHARE) * len(library.titles) + _SPARE_ROWS, _MOST_ROWS)


def _columns(held: Shelf | None, library: Library) -> ProfileColumns:
    """The columns of an earlier state of the generation, without rows that are no longer needed if they are full."""
    if held is not None and held.library.generation.name == library.generation.name:
        if not _is_full(held.columns, library):
            return held.columns
        known = (held.columns.latest(title.id) for title in library.titles)
        return held.columns.copied(sorted(row for row in known if row is not None)[-_MOST_ROWS // 2 :])
    return ProfileColumns()


def _starts(
    library: Library, ids: Sequence[str], popularity: NDArray[np.float64], centre: Vector, *, most: int = 50
) -> tuple[str, ...]:
    if not ids:
        return ()
    popular = [ids[position] for position in np.argsort(-popularity, kind="stable")[:most] if popularity[position] > 0]
    (central,) = library.nearest(centre[None, :], limit=most)
    return tuple(dict.fromkeys([*popular, *central]))
