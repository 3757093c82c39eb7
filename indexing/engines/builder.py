"""The growing columns behind the tables of one generation."""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

import numpy as np

from indexing.analysis import stem
from indexing.analysis.stemmer import base_form
from indexing.analysis.tokenizer import compounds_of, words_of
from indexing.engines.attributes import AttributeTable, Column, LabelColumn
from indexing.engines.entries import Attributes
from indexing.engines.questions import QuestionColumns, StoredQuestion
from indexing.engines.table import EXACT, DocumentHead
from indexing.schema.types import naming_labels

_NAMING = naming_labels()
_Head = TypeVar("_Head", bound=DocumentHead)


class TableBuilder(Generic[_Head]):
    """The growing columns behind the tables of one generation. Used by one thread at a time."""

    def __init__(self, dimensions: int) -> None:
        self.heads: list[_Head] = []
        self._id_of_slot: list[str] = []
        self.slot_of_id: dict[str, int] = {}
        self._attributes = AttributeTable()
        self._title_words = LabelColumn()
        self._live = Column(np.bool_)
        self.questions = QuestionColumns(dimensions)

    def add(self, head: _Head, attributes: Attributes, questions: Sequence[StoredQuestion] = ()) -> int:
        """Put a document into a slot of its own, in place of an earlier one of its id."""
        self.remove(head.id)
        slot = len(self.heads)
        self.heads.append(head)
        self._id_of_slot.append(head.id)
        self.slot_of_id[head.id] = slot
        self._live.append(True)
        self._attributes.append(attributes)
        self.questions.add(slot, questions)
        names = (name for attribute in _NAMING for name in attributes.labels.get(attribute, {}).values())
        texts = (head.title, *names)
        words = {word for text in texts for word in (*words_of(text), *compounds_of(text))}
        exact = {EXACT + base_form(word) for word in words}
        self._title_words.append(slot, dict.fromkeys({*map(stem, words), *exact}, ""))
        return slot

    def remove(self, id: str) -> int | None:
        """Mark a document's slot as dead; the slot, if there was one."""
        slot = self.slot_of_id.pop(id, None)
        if slot is not None:
            self._live.view()[slot] = False
        return slot

    def columns(self) -> dict[str, Any]:
        """The fields of a DocumentTable that come from here, as they are now."""
        ordered = sorted(self.slot_of_id)
        return {
            "heads": self.heads,
            "id_of_slot": self._id_of_slot,
            "slot_of_id": dict(self.slot_of_id),
            "live": self._live.view().copy(),
            "by_id": np.fromiter((self.slot_of_id[id] for id in ordered), dtype=np.int64, count=len(ordered)),
            "attributes": self._attributes.view(),
            "title_words": self._title_words.view(),
            "questions": self.questions.view(),
        }
