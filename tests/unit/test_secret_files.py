import os
import stat

import pytest

from indexing.content.keys import KeyStore
from indexing.errors import ConfigurationError
from indexing.secret_files import kept_secret, write_secret

SECRET = "s" * 40


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("left", [None, b"", b"\n", b"ktc_torn", b"\xff\xfe" * 40])
def test_what_a_crash_left_is_replaced(tmp_path, left):
    path = tmp_path / "editor.key"
    if left is not None:
        path.write_bytes(left)
    assert kept_secret(path, lambda: SECRET) == SECRET
    assert kept_secret(path, lambda: pytest.fail("it is there")) == SECRET
    assert mode(path) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["editor.key"]


def test_a_file_that_others_may_read_is_closed(tmp_path):
    path = tmp_path / "editor.key"
    path.write_text(SECRET)
    path.chmod(0o644)
    assert kept_secret(path, lambda: "other") == SECRET
    assert mode(path) == 0o600


@pytest.mark.parametrize("step", ["fsync", "fchmod"])
def test_a_write_that_fails_leaves_the_old_secret_and_nothing_else(tmp_path, monkeypatch, step):
    path = tmp_path / "editor.key"
    write_secret(path, SECRET)

    def fail(*_):
        raise OSError("injected")

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError, match="injected"):
        write_secret(path, "new" * 20)
    assert path.read_text() == SECRET
    assert [each.name for each in tmp_path.iterdir()] == ["editor.key"]


def test_nobody_else_can_read_it_at_any_moment(tmp_path, monkeypatch):
    before = os.umask(0)
    try:
        seen = []
        monkeypatch.setattr(os, "fsync", lambda _: seen.extend(mode(each) for each in tmp_path.iterdir()))
        write_secret(tmp_path / "editor.key", SECRET)
    finally:
        os.umask(before)
    assert seen[0] == 0o600


@pytest.mark.parametrize("secret", ["", " ", "k" * 31, "k" * 129, "kts_" + "k" * 40])
def test_the_key_store_neither_takes_nor_finds_what_can_be_no_key(parts, secret):
    with pytest.raises(ConfigurationError, match="32 to 128 characters"):
        parts.keys.put("operator", ["editor"], secret)
    assert parts.keys.find(secret) is None


def test_the_empty_key_that_an_earlier_version_stored_opens_nothing(parts):
    with parts.database.write() as connection:
        empty = "X'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'"  # SHA-256 of nothing
        row = f"('0', 'demo editor', {empty}, 'editor', 1, NULL)"
        connection.exec_driver_sql(f"INSERT INTO api_keys VALUES {row}")
    assert KeyStore(parts.database).find("") is None


def test_a_revoked_key_is_not_taken_back_by_being_put_again(parts):
    parts.keys.put("operator", ["editor"], SECRET)
    (key,) = parts.keys.all()
    assert parts.keys.revoke(key.id)
    parts.keys.put("operator", ["editor"], SECRET)
    assert parts.keys.find(SECRET) is None
