"""What can be completed: topics, questions, places and documents, by all the words that people have for them."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from indexing.analysis import STOP_WORDS, stem
from indexing.documents import DocumentType
from indexing.engines.entries import Title
from indexing.knowledge.localities import place_names
from indexing.places import STATES, Gazetteer
from indexing.queries import words_of
from indexing.taxonomy import FACETS, Facet, Taxonomy
from search_api.pages.texts import Texts
from search_api.safety.language import DEFAULT, Language
from search_api.suggest.asked import Asked, asked, help_sought, searches

Kind = Literal[DocumentType, "topic", "place", "query"]
_TOPIC_WEIGHTS: Mapping[Facet, float] = {"treatment": 0.2, "condition": 0.2, "payment": -0.2, "insurance": -0.2}
"""Payers come after articles: few who type `k` look for Kaiser."""
_QUESTION_WEIGHTS: Mapping[Language, float] = {"en": 0.0, "es": 0.2}
"""In Spanish before articles, whose titles are mostly English."""
_SAID_WEIGHT = -1.15
"""Other words for a question come after what is called so."""
_HELP_WEIGHT, _HELP_LEADS = -1.1, 3.0
_NAMED_WEIGHT = -1.1
"""A question made of a name comes after what is of it."""
_BESIDE_DRUGS: Mapping[Language, tuple[str, str]] = {
    "en": ("Ketamine and {}", "can i take with ketamine and"),
    "es": ("Ketamina y {}", "puedo tomar con ketamina y"),
}
"""What is offered for a medicine, and words that may stand beside its name."""
_BESIDE_PAYERS: Mapping[Language, tuple[str, str]] = {
    "en": ("Does {} cover ketamine?", "does will my pay for cover insurance take accept ketamine spravato"),
    "es": ("¿{} cubre la ketamina?", "mi el seguro paga por cubre acepta la ketamina spravato"),
}
_LETTERS_OF_AN_ABBREVIATION = 4
_MOST_WORDS_TOLD = 2
"""Of what a visitor says: longer runs are whole questions."""
_NAME_WEIGHT = -0.05
_ALIAS_WEIGHT = -1.1
"""What only means the same comes after what says it."""
_LONGEST_HINT = 2
"""Words of a hint that is completed; longer ones are sentences by which wishes are read."""
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
    """What this is another name of, or is about: a topic's label, a title, a drug. Of each kind one is offered."""
    leads: float = 0.0
    """Weight of what is offered only where all its words were typed, the last of them perhaps not to its end."""


def fixed_entries(taxonomy: Taxonomy, gazetteer: Gazetteer, language: Language = DEFAULT) -> list[Entry]:
    """What does not depend on what is published; for who reads Spanish, all of it is in Spanish."""
    texts = Texts(language)
    return [
        *_topics(taxonomy, texts),
        *_questions(language),
        *_help(language),
        *_drugs(taxonomy, language),
        *_payers(taxonomy, texts, language),
        *_places(gazetteer),
    ]


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
    drugs = _drugs_as_written(taxonomy)
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
                named = known[number].title
                text = _told(taxonomy, named, said, drugs.get(said))
                yield Entry("article", text, said, weight, known[number].id, topic=named)


def _topics(taxonomy: Taxonomy, texts: Texts) -> Iterator[Entry]:
    named: dict[tuple[str, ...], list[Entry]] = {}
    for facet in FACETS:
        for each in taxonomy.entries(facet):
            label = texts.label(facet, each.slug, each.label)
            plain = Entry("topic", label, tuple(words_of(label)), _TOPIC_WEIGHTS[facet])
            yield plain
            named.setdefault(tuple(words_of(each.label)), []).append(plain)
            for name in (*each.names, *each.hints):
                words = tuple(words_of(name))
                if words and (name in each.names or len(words) <= _LONGEST_HINT):
                    named.setdefault(words, []).append(plain)
                    yield _also_called(plain, name, words, is_shown=label == each.label)
            for misspelt in each.misspellings:
                yield Entry("topic", label, tuple(words_of(misspelt)), plain.weight + 2 * _NAME_WEIGHT)
    for said, meanings in taxonomy.said_for().items():
        for number, meaning in enumerate(meanings):
            for topic in named.get(tuple(words_of(meaning)), ()):
                weight = topic.weight + _ALIAS_WEIGHT - number * _LATER_MEANING
                yield Entry("topic", _told(taxonomy, topic.text, said), said, weight, topic=topic.text)


