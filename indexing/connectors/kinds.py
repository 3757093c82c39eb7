"""The kinds of connectors: what an editor sets for each, and the source that it makes."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from indexing.connectors.base import Source
from indexing.connectors.fetcher import FILE_BYTES, Fetcher
from indexing.documents import DocumentType
from indexing.errors import FieldError, InvalidInput, SourceUnavailable
from indexing.fields import convert_strictly

Address = Annotated[
    str, Meta(pattern=r"^https?://[^\s/@]+(/\S*)?$", max_length=1_000, description="an http(s) address")
]
Names = Annotated[tuple[Annotated[str, Meta(min_length=1, max_length=300)], ...], Meta(max_length=50)]
Secret = Annotated[str, Meta(max_length=500)]


class CommonSettings(Struct, frozen=True, kw_only=True):
    """What every kind has."""

    prefix: (
        Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{0,40}$", description="at most 40 of A-Z a-z 0-9 _ -")] | None
    ) = None
    """Beginning of the documents' ids; the connector's own id by default."""
    hosts: Names = ()
    """Hosts (with a port where it is unusual) that may be read beside that of `url`."""
    every_seconds: Annotated[int, Meta(ge=10, le=86_400)] = 60
    """How often what changed is looked for."""
    full_every_seconds: Annotated[int, Meta(ge=30, le=604_800)] = 600
    """How often everything is compared with the source."""
    seconds_between: Annotated[float, Meta(ge=0, le=60)] = 0.2
    """Pause between two requests to the same host."""
    removal_share: Annotated[float, Meta(ge=0, le=1)] = 0.2
    """Of all documents: where more than this vanish at once, an editor is asked before any is removed."""


class WordPressSettings(CommonSettings, frozen=True, kw_only=True):
    """A WordPress site by its REST API; the password is an application password of `username`."""

    url: Address
    post_types: Names = ("posts", "pages")
    username: Annotated[str, Meta(max_length=200)] = ""


class SitemapSettings(CommonSettings, frozen=True, kw_only=True):
    """A site by its sitemap: `url` is the site's address or the sitemap's."""

    url: Address
    type: DocumentType = "article"
    include: Names = ()
    """Beginnings of the paths that are wanted, all by default; with `$` at the end a single page."""
    exclude: Names = ()
    obeys_robots: bool = True
    trusts_lastmod: bool = True
    """Whether a page whose `lastmod` is the same is taken for unchanged; else every page is asked for each time."""


class FeedSettings(CommonSettings, frozen=True, kw_only=True):
    """An RSS or Atom feed; of entries that hold a teaser only, the page is read."""

    url: Address
    reads_pages: bool = True


class MarkdownSettings(CommonSettings, frozen=True, kw_only=True):
    """A folder on the service's disk; `url` is the address under which its pages appear."""

    url: Address
    folder: Annotated[str, Meta(min_length=1, max_length=1_000)]


class ClinicFileSettings(CommonSettings, frozen=True, kw_only=True):
    """Clinics in CSV or JSON-LD: read from `url` where it is given, else the file that was uploaded."""

    url: Address | None = None
    columns: dict[str, Annotated[str, Meta(max_length=200)]] = {}
    """Our fields with the names of their columns, where these are not recognised."""
    site: Address
    """Address of the website: a listing without a page of its own gets one below it."""


class WebhookSettings(CommonSettings, frozen=True, kw_only=True):
    """A site whose signed notices say which page changed."""

    url: Address
    type: DocumentType = "article"


KindSettings = (
    WordPressSettings | SitemapSettings | FeedSettings | MarkdownSettings | ClinicFileSettings | WebhookSettings
)
KINDS: Mapping[str, type[KindSettings]] = {
    "wordpress": WordPressSettings,
    "sitemap": SitemapSettings,
    "feed": FeedSettings,
    "markdown": MarkdownSettings,
    "clinics": ClinicFileSettings,
    "webhook": WebhookSettings,
}
SECRETS: Mapping[str, str] = {
    "application_password": "with `username`, for a site that shows nothing to strangers (WordPress)",
    "hook_secret": "with which the site signs its notices, at least 16 characters",
}
_LEAST_SECRET = 16


class Environment(Struct, frozen=True):
    """What the operator allows to all connectors."""

    private_hosts: tuple[str, ...] = ()
    contact: str = ""
    folders: tuple[Path, ...] = ()


