"""Any site with a sitemap.xml (sitemaps.org): index files, gzip, `lastmod`; robots.txt is obeyed."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from urllib.parse import urlsplit

from lxml import etree

from indexing.connectors.base import Answer, Changes, Cursor, Entry, Known, Listing, Notice
from indexing.connectors.fetcher import FILE_BYTES, Fetcher, inflated
from indexing.connectors.webpages import PageReader
from indexing.errors import SourceForbidden, SourceUnavailable

_USUAL = ("/sitemap.xml", "/sitemap_index.xml", "/wp-sitemap.xml")
_MOST_FILES = 1_000
_GZIP = b"\x1f\x8b"


class SitemapSource:
    """See Source."""

    can_list = True

    def __init__(
        self,
        fetcher: Fetcher,
        reader: PageReader,
        *,
        url: str,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        trusts_lastmod: bool = True,
    ) -> None:
        self._trusts_lastmod = trusts_lastmod
        self._fetcher = fetcher
        self._reader = reader
        self._url = url
        self._include = tuple(include)
        self._exclude = tuple(exclude)

    def changes(self, since: Cursor | None) -> Changes:
        """See Source; the listing tells what changed."""
        return Changes((), since or {})

    def listing(self, after: Cursor | None) -> Listing:
        """See Source; one sitemap file a call."""
        waiting = list(after["waiting"]) if after else self._roots()
        read = set(after["read"]) if after else set()
        url, *waiting = waiting
        read.add(url)
        if len(read) > _MOST_FILES:
            raise SourceForbidden(f"the site has more than {_MOST_FILES} sitemaps; name one of them as `url`")
        entries, children = self._read(url)
        waiting += [child for child in children if child not in read and child not in waiting]
        wanted = [entry for entry in entries if self._is_wanted(entry)]
        return Listing(wanted, {"waiting": waiting, "read": sorted(read)} if waiting else None)

    def fetch(self, known: Sequence[Known]) -> Iterator[Answer]:
        """See Source."""
        return self._reader.read_all(list(known))

    def absent(self, known: Sequence[Known]) -> list[str]:
        """See Source; the sitemap is the site's own word on what is to be found."""
        return [each.key for each in known]

    def key_of(self, notice: Notice) -> str | None:
        """See Source."""
        key = self._reader.key(notice.url) if notice.url else None
        return key if key is not None and self._is_wanted(Entry(key)) else None

    def _roots(self) -> list[str]:
        if urlsplit(self._url).path not in {"", "/"}:
            return [self._url]
        if named := self._fetcher.sitemaps(self._url):
            return named
        for path in _USUAL:
            address = self._reader.address(path)
            if self._fetcher.get(address, most_bytes=FILE_BYTES).status == 200:
                return [address]
        raise SourceForbidden(f"no sitemap was found at {self._url}; name its address as `url`")

    def _read(self, url: str) -> tuple[list[Entry], list[str]]:
        answer = self._fetcher.get(url, most_bytes=FILE_BYTES)
        if answer.status != 200:
            raise SourceUnavailable(f"the sitemap {url} answers {answer.status}", is_worth_retrying=False)
        body = inflated(answer.body, FILE_BYTES) if answer.body.startswith(_GZIP) else answer.body
        pages, sitemaps = parse_sitemap(body)
        entries = []
        for address, version in pages:
            key = self._reader.key(address)
            if key is not None:
                entries.append(Entry(key, version if self._trusts_lastmod else "", address))
        return entries, sitemaps

    def _is_wanted(self, entry: Entry) -> bool:
        is_included = not self._include or any(_begins(entry.key, path) for path in self._include)
        return is_included and not any(_begins(entry.key, path) for path in self._exclude)


def _begins(key: str, path: str) -> bool:
    """Whether a key is below a path; one that ends with `$`, as in robots.txt, is that page alone."""
    return key == path[:-1] if path.endswith("$") else key.startswith(path)


def parse_sitemap(body: bytes) -> tuple[list[tuple[str, str]], list[str]]:
    """Pages with their `lastmod`, and further sitemaps. Raises SourceUnavailable where the XML is not whole."""
    pages: list[tuple[str, str]] = []
    sitemaps: list[str] = []
    try:
        for _, node in etree.iterparse(
            BytesIO(body), tag=("{*}url", "{*}sitemap"), resolve_entities=False, no_network=True, huge_tree=False
        ):
            location = (node.findtext("{*}loc") or "").strip()
            if etree.QName(node).localname == "sitemap":
                sitemaps.append(location)
            elif location:
                pages.append((location, (node.findtext("{*}lastmod") or "").strip()))
            node.clear()
    except etree.XMLSyntaxError as error:
        raise SourceUnavailable("the sitemap is broken off or no XML") from error
    return pages, [location for location in sitemaps if location]
