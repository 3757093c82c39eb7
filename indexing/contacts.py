"""Telephone numbers as they are compared: digits alone, whatever stands between them."""

import re

_NOT_DIGITS = re.compile(r"\D+")
_EXTENSION = re.compile(r"(?:ext|x|#).*$", re.IGNORECASE)
_NATIONAL_DIGITS = 10


def phone_digits(text: str) -> str:
    """The ten digits of a US number without its country code; those that are there of any other."""
    digits = _NOT_DIGITS.sub("", _EXTENSION.sub("", text))
    return digits[1:] if len(digits) == _NATIONAL_DIGITS + 1 and digits.startswith("1") else digits


def phone_names(text: str) -> tuple[str, ...]:
    """By what a listing's number is found: all its digits, and the seven without the area code."""
    digits = phone_digits(text)
    return (digits, digits[3:]) if len(digits) == _NATIONAL_DIGITS else (digits,) if digits else ()
