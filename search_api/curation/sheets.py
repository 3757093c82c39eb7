"""Decisions as rows of a sheet: read from CSV all or none, with an error for each row at fault."""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec

from indexing.connectors.cells import day_of
from indexing.errors import FieldError, InvalidInput
from indexing.fields import ID_IN_WORDS, ID_PATTERN
from search_api.curation.rules import Rule, parse_rule, rule_class

_BETWEEN = "|"
_MOST_ROWS = 2_000
_MOST_ERRORS = 100
_TRUE, _FALSE = frozenset({"yes", "true", "1"}), frozenset({"no", "false", "0", ""})


def columns(kind: str) -> list[str]:
    """The columns of a sheet: the id, then a decision's fields. Links of notices are `label=url`."""
    return ["id", *(field.name for field in msgspec.structs.fields(rule_class(kind)))]


def read_sheet(kind: str, text: str) -> dict[str, Rule]:
    """The decisions of a sheet by id; several values of a cell stand between `|`. Raises InvalidInput."""
    known = columns(kind)
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")), strict=True)
    errors: list[FieldError] = []
    rules: dict[str, Rule] = {}
    try:
        if unknown := [name for name in reader.fieldnames or [] if name not in known]:
            hint = "columns stand between commas; " if ";" in unknown[0] or "\t" in unknown[0] else ""
            message = f"unknown column {unknown[0][:80]!r}; {hint}known are {', '.join(known)}"
            raise InvalidInput([FieldError("row 1", message)])
        for number, row in enumerate(reader, start=2):
            if number > _MOST_ROWS + 1:
                raise InvalidInput([FieldError(f"row {number}", f"a sheet has at most {_MOST_ROWS} rows")])
            errors += _read_row(kind, number, row, rules)
    except csv.Error as error:
        errors.append(FieldError(f"row {reader.line_num}", f"is no CSV: {error}"))
    if not rules and not errors:
        errors.append(FieldError("row 2", "there is no row"))
    if errors:
        raise InvalidInput(errors[:_MOST_ERRORS])
    return rules


def _read_row(kind: str, number: int, row: Mapping[str, Any], rules: dict[str, Rule]) -> Iterator[FieldError]:
    if None in row:
        yield FieldError(f"row {number}", "has more cells than the first row")
        return
    cells = {name: (cell or "").strip() for name, cell in row.items()}
    id = cells.pop("id", "")
    try:
        msgspec.convert(id, _ID)
    except msgspec.ValidationError:
        yield FieldError(f"row {number}: id", "expected 1-128 of A-Z a-z 0-9 _ -")
        return
    if id in rules:
        yield FieldError(f"row {number}: id", f"{id} stands in an earlier row as well")
        return
    hints = get_type_hints(rule_class(kind))
    try:
        rules[id] = parse_rule(kind, {name: _value(name, cell, hints[name]) for name, cell in cells.items() if cell})
    except InvalidInput as error:
        for fault in error.errors:
            yield FieldError(f"row {number}: {fault.field}", fault.message)


def _value(name: str, cell: str, hint: Any) -> Any:
    """A cell as the JSON that a caller would send."""
    if name == "links":
        pairs = (part.partition("=") for part in cell.split(_BETWEEN))
        return [{"label": label.strip(), "url": url.strip()} for label, _, url in pairs]
    if get_origin(hint) is tuple or any(get_origin(each) is tuple for each in get_args(hint)):
        return [part.strip() for part in cell.split(_BETWEEN) if part.strip()]
    if datetime in get_args(hint):
        return _moment(name, cell)
    if hint is bool or bool in get_args(hint):
        lowered = cell.lower()
        return True if lowered in _TRUE else False if lowered in _FALSE else cell
    return cell


def _moment(name: str, cell: str) -> str:
    """A time as it stands there; of a day alone its beginning, for an end the end of that day, in UTC."""
    try:
        day = date.fromisoformat(day_of(cell))
    except ValueError:
        return cell
    if name == "ends_at":
        day += timedelta(days=1)
    return f"{day.isoformat()}T00:00:00Z"


_ID = Annotated[str, msgspec.Meta(pattern=ID_PATTERN, description=ID_IN_WORDS)]
