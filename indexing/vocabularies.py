"""Values of labels: how a document or a caller may write one, and how people read it."""

import functools
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from indexing.analysis.tokenizer import words_of
from indexing.languages import language_value
from indexing.places import STATES, state_code
from indexing.schema.fields import FieldSpec
from indexing.schema.types import LABELS, label_fields
from indexing.taxonomy import FACETS, Facet, Taxonomy
from indexing.text import folded

Labels = Mapping[str, Mapping[str, str]]
"""The values of each label, with what people read."""


def facet_of(name: str) -> Facet | None:
    """The part of the taxonomy that holds a label's values; None of a label that is not of the taxonomy."""
    return next((facet for facet in FACETS if facet == name), None)


def value_of(taxonomy: Taxonomy, name: str, text: str) -> str:
    """The value that `text` means as one of the label `name`; free text becomes a value of its own."""
    vocabulary = LABELS[name].vocabulary if name in LABELS else "text"
    if (facet := facet_of(name)) is not None:
        return taxonomy.slug(facet, text)
    if vocabulary == "state":
        return state_code(text) or text.upper()
    return language_value(text) if vocabulary == "language" else folded(text)


EXCLUDED = "begins with - or !, but values cannot be excluded; send those that are wanted, without the sign"
"""What is wrong with a value that `excludes`."""


def excludes(text: str) -> bool:
    """Whether a value is written as one that is not wanted, `-ptsd` or `!TX`: no filter says that."""
    first = unicodedata.normalize("NFKC", text.strip())[:1]
    return first in {"!", "¬", "−"} or (bool(first) and unicodedata.category(first) == "Pd")


def is_in_vocabulary(taxonomy: Taxonomy, name: str, value: str) -> bool:
    """Whether a value is one of a label's that is known whatever documents hold: of the taxonomy, or a state."""
    if (facet := facet_of(name)) is not None:
        return any(value == entry.slug for entry in taxonomy.entries(facet))
    return LABELS[name].vocabulary == "state" and value in STATES


def label_of(taxonomy: Taxonomy, name: str, value: str) -> str:
    """A value as people read it."""
    vocabulary = LABELS[name].vocabulary if name in LABELS else "text"
    if vocabulary == "taxonomy":
        return taxonomy.label(name, value)
    if vocabulary == "state":
        return STATES.get(value, value)
    return value.title() if vocabulary in {"language", "place"} else value


def labels_of(taxonomy: Taxonomy, document: Struct, *, title: str, headings: Sequence[str] = (), body: str) -> Labels:
    """The values of all labels of a document, with what people read; what is not given is recognised in its words."""
    found: dict[str, Mapping[str, str]] = {}
    words = functools.cache(lambda: [words_of(text) for text in (title, *headings, body)])
    for each in label_fields(type(document)):
        given = each.values(document)
        if given is None and (facet := facet_of(each.spec.name)) is not None:
            given = taxonomy.recognise(facet, title=words()[0], texts=words()[1:])
        found[each.spec.name] = _values(taxonomy, each.spec, given or ())
    return {name: found[name] for name in (*LABELS, *found) if name in found}


def _values(taxonomy: Taxonomy, spec: FieldSpec, given: Iterable[str]) -> dict[str, str]:
    """Values with what people read: the document's own words where the vocabulary has no others."""
    values = {value: text for text in given if (value := value_of(taxonomy, spec.name, text))}
    if spec.vocabulary in {"taxonomy", "state"}:
        return {value: label_of(taxonomy, spec.name, value) for value in values}
    return values
