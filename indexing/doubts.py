"""What is stored of a listing as it was sent, but is likely a mistake: the sender is told, and nothing is refused."""

import re
from collections.abc import Callable, Iterator, Sequence

from indexing.contacts import phone_digits
from indexing.documents import Clinic, Document
from indexing.errors import FieldError
from indexing.readable import readable_clinic
from indexing.schema.types import label_fields
from indexing.taxonomy import FACETS, Taxonomy
from indexing.unknown_fields import nearest

Doubts = Callable[[Document], Sequence[FieldError]]
"""What is doubtful in a document, field by field."""

_PHONE_DIGITS = 10
_EMAIL = re.compile(r"[^\s@,;]+@(?:[^\s@.,;]+\.)+[^\s@.,;]{2,}")


def no_doubts(_: Document) -> Sequence[FieldError]:
    """Where nobody asks."""
    return ()


def doubts_of(document: Document, taxonomy: Taxonomy) -> list[FieldError]:
    """Values that the taxonomy does not know, telephone numbers and e-mail addresses that reach nobody."""
    if not isinstance(document, Clinic):
        return []
    clinic = readable_clinic(document)
    found = list(_unknown_values(clinic, taxonomy))
    if clinic.phone and len(phone_digits(clinic.phone)) != _PHONE_DIGITS:
        found.append(FieldError("phone", "is no US telephone number such as (512) 555-0101; kept as it is"))
    if clinic.email and not _EMAIL.fullmatch(clinic.email.strip()):
        found.append(FieldError("email", "is no e-mail address such as office@example.org; kept as it is"))
    return found


def _unknown_values(clinic: Clinic, taxonomy: Taxonomy) -> Iterator[FieldError]:
    for each in label_fields(Clinic):
        facet = next((known for known in FACETS if known == each.spec.name), None)
        if facet is None or each.spec.vocabulary != "taxonomy":
            continue
        labels = {entry.label.lower(): entry.label for entry in taxonomy.entries(facet)}
        slugs = {entry.slug for entry in taxonomy.entries(facet)}
        for place, value in enumerate(getattr(clinic, each.field) or ()):
            if taxonomy.slug(facet, value) not in slugs:
                likely = nearest(value.lower(), labels)
                guess = f"; did you mean {labels[likely]}?" if likely else ""
                yield FieldError(f"{each.field}[{place}]", f"{value[:60]!r} is not known here; kept as it is{guess}")
