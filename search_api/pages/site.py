"""Whose pages these are: name, logo and addresses, by settings."""

import hashlib
import mimetypes
from functools import cache
from pathlib import Path

from msgspec import Struct

from indexing.errors import ConfigurationError
from indexing.settings import Settings
from search_api.pages.texts import Texts

_LOGO_TYPES = frozenset({"image/svg+xml", "image/png", "image/webp", "image/jpeg"})
_MOST_LOGO_BYTES = 200_000
_VERSION_CHARACTERS = 12


class Logo(Struct, frozen=True):
    """The picture before the name."""

    content: bytes
    media_type: str

    @property
    def version(self) -> str:
        """Changes with the picture."""
        return hashlib.sha256(self.content).hexdigest()[:_VERSION_CHARACTERS]

    @property
    def address(self) -> str:
        """Where it is served."""
        return f"/site-logo?v={self.version}"


class Site(Struct, frozen=True):
    """The site: `home` is where its name leads."""

    name: str
    home: str = "/"
    logo: Logo | None = None
    public_url: str = ""
    """Address under which visitors reach the service, without a slash at the end; empty where nobody says."""
    security_contact: str = ""


class Frame(Struct, frozen=True):
    """What every page is made with: the site, and the visitor's language."""

    site: Site
    texts: Texts


def site_of(settings: Settings) -> Site:
    """The site that the settings tell. Raises ConfigurationError for a logo that cannot be shown."""
    return Site(
        name=settings.site_name,
        home=settings.site_url or "/",
        logo=_logo(settings.site_logo) if settings.site_logo else None,
        public_url=settings.public_url.rstrip("/"),
        security_contact=settings.security_contact,
    )


@cache
def _logo(path: str) -> Logo:
    kind = mimetypes.guess_type(path)[0] or ""
    if kind not in _LOGO_TYPES:
        raise ConfigurationError(f"SEARCH_SITE_LOGO={path!r}: give an SVG, PNG, WebP or JPEG file")
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise ConfigurationError(f"SEARCH_SITE_LOGO={path!r}: {error.strerror}") from error
    if len(content) > _MOST_LOGO_BYTES:
        raise ConfigurationError(f"SEARCH_SITE_LOGO={path!r}: is larger than {_MOST_LOGO_BYTES:,} bytes")
    return Logo(content, kind)
