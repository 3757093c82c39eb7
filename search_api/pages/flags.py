"""Flags of a clinic in words; a flag needs one sentence, `flag-NAME`, and others take its place only where they fit."""

from collections.abc import Iterator

from indexing.schema.clinic import ClinicFlags
from indexing.schema.types import flag_fields, flags_of
from search_api.pages.texts import Texts


def flag_rows(texts: Texts, clinic: ClinicFlags) -> Iterator[tuple[str, str]]:
    """What each flag that a listing tells is called, and yes or no, for a table of all that is known."""
    for name in (each.field for each in flag_fields(ClinicFlags)):
        answer = "yes" if getattr(clinic, name) else "no"
        yield _first(texts, f"clinic-{name}", f"flag-{name}"), _first(texts, f"{name}-{answer}", answer)


def remarks(texts: Texts, clinic: ClinicFlags) -> list[str]:
    """What sets a clinic apart: what it lacks that is taken for granted, then what it has that is not."""
    flags = flags_of(clinic)
    unusual = [each.field for each in flag_fields(ClinicFlags) if flags[each.field] != each.default]
    lacking = [_first(texts, f"less-{name}", "less-part") for name in unusual if not flags[name]]
    return lacking + [texts(f"flag-{name}") for name in unusual if flags[name]]


def flag_badge(texts: Texts, name: str) -> str:
    """A flag that was wished for."""
    return _first(texts, f"badge-{name}", f"flag-{name}")


def _first(texts: Texts, key: str, otherwise: str) -> str:
    return texts(key if texts.knows(key) else otherwise)
