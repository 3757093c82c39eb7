"""What to read next, as a page of its own."""

from collections.abc import Mapping, Sequence

from indexing.taxonomy import Facet, Taxonomy
from search_api.pages.labels import said
from search_api.pages.rendering import render
from search_api.pages.site import Frame
from search_api.pages.texts import Texts
from search_api.recommend.answers import Reason, Recommendation
from search_api.safety.language import DEFAULT, Language, language_of

_FACETS: Mapping[str, Facet] = {"same_condition": "condition", "same_treatment": "treatment"}


def related_page(
    recommendations: Sequence[Recommendation], taxonomy: Taxonomy, frame: Frame, *, before_a_visit: bool
) -> str:
    """Articles with the reasons for them."""
    texts = frame.texts
    heading = texts("read-before" if before_a_visit else "related-articles")
    return render(
        "related.html",
        frame,
        title=f"{heading} · {frame.site.name}",
        heading=heading,
        recommendations=[
            (each, written_in(each), [reason_in_words(reason, taxonomy, texts) for reason in each.reasons])
            for each in recommendations
        ],
    )


def written_in(recommendation: Recommendation) -> Language:
    """The language of an article, by what is told of it."""
    return language_of(f"{recommendation.title} {recommendation.summary}") or DEFAULT


def reason_in_words(reason: Reason, taxonomy: Taxonomy, texts: Texts) -> str:
    """A reason in the visitor's language."""
    if texts.language == "en":
        return reason.label
    facet = _FACETS.get(reason.kind)
    if facet is None:
        return texts(f"reason-{reason.kind}")
    told = [entry for entry in taxonomy.entries(facet) if entry.label in reason.label]
    if not told:  # a label of the articles' own
        return texts("reason-shared_subject")
    slug = max(told, key=lambda entry: len(entry.label)).slug
    return texts(f"reason-{reason.kind}", name=said(taxonomy, texts, facet, slug, is_within=True))
