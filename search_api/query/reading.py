"""A question that is read part by part: what was understood is crossed out, what is left is searched for."""

import re
from collections.abc import Collection, Iterable

from indexing.analysis import Word, words_in

PLACE_WORDS = frozenset({"near", "around", "in", "at", "close", "by", "from", "serving", "en"})
STRONG_PLACE_WORDS = frozenset({"near", "around", "close", "serving"})
_OFFERING = frozenset(
    """
    clinic clinics provider providers doctor doctors center centers centre practice practices psychiatrist
    therapist office offices psychiatrists therapists specialist specialists hospital hospitals
    psychologist psychologists counselor counselors physician physicians prescriber prescribers anesthesiologist
    anesthesiologists
    """.split()
)
LANGUAGES = frozenset(
    """
    spanish espanol mandarin cantonese chinese vietnamese korean tagalog filipino russian arabic french portuguese
    hindi german italian japanese farsi persian hebrew ukrainian creole asl urdu punjabi bengali gujarati tamil telugu
    armenian amharic somali hmong khmer swahili nepali romanian polish greek turkish dutch thai lao laotian yiddish
    albanian serbian croatian bosnian czech slovak bulgarian hungarian lithuanian latvian macedonian malayalam kannada
    marathi sinhala pashto dari kurdish burmese taiwanese hokkien toisanese indonesian malay samoan tongan chamorro
    marshallese navajo igbo yoruba hausa twi tigrinya oromo wolof swedish norwegian danish finnish mongolian uzbek
    cambodian
    """.split()
)
NATIONS = frozenset(
    "polish greek turkish dutch thai czech hungarian swedish norwegian danish finnish indonesian malay serbian".split()
)
"""Languages whose names say more often where somebody or something comes from."""
_LANGUAGE = "|".join(sorted(LANGUAGES))
_OWN = "|".join(sorted(LANGUAGES - NATIONS))
_WHILE = r"(?!\s+(?:during|while|when|after|before|in (?:my|his|her|their))\b)"
_SPEAKING = re.compile(
    rf"(?:^\W*|\b(?:who|that|which|they|any(?:one|body)|some(?:one|body))\b[^.?!]{{0,25}})\b"
    rf"(?:speaks?|speaking)\s+(?:{_LANGUAGE})\b{_WHILE}"
    rf"|\b(?:{_LANGUAGE})[\s-]speaking\b"
)
"""Asks for somebody who speaks a language."""
_STAFF = "staff|nurses?|interpreters?|translator"
_WITH = "|".join(sorted(_OFFERING)) + f"|{_STAFF}"
_ANY, _ANY_OWN = (
    rf"(?:(?:english|{names})\s+(?:and|or)\s+)?(?:{names})(?:\s+(?:and|or)\s+(?:{names}))?"
    for names in (_LANGUAGE, _OWN)
)
_TOLD = r"(?!\s+(?:says?|said|told|trials?|stud(?:y|ies)|research|found|prescribed|botched)\b)"
SPOKEN = re.compile(
    rf"\b(?:speaks?|speaking|spoken)\s+(?:(?:fluent|haitian|mexican|brazilian)\s+)*{_ANY}\b{_WHILE}"
    rf"|\bin\s+{_ANY_OWN}(?=\s*(?:$|[^a-z\s]|(?:in|near|at|for|with|under|who|that|ketamine|{_WITH})\b))"
    rf"|\b{_ANY}[\s-](?:speaking|speakers?|language|{_STAFF})\b"
    rf"|(?<!\bmy )\b{_ANY_OWN}[\s-](?:ketamine\s+)?(?:{_WITH})\b{_TOLD}"
)
"""Names languages beside a word that says that they are to be spoken."""
_TITLE = re.compile(
    r"(?<!\bmy )(?<!\bhis )(?<!\bher )(?<!\bour )(?<!\bthe )\b(?:drs?|dra)\b\.?(?=\s+(?:in|near|around|who|that)\b)"
)
"""A doctor without a name, and not one's own."""
_THING = (
    r"(?:places?|spots?|clinics?|doc(?:tor)?s?|dr|psych(?:iatr\w+|olog\w+)?s?|therapists?|providers?|facility|office"
    r"|appointments?|appts?|consult\w*|openings?|(?:some|any)(?:one|body) (?:who|that|in|near|around))"
)
_DRUG = r"(?:ketamine|ketamina|esketamine|spravato|infusions?|iv|im|oral|nasal|kap|lozenges?|troches?)"
_WORD_OF_WISH = r"(?!(?:to|know|if|out|my|about|for|after|before|from|of|with|while|when)\b)[\w']+"
"""A word between a wish and what is wished, that turns it to nothing else."""
_NO_PAYER = rf"(?:{_DRUG}|it|them|this|that|these|those|your|my|me|the|an?|any|meds?|medicines?|drugs?|care|long|time)"
"""What somebody else takes than a clinic that takes an insurer."""
_TAKES = rf"(?:takes?|accepts?) (?!{_NO_PAYER}\b)"
_SEEKING = re.compile(
    r"(?<!dont )(?<!don't )(?<!not )\b(?:look(?:ing)? for|search(?:ing)? for|find(?:ing)?|wants?|needs?|book|prefers?)"
    rf"(?: {_WORD_OF_WISH}){{0,3}}? {_THING}\b"
    r"|\b(?:do|does|will|would) (?:you|u|ya|y'?all|they)(?: guys| all| folks| also)*"
    rf" (?:(?:offer|treat|bill)\b|{_TAKES})"
    rf"|(?:^|[,.;?!])\s*who(?:'?s)? (?:{_TAKES}|offers?\b|treats?\b|prescribes?\b)"
    rf"|\b(?:places?|spots?)(?: (?:that|who|which))? (?:{_TAKES}|does\b|offers?\b|treats?\b)"
    rf"|\b(?:is|are) there (?:an?|any) (?:\w+ ){{0,2}}?{_THING}\b"
    r"|(?<!\bmy )(?<!\bhis )(?<!\bher )(?<!\bour )(?<!\bthe )"
    r"\b(?:pain|ketamine|infusion|spravato|kap|iv) (?:dr|doc)s?\b"
    r"|\bhow much (?:do (?:they|you|u) charge|cobran?|charge)\b"
)
"""Asks for who treats, without a word for clinics."""
SEEKING_WORDS = _OFFERING | frozenset(
    """
    nearby near nearest closest cheapest cheap affordable accepting anyone anybody somewhere anywhere appointment
    appointments
    """.split()
)
KETAMINE_WORDS = frozenset("ketamine ketamina spravato esketamine kap infusion infusions".split())
_DANGLING = PLACE_WORDS | {"under", "with", "for", "within", "of", "and", "or"}


