"""Articles for readers: of an article, of a text, before a visit to a clinic, on a subject, or for a start."""

import threading
from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np
from msgspec import Struct

from indexing.cards import ClinicCard
from indexing.embedders.base import EmbedderOf, Vector
from indexing.engines.base import Library, SearchEngine
from indexing.errors import EngineUnavailable, NotFound
from indexing.passages import split_passages
from indexing.queries import words_of
from indexing.sections import Section
from indexing.taxonomy import Facet, Taxonomy
from indexing.text import squeezed, storable
from search_api.curation.curation import Curation
from search_api.recommend.answers import Recommendation, Recommendations, RelatedArticles
from search_api.recommend.corpus import Corpus, Facts
from search_api.recommend.interests import Interest, Kind, recency_weights
from search_api.recommend.likeness import Label, Profile, weighted_terms
from search_api.recommend.priors import priors, start, start_fits
from search_api.recommend.rank import Choice, Fits, Shortlist, without_read
from search_api.recommend.reasons import reasons_for
from search_api.recommend.requests import RecommendationRequest
from search_api.recommend.texts import Texts, direction
from search_api.search.notices import Notices

_POOL = 80
"""Neighbours of an interest that are looked at: several times what is ever shown."""
_PROBE_POOL = 10
_MOST_TEXT_PASSAGES = 16
_MOST_BATCH_PASSAGES = 128
"""Of all texts of a batch together: about two seconds of encoding on two processors."""
_TEXT_PASSAGE_TOKENS = 126
_MOST_READ_INTERESTS = 10
_VISIT_WEIGHT = 0.5
"""Of what everybody should know before a first visit, beside all of a clinic's own subjects together."""
_BEFORE_A_VISIT = "Preparing for your first ketamine session: questions to ask, what to bring, how to get home"
_FACETS: Mapping[str, Facet] = {"conditions": "condition", "treatments": "treatment"}


class _Reading(Struct, frozen=True):
    """One request with what was looked up for it."""

    request: RecommendationRequest
    read: tuple[str, ...]
    clinic: ClinicCard | None
    passages: tuple[str, ...]
    labels: tuple[Label, ...]
    """Conditions and treatments that the caller named."""
    unknown: tuple[str, ...]
    unknown_labels: tuple[str, ...]
    pinned: tuple[str, ...]
    skipped: frozenset[str]
    """What must not be recommended: read, excluded by the caller, or hidden by editors."""


