"""The Tantivy projections of a journal, and the compilation of keyword queries for them.

Known sharp edges of tantivy-py that shape this module: a writer whose commit failed loses documents in
silence, so it is thrown away; deletes need a raw text field; a dropped writer kills its merges, so it is
kept; panics are BaseExceptions.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import msgspec
import numpy as np
import tantivy
from msgspec import Struct
from numpy.typing import NDArray

from indexing.analysis import analysed, surface
from indexing.engines.attributes import Mask
from indexing.engines.embedded.journal import FrameBody
from indexing.engines.entries import Scores
from indexing.engines.terms import BROADER_WEIGHT, SYNONYM_WEIGHT, CompiledQuery, Term
from indexing.errors import EngineUnavailable

_WRITER_HEAP_BYTES = 48_000_000
_WATERMARK_ID = "@watermark"
"""Not a document id: those have no @."""

_HELD_BYTES = 16_000_000
"""For the holders of words and runs of words, a bit a document, that are kept in mind until the next commit."""
_MOST_FREQUENCIES = 50_000
"""Stems whose frequencies are kept in mind."""


class Watermark(Struct, frozen=True):
    """How much of the journal a projection holds: bytes, documents and passages."""

    journal: int = 0
    slots: int = 0
    rows: int = 0


def _schema(fields: Sequence[str]) -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("number", fast=True)
    builder.add_text_field("watermark", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("words", tokenizer_name="whitespace", index_option="basic")
    for field in fields:
        builder.add_text_field(field, tokenizer_name="whitespace", index_option="position")
    return builder.build()


@contextlib.contextmanager
def engine_errors(doing: str) -> Iterator[None]:
    """Turn whatever Tantivy throws, panics included, into EngineUnavailable."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit, GeneratorExit, EngineUnavailable):
        raise
    except BaseException as error:
        raise EngineUnavailable(f"{doing} failed: {error}") from error


class Projection:
    """One Tantivy index: `number` is the slot of a document or the row of a passage.

    `fields` are those that the index was made with and their boosts; texts for other fields are left out.
    """

    def __init__(self, folder: Path, fields: Mapping[str, float]) -> None:
        self.fields = fields
        self.schema = _schema(list(fields))
        folder.mkdir(parents=True, exist_ok=True)
        with engine_errors("opening the keyword index"):
            self._index = tantivy.Index(self.schema, path=str(folder))
            self._index.config_reader("manual")
            self._index.reload()
        self._writer: tantivy.IndexWriter | None = None

    def reload(self) -> tantivy.Searcher:
        """The newest commit."""
        with engine_errors("reading the keyword index"):
            self._index.reload()
            return self._index.searcher()

    def watermark(self, searcher: tantivy.Searcher | None = None) -> Watermark:
        """What the commit behind `searcher` (the newest by default) holds."""
        searcher = searcher or self.reload()
        with engine_errors("reading the keyword index"):
            query = tantivy.Query.term_query(self.schema, "id", _WATERMARK_ID)
            hits = searcher.search(query, limit=1).hits
            if not hits:
                return Watermark()
            stored: str = searcher.doc(hits[0][1])["watermark"][0]
        return msgspec.json.decode(stored, type=Watermark)

    def count(self) -> int:
        """Entries that searches see, without the watermark."""
        searcher = self.reload()
        return searcher.num_docs - 1 if searcher.num_docs else 0

    def add(self, id: str, number: int, texts: Mapping[str, Sequence[str]], words: Sequence[str] = ()) -> None:
        """Add one entry, unseen until `commit`."""
        fields: dict[str, object] = {name: analysed(parts) for name, parts in texts.items() if name in self.fields}
        if words:
            fields["words"] = surface(words)
        with engine_errors("writing the keyword index"):
            self._opened_writer().add_document(tantivy.Document(id=id, number=number, **fields))

    def delete(self, id: str) -> None:
        """Delete every earlier entry of a document."""
        with engine_errors("writing the keyword index"):
            self._opened_writer().delete_documents_by_term("id", id)

    def commit(self, watermark: Watermark) -> None:
        """Make everything since the last commit visible together with its watermark, or nothing of it."""
        with engine_errors("committing to the keyword index"):
            writer = self._opened_writer()
            writer.delete_documents_by_term("id", _WATERMARK_ID)
            text = msgspec.json.encode(watermark).decode()
            writer.add_document(tantivy.Document(id=_WATERMARK_ID, watermark=text))
            writer.commit()

    def abandon_writer(self) -> None:
        """Throw the writer away with all that it has not committed."""
        self._writer = None

    def finish_merges(self) -> None:
        """Close the writer once its merges are done, so that the folder can be moved or deleted."""
        writer, self._writer = self._writer, None
        if writer is not None:
            with engine_errors("closing the keyword index"):
                writer.wait_merging_threads()

    def _opened_writer(self) -> tantivy.IndexWriter:
        if self._writer is None:
            self._writer = self._index.writer(_WRITER_HEAP_BYTES, 1)
        return self._writer


def add_document(documents: Projection, id: str, slot: int, body: FrameBody) -> None:
    """Project the whole document of one journal entry."""
    texts = [passage.text for passage in body.passages]
    documents.add(
        id,
        slot,
        {"title": [body.title], "headings": body.headings, "names": body.names, "body": texts},
        [body.title, *body.headings, *body.names, *texts],
    )


def add_passages(passages: Projection, id: str, row: int, body: FrameBody) -> None:
    """Project the passages of one journal entry; the first has the number `row`."""
    for number, passage in enumerate(body.passages, start=row):
        passages.add(id, number, {"context": [passage.context], "text": [passage.text]})


