"""Follows one generation on the server and makes a table of each state.

A process that reads holds every document's attributes, words, vector and text; words and meaning are
compared on the server. Records carry the time they were sent, which is how new ones are found; one
that waited in the server's queue is looked for as long as writers wait for it.
"""

import hashlib
import time
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from indexing.analysis import analysed
from indexing.embedders.base import Vector
from indexing.engines.attributes import Column, Mask
from indexing.engines.builder import TableBuilder
from indexing.engines.entries import Content, Generation
from indexing.engines.meilisearch.filters import any_of
from indexing.engines.meilisearch.records import (
    DOCUMENT,
    DOCUMENT_VECTOR,
    HELD_FIELDS,
    REMOVAL,
    TITLE_VECTOR,
    Held,
    StoredContent,
    analysed_passages,
)
from indexing.engines.meilisearch.server import MOST_TASK_SECONDS, MeiliServer, Record
from indexing.engines.postings import Postings, PostingsView
from indexing.engines.table import KEPT_CONTENTS, DocumentTable
from indexing.engines.terms import Synonyms
from indexing.engines.vectors import VectorMatrix
from indexing.errors import EngineUnavailable
from indexing.words import PacedVocabulary

_LISTED_AT_ONCE = 1_000
_FETCHED_AT_ONCE = 100
_PASSAGES_AT_ONCE = 3_000
"""Of the documents in one answer: some megabytes of text."""
_LATE_SECONDS = 5.0
_LEAST_DEAD = 5_000
_STATES = 1 << 64
_LATE_MICROSECONDS = int(2 * MOST_TASK_SECONDS * 1e6)
_SECONDS = 30.0
"""For one answer with many documents."""


def listing(server: MeiliServer, uid: str, generation: str, *, since: int = 0) -> Iterator[Held]:
    """The records of documents and removals that were sent since a time (microseconds since 1970), in that order."""
    seen: set[tuple[str, int]] = set()
    while True:
        conditions = [any_of("kind", [DOCUMENT, REMOVAL]), any_of("generation", [generation])]
        query = {
            "indexUid": uid,
            "filter": [*conditions, f"written_at >= {since}"],
            "sort": ["written_at:asc"],
            "limit": _LISTED_AT_ONCE,
            "attributesToRetrieve": HELD_FIELDS,
        }
        (page,) = server.search([query], seconds=_SECONDS)
        fresh = [msgspec.convert(hit, Held) for hit in page.hits]
        if any(later.written_at < earlier.written_at for earlier, later in pairwise(fresh)):
            raise EngineUnavailable("Meilisearch ran out of time while it sorted; to be listed again")
        for held in fresh:
            if (held.document, held.revision) not in seen:
                seen.add((held.document, held.revision))
                yield held
        if len(fresh) < _LISTED_AT_ONCE or fresh[-1].written_at == since:
            return
        since = fresh[-1].written_at


def _parts(wanted: Sequence[Held]) -> Iterator[list[Held]]:
    """Documents for one answer each: not too many, and not too long."""
    part: list[Held] = []
    passages = 0
    for held in wanted:
        if part and (len(part) >= _FETCHED_AT_ONCE or passages + held.passages > _PASSAGES_AT_ONCE):
            yield part
            part, passages = [], 0
        part.append(held)
        passages += held.passages
    if part:
        yield part


def _mark(head: "Head") -> int:
    """A number for one revision of one document, the same on every process."""
    return int.from_bytes(hashlib.blake2b(f"{head.id} {head.revision}".encode(), digest_size=8).digest())


class Head(Struct, frozen=True):
    """One document as a mirror holds it."""

    id: str
    revision: int
    title: str
    passages: int
    packed: bytes
    """StoredContent as JSON, compressed."""


class MirroredTable(DocumentTable, frozen=True):
    """Everything that one process knows of a generation at one moment."""

    packed: Sequence[Head]
    """The same as `heads`."""
    postings: PostingsView
    """Of documents, by slot."""
    passage_postings: PostingsView
    """Of passages, by row."""
    unstemmed: PostingsView
    """Of documents as words are written, by slot."""
    slot_of_row: NDArray[np.int32]
    state: int

    @property
    def version(self) -> str:
        """See Library; the same on every process."""
        return f"{self.generation.name}.{self.state:x}.{len(self)}"

    def holding(self, words: Sequence[str], found: NDArray[np.int64]) -> Mask:
        """See DocumentTable."""
        mask = np.zeros(self.size, dtype=np.bool_)
        for word in words:
            mask[found] |= self.unstemmed.holding((word,))[found]
        return mask

    def content_of(self, slot: int) -> Content:
        """See DocumentTable."""
        head = self.packed[slot]
        return _unpacked(head.packed).content(head.id, head.revision)


@lru_cache(KEPT_CONTENTS)
def _unpacked(packed: bytes) -> StoredContent:
    return msgspec.json.decode(zlib.decompress(packed), type=StoredContent)


