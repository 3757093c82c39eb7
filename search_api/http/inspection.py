"""One document as it is stored and as searches see it, for whoever asks why it is found, or is not."""

from collections import Counter
from datetime import UTC, datetime
from math import log

from litestar import Controller, get
from litestar.params import FromPath
from msgspec import Struct

from indexing.analysis import STOP_WORDS
from indexing.content.documents import StoredDocument
from indexing.content.outbox import FailureFilter
from indexing.documents import NEVER, DocumentType, public_from
from indexing.engines.base import Library
from indexing.engines.entries import Content
from indexing.errors import EngineUnavailable, NotFound
from indexing.queries import words_of
from search_api.http.auth import access
from search_api.http.documents import Id
from search_api.http.services import Injected, Services

_TELLING_WORDS = 15


class StoredState(Struct, frozen=True):
    """What the content store knows."""

    revision: int
    indexed_revision: int
    indexed_at: datetime | None
    is_deleted: bool
    status: str
    failure: str
    """Why it could not be indexed; empty where it could."""


class IndexedSection(Struct, frozen=True):
    """A section with its passages, as they are compared with questions."""

    heading: str
    anchor: str
    passages: list[str]


class IndexedState(Struct, frozen=True):
    """What searches see."""

    revision: int
    title: str
    labels: dict[str, list[str]]
    """Filters that find it, in words."""
    sections: list[IndexedSection]
    telling_words: list[str]
    """The words by which it is found before others: often in it, rarely elsewhere."""


class Inspection(Struct, frozen=True):
    """Both sides of one document, and in plain words how they stand to one another."""

    type: DocumentType
    id: str
    verdict: str
    stored: StoredState
    indexed: IndexedState | None


class InspectionController(Controller):
    """For editors."""

    path = "/v1"
    tags = ["Documents"]
    opt = access("editor")

    @get("/inspect/{type:str}/{id:str}", operation_id="inspectDocument", summary="A document as searches see it")
    async def inspect(self, services: Injected, type: FromPath[DocumentType], id: Id) -> Inspection:
        """What is stored, what is indexed, how its sections and passages look, what it is found by."""
        return await services.writing.run(lambda: _inspection(services, type, id))


def _inspection(services: Services, type: DocumentType, id: str) -> Inspection:
    row = services.parts.store.get(type, id)
    if row is None:
        raise NotFound(f"there is no {type} {id!r}, and there never was one")
    failures = services.parts.outbox.failed(FailureFilter(type=type, ids=(id,)))
    stored = StoredState(
        revision=row.revision,
        indexed_revision=row.indexed_revision,
        indexed_at=row.indexed_at,
        is_deleted=row.document is None and not row.fault,
        status=_status(row),
        failure=row.fault or (failures[0].error if failures else ""),
    )
    indexed = _indexed(services, type, id)
    if (due := _due(row)) is not None and not stored.failure:
        return Inspection(type, id, f"Searches find it from {due:%Y-%m-%d %H:%M} UTC on.", stored, indexed)
    return Inspection(type, id, _verdict(stored, indexed), stored, indexed)


def _due(row: StoredDocument) -> datetime | None:
    """When a document that lies ahead of its time is to be found."""
    due = NEVER if row.document is None else public_from(row.document)
    return due if datetime.now(UTC) < due < NEVER else None


def _status(row: StoredDocument) -> str:
    if row.fault:
        return "unreadable"
    return row.document.status if row.document is not None else "deleted"


def _indexed(services: Services, type: DocumentType, id: str) -> IndexedState | None:
    try:
        library = services.parts.engine.library(type)
    except EngineUnavailable:
        return None
    content = library.contents([id]).get(id)
    if content is None:
        return None
    return IndexedState(
        revision=content.revision,
        title=content.title,
        labels={name: list(values.values()) for name, values in content.attributes.labels.items() if values},
        sections=_sections(content),
        telling_words=_telling(content, library),
    )


def _sections(content: Content) -> list[IndexedSection]:
    sections: list[IndexedSection] = []
    for passage in content.passages:
        if not sections or (sections[-1].heading, sections[-1].anchor) != (passage.heading, passage.anchor):
            sections.append(IndexedSection(passage.heading, passage.anchor, []))
        sections[-1].passages.append(passage.text)
    return sections


def _telling(content: Content, library: Library) -> list[str]:
    """Words with the highest tf-idf."""
    counts = Counter(
        word
        for text in (content.title, *(passage.text for passage in content.passages))
        for word in words_of(text)
        if word not in STOP_WORDS
    )
    total = len(library.titles) + 1
    weights = {word: count * log(total / max(library.words.frequency(word), 1)) for word, count in counts.items()}
    return sorted(weights, key=lambda word: (-weights[word], word))[:_TELLING_WORDS]


def _verdict(stored: StoredState, indexed: IndexedState | None) -> str:
    if stored.failure:
        return f"It could not be indexed: {stored.failure}"
    if stored.status != "published":
        return f"It is {stored.status}, so searches do not find it." if indexed is None else "It is being taken away."
    if indexed is None:
        return "It waits to be indexed."
    if indexed.revision < stored.revision:
        return "Searches find an earlier version; the newest one waits to be indexed."
    return "Searches find the newest version."
