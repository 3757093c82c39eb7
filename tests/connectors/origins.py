"""Sources for the table of events: the same five pages in every form that a connector reads.

A StaticOrigin writes its pages as files that a process of its own serves; a test edits it as an editor would, and
`touched` then holds what a notice would name.
"""

import json
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, Protocol

from msgspec import Struct

from tests.conftest import ROOT
from tests.connectors.servers import free_port

State = Literal["published", "draft", "future", "gone"]
NAMES = ("one", "two", "three", "four", "five")
_TEXT = "Ketamine is given as an infusion, and people rest afterwards. It is not for everybody. " * 3


class Made(Struct):
    """A page as its editor sees it."""

    name: str
    title: str
    state: State = "published"
    slug: str = ""
    version: int = 1

    @property
    def path(self) -> str:
        return f"/{self.slug or self.name}/"


class Origin(Protocol):
    """A source that a test edits."""

    touched: list[str]
    """What a notice would name of what was edited since it was emptied."""

    @property
    def settings(self) -> Mapping[str, Any]: ...
    def put(self, name: str, title: str, state: State = "published") -> None: ...
    def readdress(self, name: str) -> None: ...
    def visible(self) -> list[str]: ...
    def move(self) -> str: ...
    def fall(self) -> None: ...
    def halve(self) -> None: ...
    def empty(self) -> None: ...
    def mend(self) -> None: ...
    def close(self) -> None: ...


Files = Callable[[str, list[Made]], dict[str, str]]
"""What lies on a site at an address, by path."""


class StaticOrigin:
    """See Origin."""

    def __init__(self, folder: Path, kind: str, files: Files, *, half: str) -> None:
        self.folder, self.kind, self.files, self.half = folder, kind, files, half
        self.pages = {name: Made(name, name.capitalize()) for name in NAMES}
        self.touched: list[str] = []
        self.ports = [free_port()]
        self._processes: list[subprocess.Popen[bytes]] = []
        self._serve()
        self._write()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports[-1]}"

    @property
    def settings(self) -> Mapping[str, Any]:
        if self.kind == "markdown":
            return {"url": self.url, "folder": str(self.folder / "site")}
        if self.kind == "clinics":
            return {"url": f"{self.url}/{self.half.strip('/')}", "site": f"{self.url}/clinics"}
        return {"url": f"{self.url}/feed.xml" if self.kind == "feed" else self.url}

    def put(self, name: str, title: str, state: State = "published") -> None:
        page = self.pages.setdefault(name, Made(name, title))
        page.title, page.state, page.version = title, state, page.version + 1
        self._touch(page)

    def readdress(self, name: str) -> None:
        page = self.pages[name]
        self._touch(page)
        page.slug, page.version = f"{name}-anew", page.version + 1
        self._touch(page)

    def visible(self) -> list[str]:
        return sorted(page.title for page in self.pages.values() if page.state == "published")

    def move(self) -> str:
        """Everything is at another address from now on; returns the new one."""
        old = self.folder / str(self.ports[-1])
        self.ports.append(free_port())
        self._serve()
        self._write()
        if self.kind != "markdown":
            (old / ".moved").write_text(self.url)
        for page in self.pages.values():
            self._touch(page)
        return self.url

    def fall(self) -> None:
        if self.kind == "markdown":
            (self.folder / "site").rename(self.folder / "away")
        for process in self._processes:
            process.kill()
            process.wait(10)
        self._processes.clear()

    def halve(self) -> None:
        if self.kind != "markdown":
            (self._site / ".half").write_text(self.half)
            return
        for path in (self.folder / "site").glob("*.md"):
            path.write_text(path.read_text()[: 20 + len(path.stem)])

    def empty(self) -> None:
        for page in self.pages.values():
            page.state = "gone"
        self._write()

    def mend(self) -> None:
        if (self.folder / "away").exists():
            (self.folder / "away").rename(self.folder / "site")
        if self.kind != "markdown":
            (self._site / ".half").unlink(missing_ok=True)
        if not self._processes:
            self._serve()
        self._write()

    def close(self) -> None:
        for process in self._processes:
            process.kill()
            process.wait(10)

    @property
    def _site(self) -> Path:
        return self.folder / str(self.ports[-1])

    def _touch(self, page: Made) -> None:
        self._write()
        told = {"feed": f"tag:{page.name}", "markdown": f"{page.name}.md", "clinics": page.name}
        self.touched.append(told.get(self.kind, page.path))

    def _write(self) -> None:
        target = self.folder / "site" if self.kind == "markdown" else self._site
        kept = {name: (target / name).read_text() for name in (".half", ".moved") if (target / name).exists()}
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        pages = [page for page in self.pages.values() if page.state != "gone"]
        for path, text in {"/index.html": "<html>home</html>", **self.files(self.url, pages), **kept}.items():
            if self.kind == "markdown" and not path.endswith(".md"):
                continue
            file = target / path.lstrip("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)

    def _serve(self) -> None:
        if self.kind == "markdown":
            return
        self._site.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "tests.connectors.static_site", str(self._site), str(self.ports[-1])]
        self._processes.append(subprocess.Popen(command, cwd=ROOT))
        ends = time.monotonic() + 20
        while True:
            try:
                urllib.request.urlopen(f"{self.url}/robots.txt", timeout=2).close()
            except urllib.error.HTTPError:
                return
            except OSError:
                assert time.monotonic() < ends, "the site did not start in time"
                time.sleep(0.02)