class Mirror:
    """The growing tables behind the states of one generation. Used by one thread at a time."""

    def __init__(
        self, server: MeiliServer, generation: Generation, synonyms: Synonyms, *, late_seconds: float = _LATE_SECONDS
    ) -> None:
        """`late_seconds` is how often records are looked for that were sent before others and arrived after them."""
        self.generation = generation
        self._late_seconds = late_seconds
        self._looked_late_at = self._fresh_at = time.monotonic()
        self._state = 0
        self._server = server
        self._synonyms = synonyms
        self._table: TableBuilder[Head] = TableBuilder(generation.stamp.dimensions)
        self._revisions: dict[str, int] = {}
        self._documents = VectorMatrix(generation.stamp.dimensions)
        self._titles = VectorMatrix(generation.stamp.dimensions)
        self._fields = generation.stamp.schema.document_boosts
        self._passage_fields = generation.stamp.schema.passage_boosts
        self._postings = Postings(list(self._fields.values()))
        self._passage_postings = Postings(list(self._passage_fields.values()))
        self._unstemmed = Postings([1.0])
        self._slot_of_row = Column(np.int32)
        self._vocabulary = PacedVocabulary()
        self._newest = 0

    @property
    def wants_vocabulary(self) -> bool:
        """Whether a table is due only because the vocabulary of the last one is old."""
        return self._vocabulary.is_due

    def follow(self, uid: str) -> bool:
        """Take over what is new in the generation's index; whether there was anything."""
        since = self._since()
        fresh = [
            held
            for held in listing(self._server, uid, self.generation.name, since=since)
            if held.revision > self._revisions.get(held.document, 0)
        ]
        newest: dict[str, Held] = {}
        for held in fresh:
            if held.document not in newest or held.revision > newest[held.document].revision:
                newest[held.document] = held
        for held in newest.values():
            if held.kind == REMOVAL:
                self._forget(held.document)
                self._revisions[held.document] = held.revision
        self._take_in(uid, [held for held in newest.values() if held.kind == DOCUMENT])
        self._newest = max((self._newest, *(held.written_at for held in fresh)))
        if newest:
            self._vocabulary.is_stale = True
            self._fresh_at = time.monotonic()
        return bool(newest)

    def _since(self) -> int:
        """From when on to list: what is new, and now and then also what may have come late."""
        moment = time.monotonic()
        if moment - self._looked_late_at < self._late_seconds or moment - self._fresh_at > _LATE_MICROSECONDS / 1e6:
            return self._newest
        self._looked_late_at = moment
        return max(self._newest - _LATE_MICROSECONDS, 0)

    @property
    def is_worn(self) -> bool:
        """Whether more of it is dead than alive, so that reading all anew is cheaper than going on."""
        dead = len(self._table.heads) - len(self._table.slot_of_id)
        return dead > max(_LEAST_DEAD, len(self._table.slot_of_id))

    def table(self) -> MirroredTable:
        """The state that was followed last."""
        columns, slot_of_row = self._table.columns(), self._slot_of_row.view()
        unstemmed = self._unstemmed.view(columns["live"])
        return MirroredTable(
            generation=self.generation,
            **columns,
            document_vectors=self._documents,
            title_vectors=self._titles,
            postings=self._postings.view(columns["live"]),
            passage_postings=self._passage_postings.view(columns["live"][slot_of_row]),
            unstemmed=unstemmed,
            slot_of_row=slot_of_row,
            vocabulary=self._vocabulary.current(unstemmed.frequencies),
            synonyms=self._synonyms,
            packed=self._table.heads,
            state=self._state,
        )

    def _take_in(self, uid: str, wanted: Sequence[Held]) -> None:
        """A part of the documents at a time; an error between leaves what was taken in before."""
        parts = list(_parts(wanted))
        queries = (self._fetching(uid, [held.document for held in part]) for part in parts)
        for part, page in zip(parts, self._server.searched_ahead(queries, seconds=_SECONDS), strict=True):
            some = {held.document: held for held in part}
            titles, documents = [], []
            for record in page.hits:
                known = some.get(record["document"])
                if known is not None and record["revision"] == known.revision:
                    self._add(record)
                    titles.append(self._vector(record, TITLE_VECTOR))
                    documents.append(self._vector(record, DOCUMENT_VECTOR))
            if documents:
                self._titles = self._titles.appended(np.stack(titles).astype(np.float16))
                self._documents = self._documents.appended(np.stack(documents).astype(np.float16))

    def _fetching(self, uid: str, ids: Sequence[str]) -> Record:
        """The query for the records of some documents."""
        conditions = [any_of("kind", [DOCUMENT]), any_of("generation", [self.generation.name])]
        return {
            "indexUid": uid,
            "filter": [*conditions, any_of("document", ids)],
            "limit": 10 * _FETCHED_AT_ONCE,
            "attributesToRetrieve": ["document", "revision", "content", "words", *self._fields, "_vectors"],
            "retrieveVectors": True,
        }

    def _vector(self, record: Record, name: str) -> Vector:
        vector = np.zeros(self.generation.stamp.dimensions, dtype=np.float32)
        if embeddings := record["_vectors"][name]["embeddings"]:
            vector[:] = embeddings[0]
        return vector

    def _add(self, record: Record) -> None:
        stored = msgspec.convert(record["content"], StoredContent)
        questions, stored = stored.questions, msgspec.structs.replace(stored, questions=())
        head = Head(
            id=record["document"],
            revision=record["revision"],
            title=stored.title[:300],
            passages=len(stored.passages),
            packed=zlib.compress(msgspec.json.encode(stored), 1),
        )
        self._forget(head.id)
        slot = self._table.add(head, stored.attributes, questions)
        self._postings.add([_words(record.get(field, "")) for field in self._fields])
        self._unstemmed.add([_words(record["words"])])
        for passage, text in zip(stored.passages, analysed_passages(record["body"], stored), strict=True):
            texts = {"context": analysed([passage.context]), "text": text}
            self._passage_postings.add([_words(texts.get(field, "")) for field in self._passage_fields])
            self._slot_of_row.append(slot)
        self._revisions[head.id] = head.revision
        self._state = (self._state + _mark(head)) % _STATES

    def _forget(self, id: str) -> None:
        slot = self._table.remove(id)
        if slot is not None:
            self._state = (self._state - _mark(self._table.heads[slot])) % _STATES


def _words(texts: str | Sequence[str]) -> list[str]:
    """The words of a field, which may have several texts."""
    return (texts if isinstance(texts, str) else " ".join(texts)).split()
