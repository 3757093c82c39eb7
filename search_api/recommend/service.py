"""Articles for readers: of an article, of a text, before a visit to a clinic, on a subject, or for a start."""

import threading
from collections.abc import Sequence

import msgspec
import numpy as np

from indexing.deadline import in_time
from indexing.embedders.base import EmbedderOf, Vector
from indexing.engines.base import Retriever
from indexing.errors import EmbedderUnavailable, NotFound
from indexing.taxonomy import Taxonomy
from search_api.curation.curation import Curation
from search_api.recommend.answers import Recommendation, Recommendations, RelatedArticles
from search_api.recommend.columns import Rows
from search_api.recommend.contexts import Context, ContextReader, Moment
from search_api.recommend.corpus import Corpus
from search_api.recommend.helped import help_first
from search_api.recommend.interests import Interest
from search_api.recommend.rank import Choice, Fits, Shortlist
from search_api.recommend.reasons import reasons_for
from search_api.recommend.requests import RecommendationRequest
from search_api.recommend.texts import Texts
from search_api.safety.assessment import NOTHING, Assessment, Safety
from search_api.safety.help_pages import HelpPages
from search_api.safety.language import DEFAULT, Language
from search_api.safety.notices import notices_for
from search_api.search import question

_POOL = 80
"""Neighbours of an interest that are looked at: several times what is ever shown."""
_PROBE_POOL = 10
_MOST_COMPARED_TEXTS = 8
"""Of a batch with more texts, these are assessed by rules and letters alone, within the deadline."""
_MOST_TEXT_PASSAGES = 16
_MOST_BATCH_PASSAGES = 128
"""Of all texts of a batch together: about two seconds of encoding on two processors."""


