"""A look at a source before it is connected: its first documents, and what is wrong with them. Nothing is stored."""

from collections.abc import Sequence

from msgspec import Struct

from indexing.connectors.base import Answer, Known, RowProblem, Source, SourcedDocument
from indexing.connectors.taking import document_id, parsed_leniently
from indexing.content.connectors import RunProblem
from indexing.documents import Article, Clinic, Document, document_type

_SHOWN = 10
_LOOKED_AT = 20


class PreviewedDocument(Struct, frozen=True):
    """A document as it would be stored, in short."""

    id: str
    type: str
    title: str
    url: str
    excerpt: str


class Previewed(Struct, frozen=True):
    """The first documents of a source, and how many its listing begins with (None where it has none)."""

    documents: list[PreviewedDocument]
    problems: list[RunProblem]
    listed: int | None


def preview(source: Source, *, id: str, prefix: str | None) -> Previewed:
    """Read a little of a source. Raises what the source raises."""
    changes = source.changes(None)
    answers: list[Answer] = list(changes.answers)
    listing = source.listing(None) if source.can_list else None
    if listing is not None and not answers:
        answers = list(source.fetch([Known(entry.key, entry.url) for entry in listing.entries[:_LOOKED_AT]]))
    begins = f"{id}-" if prefix is None else prefix
    documents, problems = _understood(answers, begins)
    return Previewed(documents[:_SHOWN], problems[:100], len(listing.entries) if listing is not None else None)


def _understood(answers: Sequence[Answer], prefix: str) -> tuple[list[PreviewedDocument], list[RunProblem]]:
    documents, problems = [], []
    for answer in answers:
        if isinstance(answer, RowProblem):
            problems.append(RunProblem(answer.where, answer.message))
        elif isinstance(answer, SourcedDocument):
            found, faults = parsed_leniently(answer, document_id(prefix, answer.key, answer.id))
            problems += [RunProblem(answer.key, fault) for fault in faults]
            if found is not None:
                documents.append(_short(found))
    return documents, problems


def _short(document: Document) -> PreviewedDocument:
    kind = document_type(document)
    if isinstance(document, Clinic):
        address = document.address
        place = ", ".join(part for part in (address.street, address.city, address.state, address.zip) if part)
        return PreviewedDocument(document.id, kind, document.name, document.url, place)
    summary = document.summary[:200] if isinstance(document, Article) else ""
    return PreviewedDocument(document.id, kind, document.title, document.url, summary)
