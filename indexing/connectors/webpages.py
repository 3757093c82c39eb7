"""Single web pages as documents: what sitemaps and hooks have in common."""

from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

from indexing.connectors.base import Absent, Answer, Known, RowProblem, SourcedDocument, Unchanged
from indexing.connectors.fetcher import Fetcher, Response
from indexing.connectors.jsonld import clinics_of
from indexing.connectors.pages import Page, read_page
from indexing.documents import DocumentType
from indexing.errors import SourceForbidden, SourceUnavailable

_MOST_FAILED = 5
"""After so many pages one after another that do not answer the site itself is asked for."""
_PAGE_TYPES = ("text/html", "application/xhtml+xml")


class PageReader:
    """Reads pages of one site; a page's key is its path with its query, so that the host may change."""

    def __init__(self, fetcher: Fetcher, *, site: str, type: DocumentType, obeys_robots: bool) -> None:
        self._fetcher = fetcher
        self._site = urlsplit(site)
        self._type = type
        self._obeys_robots = obeys_robots
        self._failed = 0

    def address(self, key: str) -> str:
        """Where the page of a key is."""
        return f"{self._site.scheme}://{self._site.netloc}{key}"

    def key(self, url: str) -> str | None:
        """The key of an address of this site, on whichever of its hosts; None for others."""
        try:
            parts = urlsplit(url)
        except ValueError:
            return None
        if parts.scheme not in {"http", "https", ""} or not parts.path.startswith("/"):
            return None
        return urlunsplit(("", "", parts.path, parts.query, "")) if parts.netloc in ("", self._site.netloc) else None

    def read(self, known: Known) -> Answer:
        """One page as it is now."""
        url = self.address(known.key)
        if self._obeys_robots and not self._fetcher.may_read(url):
            return Absent(known.key, "robots.txt forbids it")
        try:
            answer = self._fetcher.get(url, validators=known.validators, accept="text/html")
            self._failed = 0
        except SourceForbidden as error:
            return Absent(known.key, f"it leads elsewhere: {error}")
        except SourceUnavailable as error:
            self._note_failure()
            return RowProblem(url, str(error), known.key, is_passing=True)
        if answer.is_unchanged:
            return Unchanged(known.key)
        if answer.is_gone:
            return Absent(known.key, f"it answers {answer.status}")
        if answer.status != 200:
            return RowProblem(url, f"the page answers {answer.status}", known.key)
        return self._document(known.key, url, answer)

    def _note_failure(self) -> None:
        """Count a page that does not answer. Raises SourceUnavailable where the site's first page does not, either."""
        self._failed += 1
        if self._failed >= _MOST_FAILED:
            self._fetcher.get(self.address("/"), accept="text/html")
            self._failed = 0

    def read_all(self, known: list[Known]) -> Iterator[Answer]:
        """Pages one after another."""
        for each in known:
            yield self.read(each)

    def _document(self, key: str, url: str, answer: Response) -> Answer:
        if not answer.headers.get("content-type", "text/html").startswith(_PAGE_TYPES):
            return Absent(key, "it is no page")
        if _comparable(answer.url) != _comparable(url):
            return Absent(key, f"it moved to {answer.url}")
        page = read_page(answer.body, url, robots_header=answer.headers.get("x-robots-tag", ""))
        if page.is_hidden:
            return Absent(key, "it asks not to be found (noindex)")
        if page.canonical and _comparable(page.canonical) != _comparable(url):
            return Absent(key, f"the page itself names {page.canonical} as its address")
        fields = page.article(url) if self._type == "article" else _clinic(page, url)
        if fields is None:
            return RowProblem(url, "the page holds no clinic in JSON-LD (schema.org)", key)
        return SourcedDocument(key=key, type=self._type, fields=fields, validators=answer.validators)


def _clinic(page: Page, url: str) -> dict[str, object] | None:
    found = clinics_of(page.objects)
    return {**found[0].fields, "url": url} if found else None


def _comparable(url: str) -> tuple[str, str, str]:
    """An address by what distinguishes pages: not its scheme, not a `www.`, not the slash at the end."""
    parts = urlsplit(url)
    return (parts.netloc.lower().removeprefix("www."), parts.path.rstrip("/"), parts.query)
