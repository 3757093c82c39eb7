"""Words as they sound in Spanish, where `ll` and `y`, `b` and `v`, `s`, `c` and `z` are written for one another."""

import re

_SOUNDS = (
    (re.compile(r"ph"), "f"),
    (re.compile(r"(?<!c)h"), ""),
    (re.compile(r"ll"), "y"),
    (re.compile(r"(.)\1"), r"\1"),
    (re.compile(r"qu(?=[ei])|c(?![eih])"), "k"),
    (re.compile(r"g(?=[ei])"), "j"),
    (re.compile(r"[zc](?!h)"), "s"),
    (re.compile(r"v"), "b"),
    (re.compile(r"n(?=[bp])"), "m"),
)


def by_ear(word: str) -> str:
    """A folded word with one letter for each sound: the same for `pastillas` and `pastiyas`."""
    for written, sound in _SOUNDS:
        word = written.sub(sound, word)
    return word
