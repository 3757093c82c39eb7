"""One command for everything: help loads no part of the service, and each of its commands is the one of its module."""

import importlib.util
import re
import subprocess
import sys
import tomllib

import pytest
from click.testing import CliRunner

from indexing.cli import COMMANDS, main
from tests.conftest import ROOT

PAGES = [ROOT / "README.md", ROOT / "deploy" / ".env.example", *(ROOT / "deploy" / "docs").rglob("*.md")]


def run(*arguments):
    command = [sys.executable, "-m", "indexing.cli", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_help_loads_nothing_of_the_service():
    assert run("--help").returncode == 0
    script = (
        "import sys, indexing.cli\n"
        "try: indexing.cli.main(['--help'], prog_name='search')\n"
        "finally: print(sorted({'numpy', 'sqlalchemy', 'celery', 'litestar', 'tantivy'} & sys.modules.keys()))"
    )
    loaded = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert loaded.stdout.splitlines()[-1] == "[]"


def test_it_is_installed_under_its_name():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["scripts"] == {"search": "indexing.cli:main"}


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_is_there(name):
    assert importlib.util.find_spec(COMMANDS[name].module) is not None
    assert name in CliRunner().invoke(main, ["--help"]).output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["keys", "create", "--help"], "usage: search keys create"),
        (["reindex", "--help"], "usage: search reindex"),
        (["safety", "--help"], "usage: search safety"),
        (["evaluate", "--help"], "usage: search evaluate"),
        (["benchmark-pages", "--help"], "usage: search benchmark-pages"),
    ],
)
def test_arguments_reach_the_module_and_help_is_its_own(arguments, told):
    found = CliRunner().invoke(main, arguments)
    assert (found.exit_code, found.output.splitlines()[0][: len(told)]) == (0, told)


def test_a_command_does_what_its_module_does(tmp_path, monkeypatch):
    monkeypatch.setenv("SEARCH_DATA_DIR", str(tmp_path))
    made = CliRunner().invoke(main, ["keys", "create", "cms", "--scope", "write"])
    assert made.exit_code == 0
    listed = CliRunner().invoke(main, ["keys", "list"])
    assert re.search(r"write +valid +cms", listed.output)
    failed = CliRunner().invoke(main, ["keys", "revoke", "nobody"])
    assert failed.exit_code == 1


def test_what_is_unknown_or_not_here_is_told(tmp_path):
    unknown = CliRunner().invoke(main, ["nonsense"])
    assert (unknown.exit_code, "No such command 'nonsense'" in unknown.output) == (2, True)
    command = [sys.executable, "-c", "import sys; sys.path.pop(0); from indexing.cli import main; main()", "faults"]
    elsewhere = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(_packages(tmp_path))}, capture_output=True, text=True, check=False
    )
    assert elsewhere.returncode == 1
    assert "faults runs in the folder of a checkout only" in elsewhere.stderr


def _packages(folder):
    """A folder with the packages as they are installed: without tests."""
    installed = folder / "installed"
    installed.mkdir()
    for name in ("indexing", "search_api", "workers"):
        (installed / name).symlink_to(ROOT / name)
    return installed


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_that_pages_name_exist(page):
    text = page.read_text("utf-8")
    code = "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, flags=re.DOTALL)) + "\n".join(
        re.findall(r"^# .*docker compose .*", text, flags=re.MULTILINE)
    )
    named = re.findall(r"(?:^|`|api |… )search ([a-z][a-z-]*)", code, flags=re.MULTILINE)
    assert [name for name in named if name not in COMMANDS] == []
