"""What editors can decide, and what makes each kind of decision right."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any

from msgspec import Meta, Struct

from indexing.documents import DocumentType
from indexing.errors import FieldError, InvalidInput, NotFound
from indexing.fields import ID_IN_WORDS, convert_strictly, in_utc
from indexing.queries import words_of
from indexing.schema.values import Id
from search_api.curation.patterns import EVERY

Ids = Annotated[tuple[Id, ...], Meta(max_length=50)]
Reader = Annotated[str, Meta(pattern=r"^(\*|[A-Za-z0-9_-]{1,128})(?!\n)$", description=f"{ID_IN_WORDS}, or *")]
Phrase = Annotated[str, Meta(min_length=1, max_length=200)]
LinkUrl = Annotated[
    str,
    Meta(
        max_length=2_000,
        pattern=r"^(https?://\S+|/(?![/\\])\S*|tel:[0-9+*#-]+|sms:[0-9+-]+)(?!\n)$",
        description="an http(s) address, a path that begins with /, tel:988 or sms:988",
    ),
]


class Rule(Struct, frozen=True, kw_only=True):
    """What all decisions have: from when to when, and why."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None
    reason: Annotated[str, Meta(max_length=1_000, description="Why, for other editors.")] = ""

    def is_active(self, moment: datetime) -> bool:
        """Whether its time has come and is not over."""
        return (self.starts_at is None or self.starts_at <= moment) and (self.ends_at is None or moment < self.ends_at)

    def contradictions(self) -> Iterator[FieldError]:
        """What is wrong although each field by itself is right."""
        if self.starts_at and self.ends_at and self.ends_at <= self.starts_at:
            yield FieldError("ends_at", "is not after starts_at")


class Pin(Rule, frozen=True, kw_only=True):
    """Documents that editors put first or take away, where, and from when to when."""

    query: Annotated[
        str, Meta(max_length=200, description="Words of a search; `*` stands for any words. Empty: no search.")
    ] = ""
    articles: Annotated[
        tuple[Reader, ...], Meta(max_length=200, description="For readers of these articles; `*` is everybody.")
    ] = ()
    newcomers: Annotated[bool, Meta(description="For recommendations without any context.")] = False
    type: Annotated[DocumentType, Meta(description="What the ids name.")] = "article"
    pinned: Ids = ()
    hidden: Ids = ()
    confirm: Annotated[
        str, Meta(max_length=2_000, description="To hide help articles: their ids once more, with commas between.")
    ] = ""

    def contradictions(self) -> Iterator[FieldError]:
        """See Rule."""
        yield from super().contradictions()
        if not (self.query.strip() or self.articles or self.newcomers):
            yield FieldError("query", "say where it applies: `query`, `articles` or `newcomers`")
        if self.query.strip() and EVERY not in self.query and not words_of(self.query):
            yield FieldError("query", "needs a word, or `*` for any words")
        if not (self.pinned or self.hidden):
            yield FieldError("pinned", "name documents in `pinned` or `hidden`")
        if both := set(self.pinned) & set(self.hidden):
            yield FieldError("hidden", f"{sorted(both)[0]} is pinned as well")
        if self.type == "clinic" and (self.articles or self.newcomers):
            yield FieldError("type", "recommendations are articles; clinics can be pinned for a query")


class Synonyms(Rule, frozen=True, kw_only=True):
    """Words or short phrases that mean the same: a search for one also finds the others."""

    words: Annotated[tuple[Phrase, ...], Meta(min_length=2, max_length=20)]

    def contradictions(self) -> Iterator[FieldError]:
        """See Rule."""
        yield from super().contradictions()
        for place, phrase in enumerate(self.words):
            if not 1 <= len(words_of(phrase)) <= 5:
                yield FieldError(f"words[{place}]", "needs one to five words")
        if len({tuple(words_of(phrase)) for phrase in self.words}) < 2:
            yield FieldError("words", "are all the same word")


class NoticeLink(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a notice leads."""

    label: Annotated[str, Meta(min_length=1, max_length=100)]
    url: LinkUrl


class CuratedNotice(Rule, frozen=True, kw_only=True):
    """What is shown above the results of some searches.

    Under the id of a built-in notice it replaces the wording; when that one is shown stays as it is.
    """

    title: Annotated[str, Meta(min_length=1, max_length=200)]
    body: Annotated[str, Meta(min_length=1, max_length=2_000)]
    links: Annotated[tuple[NoticeLink, ...], Meta(max_length=5)] = ()
    queries: Annotated[
        tuple[Phrase, ...], Meta(max_length=200, description="Words of searches; `*` stands for any words.")
    ] = ()

    def contradictions(self) -> Iterator[FieldError]:
        """See Rule."""
        yield from super().contradictions()
        for place, query in enumerate(self.queries):
            if EVERY not in query and not words_of(query):
                yield FieldError(f"queries[{place}]", "needs a word, or `*` for any words")


class SuppressedSuggestion(Rule, frozen=True, kw_only=True):
    """Completions that are not offered, whatever they would lead to."""

    text: Annotated[Phrase, Meta(description="The completion's words; `*` stands for any words.")]

    def contradictions(self) -> Iterator[FieldError]:
        """See Rule."""
        yield from super().contradictions()
        if not words_of(self.text):
            yield FieldError("text", "needs a word: `*` alone would leave nothing")


class HelpArticles(Rule, frozen=True, kw_only=True):
    """Which articles lead in a crisis or an emergency, in place of the taxonomy's; the id names which of them."""

    articles: Annotated[tuple[Id, ...], Meta(min_length=1, max_length=10)]


class TaughtAnswer(Rule, frozen=True, kw_only=True):
    """Questions that an article answers: what means the same finds it too, beside what is found anyway."""

    questions: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=512)], ...],
        Meta(min_length=1, max_length=100, description="As visitors type them."),
    ]
    article: Id
    section: Annotated[
        str, Meta(max_length=1_000, description="The heading of the section that answers; empty: all of it does.")
    ] = ""

    def contradictions(self) -> Iterator[FieldError]:
        """See Rule."""
        yield from super().contradictions()
        for place, question in enumerate(self.questions):
            if not words_of(question):
                yield FieldError(f"questions[{place}]", "needs a word")


class WritersNote(Rule, frozen=True, kw_only=True):
    """Something that is looked for and not written yet; it changes no answer."""

    query: Annotated[str, Meta(min_length=1, max_length=512)]
    text: Annotated[str, Meta(max_length=2_000)] = ""


KINDS: Mapping[str, type[Rule]] = {
    "pins": Pin,
    "synonyms": Synonyms,
    "notices": CuratedNotice,
    "suggestions": SuppressedSuggestion,
    "answers": TaughtAnswer,
    "notes": WritersNote,
    "help_pages": HelpArticles,
}
"""The kinds of decisions, as addresses name them."""


def rule_class(kind: str) -> type[Rule]:
    """The class of a kind. Raises NotFound."""
    if kind not in KINDS:
        raise NotFound(f"there is no curation of {kind!r}; there are {', '.join(KINDS)}")
    return KINDS[kind]


def parse_rule(kind: str, raw: object) -> Any:
    """Check `raw` (decoded JSON) as a decision of a kind. Raises InvalidInput with every field at fault."""
    cls = rule_class(kind)
    values, errors = convert_strictly(cls, raw, finish=in_utc)
    errors = errors or list(cls(**values).contradictions())
    if errors:
        raise InvalidInput(errors)
    return cls(**values)
