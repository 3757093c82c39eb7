"""A third type is a module in `indexing/schema`, a presenter, and its name where types are listed."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT
from tests.integration.copies import copy_of_packages, run_on

FILES = Path(__file__).with_name("new_type")
REGISTERED = {
    "indexing/schema/types.py": [
        ('Literal["article", "clinic"]', 'Literal["article", "clinic", "event"]'),
        ("Article | Clinic\n", "Article | Clinic | Event\n"),
        ("import Clinic\n", "import Clinic\nfrom indexing.schema.event import Event\n"),
    ]
}
WORDS = """
events = ["Events", "Actos"]
count-event-one = ["1 event", "1 acto"]
count-event-many = ["{n} events", "{n} actos"]
"""
PRESENTED = {
    "search_api/search/hits.py": [
        (
            "        case _:\n",
            '        case "event":\n            return event_hit(content, common)\n        case _:\n',
        ),
        ("import explain\n", "import explain\nfrom search_api.search.event import event_hit\n"),
    ],
    "search_api/search/answers.py": [
        ("ArticleHit | ClinicHit\n", "ArticleHit | ClinicHit | EventHit\n"),
        ("import Explanation\n", "import Explanation\nfrom search_api.search.event import EventHit\n"),
    ],
    "search_api/pages/texts.toml": [("\nflag-not = ", f"\n{WORDS}\nflag-not = ")],
}


def test_a_type_that_is_declared_and_presented_is_served_everywhere(tmp_path):
    copy = copy_of_packages(tmp_path / "copy", REGISTERED | PRESENTED)
    shutil.copy(FILES / "schema_event.py", copy / "indexing" / "schema" / "event.py")
    shutil.copy(FILES / "presenter_event.py", copy / "search_api" / "search" / "event.py")
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    run_on(copy, FILES / "seen.py", data_dir)


def test_the_type_checker_finds_a_half_done_type(tmp_path):
    """It tells nothing to be shown, and nothing presents it."""
    copy = copy_of_packages(tmp_path / "copy", REGISTERED)
    declaration = (FILES / "schema_event.py").read_text("utf-8").replace("def shown(", "def other(")
    (copy / "indexing" / "schema" / "event.py").write_text(declaration, "utf-8")
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml")]
    command += ["--cache-dir", str(tmp_path / "cache"), "indexing/composition.py", "search_api/search/hits.py"]
    run = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    assert run.returncode == 1, run.stdout + run.stderr
    assert re.search(r'^indexing/composition\.py:\d+: error: .*"Event"; expected "Described"', run.stdout, re.MULTILINE)
    assert re.search(r'^search_api/search/hits\.py:\d+: error: .*"assert_never"', run.stdout, re.MULTILINE)
