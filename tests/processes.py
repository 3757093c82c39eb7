"""Processes of this machine, as Linux tells of them under `/proc`."""

import os
from pathlib import Path


def children_of(parent: int) -> list[int]:
    """The ids of the processes that a process began and that have not ended."""
    children = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if int(_status(folder)[1]) == parent:
                children.append(int(folder.name))
        except OSError:  # gone since it was listed
            continue
    return children


def command_of(process: int) -> str:
    """What a process was begun with; empty where it has ended."""
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return ""


def cpu_seconds_of(process: int) -> float:
    """Processor time that a process has used. Raises OSError where it has ended."""
    return sum(map(int, _status(Path(f"/proc/{process}"))[11:13])) / os.sysconf("SC_CLK_TCK")


def megabytes_of(process: int) -> float:
    """Memory of its own, and its share of what several hold (PSS). Raises OSError where it has ended."""
    rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    return int(rollup.partition("\nPss:")[2].split()[0]) / 1024


def _status(folder: Path) -> list[str]:
    """The fields of `stat` behind the name of the program: state, parent, …"""
    return (folder / "stat").read_text().rpartition(")")[2].split()
