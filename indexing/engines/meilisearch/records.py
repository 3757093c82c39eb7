"""What an index holds: a record for each document, each passage and each removal, of one revision each.

A record is never changed: a newer revision is a new record, and readers take the newest. So a late write
of an older revision changes nothing, from whichever host it comes, and half of a write is never seen: a
document's own record is sent after its passages. Records of older revisions are deleted afterwards.
Texts are stemmed before they are sent, so that words mean the same on every engine.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from indexing.analysis import analysed, compounds, surface
from indexing.embedders.base import Vector
from indexing.engines.entries import Attributes, Content, Generation, IndexedDocument, IndexedPassage, Removal
from indexing.engines.questions import StoredQuestion
from indexing.fingerprints import IndexStamp

DOCUMENT, PASSAGE, REMOVAL, STAMP = "document", "passage", "removal", "stamp"
STAMP_KEY = "stamp"
TITLE_VECTOR, DOCUMENT_VECTOR, PASSAGE_VECTOR = "title", "document", "passage"
_EMBEDDERS = (TITLE_VECTOR, DOCUMENT_VECTOR, PASSAGE_VECTOR)
_EXACT = ["kind", "generation", "document"]
_COMPARED = ["written_at", "price_low", "price_high", "published_at"]
_MOST_HITS = 10_000_000
_CUTOFF_MS = 30_000
"""The server must not cut an answer short without saying so; who asks has a deadline of its own."""
_DIGITS = 6
"""Decimals of a vector's numbers: a cosine keeps five."""


class StoredContent(Struct, frozen=True, omit_defaults=True):
    """The part of a document's record that is shown and counted, not searched."""

    title: str
    card: str
    attributes: Attributes
    passages: tuple[IndexedPassage, ...]
    questions: tuple[StoredQuestion, ...] = ()

    def content(self, id: str, revision: int) -> Content:
        """The same as every engine gives it."""
        return Content(id, revision, self.card.encode(), self.title, self.attributes, self.passages)


class Held(Struct, frozen=True):
    """A record of a document or a removal, as a listing shows it."""

    document: str
    revision: int
    kind: str
    written_at: int
    passages: int = 0

    @property
    def keys(self) -> Iterator[str]:
        """The keys of this record and of its passages."""
        yield _key(self.kind, self.document, self.revision)
        for number in range(self.passages):
            yield _key(PASSAGE, self.document, self.revision, number)


HELD_FIELDS = list(Held.__struct_fields__)


def settings(stamp: IndexStamp) -> dict[str, Any]:
    """The settings of an index with this stamp. Embedders must be known before the first record comes.

    Synonyms are asked for, not set: the server takes three words at most for one, and editors change them at any time.
    """
    return {
        "searchableAttributes": [*searched(stamp.schema.document_fields), *searched(stamp.schema.passage_fields)],
        "displayedAttributes": ["*"],
        "filterableAttributes": [
            _filterable(_EXACT),
            _filterable([*stamp.schema.labels, *stamp.schema.flags]),
            _filterable(_COMPARED, compared=True),
            "_geo",
        ],
        "sortableAttributes": ["written_at"],
        "rankingRules": ["words", "typo", "proximity", "attribute", "sort", "exactness"],
        "stopWords": [],
        "nonSeparatorTokens": ["."],
        "synonyms": {},
        "searchCutoffMs": _CUTOFF_MS,
        "typoTolerance": {"enabled": True, "minWordSizeForTypos": {"oneTypo": 5, "twoTypos": 9}},
        "localizedAttributes": [{"attributePatterns": ["*"], "locales": ["eng"]}],
        "pagination": {"maxTotalHits": _MOST_HITS},
        "embedders": {name: {"source": "userProvided", "dimensions": stamp.dimensions} for name in _EMBEDDERS},
    }


def searched(fields: Iterable[tuple[str, float]]) -> list[str]:
    """The names of fields, the heaviest first: the order is what tells the server which counts for more."""
    return [name for name, _ in sorted(fields, key=lambda field: -field[1])]


