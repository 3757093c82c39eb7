"""How a document is put together for an index: passages, texts to embed, attributes, card."""

from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from indexing.cards import (
    ArticleCard,
    Certificate,
    Check,
    ClinicCard,
    Coordinates,
    Opening,
    Person,
    PostalAddress,
    shown_of,
)
from indexing.chunking.passages import Passage, TokenCounter, split_passages
from indexing.chunking.plain import plain_text
from indexing.chunking.sections import Section, split_sections
from indexing.contacts import phone_names
from indexing.documents import Article, Clinic, Document
from indexing.embedders.base import Vector, Vectors
from indexing.engines.entries import Attributes, IndexedDocument, IndexedPassage
from indexing.known_questions import ComposedQuestion, composed_questions
from indexing.locating import locate
from indexing.places import STATES, Gazetteer
from indexing.readable import readable_article, readable_clinic
from indexing.schema.described import Described
from indexing.schema.types import FLAGS, flags_of, label_fields, numbers_of
from indexing.schema.values import Location
from indexing.taxonomy import Taxonomy
from indexing.text import squeezed
from indexing.vocabularies import Labels, facet_of, labels_of

_DESCRIPTION_CHARACTERS = 400
"""Of a clinic's own words, as many as a card shows."""
_MOST_PROVIDERS = 6


