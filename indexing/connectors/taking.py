"""What a source answered, turned into writes of the content store and into what is remembered of it."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, get_type_hints

import msgspec
from msgspec import Struct

from indexing.connectors.base import DECIDING, Absent, Answer, RowProblem, SourcedDocument, Unchanged
from indexing.content.connector_items import Item, ItemStore
from indexing.content.connectors import RunProblem
from indexing.content.documents import Write
from indexing.documents import Document, DocumentType, encode_document, parse_document
from indexing.doubts import Doubts, no_doubts
from indexing.errors import InvalidDocument
from indexing.fields import in_utc
from indexing.ingest import Ingest
from indexing.schema.types import CLASSES

_LONGEST_SLUG = 80
_LONGEST_KEY = 1_400
_MOST_TRIES = 8
"""Of a field the checks tell one fault at a time; a document with more faults than this is refused."""
_OPTIONAL = {
    kind: frozenset(field.name for field in msgspec.structs.fields(cls) if not field.required) - DECIDING
    for kind, cls in CLASSES.items()
}


class Taken(Struct):
    """What became of some answers."""

    read: int = 0
    stored: int = 0
    unchanged: int = 0
    removed: int = 0
    failed: int = 0
    problems: list[RunProblem] = []
    again: list[str] = []
    """Keys of what the next run asks for once more."""


def document_id(prefix: str, key: str, own: str = "") -> str:
    """The id of a document: readable, and another one for every key of a source."""
    wanted = own or key
    slug = re.sub(r"[^A-Za-z0-9_-]+", "-", wanted).strip("-")
    if slug == wanted and len(slug) <= _LONGEST_SLUG:
        return f"{prefix}{slug}"
    mark = hashlib.sha256(wanted.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{prefix}{slug[:_LONGEST_SLUG].strip('-')}-{mark}".lstrip("-")


class Taker:
    """Takes the answers of one connector's source."""

    def __init__(self, items: ItemStore, ingest: Ingest, *, connector: str, prefix: str, doubts: Doubts) -> None:
        self._items = items
        self._ingest = ingest
        self._connector = connector
        self._prefix = prefix
        self._doubts = doubts

    def take(self, answers: Sequence[Answer], run: int) -> Taken:
        """Store what was read, and remember it; what the source says is gone becomes doubtful."""
        latest = {answer.key: answer for answer in answers if answer.key}
        known = self._items.get(latest)
        taken = Taken(read=len(answers))
        for answer in answers:
            if isinstance(answer, RowProblem):
                taken.problems.append(RunProblem(answer.where, answer.message))
                taken.again += [answer.key] if answer.is_passing and answer.key else []
        taken.failed = len(taken.problems)
        writes: list[Write] = []
        saved: list[Item] = []
        owners = self._owners(latest.values(), known)
        for key, answer in latest.items():
            item = known.get(key) or Item(key=key)
            if isinstance(answer, SourcedDocument):
                changed = self._document(answer, item, owners, taken)
                saved.append(changed[0])
                writes += [changed[1]] if changed[1] is not None else []
            elif not isinstance(answer, Unchanged):
                saved.append(_without(item, answer))
        self._ingest.accept(writes)
        self._items.save(saved)
        self._items.settle([key for key, answer in latest.items() if isinstance(answer, Unchanged)])
        taken.stored += len(writes)
        return taken

    def remove(self, items: Sequence[Item]) -> int:
        """Delete the documents of these items; returns how many."""
        self._ingest.accept([Write(item.type, item.document, None) for item in items if item.type and item.document])
        self._items.mark_absent([item.key for item in items])
        return len(items)

    def _owners(self, answers: Any, known: Mapping[str, Item]) -> dict[tuple[str, str], tuple[str, str]]:
        """Who has the ids that documents would get."""
        wanted: dict[DocumentType, set[str]] = {}
        for answer in answers:
            if isinstance(answer, SourcedDocument):
                wanted.setdefault(answer.type, set()).add(self._id(answer, known.get(answer.key)))
        return {
            (type, id): owner for type, ids in wanted.items() for id, owner in self._items.owner_of(type, ids).items()
        }

    def _id(self, answer: SourcedDocument, item: Item | None) -> str:
        return (item.document if item else "") or document_id(self._prefix, answer.key, answer.id)

    def _document(
        self,
        answer: SourcedDocument,
        item: Item,
        owners: dict[tuple[str, str], tuple[str, str]],
        taken: Taken,
    ) -> tuple[Item, Write | None]:
        """What to remember of a document, and the write that stores it where it is another one."""
        id = self._id(answer, item)
        fault = ""
        owner = owners.setdefault((answer.type, id), (self._connector, answer.key))
        if owner != (self._connector, answer.key):
            fault = f"its id {id!r} is that of {owner[1]!r} of connector {owner[0]!r}"
        elif len(answer.key) > _LONGEST_KEY:
            fault = "its address is too long"
        document = None if fault else self._parsed(answer, id, item, taken)
        if document is None:
            fault = fault or taken.problems.pop().message
            taken.failed += 1
            taken.problems.append(RunProblem(answer.key, fault))
            return _without(item, RowProblem(answer.key, fault, answer.key)), None
        digest = hashlib.sha256(encode_document(document)).hexdigest()
        is_same = digest == item.digest and item.state == "published"
        taken.unchanged += is_same
        saved = msgspec.structs.replace(
            item,
            type=answer.type,
            document=id,
            version=(answer.version or item.listed)[:200],
            url=document.url[:2000],
            etag=answer.validators.etag,
            modified=answer.validators.modified,
            digest=digest,
            state="published",
            is_released=False,
            problem="",
        )
        return saved, None if is_same else Write(answer.type, id, document)

    def _parsed(self, answer: SourcedDocument, id: str, item: Item, taken: Taken) -> Document | None:
        """The document; where there is none, the last of the problems says why."""
        document, problems = parsed_leniently(answer, id, is_withdrawn=item.is_withdrawn, doubts=self._doubts)
        taken.problems += problems
        return document


