"""A new flag of clinics touches two files, its declaration and its words: seen in a copy of the packages."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGES = ("indexing", "search_api", "workers")
DECLARATION = """
    wheelchair_accessible: Annotated[
        bool,
        flag(
            sentence="Is wheelchair accessible.",
            lacking="not known to be wheelchair accessible",
            asked=r"\\bwheelchair(?: accessible)?\\b",
            columns=("wheelchair", "accessible"),
        ),
    ] = False


class ShownClinic("""
CHANGES = {
    "indexing/schema/clinic.py": ("\n\nclass ShownClinic(", DECLARATION),
    "search_api/pages/texts.toml": (
        "\nflag-not = ",
        '\nflag-wheelchair_accessible = ["Wheelchair accessible", "Accesible en silla de ruedas"]\nflag-not = ',
    ),
}
FLAG = "wheelchair_accessible"


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages with the flag declared."""
    folder = tmp_path_factory.mktemp("changed")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name, (before, after) in CHANGES.items():
        text = (folder / name).read_text("utf-8")
        assert text.count(before) == 1
        (folder / name).write_text(text.replace(before, after), "utf-8")
    return folder


def test_a_flag_that_is_declared_is_served_everywhere(changed, tmp_path):
    environment = {**os.environ, "PYTHONPATH": f"{changed}{os.pathsep}{ROOT}"}
    script = Path(__file__).with_name("new_flag.py")
    run = subprocess.run(
        [sys.executable, str(script), str(tmp_path), str(changed)],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-4_000:]
    assert run.stdout.splitlines()[-1] == "all seen"


def test_the_flag_is_not_there_without_its_declaration():
    from indexing.schema.types import FLAGS

    assert FLAG not in FLAGS
