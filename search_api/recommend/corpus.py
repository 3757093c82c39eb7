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
from indexing.engines.base import Library, Retrieval, SearchEngine
from indexing.errors import Unavailable
from search_api.recommend.likeness import Label, Profile, TermCentre, profile

_MOST_PROFILES = 50_000
"""About 8 KB each."""
_OLD_SECONDS = 5.0
"""Facts about all articles are taken again no more often than this; one edit hardly moves them."""
_FOLLOW_SECONDS = 0.5
_WARM_BATCH = 20
_POPULAR_SHARE = 0.9
_GROWTH = 0.1
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


class Corpus:
    """Facts and profiles, kept between requests. Thread-safe."""

    def __init__(self, engine: SearchEngine) -> None:
        self._engine = engine
        self._facts: Facts | None = None
        self._profiles: dict[tuple[str, str], Profile] = {}

    def facts(self, library: Library) -> Facts:
        """Facts about `library`, or about a state of its generation that is seconds old."""
        held = self._facts
        if (
            held is None
            or held.generation != library.generation.name
            or (held.version != library.version and time.monotonic() - held.taken_at > _OLD_SECONDS)
        ):
            self._facts = held = self._taken(library)
        return held

    def profiles(self, library: Library, ids: Collection[str]) -> dict[str, Profile]:
        """The profiles of those of `ids` that the library holds."""
        generation, held, words = library.generation.name, self._profiles, len(library.words)
        found: dict[str, Profile] = {}
        missing: list[str] = []
        for id, revision in library.revisions(ids).items():
            known = held.get((generation, id))
            if known is not None and known.revision == revision and _is_like(known.known_words, words):
                found[id] = known
            else:
                missing.append(id)
        if missing:
            found |= self._made(library, missing)
        return found

    def _made(self, library: Library, ids: Sequence[str]) -> dict[str, Profile]:
        vectors, contents = library.vectors(ids), library.contents(ids)
        fresh = {id: profile(contents[id], vectors[id], library.words, len(library)) for id in contents}
        if len(self._profiles) > _MOST_PROFILES:
            self._profiles = self._worth_keeping(library.generation.name)
        self._profiles.update({(library.generation.name, id): made for id, made in fresh.items()})
        return fresh

    def _worth_keeping(self, generation: str) -> dict[tuple[str, str], Profile]:
        """Without those of other generations; where that frees too little, also without the older half."""
        own = [item for item in list(self._profiles.items()) if item[0][0] == generation]
        return dict(own if len(own) <= _MOST_PROFILES // 2 else own[len(own) // 2 :])

    def follow(self, stopped: threading.Event) -> None:
        """Make profiles before they are asked for, a few at a time, until `stopped`."""
        seen = ""
        while not stopped.wait(_FOLLOW_SECONDS):
            try:
                library = self._engine.library("article")
                if library.version != seen:
                    self._warm(library, stopped)
                    seen = library.version
            except Unavailable:  # there is no index yet, or it is being repaired
                continue
            except Exception as error:  # the next round tries again; requests make what they need meanwhile
                log.warning("recommend.warming_failed", error=str(error))

    def _warm(self, library: Library, stopped: threading.Event) -> None:
        ids = library.ids()[:_MOST_PROFILES]
        for start in range(0, len(ids), _WARM_BATCH):
            began = time.monotonic()
            self.profiles(library, ids[start : start + _WARM_BATCH])
            if stopped.wait(2 * (time.monotonic() - began)):  # two thirds of the time are left to requests
                return

    def _taken(self, library: Library) -> Facts:
        popularity = np.nan_to_num(library.numbers("popularity"))
        ids = library.ids()
        trust = len(ids) / (len(ids) + _FEW)
        centre = library.mean_vector() * np.float32(trust)
        sample = self.profiles(library, ids[:: max(len(ids) // _SAMPLE, 1)]).values()
        return Facts(
            version=library.version,
            generation=library.generation.name,
            taken_at=time.monotonic(),
            centre=centre,
            terms=TermCentre([each.terms for each in sample], trust=trust),
            rarity=self._rarity(library),
            popular_from=float(np.quantile(popularity, _POPULAR_SHARE)) if len(popularity) else 0.0,
            starts=_starts(library, popularity, centre),
        )

    def _rarity(self, library: Library) -> dict[Label, float]:
        everything = self._engine.retrieve(library.generation.index, Retrieval())
        kept = np.ones(len(everything), dtype=np.bool_)
        total = math.log(1 + max(len(everything), 1))
        return {
            (attribute, facet.value): max(1 - math.log(1 + facet.count) / total, 0.0)
            for attribute in ("condition", "treatment")
            for facet in everything.facets(attribute, kept)
        }


def _is_like(known_words: int, words: int) -> bool:
    """Whether a library has grown so little since that its words weigh the same."""
    return abs(words - known_words) <= _GROWTH * words


def _starts(library: Library, popularity: NDArray[np.float64], centre: Vector, *, most: int = 50) -> tuple[str, ...]:
    if not len(library):
        return ()
    ids: Sequence[str] = library.ids()
    popular = [ids[position] for position in np.argsort(-popularity, kind="stable")[:most] if popularity[position] > 0]
    (central,) = library.nearest(centre[None, :], limit=most)
    return tuple(dict.fromkeys([*popular, *central]))
