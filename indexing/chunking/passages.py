"""Passages: pieces of a section short enough for the model to read whole.

Lengths are counted with the model's own tokenizer; a passage ends at a sentence where it can.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from indexing.chunking.sections import Section
from indexing.text import squeezed

PASSAGE_VERSION = 3
"""Raised with every change of the rules here: an index stamped with another version is rebuilt."""

TokenCounter = Callable[[Sequence[str]], Sequence[int]]

_SENTENCE_END = re.compile(r"(?<=[.!?。！？])[\"'”’)\]]*\s+|(?<=[。！？])")
_LONGEST_PIECE = 200
_CHARACTERS_PER_TOKEN = 8
_CONTEXT_SHARE = 0.3
"""At most this share of a passage may be spent on saying where it stands."""


class Passage(Struct, frozen=True):
    """A piece of one section; `context` is the title and headings it stands under."""

    section: int
    text: str
    context: str

    @property
    def embedded_text(self) -> str:
        """What the model reads."""
        return f"{self.context}\n{self.text}" if self.text else self.context


class _Piece(Struct, frozen=True):
    text: str
    tokens: int
    opens_block: bool
    lead: str = ""
    lead_tokens: int = 0


def split_passages(
    title: str, sections: Sequence[Section], *, count_tokens: TokenCounter, max_tokens: int
) -> tuple[Passage, ...]:
    """All passages of a document, at least one: a document without text is its title.

    No passage's `embedded_text` has more than `max_tokens` tokens as `count_tokens` counts them.
    """
    passages: list[Passage] = []
    for index, section in enumerate(sections):
        if not section.blocks:
            continue
        context, context_tokens = _context(title, section.path, count_tokens, int(max_tokens * _CONTEXT_SHARE))
        budget = max_tokens - context_tokens - 1
        passages += (Passage(index, text, context) for text in _packed(section, count_tokens, budget))
    if not passages:
        context, _ = _context(title, (), count_tokens, max_tokens)
        passages = [Passage(0, "", context)]
    return tuple(passages)


def _context(title: str, path: Sequence[str], count_tokens: TokenCounter, budget: int) -> tuple[str, int]:
    full = squeezed(title) + ("\n" + " > ".join(path) if path else "")
    full = full[: budget * _CHARACTERS_PER_TOKEN]
    tokens = count_tokens([full])[0]
    while tokens > budget:
        full = full[: len(full) * budget // (tokens + 1)]
        tokens = count_tokens([full])[0]
    return full, tokens


def _packed(section: Section, count_tokens: TokenCounter, budget: int) -> Iterator[str]:
    """Fill passages evenly: four of 60 % and not two full ones and a crumb."""
    pieces = _pieces(section, count_tokens, budget)
    needed = sum(1 for _ in _joined(pieces, budget, wanted=float(budget)))
    wanted = sum(piece.tokens for piece in pieces) / max(needed, 1)
    yield from _joined(pieces, budget, wanted=max(wanted, 1.0))


def _joined(pieces: Sequence[_Piece], budget: int, *, wanted: float) -> Iterator[str]:
    """Texts of about `wanted` tokens, never of more than `budget`; one that begins in a list begins with its lead."""
    text, tokens, before, share = "", 0, 0, 0
    for piece in pieces:
        is_full = tokens + piece.tokens > budget or len(text) + len(piece.text) > budget * _CHARACTERS_PER_TOKEN
        belongs_to = int((before + piece.tokens / 2) / wanted)
        before += piece.tokens
        if text and (is_full or belongs_to > share):
            yield text
            text, tokens, share = "", 0, belongs_to
        if not text and piece.lead and piece.lead_tokens + piece.tokens <= budget:
            text, tokens = piece.lead, piece.lead_tokens
        text += ("\n" if piece.opens_block and text else " " if text else "") + piece.text
        tokens += piece.tokens
    if text:
        yield text


def _pieces(section: Section, count_tokens: TokenCounter, budget: int) -> list[_Piece]:
    texts: list[tuple[str, str, bool]] = []
    for block, lead in zip(section.blocks, section.leads or ("",) * len(section.blocks), strict=True):
        sentences = [s for s in _SENTENCE_END.split(block) if s]
        texts += ((sentence, lead, number == 0) for number, sentence in enumerate(sentences))
    leads = sorted(set(section.leads))
    counts = count_tokens([*(text for text, _, _ in texts), *leads]) if texts else []
    tokens_of = dict(zip(leads, counts[len(texts) :], strict=True))
    pieces: list[_Piece] = []
    for (text, lead, opens_block), tokens in zip(texts, counts, strict=False):
        if tokens <= budget and len(text) <= _LONGEST_PIECE * _CHARACTERS_PER_TOKEN:
            pieces.append(_Piece(text, tokens, opens_block, lead, tokens_of.get(lead, 0)))
        else:
            pieces += _broken(text, opens_block, count_tokens, budget)
    return pieces


def _broken(sentence: str, opens_block: bool, count_tokens: TokenCounter, budget: int) -> Iterator[_Piece]:
    """A sentence longer than a passage, word by word; endless words in runs of characters."""
    words = [
        word[start : start + _LONGEST_PIECE]
        for word in sentence.split()
        for start in range(0, len(word), _LONGEST_PIECE)
    ]
    for word, tokens in zip(words, count_tokens(words), strict=True):
        if tokens <= budget:
            yield _Piece(word, tokens, opens_block)
        else:
            yield from (_Piece(character, 1, False) for character in word)
        opens_block = False