class Hits(Struct, frozen=True):
    """Numbers (slots or rows) and scores of all matches, best first."""

    numbers: NDArray[np.int64]
    scores: Scores

    def below(self, size: int) -> "Hits":
        """Those of an entry that a snapshot of `size` entries knows."""
        known = self.numbers < size
        return self if known.all() else Hits(self.numbers[known], self.scores[known])

    @classmethod
    def none(cls) -> "Hits":
        """No match."""
        return cls(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32))


class KeywordSearcher:
    """One commit of one projection, searched with compiled queries."""

    def __init__(self, projection: Projection, searcher: tantivy.Searcher) -> None:
        self._schema = projection.schema
        self._fields = projection.fields
        self._searcher = searcher
        self._held: dict[tuple[str, ...] | str, NDArray[np.uint8]] = {}
        """Who holds what was asked for lately, a bit each: visitors share most of their words."""
        self._remembering = threading.Lock()
        self._frequencies: dict[str, int] = {}

    @property
    def size(self) -> int:
        """Documents (or passages) behind this searcher."""
        return int(self._searcher.num_docs)

    def words(self) -> list[tuple[str, int]]:
        """Every unstemmed word with the number of documents that hold it."""
        with engine_errors("reading the keyword index"):
            return self._searcher.terms_with_prefix("words", "")

    def frequency(self, stemmed: str) -> int:
        """How many entries hold a stem, taken as the field in which most do."""
        if (known := self._frequencies.get(stemmed)) is None:
            with engine_errors("reading the keyword index"):
                known = max(self._searcher.doc_freq(field, stemmed) for field in self._fields)
            if len(self._frequencies) < _MOST_FREQUENCIES:
                self._frequencies[stemmed] = known
        return known

    def matching(self, query: CompiledQuery, *, limit: int | None = None) -> Hits:
        """Entries that hold any word and every phrase, and nothing excluded, best first; `limit` is much cheaper."""
        clauses = [(tantivy.Occur.Should, clause) for clause in self._word_clauses(query)]
        clauses += [(tantivy.Occur.Must, self._phrase(phrase)) for phrase in query.phrases]
        if not clauses:
            return Hits.none()
        clauses += [(tantivy.Occur.MustNot, self._phrase(words)) for words in query.excluded]
        with engine_errors("searching the keyword index"):
            found = self._searcher.search(
                tantivy.Query.boolean_query(clauses), limit=limit or max(self.size, 1), count=False
            )
            hits = found.hits
            numbers = self._searcher.fast_field_values("number", [address for _, address in hits])
        scores = np.fromiter((score for score, _ in hits), dtype=np.float32, count=len(hits))
        return Hits(np.array(numbers, dtype=np.int64), scores)

    def holding(self, stems: tuple[str, ...], size: int) -> Mask:
        """Which of the first `size` entries have a field that holds the stems, one behind the other."""
        return self._known(stems, size, lambda: self._phrase(stems))

    def holding_word(self, word: str, size: int) -> Mask:
        """Which of the first `size` entries hold an unstemmed word."""
        return self._known(word, size, lambda: tantivy.Query.term_query(self._schema, "words", word))

    def _known(self, key: tuple[str, ...] | str, size: int, query: Callable[[], tantivy.Query]) -> Mask:
        if (known := self._held.get(key)) is None or len(known) * 8 < size:
            mask = np.zeros(size, dtype=np.bool_)
            numbers = self._numbers(query())
            mask[numbers[numbers < size]] = True
            self._remember(key, known := np.packbits(mask))
        held: Mask = np.unpackbits(known, count=size).view(np.bool_)
        return held

    def _numbers(self, query: tantivy.Query) -> NDArray[np.int64]:
        """All matches without scores: ordered by the fast field, each hit brings its number along."""
        with engine_errors("searching the keyword index"):
            found = self._searcher.search(query, limit=max(self.size, 1), count=False, order_by_field="number")
            return np.fromiter((number for number, _ in found.hits), dtype=np.int64, count=len(found.hits))

    def _remember(self, key: tuple[str, ...] | str, known: NDArray[np.uint8]) -> None:
        with self._remembering:
            if (len(self._held) + 1) * len(known) > _HELD_BYTES:
                self._held.pop(next(iter(self._held), key), None)
            self._held[key] = known

    def _word_clauses(self, query: CompiledQuery) -> Iterator[tantivy.Query]:
        """For a score: every term, and beside them what can stand for some."""
        yield from map(self._term, query.terms)
        for standing, weight in ((query.synonyms, SYNONYM_WEIGHT), (query.broader, BROADER_WEIGHT)):
            for each in standing:
                best = tantivy.Query.disjunction_max_query([self._phrase(words) for words in each.alternatives])
                yield tantivy.Query.boost_query(best, weight)

    def _term(self, term: Term) -> tantivy.Query:
        return tantivy.Query.disjunction_max_query(
            [self._in_fields((stemmed,), weight) for stemmed, weight in term.variants.items()]
        )

    def _phrase(self, words: Sequence[str]) -> tantivy.Query:
        return self._in_fields(words, 1.0)

    def _in_fields(self, words: Sequence[str], weight: float) -> tantivy.Query:
        clauses = []
        for field, field_weight in self._fields.items():
            if len(words) == 1:
                query = tantivy.Query.term_query(self._schema, field, words[0])
            else:
                query = tantivy.Query.phrase_query(self._schema, field, list(words))
            clauses.append((tantivy.Occur.Should, tantivy.Query.boost_query(query, field_weight * weight)))
        return tantivy.Query.boolean_query(clauses)
