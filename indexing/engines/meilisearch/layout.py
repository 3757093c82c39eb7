"""Which index is which generation.

The live generation of a type has a fixed name, others a name of their own; promotion swaps the two in one
task. What an index is stands in its stamp record, which goes with it.
"""

import secrets
from collections.abc import Mapping

import msgspec
import structlog
from msgspec import Struct

from indexing.documents import DocumentType
from indexing.engines.entries import Generation
from indexing.engines.meilisearch.filters import any_of
from indexing.engines.meilisearch.records import STAMP, settings, stamp_record
from indexing.engines.meilisearch.server import RENAMING_VERSION, IndexMissing, MeiliServer, Record
from indexing.errors import ConfigurationError, Conflict, EngineUnavailable, Inconsistent
from indexing.fingerprints import IndexStamp

_ATTEMPTS = 5
_UNFINISHED_SECONDS = 3_600.0
"""An index without a stamp that is older was begun by a process that died."""

log = structlog.get_logger()


class Places(Struct, frozen=True):
    """Where the generations of one type are, oldest first, and which is live."""

    uids: Mapping[Generation, str]
    live: Generation | None

    def uid(self, generation: Generation) -> str:
        """The index of a generation. Raises EngineUnavailable when it is gone."""
        if generation not in self.uids:
            raise EngineUnavailable(f"generation {generation.name} of {generation.index} is gone")
        return self.uids[generation]


class Layout:
    """The indexes of one service on a server; `prefix` keeps several services apart."""

    def __init__(self, server: MeiliServer, prefix: str) -> None:
        self._server = server
        self._prefix = prefix

    def live_uid(self, index: DocumentType) -> str:
        """The name under which the live generation is found."""
        return f"{self._prefix}{index}"

    def places(self, index: DocumentType) -> Places:
        """Where everything is now."""
        for _ in range(_ATTEMPTS):
            uids = self._uids(index)
            try:
                found = {uid: self._generation(index, uid, records) for uid, records in self._stamps(uids).items()}
            except IndexMissing:  # deleted between the two questions
                continue
            live = found.get(self.live_uid(index))
            if live is None and self.live_uid(index) in found:
                self._refuse_foreign(self.live_uid(index))
            known = {generation: uid for uid, generation in found.items() if generation is not None}
            return Places({each: known[each] for each in sorted(known, key=lambda each: each.name)}, live)
        raise EngineUnavailable("the indexes on Meilisearch change all the time")

    def create(self, index: DocumentType, stamp: IndexStamp) -> Generation:
        """A new empty generation; it is one as soon as it has its stamp."""
        numbers = [int(generation.name[1:].partition("-")[0]) for generation in self.places(index).uids]
        name = f"g{max(numbers, default=0) + 1:06d}-{secrets.token_hex(3)}"
        generation = Generation(index, name, stamp)
        uid = f"{self.live_uid(index)}-{name}"
        self._server.create(uid, settings(stamp))
        self._server.wait([self._server.add(uid, msgspec.json.encode(stamp_record(generation)))])
        return generation

    def check_settings(self, index: DocumentType) -> None:
        """Raise ConfigurationError where an index was changed by hand; remove what was begun and never finished."""
        places = self.places(index)
        for generation, uid in places.uids.items():
            found = self._server.settings(uid)
            for name, embedder in settings(generation.stamp)["embedders"].items():
                if (size := found["embedders"].get(name, {}).get("dimensions")) != embedder["dimensions"]:
                    raise ConfigurationError(
                        f"the embedder {name} of the index {uid} on Meilisearch has {size} dimensions where "
                        f"{embedder['dimensions']} are needed: it was changed by hand; delete the index, and it is "
                        "built anew from the content store"
                    )
        kept = {self.live_uid(index), *places.uids.values()}
        for uid in self._server.uids(self.live_uid(index), older_than_seconds=_UNFINISHED_SECONDS):
            if uid not in kept and uid.startswith(f"{self.live_uid(index)}-g"):
                self._server.drop(uid)

    def promote(self, generation: Generation) -> None:
        """Give a generation the live name, and the one that had it the other name, in one task.

        A swap is not to be done twice: one that still waits in the server's queue is waited for first.
        """
        self._server.await_swaps()
        places = self.places(generation.index)
        uid, live = places.uid(generation), self.live_uid(generation.index)
        if uid == live:
            return
        try:
            if live in self._uids(generation.index):
                self._server.swap(live, uid)
            elif self._server.version() >= RENAMING_VERSION:
                self._server.swap(uid, live, rename=True)
            else:
                self._server.create(live, {})
                self._server.swap(live, uid)
                self._server.drop(uid)
        except (IndexMissing, Inconsistent) as error:  # somebody else was quicker, or this was done before
            log.warning("engine.promotion_refused", index=generation.index, error=str(error))
        if self.places(generation.index).live != generation:
            raise EngineUnavailable(
                f"generation {generation.name} of {generation.index} is not live; to be promoted again"
            )

    def discard(self, generation: Generation) -> None:
        """Delete a generation. Refuses the live one with Conflict."""
        places = self.places(generation.index)
        if places.live == generation:
            raise Conflict(f"generation {generation.name} of {generation.index} is live")
        if generation in places.uids:
            self._server.drop(places.uids[generation])

    def _uids(self, index: DocumentType) -> list[str]:
        live = self.live_uid(index)
        return [uid for uid in self._server.uids(live) if uid == live or uid.startswith(f"{live}-g")]

    def _stamps(self, uids: list[str]) -> dict[str, list[dict[str, str]]]:
        queries = {
            uid: {"indexUid": uid, "filter": any_of("kind", [STAMP]), "attributesToRetrieve": ["generation", "stamp"]}
            for uid in uids
        }
        try:
            results = self._server.search(list(queries.values())) if queries else []
        except Inconsistent:  # one that is being made, or is not ours, does not know the filter
            return {uid: self._stamp_if_ours(query) for uid, query in queries.items()}
        return {uid: result.hits for uid, result in zip(uids, results, strict=True)}

    def _stamp_if_ours(self, query: Record) -> list[dict[str, str]]:
        try:
            return self._server.search([query])[0].hits
        except Inconsistent:
            return []

    def _generation(self, index: DocumentType, uid: str, records: list[dict[str, str]]) -> Generation | None:
        if not records:
            return None
        return Generation(index, records[0]["generation"], msgspec.json.decode(records[0]["stamp"], type=IndexStamp))

    def _refuse_foreign(self, uid: str) -> None:
        (result,) = self._server.search([{"indexUid": uid, "limit": 0}])
        if result.total:
            raise ConfigurationError(
                f"the index {uid} on Meilisearch was made by something else; rename it, or set MEILI_PREFIX to a "
                "beginning of names that nothing else uses"
            )
