"""A stored article as a page: for trying links before the website shows the article itself."""

import nh3
from selectolax.lexbor import LexborHTMLParser

from indexing.chunking.sections import body_to_html, split_sections
from indexing.documents import Article
from indexing.text import squeezed
from search_api.pages.rendering import render

_HEADINGS = "h1, h2, h3, h4, h5, h6"
_ATTRIBUTES = {**{tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()}, "*": {"id"}}


def article_page(article: Article) -> str:
    """The whole page: sanitised body, each heading with the anchor that hits link to."""
    body = nh3.clean(_anchored(article), attributes=_ATTRIBUTES)
    return render("article.html", title=article.title, heading=article.title, body=body)


def _anchored(article: Article) -> str:
    tree = LexborHTMLParser(body_to_html(article.body, article.body_format))
    sections = [s for s in split_sections(article.body, article.body_format, title=article.title) if s.heading]
    waiting = iter(sections)
    section = next(waiting, None)
    for heading in tree.css(_HEADINGS):
        if section is not None and squeezed(heading.text()) == section.heading:
            heading.attrs["id"] = section.anchor
            section = next(waiting, None)
    return (tree.body.inner_html or "") if tree.body is not None else ""
