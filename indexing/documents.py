"""Documents as they are sent and stored: checked here once, at the edge; everything behind it trusts their types.

The types and their fields are declared in `indexing.schema`.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, get_args, get_type_hints

import msgspec
from msgspec import Struct

from indexing.errors import FieldError, InvalidDocument
from indexing.fields import convert_fields, in_utc
from indexing.nesting import faults_of_body
from indexing.schema.article import Article as Article
from indexing.schema.clinic import Clinic as Clinic
from indexing.schema.types import CLASSES
from indexing.schema.types import DOCUMENT_TYPES as DOCUMENT_TYPES
from indexing.schema.types import Document as Document
from indexing.schema.types import DocumentType as DocumentType
from indexing.schema.types import document_type as document_type
from indexing.schema.values import Verification
from indexing.schema_org import in_our_names
from indexing.text import storable
from indexing.unknown_fields import unknown_fields


def indexes_of(type: str) -> tuple[DocumentType, ...]:
    """The types that `type` means: one, or with `all` every one."""
    return tuple(index for index in DOCUMENT_TYPES if type in (index, "all"))


NEVER = datetime.max.replace(tzinfo=UTC)
_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_FIRST_YEAR = 1900
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_ZONELESS = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d+)?")
_ANSWERED_FIELDS = frozenset({"type", "indexed_revision", "indexed_at", "order"})
"""Fields of our own answers, so that a document that was read can be sent back."""


class ParsedDocument(Struct, frozen=True):
    """An accepted document, and remarks on what was ignored in it."""

    document: Document
    warnings: tuple[FieldError, ...] = ()


def parse_document(kind: DocumentType, raw: object, *, id: str | None = None) -> ParsedDocument:
    """Check `raw` (decoded JSON) against the contract.

    `id` is the id in the address, which the document may repeat but not contradict.
    Raises InvalidDocument with every field at fault.
    """
    if not isinstance(raw, dict):
        raise InvalidDocument([FieldError("", "expected a JSON object")])
    try:
        fields = {str(name): _cleaned(value) for name, value in raw.items()}
    except RecursionError as error:
        raise InvalidDocument([FieldError("", "is nested too deeply")]) from error
    errors: list[FieldError] = []
    if id is not None and fields.setdefault("id", id) != id:
        errors.append(FieldError("id", f"is {fields['id']!r}, but the address says {id!r}; send one id"))
    if fields.get("type", kind) != kind:
        errors.append(FieldError("type", f"expected {kind!r}"))
    cls = CLASSES[kind]
    notes: list[FieldError] = []
    if kind == "clinic":
        fields, notes = in_our_names(fields)
    _settle_zones(cls, fields, notes)
    values = convert_fields(cls, fields, errors, finish=_in_time, explain=_explained)
    if not errors:
        errors += _contradictions(values)
    if not errors and kind == "article":
        errors += faults_of_body(values["body"], values.get("body_format", "html"))
    if errors:
        raise InvalidDocument(errors)
    unknown = unknown_fields(cls, fields, also=_ANSWERED_FIELDS)
    return ParsedDocument(cls(**values), (*notes, *sorted(unknown, key=lambda error: error.field), *_ahead(values)))


def _settle_zones(cls: type[Struct], fields: dict[str, Any], notes: list[FieldError]) -> None:
    """A time without a zone is one of UTC, a date alone its midnight there; both are said."""
    for name in _times_of(cls):
        value = fields.get(name)
        if not isinstance(value, str):
            continue
        if _DATE.fullmatch(value.strip()):
            fields[name] = f"{value.strip()}T00:00:00Z"
            notes.append(FieldError(name, "has no time; read as midnight UTC"))
        elif _ZONELESS.fullmatch(value.strip()):
            fields[name] = value.strip().replace(" ", "T")
            notes.append(FieldError(name, "has no time zone; read as UTC"))


@cache
def _times_of(cls: type[Struct]) -> tuple[str, ...]:
    """The fields that hold a time."""
    return tuple(name for name, hint in get_type_hints(cls).items() if datetime in get_args(hint))


def public_from(document: Document) -> datetime:
    """From when on the public may see a document; NEVER where it is a draft or archived."""
    if document.status != "published":
        return NEVER
    return getattr(document, "published_at", None) or _LONG_AGO


def _ahead(values: Mapping[str, Any]) -> Iterator[FieldError]:
    published_at = values.get("published_at")
    if published_at is not None and published_at > datetime.now(UTC):
        yield FieldError("published_at", f"lies ahead; searches do not find it before {published_at.isoformat()}")


def _explained(name: str, path: str, text: str) -> str:
    """What is wrong with a field, as the sender of a document understands it."""
    if "regex" in text and "https?://" in text:
        return (
            "Expected an http(s) address, or a path that begins with /; "
            "without user name, password or hidden characters, and without a backslash in the host"
        )
    if "regex" in text and path.endswith("zip"):
        return "Expected a US ZIP code such as 78701"
    if "regex" in text and path.endswith("state"):
        return "Expected a two-letter US state such as TX"
    if "RFC3339" in text:
        return "Expected an RFC 3339 date and time such as 2026-01-31T09:00:00Z"
    return text


def _in_time(value: Any) -> Any:
    moment = in_utc(value)
    if isinstance(moment, datetime) and moment.year < _FIRST_YEAR:
        raise OverflowError
    return moment


def _contradictions(values: Mapping[str, Any]) -> list[FieldError]:
    low, high = values.get("price_min"), values.get("price_max")
    if low is not None and high is not None and low > high:
        return [FieldError("price_min", "is above price_max")]
    if errors := _unverifiable(values.get("verified") or {}):
        return errors
    if (npi := values.get("npi")) and not _is_npi(npi):
        return [FieldError("npi", "is no National Provider Identifier: its check digit is wrong")]
    for name in ("title", "name"):
        if name in values and not re.search(r"\w", values[name]):
            return [FieldError(name, "needs at least one letter or digit")]
    return []


def _unverifiable(verified: Mapping[str, Verification]) -> list[FieldError]:
    known = {field.name for field in msgspec.structs.fields(Clinic)} - {"id", "verified", "status", "revision"}
    latest = datetime.now(UTC).date() + timedelta(days=1)
    errors = []
    for name, each in verified.items():
        if name not in known:
            errors.append(FieldError(f"verified.{name[:40]}", "is no field of a clinic"))
        elif each.on > latest:
            errors.append(FieldError(f"verified.{name}.on", "lies ahead"))
    return errors


def _is_npi(npi: str) -> bool:
    """Whether the check digit is right (Luhn's formula over 80840 and the number; 45 CFR 162.406)."""
    digits = [int(digit) for digit in f"80840{npi}"][::-1]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _cleaned(value: Any) -> Any:
    return _walked(value, storable)


def _walked(value: Any, clean: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_walked(item, clean) for item in value]
    if isinstance(value, dict):
        return {clean(str(key)): _walked(item, clean) for key, item in value.items()}
    return value


def encode_document(document: Document) -> bytes:
    """The JSON in which the content store keeps a document; equal documents give equal bytes."""
    return msgspec.json.encode(document, order="sorted")


def decode_document(kind: DocumentType, payload: bytes) -> Document:
    """The document that `encode_document` wrote."""
    return msgspec.json.decode(payload, type=CLASSES[kind])
