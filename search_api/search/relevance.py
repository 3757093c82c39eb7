"""The numbers of the ranking, as configuration."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from indexing.cosines import Cosines
from indexing.errors import ConfigurationError

FILE = Path(__file__).with_name("relevance.toml")


class MatchShares(Struct, frozen=True, forbid_unknown_fields=True):
    """The share of a question's information that a document must hold to match by its words."""

    idf_share: float
    idf_share_by_words_alone: float
    """The same in keyword mode, where meaning cannot help."""


class Priors(Struct, frozen=True, forbid_unknown_fields=True):
    """What is added to a score for what is no matter of words or meaning."""

    popularity: float
    freshness: float
    nearness: float
    unchecked: float
    preferred_place: float
    fit: float


class HeadingWeights(Struct, frozen=True, forbid_unknown_fields=True):
    """What headings count; see `sections`."""

    coverage: float
    precision: float
    text: float
    rare: float
    opening: float
    named: float
    of_the_form: float
    meant: float
    lift: float
    articles: int


class QuestionWeights(Struct, frozen=True, forbid_unknown_fields=True):
    """What questions tell that an article is known to answer; see `known_questions`."""

    match: float
    leads: float
    since: float
    lift: float
    share: float
    section: float

    def sureness(self, cosines: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """How surely what was asked is a known question, 0-1, by their cosine."""
        return np.clip((cosines.astype(np.float64) - self.since) / (1.0 - self.since), 0.0, 1.0)


class AnswerBounds(Struct, frozen=True, forbid_unknown_fields=True):
    """From where on sentences are shown as the answer; see `judged`."""

    probability: float
    coverage: float
    ahead: float


class Relevance(Struct, frozen=True, forbid_unknown_fields=True):
    """One file: `relevance.toml` says of each number what it is."""

    keywords: Mapping[str, float]
    words_alone: Mapping[str, float]
    meaning: Mapping[str, float]
    match: MatchShares
    priors: Priors
    headings: HeadingWeights
    questions: QuestionWeights
    answers: AnswerBounds
    recipes: Mapping[str, Cosines] = {}


@cache
def load(path: Path = FILE) -> Relevance:
    """The numbers of a file. Raises ConfigurationError naming what is wrong in it."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), type=Relevance)
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigurationError(f"{path}: {error}") from error
