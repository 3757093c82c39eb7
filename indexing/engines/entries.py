"""What goes into an index, and what comes out of it."""

from collections.abc import Mapping

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from indexing.documents import DocumentType
from indexing.embedders.base import Vector, Vectors
from indexing.fingerprints import IndexStamp

Scores = NDArray[np.float32]


class Attributes(Struct, frozen=True):
    """What a document can be filtered, counted and sorted by; labels map a value to what a person reads."""

    labels: Mapping[str, Mapping[str, str]] = {}
    flags: Mapping[str, bool] = {}
    numbers: Mapping[str, float] = {}


class IndexedPassage(Struct, frozen=True):
    """A passage as it is shown: the section it stands in and its text."""

    heading: str
    anchor: str
    text: str
    context: str


class KnownQuestion(Struct, frozen=True):
    """A question that a document is known to answer: by which passage (its number, -1: all of it), and its vector."""

    passage: int
    vector: Vector


class IndexedDocument(Struct, frozen=True):
    """Everything that an engine keeps of one document."""

    id: str
    revision: int
    title: str
    headings: tuple[str, ...]
    names: tuple[str, ...]
    """Further words to be found by: labels, synonyms, places, people."""
    card: bytes
    """What a hit shows beside its passage, as JSON; engines do not look inside."""
    attributes: Attributes
    passages: tuple[IndexedPassage, ...]
    title_vector: Vector
    document_vector: Vector
    passage_vectors: Vectors
    questions: tuple[KnownQuestion, ...] = ()


class Removal(Struct, frozen=True):
    """A document that must not be found any more, as of `revision`."""

    id: str
    revision: int


class Generation(Struct, frozen=True):
    """One build of one index."""

    index: DocumentType
    name: str
    stamp: IndexStamp


class Content(Struct, frozen=True):
    """What is stored of a document for showing it."""

    id: str
    revision: int
    card: bytes
    title: str
    attributes: Attributes
    passages: tuple[IndexedPassage, ...]


class PassageCosines(Struct, frozen=True):
    """How near the passages of one document are to a question, in their order."""

    own: Scores
    """Zeros without a vector."""
    known: Scores
    """Of the nearest question that each is known to answer; 0 where there is none."""


class FacetCount(Struct, frozen=True):
    """How many documents carry a value."""

    value: str
    label: str
    count: int


class Title(Struct, frozen=True):
    """A document as a list of all of them shows it."""

    id: str
    title: str
    popularity: float
