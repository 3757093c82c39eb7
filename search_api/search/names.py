"""What clinics are called, looked up by the words of a question."""

from collections.abc import Sequence

from msgspec import Struct

from indexing.analysis import STOP_WORDS, stem
from indexing.engines.base import Retriever, titles_of
from indexing.engines.entries import Title
from indexing.queries import words_of

_WHOLE_NAME = 3
"""Words of a name that is recognised inside a longer question."""

Stems = tuple[str, ...]


class _Index(Struct, frozen=True):
    """The stems of some titles."""

    titles: Sequence[Title]
    holding: dict[str, set[int]]
    """The numbers of the titles that hold a stem."""
    beginning: dict[str, list[Stems]]
    """Names of several words by their first stem."""


class ClinicNames:
    """The names of the clinics that are published at the moment. Thread-safe."""

    def __init__(self, engine: Retriever) -> None:
        self._engine = engine
        self._index = _indexed(())

    def is_name(self, text: str) -> bool:
        """Whether some clinic is called so: then a city in the name is no place to search near.

        All of the text is a part of a name, or it holds a whole name of three words or more.
        """
        words = words_of(text)
        if len(words) < 2:
            return False
        index, stems = self._current(), [stem(word) for word in words]
        content = {stemmed for stemmed, word in zip(stems, words, strict=True) if word not in STOP_WORDS}
        holding = [index.holding.get(each, set()) for each in content]
        if holding and set.intersection(*holding):
            return True
        runs = ((start, name) for start, first in enumerate(stems) for name in index.beginning.get(first, ()))
        return any(tuple(stems[start : start + len(name)]) == name for start, name in runs)

    def _current(self) -> _Index:
        titles = titles_of(self._engine, "clinic")
        if titles is not self._index.titles:
            self._index = _indexed(titles)
        return self._index


def _indexed(titles: Sequence[Title]) -> _Index:
    index = _Index(titles, {}, {})
    for number, title in enumerate(titles):
        name = tuple(stem(word) for word in words_of(title.title))
        for each in name:
            index.holding.setdefault(each, set()).add(number)
        if len(name) >= _WHOLE_NAME:
            index.beginning.setdefault(name[0], []).append(name)
    return index
