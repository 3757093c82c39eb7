"""A data directory has one owner at a time."""

import fcntl
import socket
import subprocess
import sys
import time

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.system


def started(data_dir):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "deploy/demo.py", "--data-dir", str(data_dir), "--port", str(port), "--no-sample"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_a_second_demo_on_a_directory_is_told_who_uses_it_and_ends_at_once(tmp_path):
    with open(tmp_path / "demo.lock", "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        held.write("process 4711 on port 8123\n")
        held.flush()
        before = time.monotonic()
        second = started(tmp_path)
        assert time.monotonic() - before < 30
    assert second.returncode == 1
    assert "is in use by process 4711 on port 8123" in second.stderr
    assert "--data-dir" in second.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["demo.lock"]
