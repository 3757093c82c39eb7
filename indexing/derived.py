"""What is computed from installed packages: once, and read back by every later process."""

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import msgspec

_Kept = TypeVar("_Kept")


def kept(
    folder: Path | None, name: str, *, sources: Iterable[str], of: type[_Kept], make: Callable[[], _Kept]
) -> _Kept:
    """The value of `make`: from the file in `folder` that was made under the same `sources`, else made and kept.

    `sources` are versions of packages and texts of modules that decide what `make` gives. Without a folder, or where
    it cannot be written or read, the value is made anew.
    """
    if folder is None:
        return make()
    digest = hashlib.blake2b("\0".join(sources).encode(), digest_size=8).hexdigest()
    path = folder / f"{name}-{digest}.msgpack"
    try:
        return msgspec.msgpack.decode(path.read_bytes(), type=of)
    except (OSError, msgspec.MsgspecError):
        value = make()
        _keep(path, name, msgspec.msgpack.encode(value))
        return value


def _keep(path: Path, name: str, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        earlier = [other for other in path.parent.glob(f"{name}-*.msgpack") if other != path]
        draft.write_bytes(content)
        draft.replace(path)
        for other in earlier:
            other.unlink(missing_ok=True)
    except OSError:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
