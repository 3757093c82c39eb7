"""Copies of the packages with something changed, and scripts that are run on them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.conftest import ROOT

PACKAGES = ("indexing", "search_api", "workers")


def copy_of_packages(folder: Path, changes: Mapping[str, Sequence[tuple[str, str]]]) -> Path:
    """A folder with the packages; `changes` replace texts of a file, each of which stands there once."""
    for name in PACKAGES:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name, replaced in changes.items():
        text = (folder / name).read_text("utf-8")
        for before, after in replaced:
            assert text.count(before) == 1, (name, before)
            text = text.replace(before, after)
        (folder / name).write_text(text, "utf-8")
    return folder


def run_on(copy: Path, script: Path, data_dir: Path) -> None:
    """Run a script that says `all seen` in the end."""
    environment = {**os.environ, "PYTHONPATH": f"{copy}{os.pathsep}{ROOT}"}
    command = [sys.executable, str(script), str(data_dir), str(copy)]
    run = subprocess.run(
        command, env=environment, cwd=data_dir, capture_output=True, text=True, timeout=240, check=False
    )
    assert run.returncode == 0, run.stderr[-4_000:]
    assert run.stdout.splitlines()[-1] == "all seen"
