"""Two hosts on a real Meilisearch, where one is: MEILI_PROGRAM names the server's program."""

import os
from pathlib import Path

import pytest

from tests.system.topology import Topology, killed_in_turn

program = os.environ.get("MEILI_PROGRAM", "")


@pytest.mark.skipif(not program, reason="MEILI_PROGRAM names no Meilisearch server")
def test_every_process_of_two_hosts_may_die_under_writes(tmp_path):
    topology = Topology(tmp_path, Path(program))
    try:
        topology.await_ready()
        killed_in_turn(topology, 3, per_second=20, pause=5.0, rounds=1)
    finally:
        topology.stop()
