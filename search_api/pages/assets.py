"""Our scripts and styles: each under its plain name, and under one that changes with what is in it."""

import base64
import hashlib
import mimetypes
from functools import cache
from pathlib import Path

from msgspec import Struct

from indexing.errors import NotFound
from search_api.pages.folder import FOLDER

_VERSION_CHARACTERS = 12
SEARCH_BOX = "search-box.js"
_MAP = FOLDER / "assets" / "vendor" / "us-atlas"
"""Borders of the map: the only files of another maker that are served by themselves."""


class Asset(Struct, frozen=True):
    """A file as it is sent."""

    content: bytes
    media_type: str
    version: str
    integrity: str
    """For the `integrity` attribute of a script tag."""


@cache
def assets() -> dict[str, Asset]:
    """All assets by name."""
    own = (path for path in sorted((FOLDER / "assets").iterdir()) if path.is_file())
    return {path.name: _asset(path) for path in (*own, *sorted(_MAP.glob("us-*.svg")))}


def find_asset(name: str) -> tuple[Asset, bool]:
    """An asset, and whether `name` says its version, so that it may be kept for ever. Raises NotFound."""
    known = assets()
    if name in known:
        return known[name], False
    stem, _, rest = name.partition(".")
    version, _, suffix = rest.partition(".")
    asset = known.get(f"{stem}.{suffix}")
    if asset is None or asset.version != version:
        raise NotFound(f"there is no asset {name!r}")
    return asset, True


def versioned(name: str) -> str:
    """The address of an asset that changes with its content."""
    stem, _, suffix = name.partition(".")
    return f"/assets/{stem}.{assets()[name].version}.{suffix}"


def _asset(path: Path) -> Asset:
    content = path.read_bytes()
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return Asset(
        content=content,
        media_type=f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
        version=hashlib.sha256(content).hexdigest()[:_VERSION_CHARACTERS],
        integrity="sha384-" + base64.b64encode(hashlib.sha384(content).digest()).decode(),
    )
