"""Commands for operators: `python -m indexing keys|connect|meilisearch-keys|backup|restore`."""

import argparse
import contextlib
import os
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

from indexing.bootstrap import Parts, require_store
from indexing.connectors.command import add_arguments, run_command
from indexing.content.backup import back_up, restore
from indexing.content.database import Database
from indexing.content.keys import SCOPES
from indexing.errors import ConfigurationError, SearchServiceError
from indexing.private_files import keep_private
from indexing.settings import read_settings


def main(arguments: Sequence[str] | None = None, *, prog: str = "python -m indexing") -> None:
    """The command line."""
    options = _parser(prog).parse_args(arguments)
    try:
        settings = read_settings(os.environ)
        keep_private(settings.data_dir)
        with contextlib.closing(Parts(settings)) as parts:
            _run(options, parts)
    except (SearchServiceError, OSError, sqlite3.Error) as error:
        sys.exit(f"error: {error}")


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=prog, description="Keys, and copies of the store.")
    commands = parser.add_subparsers(dest="command", required=True)
    backup = commands.add_parser("backup", help="copy the content store to a file while the service runs")
    restore = commands.add_parser("restore", help="start from such a copy; the index is built anew by itself")
    for command in (backup, restore):
        command.add_argument("file", type=Path)
    commands.add_parser("meilisearch-keys", help="make keys on the Meilisearch server: to search, and to write")
    add_arguments(commands.add_parser("connect", help="sources that are read again and again: sites, feeds, sheets"))
    keys = commands.add_parser("keys", help="create, list and revoke API keys").add_subparsers(
        dest="action", required=True
    )
    create = keys.add_parser("create", help="make a key and print it; it is not shown again")
    create.add_argument("name", help="whose key it is")
    create.add_argument("--scope", action="append", choices=SCOPES, required=True, dest="scopes")
    keys.add_parser("list", help="all keys, without their secrets")
    keys.add_parser("revoke", help="make a key invalid").add_argument("id")
    return parser


def _run(options: argparse.Namespace, parts: Parts) -> None:
    if options.command == "backup":
        require_store(parts.settings)
        print(f"{back_up(parts.database, options.file)} bytes in {options.file}")
    elif options.command == "restore":
        restore(options.file, Database(parts.settings.store_url))
    elif options.command == "meilisearch-keys":
        _make_meilisearch_keys(parts)
    elif options.command == "connect":
        run_command(options, parts)
    elif options.action == "create":
        print(parts.keys.create(options.name, options.scopes))
    elif options.action == "list":
        for key in parts.keys.all():
            state = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "valid"
            print(f"{key.id}  {' '.join(sorted(key.scopes)):20}  {state:18}  {key.name}")
    elif not parts.keys.revoke(options.id):
        sys.exit(f"error: there is no valid key {options.id}")


def _make_meilisearch_keys(parts: Parts) -> None:
    """Print the keys as lines of an `.env` file; MEILI_API_KEY must be the master key here."""
    from indexing.engines.meilisearch.server import READING, WRITING, MeiliServer

    settings = parts.settings
    if not settings.meili_url:
        raise ConfigurationError("MEILI_URL is not set")
    server = MeiliServer(settings.meili_url, settings.meili_api_key, search_seconds=5)
    print(f"MEILI_SEARCH_KEY={server.make_key('search of the website', READING)}")
    print(f"MEILI_WRITE_KEY={server.make_key('workers of the website', WRITING)}")


if __name__ == "__main__":
    main()
