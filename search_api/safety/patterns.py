"""The small language of the rules: words and classes in order, with gaps. Its cost grows with text × pattern only."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from search_api.safety.tokens import normal

Spans = Mapping[str, Sequence[tuple[int, int]]]
"""Of each class or word: from which word to which (exclusive) it stands in a sentence."""

START, END = "^", "$"
NO_SPAN = (-1, -1)


class Step(Struct, frozen=True):
    """One item: any of `names` after at most `gap` other words."""

    names: tuple[str, ...]
    gap: int
    is_optional: bool


class Pattern(Struct, frozen=True):
    """Parts that all stand in a sentence, in any order; each part is a run of steps."""

    text: str
    parts: tuple[tuple[Step, ...], ...]

    @property
    def names(self) -> Iterator[str]:
        """Everything that it looks for."""
        return (name for part in self.parts for step in part for name in step.names)

    @property
    def openers(self) -> tuple[str, ...]:
        """Without one of these the pattern cannot match."""
        needed = [step.names for step in self.parts[0] if not step.is_optional and START not in step.names]
        return min(needed, key=len)

    def find(self, spans: Spans, length: int, *, is_unfinished: bool = False) -> tuple[int, int] | None:
        """From which word to which the last part stands, or None.

        Of a last word that `is_unfinished`, which may become several, no two parts are made.
        """
        found, last = NO_SPAN, 0
        for part in self.parts:
            if (found := _find(part, spans, length)) == NO_SPAN:
                return None
            last += found == (length - 1, length)
        return None if is_unfinished and last > 1 else found


def parse(text: str) -> Pattern:
    """The pattern that a rule's text stands for. Raises ValueError, also where it says less than it seems to."""
    return Pattern(text, tuple(tuple(_steps(part)) for part in text.split("&")))


def _steps(part: str) -> Iterator[Step]:
    gap = 0
    for item in part.split():
        if item.isdigit() and len(item) == 1:
            gap = int(item)
            continue
        names = tuple(name.replace("_", " ") for name in item.rstrip("?").split("|"))
        if not any(normal([name]) for name in names):
            raise ValueError(f"a pattern asks for a word that is taken out of every text: {item!r} in {part!r}")
        yield Step(names, gap, item.endswith("?"))
        gap = 0
    if gap:
        raise ValueError(f"a pattern ends with a gap: {part!r}")


def _find(part: Sequence[Step], spans: Spans, length: int) -> tuple[int, int]:
    """The first place where the steps stand; `starts` holds, by where a match ends so far, where it began."""
    starts: dict[int, int] | None = None
    for step in part:
        reached: dict[int, int] = {}
        for name in step.names:
            for begin, end in _places(name, spans, length):
                if starts is None:
                    reached[end] = max(begin, reached.get(end, -1))
                    continue
                for before, first in starts.items():
                    if 0 <= begin - before <= step.gap:
                        reached[end] = max(first, reached.get(end, -1))
        if step.is_optional:
            reached = {**(starts or {}), **reached} if starts is not None else reached
        if not reached and not (step.is_optional and starts is None):
            return NO_SPAN
        starts = reached or starts
    if not starts:
        return NO_SPAN
    end = min(starts)
    return starts[end], end


def _places(name: str, spans: Spans, length: int) -> Sequence[tuple[int, int]]:
    if name == START:
        return ((0, 0),)
    if name == END:
        return ((length, length),)
    return spans.get(name, ())
