"""Files that hold a secret: whole or not there, and for their owner only."""

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path

_MODE = 0o600
_LEAST_CHARACTERS = 32


def write_secret(path: Path, text: str) -> None:
    """Put `text` into the file in one step: whoever reads it, also after a crash, finds all of the old or the new."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "w") as file:
            os.fchmod(file.fileno(), _MODE)  # whatever the umask says
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    _sync_folder(path.parent)


def kept_secret(path: Path, make: Callable[[], str]) -> str:
    """The secret in the file; one that is missing, or too short to be a secret, is made and written first.

    A file that others may read is closed to them.
    """
    with contextlib.suppress(FileNotFoundError, UnicodeDecodeError):
        found = path.read_text("utf-8").strip()
        if len(found) >= _LEAST_CHARACTERS:
            if path.stat().st_mode & 0o077:
                path.chmod(_MODE)
            return found
    secret = make()
    write_secret(path, f"{secret}\n")
    return secret


def shared_secret(path: Path, make: Callable[[], str]) -> str:
    """The secret in a file that several processes may make at once: one of them does, and what is there stays.

    A file that others may read is closed to them.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        write_secret(draft, f"{make()}\n")
        try:
            with contextlib.suppress(FileExistsError):  # another process was first
                os.link(draft, path)
        finally:
            draft.unlink(missing_ok=True)
        _sync_folder(path.parent)
    if path.stat().st_mode & 0o077:
        path.chmod(_MODE)
    return path.read_text("utf-8").strip()


def _sync_folder(folder: Path) -> None:
    """Make the new name durable, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
