"""The command line of connectors: `python -m indexing connect list|add|preview|run|confirm|remove|new-key|reseal`."""

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import msgspec

from indexing.connectors.base import Source
from indexing.connectors.kinds import KINDS, KindSettings, parse_secrets, parse_settings, shown_settings
from indexing.connectors.preview import preview
from indexing.connectors.runner import Runner
from indexing.content.connector_items import ItemStore
from indexing.content.connectors import ConnectorRun, ConnectorStore
from indexing.content.database import Database
from indexing.content.owners import owner_name
from indexing.errors import InvalidInput
from indexing.sealing import KEYS_VARIABLE, new_key

_SECRET_VARIABLES = {"application_password": "CONNECT_APPLICATION_PASSWORD", "hook_secret": "CONNECT_HOOK_SECRET"}


class Connectors(Protocol):
    """The parts that the command works with."""

    @property
    def connectors(self) -> ConnectorStore:
        """The store of connectors."""
        ...

    @property
    def database(self) -> Database:
        """The content store's database."""
        ...

    @property
    def runner(self) -> Runner:
        """What runs connectors."""
        ...

    def source_with(self, id: str, settings: KindSettings, secrets: Mapping[str, str]) -> Source:
        """The source that a connector would have."""
        ...


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="every connector and how it is")
    actions.add_parser("new-key", help=f"print a fresh key for {KEYS_VARIABLE}")
    actions.add_parser("reseal", help=f"seal every secret anew, with the first key of {KEYS_VARIABLE}")
    for name, what in (
        ("add", "connect a source and read it once, to the end"),
        ("preview", "show the first ten documents of a source; nothing is stored"),
    ):
        action = actions.add_parser(name, help=what)
        action.add_argument("id", help="its name, 1-40 of a-z 0-9 _ -")
        action.add_argument("kind", choices=tuple(KINDS))
        action.add_argument("settings", nargs="*", metavar="name=value", help="as url=https://example.org")
        action.add_argument("--file", type=Path, help="a sheet of clinics (CSV or JSON-LD) to upload")
    for name, what in (
        ("run", "compare everything with the source now"),
        ("confirm", "remove what is held because much vanished at once"),
        ("remove", "forget a connector; its documents stay"),
    ):
        action = actions.add_parser(name, help=what)
        action.add_argument("id")
        if name == "confirm":
            action.add_argument("--columns", action="store_true", help="read the sheet without columns that it lost")


def run_command(options: argparse.Namespace, parts: Connectors) -> None:
    """Do what the command line says. Raises SearchServiceError."""
    actions: Mapping[str, Callable[[argparse.Namespace, Connectors], None]] = {
        "list": _list,
        "new-key": lambda _, __: print(new_key()),
        "reseal": lambda _, parts: print(f"{parts.connectors.reseal()} secrets are sealed anew"),
        "add": _add,
        "preview": _preview,
        "run": _run,
        "confirm": _confirm,
        "remove": lambda options, parts: parts.runner.forget(options.id, removes=False),
    }
    actions[options.action](options, parts)


def _list(_: argparse.Namespace, parts: Connectors) -> None:
    for each in parts.connectors.all():
        counts = ItemStore(parts.database, each.id).counts()
        state = "running" if each.is_running else ("on" if each.is_enabled else "off")
        print(f"{each.id:20}  {each.kind:10}  {state:8}  {counts.searchable} of {counts.published} searchable")
        if each.message:
            print(f"{'':20}  {each.message}")


def _add(options: argparse.Namespace, parts: Connectors) -> None:
    settings = _settings(options)
    if options.file:
        parts.connectors.put_file(options.id, options.file.read_bytes(), by="command line")
    parts.connectors.put(
        options.id, options.kind, shown_settings(settings), _secrets(), is_enabled=True, by="command line"
    )
    _run(options, parts)


def _preview(options: argparse.Namespace, parts: Connectors) -> None:
    settings = _settings(options)
    if options.file:
        parts.connectors.put_file(options.id, options.file.read_bytes(), by="command line")
    known = next((each for each in parts.connectors.all() if each.id == options.id), None)
    source = parts.source_with(options.id, settings, _secrets())
    seen = preview(source, id=options.id, prefix=settings.prefix, known=known)
    for document in seen.documents:
        print(f"{document.id:30}  {document.title}\n{'':30}  {document.url}")
    for problem in seen.problems:
        print(f"! {problem.where}: {problem.message}")


def _run(options: argparse.Namespace, parts: Connectors) -> None:
    parts.connectors.request(options.id, full=True)
    parts.runner.run_until_idle(options.id, owner_name())
    last = parts.connectors.runs(options.id, limit=1)
    if not last:
        sys.exit(f"error: {parts.connectors.get(options.id).message or 'somebody else runs it now'}")
    _show(last[0])


def _show(run: ConnectorRun) -> None:
    counts = ", ".join(f"{count} {name}" for name, count in run.counts.items() if count)
    print(f"{run.state}: {counts or 'nothing new'}")
    for problem in run.problems:
        print(f"! {problem.where}: {problem.message}")
    if run.state == "failed":
        sys.exit(f"error: {run.message}")
    if run.message:
        print(run.message)


def _confirm(options: argparse.Namespace, parts: Connectors) -> None:
    parts.connectors.get(options.id)
    if options.columns:
        parts.connectors.forget_columns(options.id)
    else:
        print(f"{ItemStore(parts.database, options.id).release()} documents are removed")
    _run(options, parts)


def _settings(options: argparse.Namespace) -> KindSettings:
    raw: dict[str, Any] = {}
    for pair in options.settings:
        name, _, text = pair.partition("=")
        raw[name] = _value(text)
    try:
        return parse_settings(options.kind, raw)
    except InvalidInput:
        return parse_settings(options.kind, {name: [value] if name in _LISTS else value for name, value in raw.items()})


_LISTS = frozenset({"hosts", "include", "exclude", "post_types"})


def _value(text: str) -> Any:
    """A value of the command line: JSON where it is some, else the text itself."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _secrets() -> dict[str, str]:
    """Secrets from the environment, so that no list of processes shows them."""
    found = {name: os.environ.get(variable, "") for name, variable in _SECRET_VARIABLES.items()}
    return parse_secrets({name: value for name, value in found.items() if value})
