"""The fault scenarios in their short form; `python -m tests.system.faults` runs the long one."""

import os

import pytest

from tests.demo import Demo
from tests.system import faults

pytestmark = [pytest.mark.system, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    data_dir = tmp_path_factory.mktemp("faults") / "data"
    running = Demo(data_dir, "--no-sample")
    running.start()
    yield running
    if running.process.poll() is None:
        running.stop()


SEED = int(os.environ.get("FAULT_SEED", "20261124"))

SHORT = {
    "full disk": lambda demo: faults.full_disk(demo, SEED),
    "random kills": lambda demo: faults.storm(demo, SEED, seconds=24, per_second=20, every=6),
    "everything at once": lambda demo: faults.everything(demo, SEED, times=2),
    "supervisor": lambda demo: faults.supervisor(demo, SEED, times=1),
    "long article": lambda demo: faults.long_article(demo, SEED, passages=80),
    "broker": lambda demo: faults.broker(demo, SEED, away=4),
    "frozen worker": lambda demo: faults.frozen_worker(demo, SEED, times=1),
    "shuffled versions": lambda demo: faults.shuffled(demo, SEED, documents=100, versions=10, clients=16),
    "bulk load": lambda demo: faults.bulk_and_live(demo, SEED, documents=1_000),
    "rebuild": lambda demo: faults.rebuild(demo, SEED, per_second=10, points=("10 %", "verifying")),
    "poison": lambda demo: faults.poison(demo, SEED, headings=4_000),
    "backup": lambda demo: faults.backup(demo, SEED),
}


@pytest.mark.parametrize("name", SHORT)
def test_what_must_hold_in_spite_of(site, name):
    print(name, SHORT[name](site))


ON_POSTGRESQL = ("random kills", "everything at once", "frozen worker", "shuffled versions", "rebuild")


@pytest.fixture(scope="module")
def site_on_postgresql(tmp_path_factory, new_database):
    data_dir = tmp_path_factory.mktemp("faults") / "data"
    running = Demo(data_dir, "--no-sample", environment={"DATABASE_URL": new_database()})
    running.start()
    yield running
    if running.process.poll() is None:
        running.stop()


@pytest.mark.parametrize("name", ON_POSTGRESQL)
def test_the_same_holds_on_postgresql(site_on_postgresql, name):
    print(name, SHORT[name](site_on_postgresql))


def test_a_worker_that_does_not_hear_ends_so_that_it_is_started_again(tmp_path):
    assert faults.deaf_worker(tmp_path) == 70
