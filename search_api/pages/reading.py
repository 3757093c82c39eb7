"""Bodies of stored articles, safe to be shown."""

import contextlib
import hashlib
from importlib.metadata import version

import nh3
import structlog
from selectolax.lexbor import LexborHTMLParser

from indexing.chunking.bodies import body_to_html
from indexing.chunking.legible import legible
from indexing.chunking.sections import split_sections
from indexing.content.article_pages import ArticlePages
from indexing.documents import Article
from indexing.errors import NotFound, Unavailable
from indexing.nesting import faults_of_body

log = structlog.get_logger()

_HEADINGS = "h1, h2, h3, h4, h5, h6"
_ATTRIBUTES = {**{tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()}, "*": {"id"}}
_RULES = f"2 nh3-{version('nh3')}"
"""By which bodies are made safe; other ones make every page anew. Count up with each change here."""


class Reader:
    """Bodies of articles. Each one is made safe once, when the article comes or is first read. Thread-safe."""

    def __init__(self, pages: ArticlePages) -> None:
        self._pages = pages

    def body(self, article: Article) -> str:
        """The safe body, each heading with the anchor that hits link to. Raises NotFound."""
        body = self.prepare(article)
        if not body and article.body.strip():
            raise NotFound(f"the article {article.id!r} can be searched, but not be shown")
        return body

    def prepare(self, article: Article) -> str:
        """The safe body as it is kept, made and kept first where it is not; empty where it cannot be shown."""
        digest = _digest(article)
        body = self._pages.get(article.id, digest)
        if body is None:
            body = _safe_body(article)
            with contextlib.suppress(Unavailable):  # then the next reader's is kept
                self._pages.put(article.id, digest, body)
        return body

    def taken(self, article: Article) -> None:
        """Make the body safe of an article that was just stored; what fails now is tried when it is read."""
        try:
            self.prepare(article)
        except Exception as error:  # the article is stored, and its sender is told so
            log.warning("reading.not_prepared", id=article.id, error=type(error).__name__)

    def gone(self, id: str) -> None:
        """Forget the body of an article that was just deleted; it is never shown, kept or not."""
        with contextlib.suppress(Unavailable):
            self._pages.forget(id)


def _digest(article: Article) -> bytes:
    parts = (_RULES, article.body_format, article.title, article.body)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()


def _safe_body(article: Article) -> str:
    """Empty for what an earlier version took and no parser should be given."""
    if faults_of_body(article.body, article.body_format):
        return ""
    return nh3.clean(_anchored(article), attributes=_ATTRIBUTES)


def _anchored(article: Article) -> str:
    tree = LexborHTMLParser(body_to_html(article.body, article.body_format))
    sections = [s for s in split_sections(article.body, article.body_format, title=article.title) if s.heading]
    waiting = iter(sections)
    section = next(waiting, None)
    for heading in tree.css(_HEADINGS):
        if section is not None and legible(heading.text()) == section.heading:
            heading.attrs["id"] = section.anchor
            section = next(waiting, None)
    return (tree.body.inner_html or "") if tree.body is not None else ""
