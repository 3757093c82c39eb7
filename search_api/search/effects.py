"""What a caller sent that finds nothing, or changes nothing: said beside the answer, never refused."""

from collections.abc import Iterator

from indexing.documents import DOCUMENT_TYPES
from indexing.engines.base import Retriever
from indexing.engines.retrieval import Legs, Retrieval
from indexing.places import STATES
from indexing.queries import Filters
from indexing.schema.types import LABELS, filters_of
from indexing.taxonomy import Taxonomy
from indexing.text import storable
from indexing.unknown_fields import did_you_mean
from indexing.vocabularies import facet_of, is_in_vocabulary, value_of
from search_api.search.answers import ParameterWarning, SearchAnswer
from search_api.search.requests import SearchQuery

_MOST = 20


def without_effect(
    query: SearchQuery, answer: SearchAnswer, taxonomy: Taxonomy, engine: Retriever
) -> Iterator[ParameterWarning]:
    """The parameters of a search that had none on its answer, and values of labels that nothing has."""
    if query.radius_miles is not None and not query.near and "near" not in answer.query.interpreted:
        yield ParameterWarning("radius_miles", "has no effect without a place; send `near`")
    doubtful = [
        (name, text)
        for name, texts in query.labels.items()
        for text in texts
        if not is_in_vocabulary(taxonomy, name, value_of(taxonomy, name, text))
    ]
    held = {name: _held(engine, name) for name in {name for name, _ in doubtful}}
    unknown = [(name, text) for name, text in doubtful if value_of(taxonomy, name, text) not in held[name]]
    for name, text in unknown[:_MOST]:
        meant = did_you_mean(text, held[name] | _vocabulary(taxonomy, name))
        yield ParameterWarning(name, f"nothing has the value {storable(text)[:100]!r}{meant}")


def _held(engine: Retriever, name: str) -> frozenset[str]:
    """The values of a label that documents have."""
    kinds = [kind for kind in DOCUMENT_TYPES if name in filters_of(kind) and engine.live_generation(kind) is not None]
    everything = engine.retrieve({kind: Retrieval() for kind in kinds}) if kinds else {}
    return frozenset(count.value for found in everything.values() for count in found.facets(name, Filters(), Legs()))


def _vocabulary(taxonomy: Taxonomy, name: str) -> frozenset[str]:
    if (facet := facet_of(name)) is not None:
        return frozenset(entry.slug for entry in taxonomy.entries(facet))
    return frozenset(STATES.values()) if LABELS[name].vocabulary == "state" else frozenset()