class Reading:
    """A text of which parts are crossed out as they are understood."""

    def __init__(self, text: str) -> None:
        self.original = text
        self.text = text.lower()
        if len(self.text) != len(text):
            self.text = self.original = "".join(c if len(c.lower()) == 1 else " " for c in text).lower()
        self._words = self.text, list(words_in(self.text))
        said = {word.folded for word in self._words[1]}
        self.seeks_clinic = not said.isdisjoint(SEEKING_WORDS) or bool(
            _SPEAKING.search(self.text) or _TITLE.search(self.text) or _SEEKING.search(self.text)
        )
        self.names_ketamine = not said.isdisjoint(KETAMINE_WORDS)
        """Whether the treatment that all clinics offer is named."""
        self.names_offer = self.names_ketamine or not said.isdisjoint(_OFFERING)
        """Whether it is, or those who give it."""
        self.is_spanish = False
        self.is_listing = False
        """Whether nothing is said but what listings are searched by."""

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Cross out the first match."""
        match = pattern.search(self.text)
        if match:
            self.cross_out(*match.span())
        return match

    def cross_out(self, start: int, end: int) -> None:
        """Leave a gap that no later rule reads across."""
        self.text = self.text[:start] + "\x00" * (end - start) + self.text[end:]

    def give_back(self, start: int, end: int) -> None:
        """Undo a crossing out."""
        self.text = self.text[:start] + self.original[start:end].lower() + self.text[end:]

    def words(self) -> list[Word]:
        """The words that are left; asked for a dozen times a question, and read again when some were crossed out."""
        if self._words[0] != self.text:
            self._words = self.text, list(words_in(self.text))
        return list(self._words[1])

    def is_capitalised(self, run: Iterable[Word]) -> bool:
        """Whether the words were typed as names are."""
        return all(self.original[word.start].isupper() for word in run)

    def rest(self, *, without: Collection[str] = frozenset()) -> str:
        """What is left, as typed, without dangling prepositions."""
        kept = [word for word in self.words() if word.folded not in without]
        while kept and kept[-1].folded in _DANGLING:
            kept.pop()
        return " ".join(self.original[word.start : word.end] for word in kept)
