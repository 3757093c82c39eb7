"""An article in a web page of any make: its text without what surrounds it, and what the page says of itself."""

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

import nh3
from lxml.etree import LxmlError
from msgspec import Struct
from readability import Document as ReadabilityDocument
from readability.readability import Unparseable
from selectolax.lexbor import LexborHTMLParser, LexborNode

from indexing.connectors.jsonld import article_of, first_text, moment_of, read_objects
from indexing.text import squeezed, storable

_AROUND = (
    "nav, aside, footer, form, script, style, noscript, template, iframe, button, dialog, [hidden],"
    " [role=navigation], [role=search], [aria-hidden=true]"
)
_CONTAINERS = ("[itemprop=articleBody]", "article", "main", "[role=main]")
_LEAST_CHARACTERS = 200
"""A container that holds less is a teaser or a frame; readability looks at the whole page then."""
_ATTRIBUTES = {**nh3.ALLOWED_ATTRIBUTES, "*": {"id", "lang"}}
_SITE_NAME = re.compile(r"\s+[|–—·»]\s+[^|–—·»]{1,60}$")

logging.getLogger("readability").setLevel(logging.CRITICAL)  # it logs texts of pages


class Page(Struct, frozen=True, kw_only=True):
    """What was read in a page; `body` is HTML reduced to harmless tags, addresses are absolute."""

    title: str
    body: str
    summary: str = ""
    author: str = ""
    image: str | None = None
    language: str = ""
    published_at: str | None = None
    updated_at: str | None = None
    tags: tuple[str, ...] = ()
    canonical: str = ""
    is_hidden: bool = False
    """Whether it asks not to be found (`noindex`)."""
    objects: tuple[Mapping[str, Any], ...] = ()
    """Its JSON-LD."""

    def article(self, url: str) -> dict[str, Any]:
        """The page as fields of an article at `url`."""
        named = {
            "title": self.title,
            "summary": self.summary,
            "author": self.author,
            "image": self.image,
            "language": self.language,
            "tags": list(self.tags),
            "published_at": self.published_at,
            "updated_at": self.updated_at,
        }
        given = {name: value for name, value in named.items() if value}
        return {**given, "body": self.body, "body_format": "html", "url": url}


def read_page(html: bytes | str, url: str, *, robots_header: str = "") -> Page:
    """Read a page that was found at `url`; `robots_header` is its X-Robots-Tag."""
    tree = LexborHTMLParser(html)
    objects = read_objects([node.text() for node in tree.css('script[type="application/ld+json"]')])
    described = article_of(objects)
    meta = _Meta(tree)
    title = first_text(described.get("headline")) or meta.get("og:title") or _heading(tree) or _title(tree)
    canonical = tree.css_first('link[rel="canonical"]')
    image = meta.get("og:image") or first_text(described.get("image"))
    return Page(
        title=squeezed(storable(title))[:1_000],
        body=clean_html(_content(tree, html, url)),
        summary=squeezed(meta.get("description") or meta.get("og:description"))[:5_000],
        author=squeezed(first_text(described.get("author")) or meta.get("author") or meta.get("article:author"))[:300],
        image=_absolute(url, image),
        language=((tree.root.attributes.get("lang") if tree.root else "") or "")[:35],
        published_at=moment_of(described.get("datePublished")) or moment_of(meta.get("article:published_time")),
        updated_at=moment_of(described.get("dateModified")) or moment_of(meta.get("article:modified_time")),
        tags=tuple(dict.fromkeys(meta.all("article:tag"))),
        canonical=_absolute(url, (canonical.attributes.get("href") or "") if canonical else "") or "",
        is_hidden="noindex" in f"{meta.get('robots')} {meta.get('googlebot')} {robots_header}".lower(),
        objects=tuple(objects),
    )


def clean_html(html: str) -> str:
    """HTML of others reduced to harmless tags; the anchors of headings stay."""
    return nh3.clean(storable(html), attributes=_ATTRIBUTES, link_rel=None).strip()


class _Meta:
    """The meta elements of a page by name or property."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        self._values: dict[str, list[str]] = {}
        for node in tree.css("meta[content]"):
            name = node.attributes.get("name") or node.attributes.get("property") or ""
            self._values.setdefault(name.lower(), []).append(node.attributes.get("content") or "")

    def get(self, name: str) -> str:
        return self._values.get(name, [""])[0].strip()

    def all(self, name: str) -> Sequence[str]:
        return [value.strip()[:200] for value in self._values.get(name, []) if value.strip()]


def _heading(tree: LexborHTMLParser) -> str:
    headings = tree.css("h1")
    return headings[0].text(separator=" ") if len(headings) == 1 else ""


def _title(tree: LexborHTMLParser) -> str:
    node = tree.css_first("title")
    return _SITE_NAME.sub("", squeezed(node.text())) if node else ""


def _content(tree: LexborHTMLParser, html: bytes | str, url: str) -> str:
    """The HTML of what the page is about."""
    for node in tree.css(_AROUND):
        node.decompose()
    for selector in _CONTAINERS:
        found = [node for node in tree.css(selector) if not _is_inside(node, selector)]
        if len(found) == 1 and len(squeezed(found[0].text(separator=" "))) >= _LEAST_CHARACTERS:
            return found[0].html or ""
    return _readable(html, url) or (tree.body.html if tree.body else "") or ""


def _is_inside(node: LexborNode, selector: str) -> bool:
    """Whether a node lies in another one that the selector finds: comments are articles in articles."""
    parent = node.parent
    while parent is not None:
        if parent.css_matches(selector) and parent.tag == node.tag:
            return True
        parent = parent.parent
    return False


def _readable(html: bytes | str, url: str) -> str:
    text = html.decode("utf-8", "replace") if isinstance(html, bytes) else html
    try:
        return str(ReadabilityDocument(text, url=url).summary(html_partial=True))
    except (Unparseable, LxmlError, ValueError, IndexError, RecursionError):
        return ""


def _absolute(url: str, link: str) -> str | None:
    if not link:
        return None
    try:
        found = urljoin(url, link.strip())
    except ValueError:
        return None
    return found if urlsplit(found).scheme in {"http", "https"} and " " not in found and len(found) <= 2_000 else None
