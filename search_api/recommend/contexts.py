"""What requests are about: looked up, and turned into interests."""

from collections.abc import Iterator, Mapping

import msgspec
import numpy as np
from msgspec import Struct

from indexing.cards import ClinicCard
from indexing.chunking.passages import split_passages
from indexing.chunking.sections import Section
from indexing.embedders.base import EmbedderOf
from indexing.engines.base import Library, Retriever
from indexing.errors import EngineUnavailable
from indexing.queries import words_of
from indexing.taxonomy import Facet, Taxonomy
from indexing.text import squeezed, storable
from search_api.curation.curation import InForce
from search_api.recommend.corpus import Facts, Shelf
from search_api.recommend.interests import START, Interest, Kind, recency_weights
from search_api.recommend.profiles import Label
from search_api.recommend.requests import RecommendationRequest
from search_api.recommend.terms import weighted_terms
from search_api.recommend.texts import Texts, direction

_TEXT_PASSAGE_TOKENS = 126
_MOST_READ_INTERESTS = 10
_VISIT_WEIGHT = 0.5
"""Of what everybody should know before a first visit, beside all of a clinic's own subjects together."""
_BEFORE_A_VISIT = "Preparing for your first ketamine session: questions to ask, what to bring, how to get home"
_FACETS: Mapping[str, Facet] = {"conditions": "condition", "treatments": "treatment"}


class Moment(Struct, frozen=True):
    """Everything that answers depend on beside their requests, as it is for all requests of a batch."""

    shelf: Shelf
    facts: Facts
    in_force: InForce

    @property
    def library(self) -> Library:
        """The articles."""
        return self.shelf.library


class Phrase(Struct, frozen=True):
    """What stands for a condition or a treatment, as a title would put it."""

    kind: Kind
    text: str
    label: Label | None


class Context(Struct, frozen=True):
    """One request with what was looked up for it."""

    request: RecommendationRequest
    read: tuple[str, ...]
    clinic: ClinicCard | None
    passages: tuple[str, ...]
    phrases: tuple[Phrase, ...]
    unknown: tuple[str, ...]
    unknown_labels: tuple[str, ...]
    pinned: tuple[str, ...]
    skipped: frozenset[str]
    """What must not be recommended: read, excluded by the caller, or hidden by editors."""

    @property
    def texts(self) -> Iterator[str]:
        """What must be embedded."""
        yield from self.passages
        yield from (phrase.text for phrase in self.phrases)

    @property
    def has_texts(self) -> bool:
        """Whether the model is needed at all."""
        return bool(self.passages or self.phrases)

    @property
    def missing(self) -> tuple[str, ...]:
        """Everything named in the request that is not known."""
        clinic = () if self.unknown_clinic is None else (self.unknown_clinic,)
        return (*self.unknown, *clinic, *self.unknown_labels)

    @property
    def unknown_clinic(self) -> str | None:
        """The clinic of the request where it is not published."""
        return self.request.clinic if self.clinic is None else None


