"""Free text of visitors without what tells who they are: addresses, numbers, e-mails and links are taken out."""

import unicodedata

import regex

from indexing.text import squeezed, storable

MAX_CHARACTERS = 300
_GONE = "[removed]"
_DIGIT = (
    r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple|"
    r"cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve)"
)
_STREET = (
    r"(?:st|street|ave|avenue|blvd|boulevard|rd|road|dr|drive|ln|lane|ct|court|pl|place|way|pkwy|parkway|hwy|highway|"
    r"ter|terrace|cir|circle|sq|square)"
)
_ROOM = r"(?:\s*,?\s*(?:#|apt|suite|ste|unit)\.?\s*\w+)?"
_SEPARATED = r"[\s,.()\-\u2010-\u2015/]"
_DIGITS_IN_PART = rf"(?:{_DIGIT}|\d+)"
_CAPITAL = r"(?:(?:Dra?|Mrs?|Ms|Sra?|Srta)\.? )?(?:\p{Lu}[\w'’-]*\p{Ll}[\w'’-]*|\p{Lu}\.)"
_NAME = rf"(?-i:{_CAPITAL}(?: (?:(?:de|del|la|van|von|y) ){{0,2}}{_CAPITAL}){{0,3}})"
"""Words with a capital and a small letter: a name and not what somebody is, does, or cries."""
_INTRODUCED = (
    r"(?:i am|i['’]?m|(?:it|this|name)(?: is|['’]?s)|name:|call me|signed(?: by)?|sincerely|regards|yours|thanks|"
    r"thank you|soy|habla|aqu[ií]|nombre(?: es|:)|firmad[oa](?: por)?|firma|atentamente|saludos|gracias)"
)
_NO_NAMES = (
    r"(?:i|the|an?|my|not?|they|it|we|you|s?he|el|las?|los|una?|yo|muy|del?|"
    r"ketamine|ketamina|spravato|medicare|medicaid|aetna|cigna|humana|tricare|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?|american|spanish|english|hispanic|mexican[oa]?|latin[oa]|hispan[oa])"
)
"""Words with a capital that follow an introduction and name nobody."""
_NOT_SOMEBODY = (
    r"(?:the|an?|not?|all|only|right|still|over|up|out|too|very|more|better|worse|cold|hot|nice|great|good|bad|so|"
    r"always|never|now|just|what|how|where|why|who)"
)
"""What stands in `it's … here` where no name does."""
_PATTERNS = tuple(
    regex.compile(pattern, regex.IGNORECASE)
    for pattern in (
        r"\S+\s*(?:@|\(at\)|\[at\])\s*\S+",
        r"\b[\w.+-]+\s+(?:at|arroba)\s+[\w-]+\s+(?:dot|punto)\s+\w+",
        r"\b(?:https?://|www\.)\S+",
        r"\b[\w-]+\.(?:com|org|net|info|edu|gov|io|co|us)\b\S*",
        r"\b(?:[a-z0-9-]+\.)+[a-z]{2,}/\S+",
        r"\bp\.?\s?o\.?\s*box\s*\w*",
        r"\b(?:calle|avenida|av\.)\s+\w+(?:\s+\w+)?\s+(?:n[.ºo]*\s*)?\d+\w*",
        rf"\b\d+[\w-]*\s+(?:[\w.'-]+\s+){{0,4}}{_STREET}\b\.?{_ROOM}",
        rf"\b{_DIGIT}(?:[\s,.-]+{_DIGIT}){{3,}}\b",
        rf"(?<!\w)\(?{_DIGITS_IN_PART}(?:{_SEPARATED}+{_DIGITS_IN_PART}){{4,}}(?!\w)",
        r"[+(]?\d(?:[\d\s().\-\u2010-\u2015/]*\d){4,}",
        r"(?<!\$)(?<!\$\s)(?<![\d$])\d{3,}",
        r"\b(?:my name is|i am called|me llamo|mi nombre es)\s+\w+(?:\s+\w+)?",
        rf"\b{_INTRODUCED}[\s,:.\u2010-\u2015-]+(?!{_NO_NAMES}\b){_NAME}",
        rf"\b(?:it['’]?s|it is|this is)\s+(?!{_NOT_SOMEBODY}\b)\w+(?:\s+\w+)?\s+(?:here|speaking|writing)\b",
        r"(?<!\w)@\w{2,}",
    )
)
"""E-mails as written and as spelt out, links, post boxes, streets, digits as words, long numbers, names, accounts.

A price such as $450 stays: what a visitor was charged is what a report is about.
"""


def redacted(text: str) -> str:
    """`text` without personal details, on one line, at most MAX_CHARACTERS long."""
    plain = squeezed(storable(unicodedata.normalize("NFKC", text)))
    for pattern in _PATTERNS:
        plain = pattern.sub(_GONE, plain)
    return regex.sub(rf"(?:{regex.escape(_GONE)}[\s,;.]*){{2,}}", f"{_GONE} ", plain).strip()[:MAX_CHARACTERS]
