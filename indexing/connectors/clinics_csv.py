"""Clinic listings from a sheet (CSV) or a file of JSON-LD: columns are recognised by their names or mapped once."""

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from indexing.connectors import cells
from indexing.connectors.base import (
    DECIDING,
    Absent,
    Answer,
    Changes,
    Cursor,
    Entry,
    Known,
    Listing,
    Notice,
    RowProblem,
    SourcedDocument,
)
from indexing.connectors.columns import ColumnProblem, column_problems, columned_fields, mapped, missing_told, told
from indexing.connectors.jsonld import clinics_of, read_objects
from indexing.errors import ColumnsMissing, SourceForbidden, SourceUnavailable
from indexing.sheet_files import fault_of_sheet
from indexing.text import folded, squeezed, storable

ReadFile = Callable[[], bytes]
"""The file as it is now. Raises SourceUnavailable."""

_DECLARED = columned_fields()
_MANY = frozenset(each.field for each in _DECLARED if each.spec.kind == "label")
_FLAGS = frozenset(each.field for each in _DECLARED if each.spec.kind == "flag")
_PRICES = frozenset({"price_min", "price_max"})
_ADDRESSES = frozenset({"url", "website", "image"})
_IN_ADDRESS = frozenset({"street", "city", "state", "zip"})
_CHECKED = (
    *("phone", "address", "website", "email", "price_min", "price_max"),
    *(each.field for each in _DECLARED if each.spec.is_checked),
)
"""Fields for which a sheet's `checked_on` speaks."""
_MOST_ROWS = 100_000


class ClinicFileSource:
    """See Source; the file is read once a slice."""

    can_list = True

    def __init__(
        self,
        read: ReadFile,
        *,
        name: str,
        site: str,
        columns: Mapping[str, str] | None = None,
        missed: Sequence[str] = (),
    ) -> None:
        """`columns` are those that an editor chose; `missed` are fields without whose columns nothing is read."""
        self._read_file = read
        self._name = name
        self._site = site.rstrip("/")
        self._columns = dict(columns or {})
        self._missed = missed
        self._read: Sequence[str] = ()
        self._held: dict[str, None] = {}
        self._problems: Sequence[ColumnProblem] = ()
        self._rows: dict[str, Answer] | None = None

    def changes(self, since: Cursor | None) -> Changes:
        """See Source; the listing tells what changed."""
        return Changes((), since or {})

    def listing(self, after: Cursor | None) -> Listing:
        """See Source. A row with a fault is in it, so that the listing of before stays."""
        entries = [
            Entry(key, answer.version if isinstance(answer, SourcedDocument) else "")
            for key, answer in self._answers().items()
        ]
        return Listing(entries, read=self._read, columns=list(self._held), problems=self._problems)

    def fetch(self, known: Sequence[Known]) -> Iterator[Answer]:
        """See Source."""
        answers = self._answers()
        for each in known:
            yield answers.get(each.key) or Absent(each.key, "its row is gone")

    def absent(self, known: Sequence[Known]) -> list[str]:
        """See Source."""
        return [each.key for each in known]

    def key_of(self, notice: Notice) -> str | None:
        """See Source; the notice's id is that of the row."""
        return notice.id or None

    def _answers(self) -> dict[str, Answer]:
        if self._rows is None:
            body = self._read_file()
            if fault := fault_of_sheet(body):
                raise SourceForbidden(fault)
            is_json = body.lstrip()[:1] in (b"{", b"[")
            self._rows = _keyed(self._from_json(body) if is_json else self._from_sheet(body))
        return self._rows

    def _from_json(self, body: bytes) -> Iterator[Answer]:
        try:
            text = body.decode("utf-8-sig")
            json.loads(text)
        except (ValueError, RecursionError) as error:
            raise SourceUnavailable("the file is broken off or no JSON", is_worth_retrying=False) from error
        for each in clinics_of(read_objects([text])):
            yield self._document(dict(each.fields), id=each.id)

    def _from_sheet(self, body: bytes) -> Iterator[Answer]:
        rows = csv.reader(io.StringIO(_decoded(body), newline=""), delimiter=_delimiter(body))
        header = [squeezed(storable(cell)) for cell in next(rows, [])]
        columns = mapped(header, self._columns)
        self._problems = list(column_problems(header, columns, self._columns))
        self._refuse(header, columns)
        self._read = tuple(columns)
        for number, row in enumerate(rows, 2):
            if number > _MOST_ROWS:
                raise SourceForbidden(f"the sheet has more than {_MOST_ROWS} rows")
            cells_of_row = {field: storable(row[at]).strip() for field, at in columns.items() if at < len(row)}
            values = {field: text for field, text in cells_of_row.items() if text}
            self._held |= dict.fromkeys(values)
            if values:
                yield self._row(f"row {number}", values, header, columns)

    def _refuse(self, header: Sequence[str], columns: Mapping[str, int]) -> None:
        """Raise SourceForbidden where the columns do not tell the names, or lack what they held before."""
        if "name" not in columns:
            more = f" ({told(self._problems)})" if self._problems else ""
            names = ", ".join(header[:30])
            message = f"no column holds the clinics' names; the sheet has {names}: say which in `columns`{more}"
            raise SourceForbidden(message)
        if missing := [field for field in self._missed if field not in columns]:
            raise ColumnsMissing(missing_told(missing, self._problems), missing)

    def _row(self, where: str, values: Mapping[str, str], header: Sequence[str], columns: Mapping[str, int]) -> Answer:
        fields: dict[str, Any] = {}
        faults: dict[str, str] = {}
        for field, text in values.items():
            try:
                fields[field] = _value(field, text)
            except ValueError as error:
                faults[field] = f"column {header[columns[field]]!r} holds {text[:60]!r}: {error}"
        if not faults.keys().isdisjoint(DECIDING):
            return RowProblem(where, "; ".join(faults.values()), values.get("id") or _key(values))
        left_out = [RowProblem(where, f"taken without what is wrong: {message}") for message in faults.values()]
        return self._document(_shaped(fields, self._name), id=values.get("id", ""), faults=left_out)

    def _document(self, fields: dict[str, Any], *, id: str, faults: Sequence[RowProblem] = ()) -> Answer:
        address = fields.get("address", {})
        key = id or _key({"name": fields.get("name", ""), **address})
        if not fields.get("url"):
            fields["url"] = fields.get("website") or f"{self._site}/{_slug(key)}"
        version = hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:32]
        told_again = "" if faults else version
        return SourcedDocument(key=key, type="clinic", fields=fields, version=told_again, id=id, faults=faults)


