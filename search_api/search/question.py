"""What one index is asked: the words of a question in its terms."""

from collections.abc import Collection

from msgspec import Struct

from indexing.documents import DocumentType
from indexing.engines.retrieval import Retrieval
from indexing.queries import KeywordQuery, Near, parse_keywords, words_of
from search_api.curation.curation import SynonymRuns
from search_api.query.interpretation import Interpretation
from search_api.search.requests import Place


class Question(Struct, frozen=True):
    """What one index is asked."""

    index: DocumentType
    retrieval: Retrieval
    near: Near | None

    @property
    def is_asked(self) -> bool:
        """Whether words or a vector are compared, and not only filters."""
        return self.retrieval.keywords is not None or self.retrieval.vector is not None


def text_for(
    kind: DocumentType, understood: Interpretation, near: Place | None, counted: Collection[DocumentType]
) -> str:
    """The words that are compared; near a place, words that are of every clinic do not outweigh the way there.

    Clinics that are only counted, and of which filters decide, are compared with none.
    """
    if kind != "clinic":
        return understood.article_text
    if kind in counted and understood.seeks_clinics:
        return ""
    return understood.rest if near is not None else understood.text


def spoken(text: str) -> str:
    """The text as it is embedded: without operators and what they exclude."""
    query: KeywordQuery = parse_keywords(text)
    if query.words and not query.phrases and not query.excluded:
        return " ".join(text.split())
    return " ".join([*query.words, *(word for phrase in query.phrases for word in phrase)])


def with_synonyms(text: str, synonyms: SynonymRuns) -> str:
    """The text with what editors say that its words mean as well."""
    if not synonyms:
        return text
    words = words_of(text)
    runs = [tuple(words[at:end]) for at in range(len(words)) for end in range(at + 1, min(at + 5, len(words)) + 1)]
    meant = [" ".join(other) for run in runs for other in synonyms.get(run, ())]
    return f"{text} ({', '.join(dict.fromkeys(meant))})" if meant else text
