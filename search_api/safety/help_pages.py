"""The pages that lead in a crisis or an emergency: the site's own articles, else built-in ones."""

import tomllib
from collections.abc import Collection, Mapping, Sequence
from functools import cache

import msgspec
from msgspec import Struct

from indexing.cards import ArticleCard
from indexing.engines.base import Retriever
from indexing.engines.entries import Content
from indexing.errors import Unavailable
from indexing.taxonomy import Taxonomy
from search_api.curation.curation import InForce
from search_api.safety.language import DEFAULT, LANGUAGES, Language
from search_api.safety.notices import Link, with_facts
from search_api.safety.rules import Kind
from search_api.safety.tokens import DATA

BUILT_IN_FOR: Mapping[Kind, tuple[str, ...]] = {
    "crisis": ("crisis", "emergency"),
    "emergency": ("emergency", "crisis"),
    "clinician": ("medicines",),
}
"""Names of built-in pages by kind, the first first."""
ID_PREFIX = "help-"


class Page(Struct, frozen=True, forbid_unknown_fields=True):
    """A built-in page: sections are a heading and its paragraphs."""

    name: str
    language: Language
    title: str
    summary: str
    sections: tuple[tuple[str, tuple[str, ...]], ...]
    links: tuple[Link, ...]

    @property
    def url(self) -> str:
        """Where it is served."""
        return f"/help/{self.name}" + ("" if self.language == DEFAULT else f"?lang={self.language}")


class HelpPage(Struct, frozen=True):
    """A page that leads: one of the site's articles, or a built-in one (`is_built_in`)."""

    id: str
    url: str
    title: str
    summary: str
    card: ArticleCard | None = None

    @property
    def is_built_in(self) -> bool:
        """Whether the service itself serves it."""
        return self.card is None


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    page: tuple[Page, ...]


@cache
def _pages() -> Mapping[tuple[str, Language], Page]:
    text = with_facts((DATA / "pages.toml").read_text("utf-8"))
    return {(page.name, page.language): page for page in msgspec.convert(tomllib.loads(text), type=_File).page}


def built_in_page(name: str, language: Language) -> Page | None:
    """The page of a name, in a language."""
    return _pages().get((name, language))


def page_names() -> Sequence[str]:
    """Every built-in page once."""
    return list(dict.fromkeys(name for name, _ in _pages()))


class HelpPages:
    """Which pages lead for a kind, by the taxonomy's list or the editors'. Thread-safe."""

    def __init__(self, engine: Retriever, taxonomy: Taxonomy) -> None:
        self._engine = engine
        self._listed = taxonomy.help_pages

    def ids(self, kind: Kind, curated: InForce | None = None) -> tuple[str, ...]:
        """Ids of the articles that shall lead, whether published or not."""
        chosen = curated.help_pages(kind) if curated is not None else None
        return chosen if chosen is not None else self._listed.get(kind, ())

    def all_ids(self, curated: InForce | None = None) -> frozenset[str]:
        """Ids of all help articles."""
        return frozenset(id for kind in BUILT_IN_FOR for id in self.ids(kind, curated))

    def articles(self, kind: Kind, curated: InForce | None = None) -> list[HelpPage]:
        """The published ones among them, in order."""
        ids = self.ids(kind, curated)
        try:
            found = self._engine.library("article").contents(list(ids)) if ids else {}
        except Unavailable:
            return []
        return [_of_site(found[id]) for id in ids if id in found]

    def leading(
        self, kind: Kind, language: Language, curated: InForce | None = None, *, without: Collection[str] = ()
    ) -> list[HelpPage]:
        """What leads: the site's articles, else built-in pages; for Spanish, built-in ones come first.

        `without` are articles that editors hide here.
        """
        own = [page for page in self.articles(kind, curated) if page.id not in without]
        if own and language == DEFAULT:
            return own
        return [*built_in_help(kind, language), *own]

    def missing(self, curated: InForce | None = None) -> list[str]:
        """Ids that are listed and not published."""
        known = {page.id for kind in BUILT_IN_FOR for page in self.articles(kind, curated)}
        return sorted(self.all_ids(curated) - known)


def built_in_help(kind: Kind, language: Language) -> list[HelpPage]:
    """The built-in pages for a kind."""
    pages = [_pages()[name, language] for name in BUILT_IN_FOR[kind]]
    return [HelpPage(ID_PREFIX + page.name, page.url, page.title, page.summary) for page in pages]


def _of_site(content: Content) -> HelpPage:
    card = msgspec.json.decode(content.card, type=ArticleCard)
    return HelpPage(content.id, card.url, content.title, card.summary, card)


def every_page() -> Sequence[Page]:
    """All built-in pages, for checking them."""
    return [page for name in page_names() for language in LANGUAGES if (page := built_in_page(name, language))]