def _told(taxonomy: Taxonomy, text: str, said: Sequence[str], written: str | None = None) -> str:
    """What a visitor's words lead to, with the words themselves where they are a name or a brand that it lacks."""
    held = {stem(word) for word in words_of(text)}
    is_told = len(said) <= _MOST_WORDS_TOLD and tuple(said) not in taxonomy.lexicon.spanish.only and "(" not in text
    return f"{text} ({written or ' '.join(said)})" if is_told and any(stem(word) not in held for word in said) else text


def _also_called(topic: Entry, name: str, words: tuple[str, ...], *, is_shown: bool) -> Entry:
    """A topic by another name, which is shown where the label does not hold it: `Oral and sublingual (troche)`."""
    held = {stem(word) for word in topic.words}
    is_shown = is_shown and any(stem(word) not in held for word in words)
    text = f"{topic.text} ({name})" if is_shown and "(" not in topic.text else topic.text
    return Entry("topic", text, words, topic.weight + _NAME_WEIGHT, topic=topic.text)


def _questions(language: Language) -> Iterator[Entry]:
    """Questions and searches, the more common ones first, each also by other words."""
    weight = _QUESTION_WEIGHTS[language]
    for number, each in enumerate((*asked(language), *searches(language))):
        yield Entry("query", each.text, tuple(words_of(each.text)), weight - number / 10_000)
        yield from _said(each, weight + _SAID_WEIGHT - number / 10_000)


def _help(language: Language) -> Iterator[Entry]:
    """Help for who is in danger, which nobody sees who has not typed of danger."""
    for each in help_sought(language):
        yield from _said(each, _HELP_WEIGHT, leads=_HELP_LEADS)


def _said(each: Asked, weight: float, leads: float = 0.0) -> Iterator[Entry]:
    for said in each.says:
        yield Entry("query", each.text, tuple(map(sys.intern, words_of(said))), weight, leads=leads)


def _drugs(taxonomy: Taxonomy, language: Language) -> Iterator[Entry]:
    """Whether a medicine goes with ketamine, by all its names: `Ketamine and Lexapro`."""
    text, beside = _BESIDE_DRUGS[language]
    drugs = _drugs_as_written(taxonomy)
    spanish = taxonomy.lexicon.spanish.only.items() if language == "es" else ()
    named = {run: drugs[meant] for run, each in spanish if (meant := tuple(words_of(each))) in drugs}
    for words, drug in (*drugs.items(), *named.items()):
        shown = drugs.get(words, " ".join(words))
        yield Entry("query", text.format(shown), (*words, *words_of(beside)), _NAMED_WEIGHT, topic=drug)


def _drugs_as_written(taxonomy: Taxonomy) -> dict[tuple[str, ...], str]:
    return {
        tuple(words_of(name)): _as_written(name, is_brand=name != drug.generic)
        for drug in taxonomy.lexicon.drugs
        for name in drug.names
    }


def _payers(taxonomy: Taxonomy, texts: Texts, language: Language) -> Iterator[Entry]:
    """Whether an insurer pays."""
    text, beside = _BESIDE_PAYERS[language]
    for each in taxonomy.entries("insurance"):
        label = texts.label("insurance", each.slug, each.label)
        words = (*words_of(label), *words_of(beside))
        yield Entry("query", text.format(label), words, _NAMED_WEIGHT)


def _as_written(name: str, *, is_brand: bool) -> str:
    """A drug's name with the capitals that it is written with: `Prozac`, `sertraline`, `MDMA`."""
    vowels = sum(letter in "aeiou" for letter in name)
    if len(name) <= _LETTERS_OF_AN_ABBREVIATION and vowels < 2 and not is_brand:
        return name.upper()
    return name.capitalize() if is_brand and name.isalpha() else name


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
