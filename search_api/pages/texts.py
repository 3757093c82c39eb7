"""The words of the visitors' pages, in English and Spanish, from one file."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from msgspec import Struct

from search_api.pages.folder import FOLDER
from search_api.safety.language import LANGUAGES, Language

FILE = FOLDER / "texts.toml"


class Topic(Struct, frozen=True):
    """A subject on the start page: its icon, what it is called, and the words that are searched."""

    icon: str
    label: str
    words: str


class About(Struct, frozen=True):
    """A page about the search: sections are a heading and its lines."""

    title: str
    sections: tuple[tuple[str, tuple[str, ...]], ...]


class Texts(Struct, frozen=True):
    """All words in one language; called with a key, a template gets the sentence."""

    language: Language

    def __call__(self, key: str, **values: Any) -> str:
        """The sentence of a key with its values filled in. Raises KeyError for an unknown key."""
        sentence: str = _file()[key][LANGUAGES.index(self.language)]
        return sentence.format(**values) if values else sentence

    def label(self, name: str, value: str, given: str, *, is_within: bool = False) -> str:
        """A filter value in words: `given`, or how the file says it in another language.

        `is_within` a sentence, a translated one begins with a small letter unless it is an abbreviation.
        """
        if self.language == "en" or (pair := _file()["labels"].get(name, {}).get(value)) is None:
            return given
        text: str = pair[LANGUAGES.index(self.language)]
        return text[0].lower() + text[1:] if is_within and text[1:2].islower() else text

    def knows(self, key: str) -> bool:
        """Whether there is such a sentence."""
        return isinstance(_file().get(key), list)

    def count(self, key: str, number: int) -> str:
        """How many, in words: `1 clinic`, `1,204 clinics`."""
        return self(f"{key}-one") if number == 1 else self(f"{key}-many", n=f"{number:,}")

    def month(self, day: date) -> str:
        """`August 2026`."""
        name = self._month(day)
        return f"{name} {day.year}" if self.language == "en" else f"{name} de {day.year}"

    def day(self, day: date) -> str:
        """`August 3, 2026`."""
        name = self._month(day)
        return f"{name} {day.day}, {day.year}" if self.language == "en" else f"{day.day} de {name} de {day.year}"

    def hour(self, time: str) -> str:
        """`08:30` as Americans say it: `8:30 AM`, `8:30 a. m.`."""
        hour, minute = time.split(":")[:2]
        half = self("hour-morning") if int(hour) % 24 < 12 else self("hour-afternoon")
        return f"{(int(hour) - 1) % 12 + 1}:{minute} {half}"

    def _month(self, day: date) -> str:
        names: list[list[str]] = _file()["lists"]["months"]
        return names[LANGUAGES.index(self.language)][day.month - 1]

    def topics(self) -> list[Topic]:
        """The subjects of the start page."""
        return [Topic(t["icon"], t[self.language], t[f"ask-{self.language}"]) for t in _file()["lists"]["topics"]]

    def questions(self) -> list[str]:
        """The common questions of the start page."""
        return [each[self.language] for each in _file()["lists"]["questions"]]

    def about(self, name: str) -> About | None:
        """A page about the search; None where there is none of this name."""
        page = _file()["about"].get(name)
        if page is None:
            return None
        place = LANGUAGES.index(self.language)
        return About(page["title"][place], tuple(_section(each, place) for each in page["sections"]))


def every_sentence() -> Mapping[str, Sequence[str]]:
    """All sentences by key, for checking them."""
    return {key: value for key, value in _file().items() if isinstance(value, list)}


def every_label() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """All translated filter values by the name of the filter, for checking them."""
    labels: Mapping[str, Mapping[str, Sequence[str]]] = _file()["labels"]
    return labels


def about_names() -> list[str]:
    """The names of the pages about the search."""
    return list(_file()["about"])


def _section(section: Mapping[str, Any], place: int) -> tuple[str, tuple[str, ...]]:
    return section["heading"][place], tuple(line[place] for line in section["lines"])


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text("utf-8"))
