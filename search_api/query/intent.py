"""How something is said: as a question that an article answers, or as what is not wanted."""

import itertools
import re
from collections.abc import Sequence

from indexing.analysis import Word
from search_api.query.reading import Reading

_ASKING = frozenset("is are was does do did will would can could should what whats how why when has".split())
"""First words of questions that something to read answers."""
_SEEKS_ANYWAY = re.compile(
    r"^(?:(?:what|which) (?:\w+ )?(?:clinics?|providers?|doctors?|places?)\b"
    r"|what(?:'?s| is| are) (?:the )?(?:best|cheapest|closest|nearest)\b|(?:is|are) there\b"
    r"|(?:do|does|can|will|is|are) (?:any|anyone|anybody|somebody|someone|you)\b"
    r"|(?:do|does|will) (?:u|ya|y'?all)(?: guys| all)? (?:take|accept|offer|treat)\b"
    r"|(?:how |where )?(?:can|could|do|should) (?:i|we) (?:find|get|see|book)\b"
    r"|can (?:i|we) (?:only )?(?:pay|afford|spend) (?:(?:about|around|like|up to) )?\$?\d)"
    r"|\b(?:somewhere|anywhere)\b|\bwithin \d+ mi"
    r"|\bany (?:\w+ ){0,2}(?:places?|clinics?|providers?|doctors?|centers?|practices?|offices?)\b"
)
"""Those that a clinic answers."""
_TO_READ = frozenset(
    """
    effects effect risks risk legal illegal legality law laws rules research studies study scam dangers dangerous safe
    safety meaning definition explained expect history news deaths death died dies overdose overdoses club clubs
    nightlife arrested arrests police lawsuit lawsuits charged
    """.split()
)
"""What a clinic's listing does not tell."""
_PLACES_TO_GO = frozenset(
    """
    clinic clinics provider providers doctor doctors center centers practice who where place places psychiatrist
    psychiatrists therapist therapists
    """.split()
)
_NEGATIONS = frozenset(
    """
    not no non without dont doesnt didnt wont cant isnt arent never except excluding besides instead
    """.split()
)
_NEGATED_BY_TWO = frozenset({"anything but", "everything but", "other than"})
_FAILED = frozenset({"didnt", "failed", "doesnt", "stopped"})
_REFUSES = _FAILED | frozenset("wont denied denies refused refuses rejected rejects not".split())
_HAD = frozenset("did had tried was were".split())
_KIN = (
    r"(?:dad|father|mom|mother|mum|parents?|husband|wife|spouse|partner|boyfriend|girlfriend|fiancee?|brother|sister"
    r"|friend|roommate|boss|grandma|grandpa|grandmother|grandfather|aunt|uncle|cousin)"
)
_RELATIVE = re.compile(rf"{_KIN}|son|daughter|kid|child|teenager|grandson|granddaughter|nephew|niece|coworker")
_PAYER_PAST = re.compile(
    r"\b(?:used to (?:have|be (?:on|with)|get)|(?<!have )(?<!has )(?<!ve )had|(?:was|were) (?:on|with|under)"
    r"|(?<!not )(?<!havent )(?<!haven't )lost|no longer (?:have|on|with)"
    r"|dropped|cancell?ed|switched from|left|(?:my|our|the) (?:old|former|previous|last|ex))(?: (?:my|our|the))?$"
)
"""In front of an insurer that somebody has no more."""
_PAYER_OF_ANOTHER = re.compile(
    rf"\b(?:my|his|her|our|their) (?:\w+ )?{_KIN}s? (?:is|are|was|has|have|uses?|gets?)"
    r"(?: (?:on|with|under|covered by))?$"
)
_PAYER_OF_ONES_OWN = re.compile(
    r"\b(?:(?:i|we) (?:have|got|use|carry|only have)|(?:ive|weve) got"
    r"|(?:im|i am|were|we are) (?:on|with|under|covered by)"
    r"|(?:mine|ours) is|(?:my|our) (?:own )?(?:insurance|plan|coverage) is)$"
)
_HABIT = "substance-use"
_HARMLESS = frozenset("water coffee tea soda caffeine milk juice fluids sugar gatorade smoothies".split())
_COMPENSATION = "workers-compensation"
_OF_CLAIMS = frozenset(
    """
    doctor doctors dr doc docs nurse lawyer lawyers attorney attorneys judge adjuster case hearing settlement law laws
    rules rule exam claim claims board said says sent
    """.split()
)
_LONGEST_TELLING = 6
"""Words in front of an insurer that say whose it is."""
_LEAVING = "move moved moving fly flying drive driving come came coming relocated relocating"
WHERE_BORN = frozenset({("born", "in"), ("raised", "in"), ("up", "in")})
"""In front of a place that somebody comes from; as in `grew up in`."""
_LEFT = WHERE_BORN.union(
    ((verb, "from") for verb in _LEAVING.split()),
    ((verb, "in") for verb in ("was", "were", "lived")),
    ((verb, "at") for verb in ("was", "were")),
    ((verb, "to") for verb in ("went", "been", "gone")),
)
"""In front of a place that somebody leaves or has left."""


