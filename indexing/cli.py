"""The command `search`: every command of the service by one name, each loaded only when it is called.

What a command does stands in its own module, which `python -m` runs as well.
"""

import importlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

import click
from msgspec import Struct


class Command(Struct, frozen=True):
    """A command by where it is: a module with a function `main`, the arguments it begins with, and its help."""

    module: str
    first: Sequence[str]
    help: str

    @property
    def is_of_checkout(self) -> bool:
        """Whether it is not installed."""
        return self.module.startswith("tests.")


def _of(module: str, **commands: str) -> dict[str, Command]:
    """Commands that are the first argument of a module's own."""
    named = {name.replace("_", "-"): text for name, text in commands.items()}
    return {name: Command(module, (name,), text) for name, text in named.items()}


COMMANDS: Mapping[str, Command] = {
    **_of(
        "indexing.__main__",
        keys="Create, list and revoke API keys.",
        connect="Sources that are read again and again: sites, feeds, sheets.",
        meilisearch_keys="Make keys on the Meilisearch server: to search, and to write.",
        backup="Copy the content store to a file while the service runs.",
        restore="Start from such a copy; the index is built anew by itself.",
    ),
    **_of(
        "workers.__main__",
        reindex="Build an index anew beside the live one.",
        rollback="Return to the index before the last rebuild.",
        fill="Fill the configured engine before a move to it, while another one answers.",
        watch="Show a job's progress until it is done.",
        doctor="Say what is wrong and what to do.",
        alive="For health checks: whether a worker of this data directory is at work.",
    ),
    "safety": Command("search_api.safety.__main__", (), "Fit, evaluate and measure the safety classifiers."),
    "confidence": Command("search_api.confidence.__main__", (), "Fit and measure when something is likely to answer."),
    "evaluate": Command("search_api.evaluation", (), "Relevance on judged searches."),
    "evaluate-related": Command("search_api.related_evaluation", (), "Related articles beside plain nearest vectors."),
    "evaluate-visitors": Command("search_api.visitors_evaluation", (), "How visitors' words are understood."),
    "benchmark-connecting": Command("tests.benchmarks.connecting", (), "Speed of connectors; in a checkout."),
    "benchmark-encoding": Command("tests.benchmarks.encoding", (), "Speed of encoding; in a checkout."),
    "benchmark-indexing": Command("tests.benchmarks.indexing", (), "Speed of indexing; in a checkout."),
    "benchmark-latency": Command("tests.benchmarks.latency", (), "Speed of searches; in a checkout."),
    "benchmark-load": Command("tests.benchmarks.load", (), "Searches a second, and under overload; in a checkout."),
    "benchmark-pages": Command("tests.benchmarks.pages", (), "Speed of pages; in a checkout."),
    "benchmark-peers": Command("tests.benchmarks.peers", (), "Beside others, on a judged collection; in a checkout."),
    "faults": Command("tests.system.faults", (), "Kill, freeze and starve real processes; in a checkout."),
    "faults-topology": Command("tests.system.topology", (), "The same to two hosts on servers; in a checkout."),
}


class _LazyGroup(click.Group):
    """Knows all names, and makes a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in their order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name; its arguments, `--help` among them, are read by its module."""
        command = COMMANDS.get(cmd_name)
        if command is None:
            return None
        return click.Command(
            cmd_name,
            callback=lambda arguments: _run(command, cmd_name, arguments),
            params=[click.Argument(["arguments"], nargs=-1, type=click.UNPROCESSED)],
            short_help=command.help,
            add_help_option=False,
            context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
        )


def _run(command: Command, name: str, arguments: Sequence[str]) -> None:
    module = _of_checkout(command.module, name) if command.is_of_checkout else importlib.import_module(command.module)
    module.main([*command.first, *arguments], prog="search" if command.first else f"search {name}")


def _of_checkout(module: str, name: str) -> ModuleType:
    """A module that is not installed, from the folder in which the command is called."""
    sys.path.insert(0, str(Path.cwd()))
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise click.ClickException(f"{name} runs in the folder of a checkout only: {error}") from error


main = _LazyGroup("search", help="Commands of the search service; `search COMMAND --help` tells more of each.")
"""The command line."""

if __name__ == "__main__":
    main(prog_name="search")
