"""A content store with connectors, and the sources that are real programs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from indexing.bootstrap import Parts
from indexing.connectors.kinds import parse_settings, shown_settings
from indexing.content.connector_items import ItemStore
from indexing.content.connectors import ConnectorRun, StoredConnector
from indexing.documents import DocumentType
from indexing.settings import Settings
from tests.connectors.wordpress import WordPress
from tests.connectors.wordpress import is_installed as has_wordpress


class Connected:
    """A service with one connector, `site`, run by hand."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts

    def put(self, kind: str, secrets: dict[str, str] | None = None, **settings: Any) -> None:
        """Make the connector; it keeps no pace, since the sources are the tests' own."""
        found = parse_settings(kind, {"seconds_between": 0, **settings})
        self.parts.connectors.put("site", kind, shown_settings(found), secrets or {}, is_enabled=True, by="test")

    def run(self, *, full: bool = True) -> ConnectorRun:
        """Run it once to the end; returns what was recorded."""
        self.parts.connectors.request("site", full=full)
        self.parts.runner.run_until_idle("site", "test-1-1")
        return self.last

    @property
    def last(self) -> ConnectorRun:
        return self.parts.connectors.runs("site")[0]

    @property
    def row(self) -> StoredConnector:
        return self.parts.connectors.get("site")

    @property
    def items(self) -> ItemStore:
        return ItemStore(self.parts.database, "site")

    def documents(self, type: DocumentType = "article") -> dict[str, Any]:
        """What is stored, by id."""
        pages = self.parts.store.pages(type)
        return {row.id: row.document for page in pages for row in page if row.document is not None}

    def titles(self) -> set[str]:
        return {document.title for document in self.documents().values()}

    def notice(self, *keys: str) -> None:
        """What a hook does once its signature is checked."""
        self.items.mark_pending(keys)


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A content store with its schema, so that not every test brings one up to date."""
    folder = tmp_path_factory.mktemp("empty")
    parts = Parts(Settings(data_dir=folder, embedder="hashing"))
    parts.database.checkpoint()
    parts.close()
    return (folder / "content.db").read_bytes()


@pytest.fixture
def connected(tmp_path: Path, empty_store: bytes) -> Iterator[Connected]:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "content.db").write_bytes(empty_store)
    parts = Parts(
        Settings(
            data_dir=tmp_path / "data",
            embedder="hashing",
            connector_private_hosts="127.0.0.1",
            connector_folders=str(tmp_path),
            connector_contact="https://example.org/contact",
        )
    )
    yield Connected(parts)
    parts.close()


@pytest.fixture(scope="session")
def wordpress() -> Iterator[WordPress]:
    if not has_wordpress():
        pytest.skip("WordPress is not installed: apt-get install wordpress mariadb-server php-cli php-mysql")
    made = WordPress()
    try:
        made.start()
        yield made
    finally:
        made.stop()