def _published(pages: Iterable[Made]) -> list[Made]:
    return [page for page in pages if page.state == "published"]


def _html(url: str, pages: Iterable[Made]) -> dict[str, str]:
    return {
        f"{page.path}index.html": f"<html><head><title>{page.title}</title>"
        f'<link rel="canonical" href="{url}{page.path}"></head><body><nav>Menu</nav>'
        f"<main><h1>{page.title}</h1><p>{_TEXT}</p></main></body></html>"
        for page in _published(pages)
    }


def sitemap(url: str, pages: list[Made]) -> dict[str, str]:
    urls = "".join(
        f"<url><loc>{url}{page.path}</loc><lastmod>2026-01-01T00:00:{page.version:02}Z</lastmod></url>"
        for page in _published(pages)
    )
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return {"/sitemap.xml": f'<urlset xmlns="{space}">{urls}</urlset>', **_html(url, pages)}


def rss(url: str, pages: list[Made]) -> dict[str, str]:
    entries = "".join(
        f'<item><guid isPermaLink="false">tag:{page.name}</guid><link>{url}{page.path}</link>'
        f"<title>{page.title}</title><description>A teaser.</description></item>"
        for page in _published(pages)
    )
    feed = f'<rss version="2.0"><channel><title>News</title><link>{url}</link>{entries}</channel></rss>'
    return {"/feed.xml": feed, **_html(url, pages)}


def atom(url: str, pages: list[Made]) -> dict[str, str]:
    entries = "".join(
        f'<entry><id>tag:{page.name}</id><link href="{url}{page.path}"/><title>{page.title}</title>'
        f"<updated>2026-01-01T00:00:{page.version:02}Z</updated><summary>A teaser.</summary></entry>"
        for page in _published(pages)
    )
    feed = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title><id>tag:feed</id>{entries}</feed>'
    return {"/feed.xml": feed, **_html(url, pages)}


def markdown(url: str, pages: list[Made]) -> dict[str, str]:
    told = {"draft": "draft: true\n", "future": "publishDate: 2099-01-01\n", "published": ""}
    return {
        f"/{page.name}.md": (
            f"---\ntitle: {page.title}\nslug: {page.slug or page.name}\n{told[page.state]}---\n{_TEXT}\n"
        )
        for page in pages
        if page.state != "gone"
    }


def sheet(url: str, pages: list[Made]) -> dict[str, str]:
    told = {"published": "published", "draft": "draft", "future": "draft"}
    rows = "".join(
        f"{page.name},{page.title},{number} Main St,Austin,TX,78701,{url}{page.path},{told[page.state]}\r\n"
        for number, page in enumerate(pages, 1)
        if page.state != "gone"
    )
    return {"/clinics.csv": f"ID,Name,Street,City,State,Zip,Page,Status\r\n{rows}"}


def json_ld(url: str, pages: list[Made]) -> dict[str, str]:
    found = [
        {
            "@type": "MedicalClinic",
            "@id": f"urn:clinic:{page.name}",
            "name": page.title,
            "url": f"{url}{page.path}",
            "address": {"streetAddress": f"{number} Main St", "addressLocality": "Austin", "addressRegion": "TX",
                        "postalCode": "78701"},
        }
        for number, page in enumerate(_published(pages), 1)
    ]  # fmt: skip
    return {"/clinics.json": json.dumps({"@graph": found})}


STATIC: Mapping[str, tuple[str, Files, str]] = {
    "sitemap": ("sitemap", sitemap, "/sitemap.xml"),
    "page of a sitemap": ("sitemap", sitemap, "/one/"),
    "rss": ("feed", rss, "/feed.xml"),
    "atom": ("feed", atom, "/feed.xml"),
    "markdown": ("markdown", markdown, ""),
    "csv": ("clinics", sheet, "/clinics.csv"),
    "json-ld": ("clinics", json_ld, "/clinics.json"),
    "webhook": ("webhook", _html, "/one/"),
}
"""By name: the connector's kind, what lies on the site, and what of it is cut in half."""