class RecommendationService:
    """Recommends from the engine's live generation. Thread-safe."""

    def __init__(
        self, *, engine: SearchEngine, taxonomy: Taxonomy, embedder_of: EmbedderOf, notices: Notices, curation: Curation
    ) -> None:
        self._engine = engine
        self._taxonomy = taxonomy
        self._embedder_of = embedder_of
        self._notices = notices
        self._curation = curation
        self._corpus = Corpus(engine)
        self._stopped = threading.Event()

    def follow(self) -> None:
        """Prepare in the background for what will be asked."""
        threading.Thread(target=self._corpus.follow, args=(self._stopped,), name="recommend", daemon=True).start()

    def close(self) -> None:
        """Stop the background work."""
        self._stopped.set()

    def version(self) -> str:
        """Another one whenever answers may differ."""
        return f"{self._engine.library('article').version}/{self._curation.version()}"

    def related(self, id: str, *, limit: int, exclude: Sequence[str] = ()) -> RelatedArticles:
        """Up to `limit` articles for readers of `id`. Raises NotFound."""
        answer = self.recommend(RecommendationRequest(articles=(id,), limit=limit, exclude=tuple(exclude)))
        return RelatedArticles(id, answer.recommendations)

    def recommend(self, request: RecommendationRequest) -> Recommendations:
        """Answer one request. Raises NotFound when it names things and none of them is published."""
        (answer,) = self.recommend_all([request])
        if isinstance(answer, NotFound):
            raise answer
        return answer

    def recommend_all(self, requests: Sequence[RecommendationRequest]) -> list[Recommendations | NotFound]:
        """Answer many in order, from one state of one generation, with one pass of the model and of the vectors."""
        library = self._engine.library("article")
        texts_asked = sum(bool(request.text) for request in requests)
        most = max(min(_MOST_TEXT_PASSAGES, _MOST_BATCH_PASSAGES // max(texts_asked, 1)), 1)
        readings = [self._reading(request, library, most) for request in requests]
        texts = Texts()
        for reading in readings:
            texts.ask(*reading.passages, *(text for _, text, _ in self._phrases(reading)))
        is_whole = texts.embed(self._embedder_of(library.generation.stamp.recipe))
        interests = [self._interests(reading, library, texts) for reading in readings]
        pools = self._pools(readings, interests, library)
        return [
            self._answer(
                reading, wanted, pool, library, degraded=() if is_whole or not _asks(reading) else ("embedder",)
            )
            for reading, wanted, pool in zip(readings, interests, pools, strict=True)
        ]

    # What a request is about

    def _reading(self, request: RecommendationRequest, library: Library, most_passages: int) -> _Reading:
        known = library.revisions(request.articles)
        clinic = self._clinic(request.clinic) if request.clinic else None
        unknown = [id for id in request.articles if id not in known]
        labels, unknown_labels = self._labels(request, library)
        passages = self._passages(request.text, library, most_passages)
        has_context = request.articles or request.clinic or passages or request.conditions or request.treatments
        curated = self._curation.in_force().for_readers(request.articles, is_newcomer=not has_context)
        skipped = frozenset((*request.articles, *request.exclude, *curated.hidden))
        return _Reading(
            request=request,
            read=tuple(dict.fromkeys(id for id in reversed(request.articles) if id in known))[::-1],
            clinic=clinic,
            passages=passages,
            labels=tuple(labels),
            unknown=tuple(dict.fromkeys(unknown)),
            unknown_labels=tuple(unknown_labels),
            pinned=tuple(id for id in curated.pinned if id not in skipped),
            skipped=skipped,
        )

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

    def _phrases(self, reading: _Reading) -> Iterator[tuple[Kind, str, Label | None]]:
        """What stands for each condition and treatment, as a title would put it."""
        for label in reading.labels:
            yield "label", self._phrase(label), label
        for name, facet in _FACETS.items():
            for slug in getattr(reading.clinic, name, ()):
                if (facet, slug) not in reading.labels:
                    yield "clinic", self._phrase((facet, slug)), (facet, slug)
        if reading.clinic is not None:
            yield "clinic", _BEFORE_A_VISIT, None

    def _phrase(self, label: Label) -> str:
        facet, slug = label
        named = self._taxonomy.label(facet, slug)
        return f"Ketamine for {named}" if facet == "condition" else named

    def _labels(self, request: RecommendationRequest, library: Library) -> tuple[list[Label], list[str]]:
        """The conditions and treatments of a request, and what neither the taxonomy nor any article knows."""
        known = self._corpus.facts(library).rarity
        labels: dict[Label, None] = {}
        unknown = []
        for name, facet in _FACETS.items():
            slugs = {entry.slug for entry in self._taxonomy.entries(facet)}
            for text in getattr(request, name):
                slug = self._taxonomy.slug(facet, text)
                if slug in slugs or (facet, slug) in known:
                    labels[facet, slug] = None
                else:
                    unknown.append(text)
        return list(labels), unknown

    def _interests(self, reading: _Reading, library: Library, texts: Texts) -> list[Interest]:
        interests = list(self._read_interests(reading, library))
        if reading.passages:
            interests.append(self._text_interest(reading, library, texts))
        phrases = list(self._phrases(reading))
        for kind, text, label in phrases:
            vectors = texts.vectors([text])
            interests.append(
                Interest(
                    kind=kind,
                    weight=1.0 / len(phrases) if label else _VISIT_WEIGHT,
                    vector=None if vectors is None else vectors[0],
                    terms=weighted_terms(words_of(text), library.words, len(library)),
                    labels=frozenset([label]) if label else frozenset(),
                )
            )
        return interests

    def _read_interests(self, reading: _Reading, library: Library) -> Iterator[Interest]:
        read = reading.read[-_MOST_READ_INTERESTS:]
        profiles = self._corpus.profiles(library, read)
        weights = recency_weights(len(read))
        for id, weight in zip(read, weights / max(weights.sum(), 1e-9), strict=True):
            own = profiles[id]
            yield Interest("article", float(weight), own.vector, own.terms, own.labels, own.tags)

    def _text_interest(self, reading: _Reading, library: Library, texts: Texts) -> Interest:
        vectors = texts.vectors(reading.passages)
        words = words_of(reading.request.text)
        labels = {
            (mention.facet, mention.entry.slug)
            for mention in self._taxonomy.mentions(words, facets=("condition", "treatment"))
        }
        return Interest(
            kind="text",
            weight=1.0,
            vector=None if vectors is None else direction(vectors),
            terms=weighted_terms(words, library.words, len(library)),
            labels=frozenset(labels),
            probes=vectors,
        )

    # Candidates and their order

    def _pools(
        self, readings: Sequence[_Reading], interests: Sequence[Sequence[Interest]], library: Library
    ) -> list[list[str]]:
        """Candidate ids of each request; all vectors go through one pass."""
        rows: list[tuple[int, Vector, int]] = []
        for number, wanted in enumerate(interests):
            for interest in wanted:
                if interest.vector is not None:
                    rows.append((number, interest.vector, _POOL))
                rows += [
                    (number, probe, _PROBE_POOL) for probe in (interest.probes if interest.probes is not None else ())
                ]
        pools: list[dict[str, None]] = [{} for _ in readings]
        if rows:
            longest = _POOL + max(len(reading.skipped) for reading in readings)
            nearest = library.nearest(np.stack([vector for _, vector, _ in rows]), limit=longest)
            for (number, _, most), ids in zip(rows, nearest, strict=True):
                skipped = readings[number].skipped
                pools[number] |= dict.fromkeys([id for id in ids if id not in skipped][:most])
        starts = self._corpus.facts(library).starts
        for number, wanted in enumerate(interests):
            if not any(interest.vector is not None for interest in wanted):
                pools[number] |= dict.fromkeys(id for id in starts if id not in readings[number].skipped)
        return [list(pool) for pool in pools]

    def _answer(
        self,
        reading: _Reading,
        interests: Sequence[Interest],
        pool: Sequence[str],
        library: Library,
        *,
        degraded: tuple[str, ...],
    ) -> Recommendations | NotFound:
        request = reading.request
        unknown_clinic = request.clinic if reading.clinic is None else None
        missing = [*reading.unknown, *([unknown_clinic] if unknown_clinic else []), *reading.unknown_labels]
        if missing and not interests:
            return NotFound(f"nothing of what was named is known here: {', '.join(missing)}")
        answer = Recommendations(
            (),
            notices=tuple(self._notices.due_in_text(request.text, curated=self._curation.in_force()))
            if request.text
            else (),
            unknown=reading.unknown,
            unknown_clinic=unknown_clinic,
            unknown_labels=reading.unknown_labels,
            degraded=degraded,
        )
        facts = self._corpus.facts(library)
        found = self._corpus.profiles(library, dict.fromkeys([*reading.pinned, *pool]))
        read = list(self._corpus.profiles(library, reading.read).values())
        pinned = [found.pop(id) for id in reading.pinned if id in found]
        others = without_read(list(found.values()), [*read, *pinned])
        shortlist = Shortlist([*pinned, *others], facts.centre, facts.terms)
        candidates = shortlist.candidates
        if not candidates:
            return answer
        interests = interests or [start(facts)]
        is_start = interests[0].kind == "start"
        fit = start_fits(candidates, facts) if is_start else shortlist.fits(interests, facts.rarity)
        choices = shortlist.choose(
            fit,
            interests,
            priors=priors(candidates),
            pinned=len(pinned),
            limit=request.limit,
            diversity=request.diversity,
        )
        return msgspec.structs.replace(
            answer,
            recommendations=tuple(
                self._recommendation(choice, candidates[choice.position], fit, interests, facts, reading)
                for choice in choices
            ),
        )

    def _recommendation(
        self,
        choice: Choice,
        chosen: Profile,
        fit: Fits,
        interests: Sequence[Interest],
        facts: Facts,
        reading: _Reading,
    ) -> Recommendation:
        card = chosen.card
        return Recommendation(
            id=chosen.id,
            url=card.url,
            title=chosen.title,
            summary=card.summary,
            score=round(choice.score, 4),
            reasons=reasons_for(
                chosen,
                interests,
                fit[:, choice.position],
                is_pinned=chosen.id in reading.pinned,
                is_popular=card.popularity > 0 and card.popularity >= facts.popular_from,
                taxonomy=self._taxonomy,
            ),
            image=card.image,
            published_at=card.published_at,
        )


def _asks(reading: _Reading) -> bool:
    """Whether a request needs the model at all."""
    request = reading.request
    return bool(reading.passages or request.conditions or request.treatments or reading.clinic)
