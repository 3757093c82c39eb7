"""A stored article as a page: who wrote and reviewed it, its parts, and the passage that was found."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from indexing.documents import Article
from indexing.readable import readable_article
from search_api.pages.hits import dated
from search_api.pages.pictures import own_pictures
from search_api.pages.related import written_in
from search_api.pages.rendering import render
from search_api.pages.site import Frame
from search_api.pages.state import PageState
from search_api.pages.texts import Texts
from search_api.recommend.answers import Recommendation

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_CONTENTS = "h2[id]"
_LEAST_CONTENTS = 3
"""Sections from which on a list of them helps."""
_SCROLLED = "table, pre"
_FOUND = "found"
_OURS = "ktc-"
"""What ids of the page itself begin with, and none in a body: anchors to sections stay as they are."""


class ArticlePage(NamedTuple):
    """A page, and the origins that its pictures come from."""

    html: str
    pictures: frozenset[str]


def article_page(
    article: Article,
    body: str,
    state: PageState,
    frame: Frame,
    *,
    base: str,
    at: str = "",
    related: Sequence[Recommendation] = (),
) -> ArticlePage:
    """The page of an article with its safe `body`; `at` is the anchor of the passage that was found."""
    plain, texts = readable_article(article), frame.texts
    tree = LexborHTMLParser(body)
    pictures = own_pictures(tree, (article.url, frame.site.home, frame.site.public_url))
    for node in tree.css(f"[id^='{_OURS}' i]"):
        del node.attrs["id"]
    contents = [(node.attrs.get("id"), node.text().strip()) for node in tree.css(_CONTENTS)]
    _mark(tree, at)
    for wide in tree.css(_SCROLLED):
        wide.attrs["tabindex"] = "0"  # so that a keyboard scrolls it
    address = f"{base}/read/{article.id}"
    html = render(
        "article.html",
        frame,
        title=f"{plain.title} · {frame.site.name}",
        article=plain,
        body=(tree.body.inner_html or "") if tree.body is not None else body,
        signed=_signed(plain, texts),
        contents=contents if len(contents) >= _LEAST_CONTENTS else [],
        canonical=article.url if article.url.startswith("http") else address,
        data=_linked(plain, address, frame),
        state=state,
        back=state.address(page=state.page),
        related=[(each, written_in(each)) for each in related],
    )
    return ArticlePage(html, pictures)


def _signed(article: Article, texts: Texts) -> list[str]:
    """Who wrote and reviewed it, and when."""
    told = (
        texts("by-author", name=article.author) if article.author else "",
        texts("reviewed-by", name=article.reviewed_by) if article.reviewed_by else "",
        texts("reviewed-on", date=texts.month(article.reviewed_at)) if article.reviewed_at else "",
        dated(texts, article.updated_at, article.published_at),
    )
    return [part for part in told if part]


def _mark(tree: LexborHTMLParser, anchor: str) -> None:
    """Mark the blocks of the section of an anchor, if there is such a section."""
    heading = next((node for node in tree.css("[id]") if node.attrs.get("id") == anchor), None)
    for node in _section(heading) if heading is not None and anchor else ():
        node.attrs["class"] = _FOUND


def _section(heading: LexborNode) -> list[LexborNode]:
    blocks: list[LexborNode] = [heading]
    node = heading.next
    while node is not None and node.tag not in _HEADINGS:
        if node.tag and not node.tag.startswith("-"):
            blocks.append(node)
        node = node.next
    return blocks


def _linked(article: Article, address: str, frame: Frame) -> dict[str, Any]:
    """The article in the words of schema.org."""
    told: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "MedicalWebPage",
        "@id": address,
        "name": article.title,
        "headline": article.title,
        "description": article.summary,
        "inLanguage": article.language,
        "author": {"@type": "Person", "name": article.author} if article.author else None,
        "reviewedBy": {"@type": "Person", "name": article.reviewed_by} if article.reviewed_by else None,
        "lastReviewed": _day(article.reviewed_at),
        "datePublished": _day(article.published_at),
        "dateModified": _day(article.updated_at),
        "image": article.image,
        "publisher": {"@type": "Organization", "name": frame.site.name},
        "citation": [each.title for each in article.sources],
    }
    return {name: value for name, value in told.items() if value not in (None, "", [])}


def _day(moment: datetime | None) -> str | None:
    return moment.date().isoformat() if moment is not None else None
