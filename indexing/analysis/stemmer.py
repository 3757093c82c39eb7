"""Words as a keyword index knows them: stems, with irregular forms under the regular one.

Text is analysed here and not in an engine, so that indexing, queries and highlights agree to the letter.
"""

import threading
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import Stemmer

from indexing.analysis.tokenizer import Token, compounds_of, divided_in, end_of, piece_of, tokens_in

_LOCAL = threading.local()
_LONGEST_WORD = 80
_LONGEST_KNOWN = 40
_MOST_KEPT = 200_000

STOP_WORDS = frozenset(
    """
    a about after all also am an and any are as at be because been being but by can could did do does doing dont dr
    for from get had has have having he her here hers him his how i if im in into is it its ive just me my no
    nor not of off on once only or other our out over own please s same she should so some such t than thank
    thanks that the their theirs them then there these they this those through to too up us very was we were
    what when where which while who whom why will with would you your yours hello hi dear
    mg mcg ml kg lbs iu
    """.split()
)
_IRREGULAR = {
    "children": "child", "women": "woman", "men": "man", "feet": "foot", "teeth": "tooth", "mice": "mouse",
    "wives": "wife", "lives": "life", "knives": "knife", "halves": "half", "selves": "self", "criteria": "criterion",
    "phenomena": "phenomenon", "diagnoses": "diagnosis", "crises": "crisis", "psychoses": "psychosis",
    "neuroses": "neurosis", "analyses": "analysis", "people": "person", "gave": "give", "given": "give",
    "took": "take", "taken": "take", "felt": "feel", "went": "go", "gone": "go", "came": "come", "became": "become",
    "began": "begin", "begun": "begin", "broke": "break", "broken": "break", "brought": "bring", "bought": "buy",
    "drove": "drive", "driven": "drive", "drank": "drink", "ate": "eat", "eaten": "eat", "fell": "fall",
    "fallen": "fall", "found": "find", "forgot": "forget", "forgotten": "forget", "grew": "grow", "grown": "grow",
    "kept": "keep", "knew": "know", "known": "know", "lost": "lose", "made": "make", "meant": "mean", "met": "meet",
    "paid": "pay", "slept": "sleep", "spent": "spend", "spoke": "speak", "spoken": "speak", "stuck": "stick",
    "swam": "swim", "taught": "teach", "told": "tell", "woke": "wake", "woken": "wake", "wrote": "write",
    "written": "write",
}  # fmt: skip
"""Forms that no rule of endings finds."""
_COMPARED = """
    high low late early long short strong weak safe new old young large small cheap near close fast slow quick deep
    light heavy hard soft great soon great wide narrow hot cold warm cool mild severe calm clear dark full healthy
    happy easy busy dizzy dry sleepy sick thick thin tall loud quiet rare simple bright kind nice rich poor
""".split()


def _comparatives(word: str) -> Iterator[tuple[str, str]]:
    base = word[:-1] + "i" if word.endswith("y") else word.removesuffix("e")
    doubled = base + base[-1] if word in {"hot", "thin", "sad", "big", "fit"} else base
    yield f"{doubled}er", word
    yield f"{doubled}est", word


_BASES = _IRREGULAR | {form: base for word in _COMPARED for form, base in _comparatives(word)}


class _Stems(dict[str, str]):
    """Stems that were made before."""

    def __missing__(self, word: str) -> str:
        if len(self) >= _MOST_KEPT:
            self.clear()
        self[word] = made = _stem(word)
        return made


class _PieceStems(dict[str, str]):
    """The stems of pieces of text, separated by spaces; those of compounds behind tabs."""

    def __missing__(self, piece: str) -> str:
        read = piece_of(piece)
        compounds = (f"\t{stem(token.folded[:_LONGEST_WORD])}" for token in read.compounds)
        stems = " ".join((*(stem(word[:_LONGEST_WORD]) for word in read.words), *compounds))
        if len(piece) <= _LONGEST_WORD:
            if len(self) >= _MOST_KEPT:
                self.clear()
            self[piece] = stems
        return stems


class _PieceWords(dict[str, str]):
    """The words of pieces of text, separated by spaces."""

    def __missing__(self, piece: str) -> str:
        words = " ".join(piece_of(piece).words)
        if len(piece) <= _LONGEST_WORD:
            if len(self) >= _MOST_KEPT:
                self.clear()
            self[piece] = words
        return words


_STEMS = _Stems()
_PIECE_WORDS = _PieceWords()
_PIECE_STEMS = _PieceStems()


def stem(word: str) -> str:
    """The stem under which a folded word is indexed (Snowball English); words with digits stay."""
    return _STEMS[word]


def _stem(word: str) -> str:
    if not word.isascii() or not word.isalpha():
        return word
    return _stemmed("english", _BASES.get(word, word))


def spanish_stem(word: str) -> str:
    """What the forms of a folded Spanish word have in common (Snowball Spanish)."""
    return _stemmed("spanish", word)


def _stemmed(language: str, word: str) -> str:
    """By the stemmer of this thread."""
    stemmer: Stemmer.Stemmer | None = getattr(_LOCAL, language, None)
    if stemmer is None:
        stemmer = Stemmer.Stemmer(language, 0)
        setattr(_LOCAL, language, stemmer)
    stemmed: str = stemmer.stemWord(word)
    return stemmed


def analysed(texts: Iterable[str]) -> str:
    """Stems of `texts` separated by single spaces, then those of their compounds: what a whitespace tokenizer reads."""
    parts = list(texts)
    stems = " ".join([" ".join(filter(None, map(_PIECE_STEMS.__getitem__, text.split()))) for text in parts]).strip()
    divided = [stem(word[:_LONGEST_WORD]) for text in parts for word in divided_in(text)]
    if not divided and "\t" not in stems:
        return stems
    words = stems.split(" ")
    compounds = {word[1:] for word in words if word[:1] == "\t"}
    return " ".join([*(word for word in words if word[:1] != "\t"), *sorted(compounds.union(divided))])


def surface(texts: Iterable[str]) -> str:
    """The different unstemmed words of `texts`: what completion and correction know."""
    pieces = {piece for text in texts for piece in text.split()}
    words = set(" ".join(map(_PIECE_WORDS.__getitem__, pieces)).split())
    return " ".join(sorted([word for word in words if len(word) <= _LONGEST_KNOWN]))


def compounds(texts: Iterable[str]) -> str:
    """The different stems of the compounds of `texts`, which `analysed` puts behind the words."""
    return " ".join(sorted({stem(word[:_LONGEST_WORD]) for text in texts for word in compounds_of(text)}))


class Word(NamedTuple):
    """A word in a text: where it stands, as it is compared, and its stem."""

    start: int
    end: int
    folded: str
    stem: str
    places: tuple[int, ...] = ()

    def end_of(self, length: int) -> int:
        """Where the first `length` characters of the compared form end in the text."""
        return end_of(self.places, length, self.end)


def words_in(text: str) -> Iterator[Word]:
    """The words of `text` with their places, for highlighting."""
    return (word_of(token) for token in tokens_in(text))


def word_of(token: Token) -> Word:
    """A token with its stem."""
    return Word(token.start, token.end, token.folded, stem(token.folded), token.places)


def base_form(word: str) -> str:
    """A word without its inflection, so that forms of one word are told from words of one stem.

    `organs` is `organ`, `organization` is not, though their stems are the same.
    """
    word = _BASES.get(word, word)
    for ending in ("ies", "ied", "ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word.removesuffix(ending) + ("y" if ending in {"ies", "ied"} else "")
            break
    if word[-1:] == "e":
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "s" else word
