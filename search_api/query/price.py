"""Prices in plain words: "under $500", "between 300 and 450", "$400 or less"."""

import re

from search_api.query.reading import Reading

_AMOUNT = r"(\d{1,3}(?:,\d{3})|\d{1,2}(?:\.\d)?k|\d{2,5})(?:\.\d\d)?(?!\d)"
_OTHER_UNITS = (
    r"(?!\s*(?:%|percent|[mn]g|ml|mcg|kg|lbs?|pounds|mmhg|min(?:ute)?s?|hours?|hrs?|days?|weeks?|months?|years?|yrs?"
    r"|sessions?|infusions?|treatments?|doses?|times|people|patients|studies|miles?|mi|bpm|old)\b)"
)
"""What a number counts when it is no price."""
_OTHER_TOPICS = frozenset("pressure bp heart rate age aged dose dosage mg weight bmi pulse years old".split())
_NUMERALS = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split()
    )
} | {word: 10 * value for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_NUMERALS["a"] = 1
_NUMERAL = "|".join(sorted(_NUMERALS, key=len, reverse=True))
_WRITTEN_OUT = re.compile(
    rf"\b(?P<count>(?:{_NUMERAL})(?:[\s-](?:{_NUMERAL}))?)\s+(?P<unit>hundred|thousand|grand)"
    rf"(?:\s+(?:and\s+)?(?P<rest>(?:{_NUMERAL})(?:[\s-](?:{_NUMERAL}))?))?\b"
)
_MONEY = rf"\$?\s*{_AMOUNT}{_OTHER_UNITS}(?:\s*(?:dollars|bucks|usd)|\$)?"
_BETWEEN = re.compile(
    rf"\b(?:between|from)\s+{_MONEY}\s+(?:and|to)\s+{_MONEY}"
    rf"|\${_AMOUNT}\s*(?:-|–|to)\s*{_MONEY}"
    rf"|{_AMOUNT}\s*(?:-|–|to)\s*{_AMOUNT}\s*(?:\$|dollars|bucks|usd)"
)
_BARE_RANGE = re.compile(rf"(?<![\d-])(\d{{3,4}})\s*(?:-|–)\s*(\d{{3,4}})(?![\d-]){_OTHER_UNITS}")
_BARE_AMOUNT = re.compile(
    rf"(?<!from )(?<!over )(?:(?:around|about|for|at|~)\s*)?(?:\$\s*{_AMOUNT}{_OTHER_UNITS}"
    rf"|\b{_AMOUNT}\s*(?:\$|dollars|bucks|usd))"
)
_PAID = frozenset("paid charged charge charges spent quoted quote billed wasted owe".split())
_YEARS = (1900, 2100)
_AT_MOST = re.compile(
    r"(?:\b(?:not (?:over|above|more than)|under|below|(?:less|cheaper) th[ae]n|at most|no more than|max(?:imum)?"
    r"|up to)|<=?|≤|⩽)"
    rf"\s*{_MONEY}"
)
_OR_LESS = re.compile(rf"{_MONEY}\s+(?:or|and)\s+(?:less|under|below|cheaper)\b|{_MONEY}\s+(?:max|tops)\b")
_AFFORDABLE = re.compile(
    r"(?:(?:\b(?:i|we) |(?:^|[,.;])\s*)(?:can|could|am able to|are able to)(?: only| maybe| just)?"
    r" (?:pay|afford|spend)"
    r"|(?<!no )(?<!not )\bcan (?:i|we) (?:only )?(?:pay|afford)|(?:\b(?:my|our) |^)budget(?: is| of|:)?)"
    r"(?: (?:maybe|about|around|only|up to|like|at most))?"
    rf"\s+{_MONEY}(?!\s*(?:dollars|bucks|usd)?"
    r"\s*(?:(?:a|per|each|every|/)\s*(?:\d+ )?(?:month|mo|week|year)|monthly|weekly))"
)
"""What somebody can pay at once; what is paid by the month is no price of a visit."""
_CURRENCY = re.compile(r"\$|dollars|bucks|usd")
_LEAST_BARE_PRICE = 100.0
_AT_LEAST = re.compile(rf"(?:\b(?:over|above|more than|at least)|>=?|≥|⩾)\s*{_MONEY}")


def take_price(reading: Reading) -> tuple[float | None, float | None]:
    """The lowest and the highest price that is asked for, in dollars."""
    reading.text = _in_digits(reading.text)
    if any(word.folded in _OTHER_TOPICS for word in reading.words()) and "$" not in reading.text:
        return None, None
    if amounts := sorted(_taken(reading, _BETWEEN)):
        return amounts[0], amounts[-1]
    high = _taken(reading, _AT_MOST) or _taken(reading, _OR_LESS) or _taken(reading, _AFFORDABLE)
    low = _taken(reading, _AT_LEAST)
    return (low[0] if low else None), (high[0] if high else None)


def take_bare_range(reading: Reading) -> tuple[float | None, float | None]:
    """The same from two numbers alone, `400-500`: where nothing else can be meant."""
    match = _BARE_RANGE.search(reading.text)
    if match is None or all(_YEARS[0] <= int(group) <= _YEARS[1] for group in match.groups()):
        return None, None
    amounts = sorted(_taken(reading, _BARE_RANGE))
    return (amounts[0], amounts[-1]) if amounts else (None, None)


def take_bare_price(reading: Reading) -> float | None:
    """The highest price from an amount alone, `$350`, where a clinic is sought and it is not what was paid."""
    if not _PAID.isdisjoint(word.folded for word in reading.words()):
        return None
    amounts = _taken(reading, _BARE_AMOUNT)
    return amounts[0] if amounts else None


def _taken(reading: Reading, pattern: re.Pattern[str]) -> list[float]:
    """The amounts of the first match, crossed out, if it can be a price: a bare number needs three digits."""
    match = pattern.search(reading.text)
    amounts = [_amount(group) for group in match.groups() if group] if match else []
    if match is None or (not _CURRENCY.search(match.group()) and min(amounts) < _LEAST_BARE_PRICE):
        return []
    reading.cross_out(*match.span())
    return amounts


def _in_digits(text: str) -> str:
    """`text` with hundreds and thousands that are written out as digits, each at its place: `five hundred`."""
    return _WRITTEN_OUT.sub(lambda match: f"{_value(match):<{len(match.group())}}", text)


def _value(match: re.Match[str]) -> int:
    count = sum(_NUMERALS[word] for word in re.split(r"[\s-]+", match["count"]))
    rest = sum(_NUMERALS[word] for word in re.split(r"[\s-]+", match["rest"])) if match["rest"] else 0
    return count * (100 if match["unit"] == "hundred" else 1_000) + rest


def _amount(text: str) -> float:
    return float(text.removesuffix("k").replace(",", "")) * (1_000 if text.endswith("k") else 1)