def parsed_leniently(
    answer: SourcedDocument, id: str, *, is_withdrawn: bool = False, doubts: Doubts = no_doubts
) -> tuple[Document | None, list[RunProblem]]:
    """The document without optional fields that cannot be taken, and what is wrong with it or doubtful in it."""
    fields = {**answer.fields, "id": id}
    if is_withdrawn:
        fields["status"] = "archived"
    if _is_ahead(fields.get("updated_at")):
        del fields["updated_at"]
    left_out: dict[str, str] = {}
    problems = [RunProblem(each.where, each.message) for each in answer.faults]
    for _ in range(_MOST_TRIES):
        try:
            document = parse_document(answer.type, fields).document
        except InvalidDocument as error:
            faults = {fault.field: fault.message for fault in error.errors}
            if not all(_leave_out(fields, path, answer.type) for path in faults):
                return None, [*problems, RunProblem(answer.key, _listed(left_out | faults))]
            left_out |= faults
        else:
            told = [RunProblem(answer.key, f"taken without what is wrong: {_listed(left_out)}")] if left_out else []
            told += [RunProblem(answer.key, f"{each.field}: {each.message}") for each in doubts(document)]
            return document, [*problems, *told]
    return None, [*problems, RunProblem(answer.key, _listed(left_out))]


def _leave_out(fields: dict[str, Any], path: str, kind: DocumentType) -> bool:
    """Leave the optional field out that has a fault at `path`, or the optional part of one that is required."""
    name, _, inner = path.partition(".")
    name = name.partition("[")[0]
    if name in _OPTIONAL[kind]:
        fields.pop(name, None)
        return True
    value = fields.get(name)
    if not isinstance(value, Mapping) or inner not in value or inner not in _optional_parts(kind, name):
        return False
    fields[name] = {part: each for part, each in value.items() if part != inner}
    return True


@cache
def _optional_parts(kind: DocumentType, name: str) -> frozenset[str]:
    """The optional fields of a field that is a struct."""
    hint = get_type_hints(CLASSES[kind]).get(name)
    if not (isinstance(hint, type) and issubclass(hint, Struct)):
        return frozenset()
    return frozenset(field.name for field in msgspec.structs.fields(hint) if not field.required)


def _listed(faults: Mapping[str, str]) -> str:
    return "; ".join(f"{name}: {message}" for name, message in faults.items())


def _without(item: Item, answer: Absent | RowProblem) -> Item:
    """What is remembered of a document that is gone or could not be read: one that is stored stays for now."""
    if isinstance(answer, RowProblem):
        kept = item.state if item.state in {"published", "doubtful"} else "failed"
        return msgspec.structs.replace(item, state=kept, problem=answer.message[:500], version="")
    is_stored = item.state in {"published", "doubtful"}
    return msgspec.structs.replace(
        item, state="doubtful" if is_stored else "absent", problem=answer.reason[:500], version=""
    )


def _is_ahead(value: Any) -> bool:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.replace("Z", "+00:00"))
        except ValueError:
            return False
    moment = in_utc(value)
    return isinstance(moment, datetime) and moment > datetime.now(UTC)
