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
    r"|(?:how |where )?(?:can|could|do|should) (?:i|we) (?:find|get|see|book)\b)"
    r"|\b(?:somewhere|anywhere)\b|\bwithin \d+ mi"
    r"|\bany (?:\w+ ){0,2}(?:places?|clinics?|providers?|doctors?|centers?|practices?|offices?)\b"
)
"""Those that a clinic answers."""
_TO_READ = frozenset(
    """
    effects effect risks risk legal illegal legality law laws research studies study scam dangers dangerous safe safety
    meaning definition explained expect history news deaths death died dies overdose overdoses club clubs nightlife
    arrested arrests police lawsuit lawsuits charged
    """.split()
)
"""What a clinic's listing does not tell."""
_PLACES_TO_GO = frozenset("clinic clinics provider providers doctor doctors center centers practice who where".split())
_NEGATIONS = frozenset(
    """
    not no non without dont doesnt didnt wont cant isnt arent never except excluding besides instead
    """.split()
)
_NEGATED_BY_TWO = frozenset({"anything but", "everything but", "other than"})
_FAILED = frozenset({"didnt", "failed", "doesnt", "stopped"})
_REFUSES = _FAILED | frozenset("wont denied denies refused refuses rejected rejects not".split())
_HAD = frozenset("did had tried was were".split())
_LEAVING = "move moved moving fly flying drive driving come came coming relocated relocating"
WHERE_BORN = frozenset({("born", "in"), ("raised", "in"), ("up", "in")})
"""In front of a place that somebody comes from; as in `grew up in`."""
_LEFT = WHERE_BORN.union(
    ((verb, "from") for verb in _LEAVING.split()), ((verb, "in") for verb in ("was", "were", "lived"))
)
"""In front of a place that somebody leaves or has left."""


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


def is_left(before: Sequence[Word]) -> bool:
    """Whether the words in front of a place say that somebody comes from there, or was there."""
    return tuple(word.folded for word in before[-2:]) in _LEFT