class ContextReader:
    """Reads requests by one taxonomy and one engine. Thread-safe."""

    def __init__(self, *, engine: Retriever, taxonomy: Taxonomy, embedder_of: EmbedderOf) -> None:
        self._engine = engine
        self._taxonomy = taxonomy
        self._embedder_of = embedder_of

    def read(self, request: RecommendationRequest, moment: Moment, *, most_passages: int) -> Context:
        """Look up what `request` names."""
        known = moment.library.revisions(request.articles)
        clinic = self._clinic(moment.in_force.shown_clinic(request.clinic)) if request.clinic else None
        labels, unknown_labels = self._labels(request, moment.facts)
        passages = self._passages(request.text, moment.library, most_passages) if request.text else ()
        has_context = request.articles or request.clinic or passages or request.conditions or request.treatments
        curated = moment.in_force.for_readers(request.articles, is_newcomer=not has_context)
        skipped = frozenset((*request.articles, *request.exclude, *curated.hidden))
        return Context(
            request=request,
            read=tuple(dict.fromkeys(id for id in reversed(request.articles) if id in known))[::-1],
            clinic=clinic,
            passages=passages,
            phrases=tuple(self._phrases(labels, clinic)),
            unknown=tuple(dict.fromkeys(id for id in request.articles if id not in known)),
            unknown_labels=unknown_labels,
            pinned=tuple(id for id in curated.pinned if id not in skipped),
            skipped=skipped,
        )

    def interests(self, context: Context, moment: Moment, texts: Texts) -> list[Interest]:
        """What the reader of a request is interested in; nothing where nothing that it names is known."""
        interests = list(self._of_articles(context, moment))
        if context.passages:
            interests.append(self._of_text(context, moment.library, texts))
        interests += self._of_phrases(context, moment.library, texts)
        return interests if interests or context.missing else [START]

    def _clinic(self, id: str) -> ClinicCard | None:
        try:
            content = self._engine.library("clinic").contents([id]).get(id)
        except EngineUnavailable:  # no clinic was ever indexed
            return None
        return None if content is None else msgspec.json.decode(content.card, type=ClinicCard)

    def _passages(self, text: str, library: Library, most: int) -> tuple[str, ...]:
        """At most `most` passages of a text, spread evenly over it."""
        blocks = tuple(block for line in storable(text).splitlines() if (block := squeezed(line)))
        embedder = self._embedder_of(library.generation.stamp.recipe)
        if not blocks or embedder is None:
            return ("\n".join(blocks),) if blocks else ()
        tokens = min(_TEXT_PASSAGE_TOKENS, embedder.recipe.max_tokens - 2)
        split = split_passages("", [Section(blocks=blocks)], count_tokens=embedder.count_tokens, max_tokens=tokens)
        chosen = np.unique(np.linspace(0, len(split) - 1, most).round().astype(int))
        return tuple(split[number].text for number in chosen)

    def _labels(self, request: RecommendationRequest, facts: Facts) -> tuple[tuple[Label, ...], tuple[str, ...]]:
        """The conditions and treatments of a request, and what neither the taxonomy nor any article knows."""
        labels: dict[Label, None] = {}
        unknown = []
        for name, facet in _FACETS.items():
            for text in getattr(request, name):
                slug = self._taxonomy.slug(facet, text)
                if (facet, slug) in facts.rarity or any(slug == entry.slug for entry in self._taxonomy.entries(facet)):
                    labels[facet, slug] = None
                else:
                    unknown.append(text)
        return tuple(labels), tuple(unknown)

    def _phrases(self, labels: tuple[Label, ...], clinic: ClinicCard | None) -> Iterator[Phrase]:
        for label in labels:
            yield Phrase("label", self._phrase(label), label)
        if clinic is None:
            return
        treated: list[Label] = [(facet, slug) for name, facet in _FACETS.items() for slug in getattr(clinic, name)]
        yield from (Phrase("clinic", self._phrase(label), label) for label in treated if label not in labels)
        yield Phrase("clinic", _BEFORE_A_VISIT, None)

    def _phrase(self, label: Label) -> str:
        facet, slug = label
        named = self._taxonomy.label(facet, slug)
        return f"Ketamine for {named}" if facet == "condition" else named

    def _of_articles(self, context: Context, moment: Moment) -> Iterator[Interest]:
        columns = moment.shelf.columns
        rows = moment.shelf.rows(context.read[-_MOST_READ_INTERESTS:])
        weights = recency_weights(len(rows))
        for row, weight in zip(rows, weights / max(weights.sum(), 1e-9), strict=True):
            own = columns.profiles[row]
            yield Interest("article", float(weight), columns.vectors(row), own.terms, own.labels, own.tags)

    def _of_phrases(self, context: Context, library: Library, texts: Texts) -> Iterator[Interest]:
        for phrase in context.phrases:
            vectors = texts.vectors([phrase.text])
            yield Interest(
                kind=phrase.kind,
                weight=1.0 / len(context.phrases) if phrase.label else _VISIT_WEIGHT,
                vector=None if vectors is None else vectors[0],
                terms=weighted_terms(words_of(phrase.text), library.words, len(library.titles)),
                labels=frozenset([phrase.label]) if phrase.label else frozenset(),
            )

    def _of_text(self, context: Context, library: Library, texts: Texts) -> Interest:
        vectors = texts.vectors(context.passages)
        words = words_of(context.request.text)
        labels = {
            (mention.facet, mention.entry.slug)
            for mention in self._taxonomy.mentions(words, facets=("condition", "treatment"))
        }
        return Interest(
            kind="text",
            weight=1.0,
            vector=None if vectors is None else direction(vectors),
            terms=weighted_terms(words, library.words, len(library.titles)),
            labels=frozenset(labels),
            probes=vectors,
        )
