"""What can be completed: topics, questions, places and documents, by all the words that people have for them."""

import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct

from indexing.analysis import STOP_WORDS, stem
from indexing.documents import DocumentType
from indexing.engines.entries import Title
from indexing.knowledge.localities import place_names
from indexing.places import STATES, Gazetteer
from indexing.queries import words_of
from indexing.taxonomy import FACETS, Facet, Taxonomy
from search_api.pages.texts import Texts
from search_api.safety.language import DEFAULT, LANGUAGES, Language

QUESTIONS = Path(__file__).with_name("data") / "questions.toml"
Kind = Literal[DocumentType, "topic", "place", "query"]
_TOPIC_WEIGHTS: Mapping[Facet, float] = {"treatment": 0.2, "condition": 0.2, "payment": -0.2, "insurance": -0.2}
"""Payers come after articles: few who type `k` look for Kaiser."""
_QUESTIONS_IN: Mapping[Language, str] = {"en": "questions", "es": "spanish"}
_QUESTION_WEIGHTS: Mapping[Language, float] = {"en": 0.0, "es": 0.2}
_NAME_WEIGHT = -0.05
_ALIAS_WEIGHT = -1.1
"""What only means the same comes after what says it."""
_LATER_MEANING = 0.02
_PLACE_WEIGHT = -1.1
"""A town comes after every topic and article that begins so."""
_LEAST_CITY_SIZE = 3
_STATE_SIZE = 20
_SHORT_FORMS = {"saint": "st", "fort": "ft", "mount": "mt"}
_MOST_TITLES_OF_A_MEANING = 2


class Entry(Struct, frozen=True):
    """One completion and the words by which it is found."""

    kind: Kind
    text: str
    words: tuple[str, ...]
    weight: float
    id: str | None = None
    anchor: str = ""
    title: str | None = None
    """Of the article whose section this is; `words` then begins with those of the heading."""
    heading_words: int = 0
    topic: str = ""
    """The label of the topic that this is another name of."""


def fixed_entries(taxonomy: Taxonomy, gazetteer: Gazetteer, language: Language = DEFAULT) -> list[Entry]:
    """What does not depend on what is published; for who reads Spanish, all of it is in Spanish."""
    texts = Texts(language)
    return [*_topics(taxonomy, texts), *_questions(language), *_searches(language), *_places(gazetteer)]


def title_entries(kind: DocumentType, titles: Sequence[Title]) -> Iterator[Entry]:
    """Documents by their titles; what is read much comes first."""
    highest = max((title.popularity for title in titles), default=0.0) or 1.0
    for title in titles:
        words = tuple(map(sys.intern, words_of(title.title)))
        if words:
            yield Entry(kind, title.title, words, 0.2 * title.popularity / highest, title.id)


def meant_entries(taxonomy: Taxonomy, titles: Sequence[Title]) -> Iterator[Entry]:
    """Articles by lay words, brands and Spanish: those whose titles hold what the words mean."""
    holding: dict[str, set[int]] = {}
    known = list(titles)
    for number, title in enumerate(known):
        for word in words_of(title.title):
            holding.setdefault(stem(word), set()).add(number)
    for said, meanings in taxonomy.said_for().items():
        for order, meaning in enumerate(meanings):
            weight = _ALIAS_WEIGHT - order * _LATER_MEANING
            wanted = {stem(word) for word in words_of(meaning) if word not in STOP_WORDS}
            found = set.intersection(*(holding.get(word, set()) for word in wanted)) if wanted else set()
            likeliest = sorted(found, key=lambda number: (-known[number].popularity, len(known[number].title), number))
            for number in likeliest[:_MOST_TITLES_OF_A_MEANING]:
                yield Entry("article", known[number].title, said, weight, known[number].id)


def _topics(taxonomy: Taxonomy, texts: Texts) -> Iterator[Entry]:
    named: dict[tuple[str, ...], list[Entry]] = {}
    for facet in FACETS:
        for each in taxonomy.entries(facet):
            label = texts.label(facet, each.slug, each.label)
            plain = Entry("topic", label, tuple(words_of(label)), _TOPIC_WEIGHTS[facet])
            yield plain
            named.setdefault(tuple(words_of(each.label)), []).append(plain)
            for name in (*each.names, *each.hints):
                if words := tuple(words_of(name)):
                    named.setdefault(words, []).append(plain)
                    yield _also_called(plain, name, words, is_shown=label == each.label)
            for misspelt in each.misspellings:
                yield Entry("topic", label, tuple(words_of(misspelt)), plain.weight + 2 * _NAME_WEIGHT)
    for said, meanings in taxonomy.said_for().items():
        for number, meaning in enumerate(meanings):
            for topic in named.get(tuple(words_of(meaning)), ()):
                yield Entry("topic", topic.text, said, topic.weight + _ALIAS_WEIGHT - number * _LATER_MEANING)


def _also_called(topic: Entry, name: str, words: tuple[str, ...], *, is_shown: bool) -> Entry:
    """A topic by another name, which is shown where the label does not hold it: `Oral and sublingual (troche)`."""
    held = {stem(word) for word in topic.words}
    is_shown = is_shown and any(stem(word) not in held for word in words)
    text = f"{topic.text} ({name})" if is_shown and "(" not in topic.text else topic.text
    return Entry("topic", text, words, topic.weight + _NAME_WEIGHT, topic=topic.text)


def _questions(language: Language) -> Iterator[Entry]:
    """In Spanish before articles, whose titles are mostly English."""
    for number, (text, _) in enumerate(questions(language)):
        yield Entry("query", text, tuple(words_of(text)), _QUESTION_WEIGHTS[language] - number / 10_000)


def _searches(language: Language) -> Iterator[Entry]:
    for text in _seeds()["spanish_searches"] if language == "es" else ():
        yield Entry("query", text, tuple(words_of(text)), _QUESTION_WEIGHTS[language])


def questions(language: Language | None = None) -> list[tuple[str, tuple[str, ...]]]:
    """Common questions, of a language or all, each with the ids of the articles of the sample that answer it."""
    names = [_QUESTIONS_IN[each] for each in LANGUAGES if language in (None, each)]
    return [(text, tuple(ids.split("|"))) for name in names for text, ids in _seeds()[name]]


@cache
def _seeds() -> dict[str, Any]:
    return tomllib.loads(QUESTIONS.read_text("utf-8"))


def _places(gazetteer: Gazetteer) -> Iterator[Entry]:
    names = place_names()
    for place in gazetteer.cities():
        if place.size >= _LEAST_CITY_SIZE:
            words = words_of(place.label)
            short = [_SHORT_FORMS[word] for word in words if word in _SHORT_FORMS]
            yield _place(place.label, (*words, *short), place.size)
    for name, (city, state) in names.cities.items():
        if (known := gazetteer.city(city, state)) is not None:
            yield _place(known.label, tuple(name.split()), known.size)
    for code, state_name in STATES.items():
        for name in (state_name, *(each for each, of in names.states.items() if of == code)):
            yield _place(state_name, tuple(words_of(name)), _STATE_SIZE)
    for locality in (*names.localities, *names.airports):
        for name in locality.names:
            yield _place(locality.label, tuple(name.split()), 2)


def _place(label: str, words: Iterable[str], size: int) -> Entry:
    return Entry("place", label, tuple(words), _PLACE_WEIGHT + min(size / 200, 0.3))
