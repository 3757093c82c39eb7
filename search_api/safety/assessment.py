"""What a text calls for: one pure decision from rules, from probabilities, and from both together."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Literal

import msgspec
from msgspec import Struct

from indexing.embedders.base import Vector
from indexing.errors import NotReady
from search_api.safety.classifier import MIXED, Classifier, built_in_classifier
from search_api.safety.features import Values
from search_api.safety.language import DEFAULT, Language, language_of
from search_api.safety.rules import DANGERS, KINDS, Heard, Kind, Reading, Rules, built_in_rules
from search_api.safety.tokens import MAX_SENTENCE_WORDS, sentences

Level = Literal["full", "line"]
Embed = Callable[[str], tuple[str, Vector] | None]
"""The recipe and the vector of a text, or None where there is no embedder."""


class Thresholds(Struct, frozen=True):
    """Probabilities from which a kind is told; by cross-validation on the training lists, `hear` of a crisis with the
    test lists in view (0119)."""

    doubt: float
    """A sure rule is lowered from `full` to `line` where the classifier gives `none` at least this."""
    deny: float
    """From here on a sure rule is not heard at all."""
    hear: float
    """The classifier alone is heard from here on, as a line."""
    least: float = 0.0
    """A sure rule is not heard in full where the classifier gives its kind less than this: the words then speak of
    something else, a dose that is asked for or a seizure long ago."""


THRESHOLDS: Mapping[Kind, Thresholds] = {
    "emergency": Thresholds(doubt=0.95, deny=0.95, hear=2.0, least=0.01),
    "crisis": Thresholds(doubt=0.8, deny=0.95, hear=0.11),
    "clinician": Thresholds(doubt=0.45, deny=0.8, hear=0.28),
}
"""An emergency is never told by the classifier alone: who hears of one must be sent to the telephone at once."""
_FEW_WORDS = 3
_HEAR_IN_FEW_WORDS = 0.8
"""A few words alone say too little: of them the classifier is heard by itself only when it is almost certain."""
_LEAST_OF_DANGER = 0.2
"""Of the kind itself, where words of danger (and for a crisis the sum) make a full notice."""
_SURER = 60.0
"""How many times likelier a crisis must be than an emergency that a sure rule heard, to be told in its place."""
_MOST_EMBEDDED = 6
"""Sentences of a long text that are compared by meaning: the likeliest by their letters."""
_WORTH_EMBEDDING = 0.2


class Finding(Struct, frozen=True):
    """One kind that a text calls for, how loudly it is told, how sure that is (0-1), and why."""

    kind: Kind
    level: Level
    confidence: float
    reasons: tuple[str, ...]


class Assessment(Struct, frozen=True):
    """What a text calls for; `kind` is None where it calls for nothing."""

    kind: Kind | None = None
    level: Level | None = None
    confidence: float = 0.0
    reasons: tuple[str, ...] = ()
    language: Language | None = None
    """None where the text does not tell."""
    findings: tuple[Finding, ...] = ()
    """All that is told, in the order in which it is told; the first gives `kind`, `level` and the rest."""

    @property
    def leads_to_help(self) -> bool:
        """Whether help comes before anything else that was found: only where it is told in full.

        A line is what the classifier alone suspects; one harmless question in twenty has one, and keeps its answers.
        """
        return self.kind in DANGERS and self.level == "full"


NOTHING = Assessment()


class Safety:
    """Assesses texts. Immutable; thread-safe."""

    def __init__(self, rules: Rules, classifier: Classifier) -> None:
        self._rules = rules
        self._classifier = classifier

    def knows(self, recipe: str) -> bool:
        """Whether vectors of a recipe are understood; others are left aside."""
        return self._classifier.knows(recipe)

    def assess(self, text: str, *, recipe: str = "", vector: Vector | None = None) -> Assessment:
        """Assess a question by rules and classifier; without a vector by its letters alone."""
        if not text.strip():
            return NOTHING
        read = self._read(text)
        by_letters = self._classifier.by_letters(text, read.concepts)
        shares, letters = self._shares(text, by_letters, recipe, vector), self._classifier.probabilities(by_letters)
        return self._assessment(text, decide(read.heard, shares, letters, words=len(text.split())))

    def assess_typing(self, text: str) -> Assessment:
        """Assess what is being typed, by rules; the last word may be unfinished.

        Where other words make a sure rule doubtful ("he is not breathing on the couch"), letters are asked.
        """
        read = self._rules.read(text, is_unfinished=True)
        doubted = [each for each in read.heard if each.is_doubted]
        heard = [each for each in read.heard if each.is_sure]
        if doubted:
            letters = self._classifier.probabilities(self._classifier.by_letters(text, read.concepts))
            heard += [msgspec.structs.replace(each, is_sure=True) for each in doubted if _assents(each, letters)]
        return self._assessment(text, decide(heard))

    def assess_long(self, text: str, embed: Embed) -> Assessment:
        """Assess a page or a conversation sentence by sentence; the gravest sentence decides.

        `embed` is asked for the few sentences that may matter. What is short is heard as a whole, too, and by its
        meaning, as a search hears it.
        """
        whole = [text] if len(text.split()) <= MAX_SENTENCE_WORDS else []
        found = {part: self._read(part) for part in (*whole, *sentences(text)) if part.strip()}
        by_letters = {each: self._classifier.by_letters(each, read.concepts) for each, read in found.items()}
        letters = {each: self._classifier.probabilities(scores) for each, scores in by_letters.items()}
        shares = dict(letters)
        doubtful = sorted(
            (
                each
                for each in found
                if each in whole or 1 - shares[each]["none"] >= _WORTH_EMBEDDING or _is_sure(found[each])
            ),
            key=lambda each: (each not in whole, shares[each]["none"]),
        )[:_MOST_EMBEDDED]
        for sentence in doubtful:
            if (embedded := embed(sentence)) is not None:
                shares[sentence] = self._shares(sentence, by_letters[sentence], *embedded)
        decided = [
            decide(read.heard, shares[each], letters[each], words=len(each.split())) for each, read in found.items()
        ]
        return self._assessment(text, _gravest(decided))

    def _read(self, text: str) -> Reading:
        """What a text says to the rules, without those of another language than its own."""
        read, spoken = self._rules.read(text), self._language_of(text) or DEFAULT
        heard = tuple(each for each in read.heard if each.language in {None, spoken})
        return msgspec.structs.replace(read, heard=heard)

    def _shares(self, text: str, by_letters: Values, recipe: str, vector: Vector | None) -> Mapping[str, float]:
        mixed = MIXED[self._language_of(text) or DEFAULT]
        return self._classifier.probabilities(by_letters, recipe=recipe, vector=vector, mixed=mixed)

    def _language_of(self, text: str) -> Language | None:
        return language_of(text, spanish_words=self._rules.spanish_words)

    def _assessment(self, text: str, findings: Sequence[Finding]) -> Assessment:
        if not findings:
            return NOTHING
        first = findings[0]
        language = self._language_of(text)
        return Assessment(first.kind, first.level, first.confidence, first.reasons, language, tuple(findings))


def _is_sure(read: Reading) -> bool:
    return any(each.is_sure for each in read.heard)


def decide(
    heard: Sequence[Heard],
    shares: Mapping[str, float] | None = None,
    letters: Mapping[str, float] | None = None,
    *,
    words: int = _FEW_WORDS + 1,
) -> list[Finding]:
    """The findings in the order in which they are told: emergency, crisis, clinician.

    `shares` are the classifier's probabilities, `letters` those by letters alone, where vectors have a part in the
    others. `words` is how many the text has: of a single one, and without probabilities, sure rules alone decide. A
    quiet line never stands before a full notice.
    """
    if words == 1:
        heard = [each for each in heard if each.is_sure]
    if shares is None:
        sure = {kind: tuple(f"rule:{h.rule}" for h in heard if h.kind == kind and h.is_sure) for kind in KINDS}
        return [Finding(kind, "full", 1.0, rules) for kind, rules in sure.items() if rules]
    least = min(shares["none"], (letters or shares)["none"])
    found = [finding for kind in KINDS if (finding := _finding(kind, heard, shares, least, words)) is not None]
    if _is_rather_a_crisis(found, heard, shares):
        found = [finding for finding in found if finding.kind != "emergency"]
    full = [finding for finding in found if finding.level == "full"]
    return full or _surest(found)


def _finding(
    kind: Kind, heard: Sequence[Heard], shares: Mapping[str, float], none: float, words: int
) -> Finding | None:
    """`none` is the least that letters, or letters and vector, see in the text of nothing at all: a vector blurs a
    danger that stands beside an errand, so that it never silences a sure rule by itself."""
    rules = [each for each in heard if each.kind == kind]
    sure = tuple(f"rule:{each.rule}" for each in rules if each.is_sure)
    limits, share = THRESHOLDS[kind], _share(kind, shares)
    reasons = (*sure, f"classifier:{round(share, 3)}")
    doubted = none if kind == "emergency" else shares["none"]
    if sure and doubted < limits.doubt and shares[kind] >= limits.least:
        return Finding(kind, "full", round(max(share, 1 - limits.doubt), 3), reasons)
    if any(_assents(each, shares) for each in rules if not each.is_sure):
        hints = tuple(f"words:{each.rule}" for each in rules)
        return Finding(kind, "full", round(share, 3), (*hints, reasons[-1]))
    hear = max(limits.hear, _HEAR_IN_FEW_WORDS) if words <= _FEW_WORDS else limits.hear
    if (sure and kind != "emergency" and none < limits.deny) or (words > 1 and share >= hear):
        return Finding(kind, "line", round(share, 3), reasons)
    return None


def _assents(heard: Heard, shares: Mapping[str, float]) -> bool:
    """Whether the classifier is sure enough of the kind of a rule that is not sure by itself."""
    return _share(heard.kind, shares) >= heard.assent and shares[heard.kind] >= _LEAST_OF_DANGER


def _share(kind: Kind, shares: Mapping[str, float]) -> float:
    """Crisis and emergency are added for the likelier of the two, and always for a crisis: both are danger to life."""
    danger = shares["crisis"] + shares["emergency"]
    is_danger = kind == "crisis" or (kind == "emergency" and shares["emergency"] > shares["crisis"])
    return danger if is_danger else shares[kind]


def _is_rather_a_crisis(found: Sequence[Finding], heard: Sequence[Heard], shares: Mapping[str, float]) -> bool:
    """Whether what sounds like an emergency is a crisis by a surer sign."""
    if {"emergency", "crisis"} - {finding.kind for finding in found if finding.level == "full"}:
        return False
    is_sure = any(each.kind == "emergency" and each.is_sure for each in heard)
    return shares["crisis"] > (_SURER if is_sure else 1) * max(shares["emergency"], 0.01)


def _gravest(decided: Sequence[Sequence[Finding]]) -> list[Finding]:
    """The findings of all sentences, each kind once: full before line, then the surest."""
    best: dict[Kind, Finding] = {}
    for finding in (each for findings in decided for each in findings):
        before = best.get(finding.kind)
        if before is None or (finding.level == "full", finding.confidence) > (
            before.level == "full",
            before.confidence,
        ):
            best[finding.kind] = finding
    found = [best[kind] for kind in KINDS if kind in best]
    return [finding for finding in found if finding.level == "full"] or _surest(found)


def _surest(lines: Sequence[Finding]) -> list[Finding]:
    """The likeliest of what is no more than a line; one line is enough."""
    return sorted(lines, key=lambda line: -line.confidence)[:1]


@cache
def built_in_safety() -> Safety:
    """With the rules and weights that the service ships; the same for every text from the first one on.

    Raises NotReady where a file is missing.
    """
    try:
        return Safety(built_in_rules(), built_in_classifier())
    except OSError as error:
        raise NotReady(
            f"a file of the safety room is missing: {error}; run `python -m search_api.safety fit`"
        ) from error
