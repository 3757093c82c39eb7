"""Meilisearch as the service sees it."""

import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import msgspec
import structlog

from indexing.allocator import give_back
from indexing.documents import DOCUMENT_TYPES, DocumentType
from indexing.engines.base import Candidates, Library
from indexing.engines.entries import Generation, IndexedDocument, Removal
from indexing.engines.meilisearch.filters import any_of
from indexing.engines.meilisearch.layout import Layout
from indexing.engines.meilisearch.legs import Moved, Question, answered
from indexing.engines.meilisearch.mirror import Mirror, MirroredTable, listing
from indexing.engines.meilisearch.records import DOCUMENT, HELD_FIELDS, PASSAGE, REMOVAL, Held, records_of
from indexing.engines.meilisearch.server import IndexMissing, MeiliServer
from indexing.engines.retrieval import Retrieval
from indexing.engines.table import Published
from indexing.engines.terms import Synonyms
from indexing.errors import EngineUnavailable, Inconsistent
from indexing.fingerprints import IndexStamp

_POLL_SECONDS = 0.25
_LATE_POLLS = 20
"""How many polls lie between two looks for records that came late."""
_BATCH_BYTES = 8_000_000
"""Of one request with records; the server takes 100 MB."""
_IDS_AT_ONCE = 500

log = structlog.get_logger()