def is_for_whom(words: Sequence[str], place: int) -> bool:
    """Whether a word says for whom a clinic is sought: `for my dad`."""
    return (
        place > 1
        and words[place - 1] in ("my", "our", "a")
        and words[place - 2] == "for"
        and _RELATIVE.fullmatch(words[place]) is not None
    )


def is_to_read(reading: Reading) -> bool:
    """Whether an article answers it, whatever place, price or payer it names."""
    words = [word.folded for word in reading.words()]
    if words and words[0] in _ASKING and not _SEEKS_ANYWAY.search(reading.text.strip()):
        return True
    return not _TO_READ.isdisjoint(words) and _PLACES_TO_GO.isdisjoint(words)


def is_denied(before: Sequence[Word], *, within: int = 3) -> bool:
    """Whether one of the last words in front says that what follows is not wanted."""
    near = [word.folded for word in before[-within:]]
    return not _NEGATIONS.isdisjoint(near) or any(
        " ".join(pair) in _NEGATED_BY_TWO for pair in itertools.pairwise(near)
    )


def has_failed(after: Sequence[Word]) -> bool:
    """Whether the words behind say that what was named did not help."""
    near = [word.folded for word in after[:2]]
    return not _FAILED.isdisjoint(near) or near == ["did", "not"]


def refuses(after: Sequence[Word]) -> bool:
    """Whether the words behind say that who was named does not pay."""
    return not _REFUSES.isdisjoint(word.folded for word in after[:2])


def is_past(before: Sequence[Word]) -> bool:
    """Whether one of the last words in front tells of what was: `had my first infusion`, `was in a trial`."""
    return not _HAD.isdisjoint(word.folded for word in before[-3:])


def is_of_no_drug(slug: str, after: Sequence[Word]) -> bool:
    """Whether the words behind a habit say that it is of nothing that is treated: `drinking a lot of water`."""
    following = [word.folded for word in after[:2]]
    return slug == _HABIT and not _HARMLESS.isdisjoint(following)


def is_of_no_payer(slug: str, after: Sequence[Word]) -> bool:
    """Whether the words behind workers' compensation say that it is a matter of law, or whose doctor sent somebody."""
    following = [word.folded for word in after[:1]]
    return slug == _COMPENSATION and not _OF_CLAIMS.isdisjoint(following)


def is_payer_of_past(before: Sequence[Word]) -> bool:
    """Whether the words in front of an insurer say that it is had no more: `used to have aetna`."""
    return _PAYER_PAST.search(_said(before)) is not None


def is_payer_of_another(before: Sequence[Word]) -> bool:
    """Whether they say that somebody else has it: `my dad is on medicare`."""
    return _PAYER_OF_ANOTHER.search(_said(before)) is not None


def is_payer_of_ones_own(before: Sequence[Word]) -> bool:
    """Whether they say that the one who asks has it: `but i have humana`."""
    return _PAYER_OF_ONES_OWN.search(_said(before)) is not None


def _said(before: Sequence[Word]) -> str:
    """The last words in front, as one text."""
    return " ".join(word.folded for word in before[-_LONGEST_TELLING:])


def is_left(before: Sequence[Word]) -> bool:
    """Whether the words in front of a place say that somebody comes from there, or was there."""
    return tuple(word.folded for word in before[-2:]) in _LEFT
