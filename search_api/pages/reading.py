"""A stored article as a page: for trying links before the website shows the article itself."""

from html import escape

import nh3
from selectolax.lexbor import LexborHTMLParser

from indexing.documents import Article
from indexing.sections import body_to_html, split_sections
from indexing.text import squeezed

_HEADINGS = "h1, h2, h3, h4, h5, h6"
_ATTRIBUTES = {**{tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()}, "*": {"id"}}


def article_page(article: Article) -> str:
    """The whole page: sanitised body, each heading with the anchor that hits link to."""
    body = nh3.clean(_anchored(article), attributes=_ATTRIBUTES)
    title = escape(article.title)
    return (
        f'<!doctype html><html lang="{escape(article.language)}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
        f'<link rel="stylesheet" href="/assets/search.css"></head><body class="article"><main>'
        f'<p><a href="/">Search</a></p><h1>{title}</h1>{body}</main></body></html>'
    )


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