class RecommendationService:
    """Recommends from the engine's live generation. Thread-safe."""

    def __init__(
        self,
        *,
        engine: Retriever,
        taxonomy: Taxonomy,
        embedder_of: EmbedderOf,
        safety: Safety,
        help_pages: HelpPages,
        curation: Curation,
    ) -> None:
        self._engine = engine
        self._taxonomy = taxonomy
        self._embedder_of = embedder_of
        self._safety = safety
        self._help_pages = help_pages
        self._curation = curation
        self._contexts = ContextReader(engine=engine, taxonomy=taxonomy, embedder_of=embedder_of)
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

    def recommend(self, request: RecommendationRequest, *, spoken: Language = DEFAULT) -> Recommendations:
        """Answer one request, with notices in the language of its text, else in `spoken`.

        Raises NotFound when it names things and none of them is published.
        """
        (answer,) = self.recommend_all([request], spoken=spoken)
        if isinstance(answer, NotFound):
            raise answer
        return answer

    def recommend_all(
        self, requests: Sequence[RecommendationRequest], *, spoken: Language = DEFAULT
    ) -> list[Recommendations | NotFound]:
        """Answer many in order, from one state of one generation, with one pass of the model and of the vectors.

        Raises Overloaded once the thread's deadline has passed.
        """
        moment = self._moment()
        texts_asked = sum(bool(request.text) for request in requests)
        most = max(min(_MOST_TEXT_PASSAGES, _MOST_BATCH_PASSAGES // max(texts_asked, 1)), 1)
        contexts = [self._contexts.read(request, moment, most_passages=most) for request in in_time(requests)]
        texts = Texts(self._taxonomy.lexicon.spanish.in_english)
        for context in contexts:
            texts.ask(*context.texts)
        is_whole = texts.embed(self._embedder_of(moment.library.generation.stamp.recipe))
        compares = is_whole and texts_asked <= _MOST_COMPARED_TEXTS
        assessed = [self._assessed(request, moment, compares=compares) for request in in_time(requests)]
        interests = [self._contexts.interests(context, moment, texts) for context in in_time(contexts)]
        pools = self._pools(contexts, interests, moment)
        return [
            self._helped(
                self._answer(context, wanted, pool, moment, is_degraded=not is_whole),
                context.request,
                assessment,
                moment,
                spoken,
            )
            for context, wanted, pool, assessment in in_time(zip(contexts, interests, pools, assessed, strict=True))
        ]

    def _assessed(self, request: RecommendationRequest, moment: Moment, *, compares: bool) -> Assessment:
        """What the text of a request calls for; likely sentences are compared by meaning, as in a search."""
        if not request.text:
            return NOTHING
        recipe = moment.library.generation.stamp.recipe
        embedder = self._embedder_of(recipe) if compares and self._safety.knows(recipe) else None

        def embed(sentence: str) -> tuple[str, Vector] | None:
            if embedder is None:
                return None
            try:
                return recipe, embedder.embed_query(self._taxonomy.spelt_out(question.spoken(sentence) or sentence))
            except EmbedderUnavailable:
                return None

        return self._safety.assess_long(request.text, embed)

    def _helped(
        self,
        answer: Recommendations | NotFound,
        request: RecommendationRequest,
        assessment: Assessment,
        moment: Moment,
        spoken: Language,
    ) -> Recommendations | NotFound:
        """The answer with its notices, and in need with help before everything else."""
        if isinstance(answer, NotFound) or assessment.kind is None:
            return answer
        found = answer.recommendations
        language = assessment.language or spoken
        if assessment.leads_to_help:
            pages = self._help_pages.leading(assessment.kind, language, moment.in_force)
            found = help_first(found, pages, excluded=request.exclude, language=language, limit=request.limit)
        notices = notices_for(assessment, spoken, moment.in_force)
        return msgspec.structs.replace(answer, recommendations=found, notices=tuple(notices))

    def _moment(self) -> Moment:
        shelf = self._corpus.shelf(self._engine.library("article"))
        return Moment(shelf, self._corpus.facts(shelf), self._curation.in_force())

    def _pools(
        self, contexts: Sequence[Context], interests: Sequence[Sequence[Interest]], moment: Moment
    ) -> list[Rows]:
        """The candidates of each request; all vectors go through one pass, apart from those with much to skip."""
        probes: list[tuple[int, Vector, int]] = []
        for number, wanted in enumerate(interests):
            for interest in wanted:
                if interest.vector is not None:
                    probes.append((number, interest.vector, _POOL))
                if interest.probes is not None:
                    probes += [(number, probe, _PROBE_POOL) for probe in interest.probes]
        pools: list[dict[str, None]] = [{} for _ in contexts]
        for few in (True, False):
            alike = [probe for probe in probes if (len(contexts[probe[0]].skipped) <= _POOL) == few]
            if not alike:
                continue
            longest = _POOL + max(len(contexts[number].skipped) for number, _, _ in alike)
            nearest = moment.library.nearest(np.stack([vector for _, vector, _ in alike]), limit=longest)
            for (number, _, most), ids in zip(alike, nearest, strict=True):
                skipped = contexts[number].skipped
                pools[number] |= dict.fromkeys([id for id in ids if id not in skipped][:most])
        for pool, context, wanted in zip(pools, contexts, interests, strict=True):
            if all(interest.vector is None for interest in wanted):
                pool |= dict.fromkeys(id for id in moment.facts.starts if id not in context.skipped)
            for id in context.pinned:
                pool.pop(id, None)
        return [moment.shelf.rows(pool) for pool in pools]

    def _answer(
        self, context: Context, interests: Sequence[Interest], pool: Rows, moment: Moment, *, is_degraded: bool
    ) -> Recommendations | NotFound:
        if not interests:
            return NotFound(f"nothing of what was named is known here: {', '.join(context.missing)}")
        return Recommendations(
            self._recommended(context, interests, pool, moment),
            unknown=context.unknown,
            unknown_clinic=context.unknown_clinic,
            unknown_labels=context.unknown_labels,
            degraded=("embedder",) if is_degraded and context.has_texts else (),
        )

    def _recommended(
        self, context: Context, interests: Sequence[Interest], pool: Rows, moment: Moment
    ) -> tuple[Recommendation, ...]:
        request, shelf = context.request, moment.shelf
        pinned = shelf.rows(context.pinned)
        rows = np.concatenate([pinned, pool])
        if not len(rows):
            return ()
        shortlist = Shortlist(shelf.columns, rows, moment.facts)
        fit = shortlist.fits(interests)
        choices = shortlist.choose(
            fit,
            interests,
            read=shelf.rows(context.read),
            pinned=len(pinned),
            limit=request.limit,
            diversity=request.diversity,
        )
        return tuple(
            self._recommendation(shortlist, choice, fit, interests, moment, is_pinned=choice.position < len(pinned))
            for choice in choices
        )

    def _recommendation(
        self,
        shortlist: Shortlist,
        choice: Choice,
        fit: Fits,
        interests: Sequence[Interest],
        moment: Moment,
        *,
        is_pinned: bool,
    ) -> Recommendation:
        chosen = shortlist.profile(choice.position)
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
                fit[:, choice.position].tolist(),
                is_pinned=is_pinned,
                is_popular=card.popularity > 0 and card.popularity >= moment.facts.popular_from,
                taxonomy=self._taxonomy,
            ),
            image=card.image,
            published_at=card.published_at,
        )
