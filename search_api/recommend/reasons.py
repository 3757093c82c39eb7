"""Reasons that a reader would accept, each true and checkable from the data."""

from collections.abc import Sequence

from indexing.taxonomy import Taxonomy
from search_api.recommend.answers import Reason, ReasonKind
from search_api.recommend.interests import Interest
from search_api.recommend.profiles import Profile

_SIMILAR_FIT = 0.35
_MOST_LABELS = 2
_WORDS: dict[str, tuple[str, str]] = {
    "article": ("Both cover {}", "Also about {}"),
    "text": ("Covers {}", "About {}"),
    "label": ("Covers {}", "About {}"),
    "clinic": ("About {}, which this clinic treats", "About {}, which this clinic offers"),
}


def reasons_for(
    chosen: Profile,
    interests: Sequence[Interest],
    fit: Sequence[float],
    *,
    is_pinned: bool,
    is_popular: bool,
    taxonomy: Taxonomy,
) -> tuple[Reason, ...]:
    """At least one reason, those of the interest that it fits best first; `fit` has one entry an interest."""
    _, best = max(zip(fit, interests, strict=True), key=lambda pair: pair[0] * pair[1].weight)
    found = [Reason("pinned", "Chosen by the editors")] if is_pinned else []
    kinds: tuple[tuple[str, ReasonKind, int], ...] = (
        ("condition", "same_condition", 0),
        ("treatment", "same_treatment", 1),
    )
    if best.kind != "start":
        for attribute, kind, place in kinds:
            shared = sorted(value for name, value in best.labels & chosen.labels if name == attribute)
            found += [
                Reason(kind, _WORDS[best.kind][place].format(taxonomy.label(attribute, value)))
                for value in shared[:_MOST_LABELS]
            ]
    if is_popular:
        found.append(Reason("popular", "Popular with readers"))
    if best.kind != "start" and (not found or max(fit) >= _SIMILAR_FIT):
        found.append(_likeness(best))
    return tuple(found) or (Reason("overview", "A broad introduction"),)


def _likeness(best: Interest) -> Reason:
    if best.kind == "clinic" and not best.labels:
        return Reason("similar_text", "Good to know before a first visit")
    if best.kind in {"clinic", "label"}:
        return Reason("similar_text", "On this subject")
    return Reason("similar_text", "Similar in content")