def parse_settings(kind: str, raw: object) -> KindSettings:
    """The settings of a connector. Raises InvalidInput with every field at fault."""
    cls = KINDS.get(kind)
    if cls is None:
        raise InvalidInput([FieldError("kind", f"expected one of {', '.join(KINDS)}")])
    values, errors = convert_strictly(cls, raw)
    columns = values.get("columns") or {}
    if columns:
        from indexing.connectors.columns import FIELDS

        errors += [
            FieldError(f"columns.{name}", f"expected one of {', '.join(FIELDS)}")
            for name in columns
            if name not in FIELDS
        ]
    if errors:
        raise InvalidInput([FieldError(f"settings.{error.field}", error.message) for error in errors])
    return cls(**values)


def parse_secrets(raw: object) -> dict[str, str]:
    """The secrets of a connector; a value of "" takes one away. Raises InvalidInput."""
    try:
        secrets = msgspec.convert(raw or {}, dict[str, Secret])
    except msgspec.ValidationError as error:
        raise InvalidInput([FieldError("secrets", "expected texts by name")]) from error
    if unknown := sorted(secrets.keys() - SECRETS.keys()):
        raise InvalidInput([FieldError(f"secrets.{unknown[0][:40]}", f"expected one of {', '.join(SECRETS)}")])
    if 0 < len(secrets.get("hook_secret", "")) < _LEAST_SECRET:
        raise InvalidInput([FieldError("secrets.hook_secret", f"needs at least {_LEAST_SECRET} characters")])
    return secrets


def build_source(
    settings: KindSettings,
    secrets: Mapping[str, str],
    *,
    environment: Environment,
    name: str,
    file: Callable[[], bytes | None],
    missed: Sequence[str] = (),
) -> Source:
    """The source that settings describe; libraries of other kinds stay unloaded.

    `missed` are the fields of a sheet without whose columns it is not read.
    """
    fetcher = _fetcher(settings, secrets, environment)
    if isinstance(settings, WordPressSettings):
        from indexing.connectors.wordpress import WordPressSource

        return WordPressSource(fetcher, site=settings.url, post_types=settings.post_types)
    if isinstance(settings, MarkdownSettings):
        from indexing.connectors.markdown import MarkdownSource

        return MarkdownSource(Path(settings.folder), site=settings.url, roots=environment.folders)
    if isinstance(settings, ClinicFileSettings):
        from indexing.connectors.clinics_csv import ClinicFileSource

        read = partial(_downloaded, fetcher, settings.url) if settings.url else partial(_uploaded, file)
        return ClinicFileSource(read, name=name, site=settings.site, columns=settings.columns, missed=missed)
    return _page_source(settings, fetcher)


def _page_source(settings: SitemapSettings | FeedSettings | WebhookSettings, fetcher: Fetcher) -> Source:
    from indexing.connectors.webpages import PageReader

    type_: DocumentType = "article" if isinstance(settings, FeedSettings) else settings.type
    obeys = settings.obeys_robots if isinstance(settings, SitemapSettings) else False
    reader = PageReader(fetcher, site=settings.url, type=type_, obeys_robots=obeys)
    if isinstance(settings, SitemapSettings):
        from indexing.connectors.sitemap import SitemapSource

        return SitemapSource(
            fetcher,
            reader,
            url=settings.url,
            include=settings.include,
            exclude=settings.exclude,
            trusts_lastmod=settings.trusts_lastmod,
        )
    if isinstance(settings, FeedSettings):
        from indexing.connectors.feed import FeedSource

        return FeedSource(fetcher, reader, url=settings.url, reads_pages=settings.reads_pages)
    from indexing.connectors.webhook import WebhookSource

    return WebhookSource(reader)


def _fetcher(settings: KindSettings, secrets: Mapping[str, str], environment: Environment) -> Fetcher:
    own = {urlsplit(settings.url).netloc.lower()} if settings.url else set()
    authorization = ""
    if isinstance(settings, WordPressSettings) and settings.username and secrets.get("application_password"):
        from indexing.connectors.wordpress import basic_authorization

        authorization = basic_authorization(settings.username, secrets["application_password"])
    return Fetcher(
        hosts={*own, *settings.hosts},
        private_hosts=environment.private_hosts,
        contact=environment.contact,
        seconds_between=settings.seconds_between,
        authorization=authorization,
        authorized_site=settings.url or "",
    )


def _downloaded(fetcher: Fetcher, url: str) -> bytes:
    answer = fetcher.get(url, most_bytes=FILE_BYTES)
    if answer.status != 200:
        raise SourceUnavailable(f"the file's address answers {answer.status}", is_worth_retrying=False)
    return answer.body


def _uploaded(file: Callable[[], bytes | None]) -> bytes:
    content = file()
    if content is None:
        raise SourceUnavailable("no file was uploaded yet, and no `url` is set", is_worth_retrying=False)
    return content


def shown_settings(settings: KindSettings) -> dict[str, Any]:
    """Settings as JSON."""
    found: dict[str, Any] = msgspec.to_builtins(settings)
    return found
