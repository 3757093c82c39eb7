"""Documents as they are sent and stored: checked here once, at the edge; everything behind it trusts their types.

The types and their fields are declared in `indexing.schema`.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, get_args, get_type_hints

import msgspec
from msgspec import Struct

from indexing.answered_questions import lost_sections
from indexing.errors import FieldError, InvalidDocument
from indexing.fields import convert_fields, in_utc
from indexing.nesting import faults_of_body
from indexing.schema.article import Article as Article
from indexing.schema.clinic import Clinic as Clinic
from indexing.schema.openings import Hours
from indexing.schema.types import CLASSES
from indexing.schema.types import DOCUMENT_TYPES as DOCUMENT_TYPES
from indexing.schema.types import Document as Document
from indexing.schema.types import DocumentType as DocumentType
from indexing.schema.types import document_type as document_type
from indexing.schema.values import Url, Verification
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
_SPACED_OFFSET = re.compile(r"(\S+[T ]\S+) (\d{2}:\d{2})")
"""The end of a time whose `+` was read as a space."""
_TIME_EXPECTED = "Expected an RFC 3339 date and time such as 2026-01-31T09:00:00Z"
_HIDDEN = r"\s\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff"
"""Characters that show another address than is opened, or none: spaces, control characters, directions of writing."""
_PLAIN_ADDRESS = re.compile(rf"(?:https?://[^/?#@\\{_HIDDEN}]+(?:[/?#][^{_HIDDEN}]*)?|/(?![/\\])[^{_HIDDEN}]*)")
"""A path of ours, or an address of the web without user name and password; its host has no backslash."""
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
    _order_as_read(fields)
    cls = CLASSES[kind]
    notes: list[FieldError] = []
    if kind == "clinic":
        fields, notes = in_our_names(fields)
    _settle_zones(cls, fields, notes)
    values = convert_fields(cls, fields, errors, finish=_in_time, explain=_explained)
    if not errors:
        errors += _contradictions(cls, values)
    if not errors and kind == "article":
        errors += faults_of_body(values["body"], values.get("body_format", "html"))
    if errors:
        raise InvalidDocument(errors)
    unknown = unknown_fields(cls, fields, also=_ANSWERED_FIELDS)
    document = cls(**values)
    told = (*notes, *sorted(unknown, key=lambda error: error.field), *_ahead(values))
    return ParsedDocument(document, (*told, *lost_sections(document)) if isinstance(document, Article) else told)


def _order_as_read(fields: dict[str, Any]) -> None:
    """A document as GET answers it holds our counter as `revision`; its place in the sender's order is in `order`."""
    order = fields.get("order")
    if isinstance(order, dict):
        fields["revision"] = order.get("revision")


def _settle_zones(cls: type[Struct], fields: dict[str, Any], notes: list[FieldError]) -> None:
    """A time without a zone is one of UTC, a date alone its midnight there; both are said."""
    for name in _times_of(cls):
        value = fields.get(name)
        if not isinstance(value, str):
            continue
        fields[name], note = _settled(value)
        notes += [FieldError(name, note)] if note else []


def _settled(text: str) -> tuple[str, str]:
    """A time as it is read, and what is said of that; empty where it is as it should be."""
    if _DATE.fullmatch(text.strip()):
        return f"{text.strip()}T00:00:00Z", "has no time; read as midnight UTC"
    if _ZONELESS.fullmatch(text.strip()):
        return text.strip().replace(" ", "T"), "has no time zone; read as UTC"
    return text, ""


def time_in_query(name: str, text: str) -> tuple[datetime, tuple[FieldError, ...]]:
    """A time in a query string, where `+` means a space, read as those of documents, with remarks on that.

    Raises InvalidDocument.
    """
    settled, note = _settled(_SPACED_OFFSET.sub(r"\1+\2", text.strip()))
    try:
        moment: datetime = _in_time(msgspec.convert(settled, datetime))
    except (msgspec.ValidationError, OverflowError) as error:
        raise InvalidDocument([FieldError(name, f"{_TIME_EXPECTED}; in a query + is written %2B")]) from error
    return moment, (FieldError(name, note),) if note else ()


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
    if "RFC3339" in text:
        return _TIME_EXPECTED
    return text


def _in_time(value: Any) -> Any:
    moment = in_utc(value)
    if isinstance(moment, datetime) and moment.year < _FIRST_YEAR:
        raise OverflowError
    return moment


def _contradictions(cls: type[Struct], values: Mapping[str, Any]) -> list[FieldError]:
    low, high = values.get("price_min"), values.get("price_max")
    if low is not None and high is not None and low > high:
        return [FieldError("price_min", "is above price_max")]
    if errors := list(_misleading(cls, values)):
        return errors
    if errors := [*_unverifiable(values.get("verified") or {}), *_never_open(values.get("hours") or ())]:
        return errors
    if (npi := values.get("npi")) and not _is_npi(npi):
        return [FieldError("npi", "is no National Provider Identifier: its check digit is wrong")]
    for name in ("title", "name"):
        if name in values and not re.search(r"\w", values[name]):
            return [FieldError(name, "needs at least one letter or digit")]
    return []


@cache
def _addresses_of(cls: type[Struct]) -> tuple[str, ...]:
    """The fields that hold an address of the web."""
    hints = get_type_hints(cls, include_extras=True)
    return tuple(name for name, hint in hints.items() if hint == Url or Url in get_args(hint))


def _misleading(cls: type[Struct], values: Mapping[str, Any]) -> Iterator[FieldError]:
    """Addresses that show another place than they open."""
    sent = {name: values.get(name) for name in _addresses_of(cls)}
    sent |= {f"sources[{number}].url": each.url for number, each in enumerate(values.get("sources") or ())}
    for name, address in sent.items():
        if address and not _PLAIN_ADDRESS.fullmatch(address):
            message = (
                "Expected an http(s) address, or a path that begins with /; "
                "without user name, password or hidden characters, and without a backslash in the host"
            )
            yield FieldError(name, message)


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


def _never_open(hours: Sequence[Hours]) -> Iterator[FieldError]:
    """Hours of opening that no clock shows, or that end when they begin; they may end on the day after."""
    for number, each in enumerate(hours):
        for name in ("opens", "closes"):
            if getattr(each, name) > "24:00":
                yield FieldError(f"hours[{number}].{name}", "is after 24:00, the end of the day")
        if each.opens == each.closes:
            yield FieldError(f"hours[{number}].closes", "is when it opens; for the whole day send 00:00 and 24:00")


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