class MeilisearchEngine:
    """Indexes on a Meilisearch server. Any number of processes on any number of hosts may read and write."""

    def __init__(
        self,
        url: str,
        key: str,
        *,
        prefix: str,
        search_seconds: float,
        synonyms: Synonyms | None = None,
        poll_seconds: float = _POLL_SECONDS,
    ) -> None:
        self._server = MeiliServer(url, key, search_seconds=search_seconds)
        self._synonyms = synonyms or {}
        self._poll_seconds = poll_seconds
        self._layout = Layout(self._server, prefix)
        self._read_lock = threading.Lock()
        self._mirrors: dict[DocumentType, Mirror] = {}
        self._tables: dict[DocumentType, MirroredTable] = {}
        self._uids: dict[Generation, str] = {}
        self._published: Published[MirroredTable] = Published()
        self._stopped = threading.Event()
        self._follower: threading.Thread | None = None

    # Generations

    def open_for_writing(self) -> None:
        """See SearchEngine; also looks whether the indexes are as they were made."""
        self._server.version()
        for index in DOCUMENT_TYPES:
            self._layout.check_settings(index)

    def create_generation(self, index: DocumentType, stamp: IndexStamp) -> Generation:
        """See SearchEngine."""
        self._server.version()
        return self._layout.create(index, stamp)

    def generations(self, index: DocumentType) -> Sequence[Generation]:
        """See SearchEngine."""
        return list(self._layout.places(index).uids)

    def live_generation(self, index: DocumentType) -> Generation | None:
        """See SearchEngine; where searches are answered, the one that answers them."""
        table = self._tables.get(index)
        return table.generation if table is not None else self._layout.places(index).live

    def promote(self, generation: Generation) -> None:
        """See SearchEngine."""
        self._layout.promote(generation)
        self._refresh_if_read(generation.index)

    def discard(self, generation: Generation) -> None:
        """See SearchEngine."""
        self._layout.discard(generation)

    # Writing

    def revisions(self, generation: Generation, ids: Collection[str] | None = None) -> Mapping[str, int]:
        """See SearchEngine."""
        uid = self._layout.places(generation.index).uid(generation)
        found = listing(self._server, uid, generation.name) if ids is None else self._held(uid, generation, ids)
        newest = _newest(found)
        self._refuse_if_moved(uid, generation)
        return newest

    def write(self, generation: Generation, documents: Iterable[IndexedDocument | Removal]) -> None:
        """See SearchEngine."""
        wanted: dict[str, IndexedDocument | Removal] = {}
        for entry in documents:
            _check(entry, generation.stamp.dimensions)
            if entry.id not in wanted or entry.revision > wanted[entry.id].revision:
                wanted[entry.id] = entry
        uid = self._layout.places(generation.index).uid(generation)
        held = _newest(self._held(uid, generation, wanted))
        fresh = [entry for entry in wanted.values() if entry.revision > held.get(entry.id, 0)]
        if fresh:
            self._server.wait([self._server.add(uid, lines) for lines in _batches(fresh, generation.name)])
            self._refuse_if_moved(uid, generation)
        self._refresh_if_read(generation.index)
        if fresh:
            self._clear_away(uid, generation, [entry.id for entry in fresh])

    def _refuse_if_moved(self, uid: str, generation: Generation) -> None:
        """Raise EngineUnavailable where the generation is not in the index `uid` any more."""
        places = self._layout.places(generation.index)
        if places.uids.get(generation) == uid:
            return
        if uid not in places.uids.values() and uid != self._layout.live_uid(generation.index):
            self._server.drop(uid)  # a write makes an index that is gone anew, without settings
        raise EngineUnavailable(f"generation {generation.name} of {generation.index} moved meanwhile; to be done again")

    def _held(self, uid: str, generation: Generation, ids: Collection[str]) -> Iterator[Held]:
        """The records that there are of documents and removals, of every revision."""
        ordered = sorted(ids)
        for start in range(0, len(ordered), _IDS_AT_ONCE):
            some = ordered[start : start + _IDS_AT_ONCE]
            conditions = [any_of("kind", [DOCUMENT, REMOVAL]), any_of("generation", [generation.name])]
            query = {
                "indexUid": uid,
                "filter": [*conditions, any_of("document", some)],
                "limit": 10 * _IDS_AT_ONCE,
                "attributesToRetrieve": HELD_FIELDS,
            }
            (page,) = self._server.search([query], seconds=10.0)
            for hit in page.hits:
                held = msgspec.convert(hit, Held)
                if held.document in some:  # the server compares without case
                    yield held

    def _clear_away(self, uid: str, generation: Generation, ids: Collection[str]) -> None:
        """Delete what newer revisions have replaced; nobody sees it any more, so nobody waits for that."""
        held = list(self._held(uid, generation, ids))
        newest = _newest(held)
        keys = [key for each in held if each.revision < newest[each.document] for key in each.keys]
        if keys:
            self._server.delete(uid, keys)

    def _documents(self, generation: Generation) -> list[Held]:
        uid = self._layout.places(generation.index).uid(generation)
        newest: dict[str, Held] = {}
        for held in listing(self._server, uid, generation.name):
            if held.document not in newest or held.revision > newest[held.document].revision:
                newest[held.document] = held
        self._refuse_if_moved(uid, generation)
        return [held for held in newest.values() if held.kind == DOCUMENT]

    def verify(self, generation: Generation) -> None:
        """See SearchEngine."""
        expected = sum(held.passages for held in self._documents(generation))
        uid = self._layout.places(generation.index).uid(generation)
        query = {"indexUid": uid, "filter": [any_of("kind", [PASSAGE]), any_of("generation", [generation.name])]}
        (result,) = self._server.search([{**query, "limit": 0}])
        if result.total < expected:
            raise Inconsistent(
                f"the index {uid} holds {result.total} passages of {generation.index}s where {expected} were written"
            )

    # Reading

    def retrieve(self, retrievals: Mapping[DocumentType, Retrieval]) -> Mapping[DocumentType, Candidates]:
        """See Retriever."""
        tables = {index: self._state(index) for index in retrievals}
        try:
            return self._asked(tables, retrievals)
        except (Moved, IndexMissing):
            self._uids = {
                generation: uid for index in tables for generation, uid in self._layout.places(index).uids.items()
            }
            return self._asked(tables, retrievals)

    def retrieve_from(self, generation: Generation, retrievals: Sequence[Retrieval]) -> Sequence[Candidates]:
        """See SearchEngine."""
        uid = self._layout.places(generation.index).uid(generation)
        mirror = Mirror(self._server, generation, self._synonyms)
        mirror.follow(uid)
        self._refuse_if_moved(uid, generation)
        table = mirror.table()
        return answered([Question(table, uid, retrieval) for retrieval in retrievals], self._server)

    def _asked(
        self, tables: Mapping[DocumentType, MirroredTable], retrievals: Mapping[DocumentType, Retrieval]
    ) -> Mapping[DocumentType, Candidates]:
        uids = {index: self._uids.get(t.generation, self._layout.live_uid(index)) for index, t in tables.items()}
        questions = [Question(tables[index], uids[index], retrieval) for index, retrieval in retrievals.items()]
        return dict(zip(retrievals, answered(questions, self._server), strict=True))

    def library(self, index: DocumentType) -> Library:
        """See Retriever."""
        return self._state(index)

    def _state(self, index: DocumentType) -> MirroredTable:
        """What is published of an index, as far as this process has followed it."""
        return self._published.of(self._table(index))

    def check(self) -> None:
        """See SearchEngine."""
        self._server.check()
        for index in DOCUMENT_TYPES:
            if self.live_generation(index) is not None:
                self._table(index)

    def close(self) -> None:
        """See SearchEngine."""
        self._stopped.set()
        if self._follower is not None:
            self._follower.join(timeout=5)
        self._server.close()

    def _table(self, index: DocumentType) -> MirroredTable:
        if index not in self._tables:
            self._refresh(index)
        if self._follower is None:
            self._follow()
        if index not in self._tables:
            raise EngineUnavailable(f"there is no index of {index}s yet")
        return self._tables[index]

    def _refresh_if_read(self, index: DocumentType) -> None:
        if index in self._tables:
            self._refresh(index)

    def _refresh(self, index: DocumentType) -> None:
        """See what was written to the live generation since the last time; a new one is read whole first."""
        with self._read_lock:
            places = self._layout.places(index)
            if places.live is None:
                return
            mirror = self._mirrors.get(index)
            is_new = mirror is None or mirror.generation != places.live or mirror.is_worn
            if mirror is None or is_new:
                late = _LATE_POLLS * self._poll_seconds
                mirror = Mirror(self._server, places.live, self._synonyms, late_seconds=late)
            changed = self._followed(mirror, places.uid(places.live))
            if is_new:
                self._refuse_if_moved(places.uid(places.live), places.live)
            if changed or is_new or mirror.wants_vocabulary:
                self._tables[index] = mirror.table()
            if is_new:
                give_back()
            self._mirrors[index] = mirror
            self._uids = {**self._uids, **places.uids}

    def _followed(self, mirror: Mirror, uid: str) -> bool:
        """Whether there was anything new; a mirror in which anything but the server failed is of no more use."""
        try:
            return mirror.follow(uid)
        except EngineUnavailable:
            raise
        except Exception:
            self._mirrors.pop(mirror.generation.index, None)
            raise

    def _follow(self) -> None:
        with self._read_lock:
            if self._follower is None:
                self._follower = threading.Thread(target=self._poll, name="engine-follower", daemon=True)
                self._follower.start()

    def _poll(self) -> None:
        while not self._stopped.wait(self._poll_seconds):
            for index in DOCUMENT_TYPES:
                try:
                    self._refresh(index)
                except Exception as error:  # the state in use stays; the next round tries again
                    log.warning("engine.refresh_failed", index=index, error=str(error))


def _newest(found: Iterable[Held]) -> dict[str, int]:
    newest: dict[str, int] = {}
    for held in found:
        newest[held.document] = max(held.revision, newest.get(held.document, 0))
    return newest


def _check(entry: IndexedDocument | Removal, dimensions: int) -> None:
    if isinstance(entry, Removal):
        return
    shapes = {entry.title_vector.shape, entry.document_vector.shape, entry.passage_vectors.shape[1:]}
    if shapes != {(dimensions,)} or len(entry.passage_vectors) != len(entry.passages):
        raise Inconsistent(f"the vectors of {entry.id} do not fit an index of {dimensions} dimensions")


def _batches(entries: Sequence[IndexedDocument | Removal], generation: str) -> Iterator[bytes]:
    """Records as NDJSON, a few megabytes at a time, sent at increasing times."""
    encoder, batch = msgspec.json.Encoder(), bytearray()
    moment = time.time_ns() // 1_000
    for number, entry in enumerate(entries):
        for record in records_of(entry, generation, moment + number):
            batch += encoder.encode(record)
            batch += b"\n"
            if len(batch) >= _BATCH_BYTES:
                yield bytes(batch)
                batch.clear()
    if batch:
        yield bytes(batch)