class ComposedDocument(Struct, frozen=True):
    """An indexed document without its vectors."""

    id: str
    revision: int
    title: str
    headings: tuple[str, ...]
    names: tuple[str, ...]
    card: bytes
    attributes: Attributes
    passages: tuple[IndexedPassage, ...]
    of_passages: tuple[str, ...]
    """The texts of its passages as they are embedded."""
    questions: tuple[ComposedQuestion, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """What must be embedded: the title, then the passages, then the questions that it is known to answer."""
        return (self.title, *self.of_passages, *(question.text for question in self.questions))

    def with_vectors(self, vectors: Vectors) -> IndexedDocument:
        """The document with the vectors of its `texts`, in order.

        The document's own vector is the direction of the mean of its passages.
        """
        end = 1 + len(self.of_passages)
        of_passages, of_questions = vectors[1:end], vectors[end:]
        return IndexedDocument(
            id=self.id,
            revision=self.revision,
            title=self.title,
            headings=self.headings,
            names=self.names,
            card=self.card,
            attributes=self.attributes,
            passages=self.passages,
            title_vector=vectors[0],
            document_vector=_direction(of_passages),
            passage_vectors=of_passages,
            questions=tuple(
                question.with_vectors(own, of_passages)
                for question, own in zip(self.questions, of_questions, strict=True)
            ),
        )


class Composer:
    """Composes documents by one taxonomy, one gazetteer and one passage length."""

    def __init__(
        self, taxonomy: Taxonomy, gazetteer: Gazetteer, *, count_tokens: TokenCounter, passage_tokens: int
    ) -> None:
        self._taxonomy = taxonomy
        self._gazetteer = gazetteer
        self._count_tokens = count_tokens
        self._passage_tokens = passage_tokens

    def compose(self, document: Document, revision: int) -> ComposedDocument:
        """The document as it goes into an index."""
        if isinstance(document, Article):
            return self._article(readable_article(document), revision)
        if isinstance(document, Clinic):
            return self._clinic(readable_clinic(document), revision)
        return self._described(document, revision)

    def _described(self, document: Described, revision: int) -> ComposedDocument:
        """A document of a type that tells what it is by its declarations alone."""
        assert isinstance(document, Struct)
        title = plain_text(document.title) or document.title
        sections = split_sections(document.body, "html", title=title)
        headings = tuple(section.heading for section in sections if section.heading)
        body = "\n".join(block for section in sections for block in section.blocks)
        labels = labels_of(self._taxonomy, document, title=title, headings=headings, body=body)
        return self._composed(
            document.id,
            revision,
            title=title,
            sections=sections,
            headings=headings,
            names=tuple(label for values in labels.values() for label in values.values()),
            card=document.shown(),
            attributes=Attributes(labels=labels, flags=flags_of(document), numbers=numbers_of(document)),
        )

    def _article(self, article: Article, revision: int) -> ComposedDocument:
        sections = split_sections(article.body, article.body_format, title=article.title)
        headings = tuple(section.heading for section in sections if section.heading)
        body = "\n".join(block for section in sections for block in section.blocks)
        if article.summary and not body:
            sections = (Section(blocks=(squeezed(article.summary),)),)
        labels = labels_of(self._taxonomy, article, title=article.title, headings=headings, body=body)
        card = ArticleCard(
            url=article.url,
            summary=article.summary,
            image=article.image,
            published_at=article.published_at,
            conditions=tuple(labels["condition"]),
            treatments=tuple(labels["treatment"]),
            popularity=article.popularity,
            author=article.author,
            updated_at=article.updated_at,
            reviewed_by=article.reviewed_by,
            reviewed_at=article.reviewed_at,
            language=article.language,
        )
        composed = self._composed(
            article.id,
            revision,
            title=article.title,
            sections=sections,
            headings=headings,
            names=(article.summary, article.author, *article.tags, *_of_taxonomy(labels)),
            card=card,
            attributes=Attributes(labels=labels, flags=flags_of(article), numbers=numbers_of(article)),
        )
        asked = composed_questions(article, composed.title, composed.passages, self._taxonomy)
        return msgspec.structs.replace(composed, questions=asked)

    def _clinic(self, clinic: Clinic, revision: int) -> ComposedDocument:
        labels = labels_of(self._taxonomy, clinic, title=clinic.name, body=clinic.description)
        address = clinic.address
        state = address.state.upper()
        location = locate(clinic, self._gazetteer).location
        sections = (Section(blocks=(*_profile(clinic, labels), *_paragraphs(clinic.description))),)
        return self._composed(
            clinic.id,
            revision,
            title=clinic.name,
            sections=sections,
            headings=(),
            names=(
                *_of_taxonomy(labels),
                address.city,
                STATES.get(state, ""),
                state,
                address.zip,
                *(provider.name for provider in clinic.providers),
                *clinic.languages,
                address.street,
                clinic.email,
                *phone_names(clinic.phone),
            ),
            card=_clinic_card(clinic, location, labels),
            attributes=Attributes(
                labels=labels,
                flags=flags_of(clinic),
                numbers=numbers_of(msgspec.structs.replace(clinic, location=location)),
            ),
        )

    def _composed(
        self,
        id: str,
        revision: int,
        *,
        title: str,
        sections: tuple[Section, ...],
        card: Struct,
        **parts: Any,
    ) -> ComposedDocument:
        title = squeezed(title)
        passages = split_passages(title, sections, count_tokens=self._count_tokens, max_tokens=self._passage_tokens)
        return ComposedDocument(
            id=id,
            revision=revision,
            title=title,
            card=msgspec.json.encode(card),
            passages=tuple(_indexed(passage, sections) for passage in passages),
            of_passages=tuple(passage.embedded_text for passage in passages),
            **parts,
        )


def _beginning(text: str) -> str:
    """The first words of a description, whole sentences where there are some."""
    words = squeezed(text)
    if len(words) <= _DESCRIPTION_CHARACTERS:
        return words
    cut = words[:_DESCRIPTION_CHARACTERS]
    end = max(cut.rfind(mark) for mark in (". ", "! ", "? "))
    return cut[: end + 1] if end > 0 else cut.rpartition(" ")[0] + " …"


def _direction(vectors: Vectors) -> Vector:
    mean: Vector = vectors.mean(axis=0)
    length = float(np.linalg.norm(mean))
    return mean / np.float32(length) if length > 0 else vectors[0]


def _indexed(passage: Passage, sections: tuple[Section, ...]) -> IndexedPassage:
    section = sections[passage.section] if sections else Section()
    return IndexedPassage(section.heading, section.anchor, passage.text, passage.context)


def _of_taxonomy(labels: Labels) -> tuple[str, ...]:
    """The words of all values that are of the taxonomy."""
    named = (values for name, values in labels.items() if facet_of(name) is not None)
    return tuple(label for values in named for label in values.values())


def _paragraphs(text: str) -> list[str]:
    return [squeezed(paragraph) for paragraph in text.split("\n") if paragraph.strip()]


def _profile(clinic: Clinic, labels: Labels) -> list[str]:
    """What the fields of a listing say, in sentences that a model reads well."""
    where = ", ".join(part for part in (clinic.address.city, clinic.address.state.upper()) if part)
    sentences = [f"Ketamine clinic in {where}." if where else "Ketamine clinic."]
    told = ((each.spec.sentence, labels[each.spec.name].values()) for each in label_fields(Clinic))
    sentences += [f"{verb} {', '.join(values)}." for verb, values in told if verb and values]
    prices = [f"${price:g}" for price in (clinic.price_min, clinic.price_max) if price is not None]
    if prices:
        sentences.append(f"A session costs {' to '.join(dict.fromkeys(prices))}.")
    held = flags_of(clinic)
    sentences += [spec.sentence for name, spec in FLAGS.items() if spec.sentence and held[name]]
    return [" ".join(sentences)]


def _clinic_card(clinic: Clinic, location: Location | None, labels: Labels) -> ClinicCard:
    return ClinicCard(
        url=clinic.url,
        address=PostalAddress(**msgspec.structs.asdict(clinic.address)),
        location=Coordinates(location.lat, location.lng) if location else None,
        hours=tuple(Opening(each.day, each.opens, each.closes) for each in clinic.hours),
        verified={name: Check(each.on, each.by, each.source) for name, each in clinic.verified.items()},
        rems_certified=Certificate(clinic.rems_certified.on) if clinic.rems_certified else None,
        description=_beginning(clinic.description),
        providers=tuple(Person(each.name, each.credentials) for each in clinic.providers[:_MOST_PROVIDERS]),
        **shown_of(clinic, labels),
    )
