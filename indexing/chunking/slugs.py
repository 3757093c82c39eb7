"""Anchors of headings that have no id: GitHub's rule, which most site generators follow.

The rule is that of github-slugger: letters, marks, digits, connectors, hyphens and spaces stay, spaces become hyphens,
and one that was given before is numbered until it is free.
"""

import regex

_DROPPED = regex.compile(r"[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}\- ]")


def slug(heading: str) -> str:
    """The anchor of a heading, were it the only one."""
    return _DROPPED.sub("", heading.strip().lower()).replace(" ", "-")


class Slugger:
    """Gives every heading of one page an anchor of its own."""

    def __init__(self) -> None:
        self._given: dict[str, int] = {}

    def slug(self, heading: str) -> str:
        """The anchor of the next heading."""
        wanted = found = slug(heading)
        while found in self._given:
            self._given[wanted] += 1
            found = f"{wanted}-{self._given[wanted]}"
        self._given[found] = 0
        return found
