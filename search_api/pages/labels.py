"""Filter values in the visitor's language."""

from collections.abc import Sequence

from indexing.languages import language_value
from indexing.taxonomy import Taxonomy
from indexing.vocabularies import label_of
from search_api.pages.texts import Texts


def said(taxonomy: Taxonomy, texts: Texts, name: str, value: str, *, is_within: bool = False) -> str:
    """A filter value as people read it, by itself or `is_within` a sentence."""
    return texts.label(name, value, label_of(taxonomy, name, value), is_within=is_within)


def languages_of(texts: Texts, names: Sequence[str]) -> list[str]:
    """Languages of a listing, by the names that it gives them."""
    return [texts.label("language", language_value(name), name) for name in names]
