"""Lay phrases in the forms in which people type them: `couldnt stop crying` for `cant stop crying`.

A file has a phrase once; its inflections, its other negations and whose it is (`my`, `his`, `the`) are told here.
"""

from collections.abc import Iterator, Mapping, Sequence

from indexing.analysis import stem
from indexing.analysis.stemmer import base_form

Words = tuple[str, ...]
Meanings = Mapping[Words, tuple[Words, ...]]

_LONGEST = 5
"""Words of the longest run that may stand for something."""
_WHOSE = frozenset("a an the my your his her our their its this that these those some any".split())
_WHO = frozenset(
    "me him them us you it myself himself herself themselves yourself i he she they we im ive hes shes".split()
)
_HOW = frozenset("so very really just totally completely still always".split())
_BESIDE = _WHOSE | _WHO | _HOW
"""Words that say whose a thing is or how much of it: a phrase means the same with others, and inside it with none."""
_VERBS = "do does did is are was were have has had would could should ca wo".split()
_NOT = frozenset(["not", "never", "cannot", "aint", *(f"{verb}nt" for verb in _VERBS)])
_HELPING = frozenset("do does did can could will would should be been am is are was were".split())
"""Verbs before a negation, which say nothing of their own there."""
_SIGNS = {word: sign for sign, words in (("(whose)", _WHOSE), ("(who)", _WHO), ("(how)", _HOW)) for word in words}
"""What stands for such words at either end of a phrase, where another of their kind must stand."""


class Phrases:
    """Lay phrases by what they have in all their forms."""

    def __init__(self, meanings: Meanings) -> None:
        """`meanings`: runs of folded words, each with the runs that articles use."""
        self._meanings = meanings
        self._kernels: dict[Words, tuple[Words, ...]] = {}
        for run, means in meanings.items():
            if (len(run) > 1 or _is_plain(run[0])) and (kernel := _kernel(run)):
                self._kernels[kernel] = (*self._kernels.get(kernel, ()), *means)
        self._openings = _HELPING.union(kernel[0] for kernel in self._kernels)

    def meant_by(self, words: Sequence[str]) -> dict[Words, tuple[Words, ...]]:
        """For runs of a question's folded words what they mean as forms of a phrase; the phrase itself is left out."""
        return {
            run: tuple(dict.fromkeys(self._kernels[kernel]))
            for run in self._runs(words)
            if run not in self._meanings and (kernel := _kernel(run)) in self._kernels
        }

    def _runs(self, words: Sequence[str]) -> Iterator[Words]:
        """Single words, and runs that may begin a phrase."""
        for start, first in enumerate(words):
            may_open = first in _HELPING or _sign(first) in self._openings
            longest = _LONGEST if may_open else 1
            for end in range(start + 1, min(start + longest, len(words)) + 1):
                yield tuple(words[start:end])


def _is_plain(word: str) -> bool:
    """Whether a word has no inflection: `nursing` is no form of `nurse` that a file means."""
    return word.startswith(base := base_form(word)) and len(word) <= len(base) + 1 and not word.endswith("s")


def _kernel(run: Words) -> Words:
    """What a phrase has in all its forms: stems, one sign for `not`, and one for a small word at either end.

    Nothing where that is too little to tell it.
    """
    if len(run) == 1:
        return (base_form(run[0]),)
    last = len(run) - 1
    kept = [word for place, word in enumerate(run) if word not in _BESIDE or place in {0, last}]
    said = [_sign(word) for place, word in enumerate(kept) if not _only_helps(kept, place)]
    return tuple(said) if sum(not each.startswith("(") for each in said) > 1 else ()


def _sign(word: str) -> str:
    return "not" if word in _NOT else _SIGNS.get(word) or stem(word)


def _only_helps(words: Sequence[str], place: int) -> bool:
    """Whether a word only carries the `not` behind it."""
    return words[place] in _HELPING and words[place + 1 : place + 2] == ["not"]