def _filterable(attributes: list[str], *, compared: bool = False) -> dict[str, Any]:
    return {
        "attributePatterns": attributes,
        "features": {"facetSearch": False, "filter": {"equality": True, "comparison": compared}},
    }


def stamp_record(generation: Generation) -> dict[str, Any]:
    """The record that says what an index is, whatever it is called at the moment."""
    return {
        "key": STAMP_KEY,
        "kind": STAMP,
        "generation": generation.name,
        "stamp": msgspec.json.encode(generation.stamp).decode(),
        "_vectors": _vectors(),
    }


def records_of(entry: IndexedDocument | Removal, generation: str, written_at: int) -> Iterator[dict[str, Any]]:
    """The records of one document or removal, its own last."""
    common = {
        "generation": generation,
        "document": entry.id,
        "revision": entry.revision,
        "written_at": written_at,
    }
    if isinstance(entry, Removal):
        yield {**common, "key": _key(REMOVAL, entry.id, entry.revision), "kind": REMOVAL, "_vectors": _vectors()}
        return
    common |= _filter_fields(entry.attributes)
    for number, (passage, vector) in enumerate(zip(entry.passages, entry.passage_vectors, strict=True)):
        yield {
            **common,
            "key": _key(PASSAGE, entry.id, entry.revision, number),
            "kind": PASSAGE,
            "number": number,
            "text": analysed([passage.text]),
            "context": analysed([passage.context]),
            "_vectors": _vectors(passage=vector),
        }
    texts = [passage.text for passage in entry.passages]
    questions = tuple(map(StoredQuestion.of, entry.questions))
    stored = StoredContent(entry.title, entry.card.decode(), entry.attributes, entry.passages, questions)
    yield {
        **common,
        "key": _key(DOCUMENT, entry.id, entry.revision),
        "kind": DOCUMENT,
        "passages": len(entry.passages),
        "title": analysed([entry.title]),
        "headings": analysed(entry.headings),
        "names": analysed(entry.names),
        "body": [analysed([text]) for text in texts],
        "words": surface([entry.title, *entry.headings, *entry.names, *texts]),
        # Read by processes of the version before alone: they count stems from it and from `words`.
        "compounds": compounds([entry.title, *entry.headings, *entry.names, *texts]),
        "content": stored,
        "_vectors": _vectors(title=entry.title_vector, document=entry.document_vector),
    }


def analysed_passages(body: Sequence[str] | str, stored: StoredContent) -> Sequence[str]:
    """The stems of each passage by the `body` of a document's record; the first versions wrote all as one text."""
    return [analysed([passage.text]) for passage in stored.passages] if isinstance(body, str) else body


def _key(kind: str, id: str, revision: int, number: int | None = None) -> str:
    """A key that no other record has: the parts after the id hold no hyphen."""
    return f"{kind}-{id}-{revision}" if number is None else f"{kind}-{id}-{revision}-{number}"


def _filter_fields(attributes: Attributes) -> dict[str, Any]:
    numbers = attributes.numbers
    fields: dict[str, Any] = {name: list(values) for name, values in attributes.labels.items() if values}
    fields |= attributes.flags
    if (cheapest := numbers.get("price_min", numbers.get("price_max"))) is not None:
        fields["price_low"] = cheapest
        fields["price_high"] = numbers.get("price_max", cheapest)
    if "published_at" in numbers:
        fields["published_at"] = numbers["published_at"]
    if "lat" in numbers and "lng" in numbers:
        fields["_geo"] = {"lat": numbers["lat"], "lng": numbers["lng"]}
    return fields


def _vectors(**given: Vector) -> Mapping[str, list[float] | None]:
    """A vector or an explicit null for each embedder; one of zeros would be the nearest of all."""
    return {name: _rounded(given[name]) if name in given else None for name in _EMBEDDERS}


def _rounded(vector: Vector) -> list[float] | None:
    numbers: list[float] = np.round(vector.astype(np.float64), _DIGITS).tolist()
    return numbers if any(numbers) else None
