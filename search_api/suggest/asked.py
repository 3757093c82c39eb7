"""What people ask and seek, completed before anybody has typed it, with the other words in which they begin to ask.

They are data (`data/questions.toml`); this module only looks them up.
"""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from search_api.safety.language import LANGUAGES, Language

FILE = Path(__file__).with_name("data") / "questions.toml"
_PREFIXES: Mapping[Language, str] = {"en": "", "es": "spanish_"}
_QUESTIONS: Mapping[Language, str] = {"en": "questions", "es": "spanish"}


class Asked(Struct, frozen=True):
    """A question or search as it is offered, and what else people say for it."""

    text: str
    says: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    """Ids of the articles of the sample that answer."""


@cache
def asked(language: Language) -> Sequence[Asked]:
    """Common questions."""
    return [Asked(text, tuple(*says), tuple(ids.split("|"))) for text, ids, *says in _file()[_QUESTIONS[language]]]


def searches(language: Language) -> Sequence[Asked]:
    """Common searches for clinics."""
    return _said(f"{_PREFIXES[language]}searches")


def help_sought(language: Language) -> Sequence[Asked]:
    """What leads to help, with what somebody in danger may be typing."""
    return _said(f"{_PREFIXES[language]}help")


def offers(language: Language) -> Sequence[str]:
    """What clinics have, as it is completed behind a place."""
    found: Sequence[str] = _file()[f"{_PREFIXES[language]}offers"]
    return found


def questions(language: Language | None = None) -> list[tuple[str, tuple[str, ...]]]:
    """Common questions, of a language or all, each with the ids of the articles of the sample that answer it."""
    return [(each.text, each.articles) for spoken in LANGUAGES if language in (None, spoken) for each in asked(spoken)]


def _said(name: str) -> Sequence[Asked]:
    return [Asked(text, tuple(*says)) for text, *says in _file()[name]]


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text("utf-8"))
