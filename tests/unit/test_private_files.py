import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from indexing.private_files import keep_private
from tests.conftest import ROOT


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(
    ("given", "of_files", "of_folders"),
    [
        (None, 0o600, 0o700),
        (0o755, 0o600, 0o700),
        (0o777, 0o600, 0o700),
        (0o700, 0o600, 0o700),
        (0o750, 0o640, 0o750),
        (0o2770, 0o660, 0o770),
    ],
)
def test_what_is_made_is_private_unless_the_folder_is_a_groups(
    tmp_path: Path, given: int | None, of_files: int, of_folders: int
) -> None:
    folder, before = tmp_path / "data", os.umask(0o022)
    try:
        if given is not None:
            folder.mkdir()
            folder.chmod(given)
        keep_private(folder)
        folder.mkdir(exist_ok=True)
        (folder / "inner").mkdir()
        (folder / "file").write_text("x")
    finally:
        os.umask(before)
    assert mode(folder) == (given or 0o700)
    assert (mode(folder / "file"), mode(folder / "inner") & 0o777) == (of_files, of_folders)


def test_a_command_makes_a_data_directory_that_nobody_else_reads(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    command = [sys.executable, "-m", "indexing", "keys", "create", "site", "--scope", "search"]
    environment = {**os.environ, "SEARCH_DATA_DIR": str(folder), "PYTHONPATH": str(ROOT)}
    subprocess.run(command, env=environment, check=True, capture_output=True)
    made = [folder, *folder.rglob("*")]
    assert len(made) > 1
    assert [path for path in made if mode(path) & 0o077] == []
