"""A look at a source before it is connected: its first documents, and what is wrong with them. Nothing is stored."""

from collections.abc import Sequence

from msgspec import Struct

from indexing.connectors.base import Answer, Known, Listing, RowProblem, Source, SourcedDocument
from indexing.connectors.columns import ColumnProblem, missing_told
from indexing.connectors.taking import document_id, parsed_leniently
from indexing.content.connectors import RunProblem, StoredConnector
from indexing.documents import Article, Clinic, Document, document_type
from indexing.doubts import Doubts, no_doubts

_SHOWN = 10
_LOOKED_AT = 20
_MOST_PROBLEMS = 100


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
    columns: list[ColumnProblem] = []
    """Of a sheet the columns that are left out, each with the field that it may hold."""


def preview(
    source: Source, *, id: str, prefix: str | None, doubts: Doubts = no_doubts, known: StoredConnector | None = None
) -> Previewed:
    """Read a little of a source, that of the connector `known` where there is one. Raises what the source raises."""
    changes = source.changes(None)
    answers: list[Answer] = list(changes.answers)
    listing = source.listing(None) if source.can_list else None
    if listing is not None and not answers:
        answers = list(source.fetch([Known(entry.key, entry.url) for entry in listing.entries[:_LOOKED_AT]]))
    begins = f"{id}-" if prefix is None else prefix
    documents, problems = _understood(answers, begins, doubts)
    if listing is None:
        return Previewed(documents[:_SHOWN], problems[:_MOST_PROBLEMS], None)
    problems = [*column_faults(listing, known), *problems]
    return Previewed(documents[:_SHOWN], problems[:_MOST_PROBLEMS], len(listing.entries), list(listing.problems))


def column_faults(listing: Listing, known: StoredConnector | None = None) -> list[RunProblem]:
    """What is wrong with the columns of a sheet, also those that the connector read before and misses."""
    missing = [field for field in (known.columns if known else ()) if field not in listing.read]
    told = [missing_told(missing, ())] if missing else []
    return [RunProblem("columns", message) for message in (*told, *(each.message for each in listing.problems))]


def _understood(
    answers: Sequence[Answer], prefix: str, doubts: Doubts
) -> tuple[list[PreviewedDocument], list[RunProblem]]:
    documents, problems = [], []
    for answer in answers:
        if isinstance(answer, RowProblem):
            problems.append(RunProblem(answer.where, answer.message))
        elif isinstance(answer, SourcedDocument):
            found, faults = parsed_leniently(answer, document_id(prefix, answer.key, answer.id), doubts=doubts)
            problems += faults
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