def _keyed(answers: Iterator[Answer]) -> dict[str, Answer]:
    """Answers by key; of a key that occurs twice the first is taken, the other one is an error."""
    found: dict[str, Answer] = {}
    for number, answer in enumerate(answers, 1):
        first = found.get(answer.key)
        if not answer.key:
            found[f"?{number}"] = answer
        elif first is None:
            found[answer.key] = answer
        elif isinstance(answer, SourcedDocument):
            found[f"{answer.key}?{number}"] = RowProblem(
                f"entry {number}", f"{answer.fields.get('name')} is in the file twice ({answer.key})"
            )
    return found


def _value(field: str, text: str) -> Any:
    if field in _MANY:
        return cells.several(text)
    if field in _FLAGS:
        return cells.yes_or_no(text)
    if field in _PRICES:
        return cells.price_of(text)
    if field in _ADDRESSES:
        return cells.address_of(text)
    if field in {"lat", "lng"}:
        return cells.degrees_of(text)
    if field == "state":
        return cells.state_of(text)
    if field == "zip":
        return cells.checked_zip_of(text)
    if field in {"checked_on", "rems_certified"}:
        return cells.day_of(text)
    if field == "status":
        return cells.status_of(text)
    return text


def _shaped(fields: dict[str, Any], source: str) -> dict[str, Any]:
    """Flat cells in the shape of the HTTP contract."""
    shaped = {name: value for name, value in fields.items() if name not in _IN_ADDRESS | {"id", "lat", "lng"}}
    shaped["address"] = {name: fields[name] for name in sorted(_IN_ADDRESS) if name in fields}
    if "lat" in fields and "lng" in fields:
        shaped["location"] = {"lat": fields["lat"], "lng": fields["lng"]}
    if "providers" in shaped:
        shaped["providers"] = [_provider(name) for name in cells.several(shaped["providers"].replace(",", " ,"))]
    if "rems_certified" in shaped:
        shaped["rems_certified"] = {"on": shaped["rems_certified"]}
    if day := shaped.pop("checked_on", None):
        given = [name for name in _CHECKED if name in shaped and shaped[name] not in ({}, [])]
        shaped["verified"] = {name: {"on": day, "by": "source", "source": source} for name in given}
    return shaped


def _provider(text: str) -> dict[str, str]:
    name, _, credentials = text.partition(" ,")
    return cells.without_empty({"name": name.strip(), "credentials": credentials.strip()})


def _key(values: Mapping[str, str]) -> str:
    """The identity of a listing without an id: its name and where it is."""
    return _slug(" ".join(str(values.get(name, "")) for name in ("name", "zip", "street", "city")))


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", folded(text)).strip("-")[:120]


def _decoded(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def _delimiter(body: bytes) -> str:
    first = body.partition(b"\n")[0].decode("utf-8", "replace")
    return max(",;\t", key=first.count)
