"""Secrets at rest: sealed, opened with any known key, and named where none opens them."""

import json
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from sqlalchemy import text

from indexing.bootstrap import Parts, check_settings
from indexing.errors import ConfigurationError, SecretUnreadable
from indexing.sealing import Sealer, new_key
from indexing.settings import Settings
from tests.integration.test_migrations import _at
from workers.doctor import examine

SECRETS = {"application_password": "abcd efgh ijkl", "hook_secret": "a secret of the site"}


def parts_in(folder, **settings):
    return Parts(Settings(data_dir=folder, embedder="hashing", **settings))


def connect(parts, id="blog"):
    parts.connectors.put(id, "wordpress", {"url": "https://x.example"}, SECRETS, is_enabled=True, by="test")
    return parts.connectors.get(id)


def told(parts):
    return [finding for finding in examine(parts) if "secret" in finding.text]


def test_neither_store_nor_backup_holds_a_secret(tmp_path):
    parts = parts_in(tmp_path)
    found = connect(parts)
    assert parts.connectors.opened(found) == SECRETS
    parts.close()
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert not any(secret.encode() in path.read_bytes() for secret in SECRETS.values()), path
    assert stat.S_IMODE((tmp_path / "secrets.key").stat().st_mode) == 0o600


def test_no_key_is_made_before_a_secret_is_stored(tmp_path):
    parts = parts_in(tmp_path)
    parts.connectors.put("feed", "feed", {"url": "https://x.example"}, {}, is_enabled=True, by="test")
    assert parts.connectors.opened(parts.connectors.get("feed")) == {}
    assert not (tmp_path / "secrets.key").exists()
    parts.close()


def test_secrets_that_are_not_sent_stay_and_empty_ones_go(tmp_path):
    parts = parts_in(tmp_path)
    connect(parts)
    parts.connectors.put("blog", "wordpress", {}, {"hook_secret": ""}, is_enabled=True, by="test")
    assert parts.connectors.opened(parts.connectors.get("blog")) == {
        "application_password": SECRETS["application_password"]
    }
    parts.connectors.put("blog", "sitemap", {}, {}, is_enabled=True, by="test")
    assert parts.connectors.get("blog").secrets == {}, "another kind is another site"
    parts.close()


def test_a_key_is_replaced_without_entering_anything_anew(tmp_path):
    old, new = new_key(), new_key()
    for keys in ("", old, f"{new},{old}"):
        parts = parts_in(tmp_path, secret_keys=keys)
        found = connect(parts) if not keys else parts.connectors.get("blog")
        assert parts.connectors.opened(found) == SECRETS
        if keys:
            assert parts.connectors.reseal() == 2
        parts.close()
    (tmp_path / "secrets.key").unlink()
    parts = parts_in(tmp_path, secret_keys=new)
    assert parts.connectors.opened(parts.connectors.get("blog")) == SECRETS
    assert [finding.level for finding in told(parts)] == ["ok"]
    parts.close()


@pytest.mark.parametrize("keys", ["", "other", "broken file"])
def test_a_secret_that_no_key_opens_is_named_and_entered_anew(tmp_path, keys):
    parts = parts_in(tmp_path)
    connect(parts)
    parts.close()
    (tmp_path / "secrets.key").unlink()
    if keys == "broken file":
        (tmp_path / "secrets.key").write_text("torn")
    parts = parts_in(tmp_path, secret_keys=new_key() if keys == "other" else "")
    problems = [finding for finding in told(parts) if finding.level == "problem"]
    assert [finding.text for finding in problems] == [
        "the secret application_password of connector blog cannot be opened",
        "the secret hook_secret of connector blog cannot be opened",
    ]
    with pytest.raises(SecretUnreadable):
        parts.connectors.reseal()
    parts.runner.run_until_idle("blog", "test-1-1")
    assert "secret" in parts.connectors.get("blog").message, "the console says why it does not run"
    if keys == "broken file":
        with pytest.raises(SecretUnreadable, match="no key"):
            connect(parts)
        (tmp_path / "secrets.key").unlink()
    assert parts.connectors.opened(connect(parts)) == SECRETS
    parts.close()


def test_with_a_shared_store_the_key_is_the_operators(tmp_path, new_database):
    parts = parts_in(tmp_path, database_url=new_database())
    with pytest.raises(SecretUnreadable, match="SEARCH_SECRET_KEYS"):
        connect(parts)
    assert parts.connectors.all() == []
    parts.close()


def test_what_is_no_key_stops_the_start_and_is_not_repeated(tmp_path):
    with pytest.raises(ConfigurationError, match="SEARCH_SECRET_KEYS") as raised:
        check_settings(Settings(data_dir=tmp_path, secret_keys=f"{new_key()},hunter2"))
    assert "hunter2" not in str(raised.value)


def test_processes_that_start_together_agree_on_one_key(tmp_path):
    sealers = [Sealer(file=tmp_path / "secrets.key") for _ in range(16)]
    with ThreadPoolExecutor(16) as pool:
        tokens = list(pool.map(lambda sealer: sealer.seal("x"), sealers))
    assert {sealers[0].opened(token) for token in tokens} == {"x"}
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.key"]


def test_secrets_that_stood_in_clear_are_sealed_by_the_migration(tmp_path):
    engine = _at(f"sqlite:///{tmp_path}/content.db", "0009")
    row = {"secrets": json.dumps({**SECRETS, "gone": ""})}
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO connectors (id, kind, settings, secrets, is_enabled, updated_at, updated_by, due_at,"
                " full_due_at) VALUES ('blog', 'wordpress', '{}', :secrets, true, 1, 'x', 1, 1)"
            ),
            row,
        )
    engine.dispose()
    parts = parts_in(tmp_path)
    assert parts.connectors.opened(parts.connectors.get("blog")) == SECRETS
    parts.close()
    with closing(sqlite3.connect(tmp_path / "content.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert SECRETS["hook_secret"].encode() not in (tmp_path / "content.db").read_bytes()
