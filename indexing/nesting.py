"""How deeply a body nests, found by reading its tags once: parsers take time that grows with the square of it.

A parser of browsers' kind needs 3 s for 100 kB of 20,000 nested `div`, and 56 s for 150 kB of `<b id=…><p>` whose `b`
are never closed. So this comes before any parser. It reads tags as the HTML standard's tokenizer does and keeps open
elements much as its tree builder does: elements whose end tags may be left out end where the standard ends them, and
formatting that is not closed goes on.
"""

import re
from typing import Literal

from indexing.errors import FieldError

MAX_DEPTH = 200
"""Whole pages of the web have 20 to 60 elements one in another; browsers stop at 512."""
MAX_CHARACTERS = 2_000_000
"""The longest articles of encyclopedias have about half of it, tags included."""

_TOKEN = re.compile(
    r"""
    <!--(?:-?>|.*?(?:--!?>|\Z))                                            # a comment
    | <(?P<raw>script|style|textarea|title|iframe|xmp)(?=[\s/>]).*?(?:</(?P=raw)(?=[\s/>])|\Z)   # no tags inside
    | <(?P<end>/?)(?P<name>[a-z][^\s/>]*)
      (?P<rest>(?:
          [\s/]++
        | =?[^\s/>=]++ (?:\s*+=\s*+ (?:"[^"]*+(?:"|\Z) | '[^']*+(?:'|\Z) | [^\s>"'][^\s>]*+)?+ )?+
        | =
      )*+)
      (?:>|\Z)
    """,
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())
_MOST_ALIKE = 3
"""Of equal open formatting elements the standard keeps three."""
_CELLS = frozenset({"td", "th"})
_OF_TABLES = frozenset({"td", "th", "tr", "tbody", "thead", "tfoot"})
_SCOPES = frozenset("button caption marquee object table td template th".split())
"""Through which no paragraph is ended from inside."""
_ITEMS = {
    name: (frozenset(ended.split()), frozenset(within.split()))
    for names, ended, within in (
        ("li", "li", "ul ol menu table td th blockquote section article"),
        ("dt dd", "dt dd", "dl table td th"),
        ("td th", "td th", "tr table"),
        ("tr", "tr td th", "table tbody thead tfoot"),
        ("tbody thead tfoot", "tbody thead tfoot tr td th", "table"),
        ("option", "option", "select"),
    )
    for name in names.split()
}
"""Elements that an element ends when it begins, as far as these stand below the nearest of the others."""
_END_PARAGRAPHS = frozenset(
    """
    address article aside blockquote center details div dl fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6
    header hr main nav ol p pre section table ul
    """.split()
)
_RUN = re.compile(r"([*_\[>~])\1{200}")
"""Nobody writes so many of a mark in Markdown, and parsing them takes time by the square of their number."""


def faults_of_body(body: str, body_format: Literal["html", "markdown"]) -> list[FieldError]:
    """What keeps a body from being taken; nothing where it may be."""
    if len(body) > MAX_CHARACTERS:
        message = f"has {len(body)} characters; send at most {MAX_CHARACTERS}, longer articles in parts"
        return [FieldError("body", message)]
    if body_format == "markdown" and _RUN.search(body):
        return [FieldError("body", "has more than 200 equal marks of Markdown in a row; take them out")]
    if exceeds(body, MAX_DEPTH):
        message = f"nests more than {MAX_DEPTH} elements in one another; close elements where they end"
        return [FieldError("body", message)]
    return []


def exceeds(html: str, most: int) -> bool:
    """Whether more than `most` elements are open at the same time. Time grows with the length alone."""
    if html.count("<") <= most:
        return False
    elements, end = _Open(), 0
    for token in _TOKEN.finditer(html):
        if token.start() > end:
            elements.text()
        name, end = token["name"], token.end()
        if name is None:
            continue
        if token["end"]:
            elements.end(name.lower())
        elif (lowered := name.lower()) not in _VOID:
            elements.begin(lowered, token["rest"])
        if elements.depth > most:
            return True
    return False


class _Element:
    """One that was opened; formatting without a place on the stack is opened again wherever text goes on."""

    __slots__ = ("attributes", "is_on_stack", "name")

    def __init__(self, name: str, attributes: str) -> None:
        self.name = name
        self.attributes = attributes
        self.is_on_stack = True


class _Open:
    """The elements that are open."""

    def __init__(self) -> None:
        self._stack: list[_Element] = []
        self._formatting: list[_Element] = []
        """What goes on after the end of its parent; a table cell among it hides what came before."""

    @property
    def depth(self) -> int:
        waiting = 0
        for element in reversed(self._formatting):
            if element.name in _CELLS:
                break
            waiting += not element.is_on_stack
        return len(self._stack) + waiting

    def begin(self, name: str, attributes: str) -> None:
        if name in _END_PARAGRAPHS:
            self._end_until(frozenset({"p"}), _SCOPES)
        if name in _ITEMS:
            self._end_until(*_ITEMS[name])
        if name == "a":
            self.end("a")
        if name not in _END_PARAGRAPHS:
            self.text()
        element = _Element(name, attributes)
        self._stack.append(element)
        if name in _FORMATTING:
            self._forget_alike(element)
        if name in _FORMATTING or name in _CELLS:
            self._formatting.append(element)

    def text(self) -> None:
        """Formatting that lost its place begins again where text follows."""
        waiting = []
        for element in reversed(self._formatting):
            if element.name in _CELLS:
                break
            if not element.is_on_stack:
                waiting.append(element)
        for element in reversed(waiting):
            element.is_on_stack = True
            self._stack.append(element)

    def end(self, name: str) -> None:
        if name in _FORMATTING and self._end_formatting(name):
            return
        for place in range(len(self._stack) - 1, -1, -1):
            if self._stack[place].name == name:
                self._pop(place)
                return

    def _end_formatting(self, name: str) -> bool:
        for place in range(len(self._formatting) - 1, -1, -1):
            element = self._formatting[place]
            if element.name in _CELLS:
                return False
            if element.name == name:
                del self._formatting[place]
                if element.is_on_stack:
                    self._stack.remove(element)
                return True
        return False

    def _forget_alike(self, new: _Element) -> None:
        alike = [e for e in self._formatting if e.name == new.name and e.attributes == new.attributes]
        if len(alike) >= _MOST_ALIKE:
            self._formatting.remove(alike[0])

    def _end_until(self, ended: frozenset[str], within: frozenset[str]) -> None:
        """Close the outermost of `ended` inside the nearest of `within`; cells and rows outside of tables stay."""
        end = len(self._stack)
        for place in range(len(self._stack) - 1, -1, -1):
            name = self._stack[place].name
            if name in within:
                break
            if name in ended:
                end = place
        else:
            if not ended.isdisjoint(_OF_TABLES):
                return
        self._pop(end)

    def _pop(self, place: int) -> None:
        """Close all from `place` on."""
        for element in reversed(self._stack[place:]):
            element.is_on_stack = False
            if element.name in _CELLS:
                while self._formatting.pop() is not element:
                    pass
        del self._stack[place:]
