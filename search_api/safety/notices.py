"""Notices: texts and links by kind and language, perhaps in editors' words, never without numbers."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Literal

import msgspec
from msgspec import Struct

from indexing.facts import facts
from search_api.curation.curation import InForce
from search_api.curation.rules import CuratedNotice
from search_api.safety.assessment import Assessment, Finding, Level
from search_api.safety.language import DEFAULT, LANGUAGES, Language
from search_api.safety.rules import DANGERS, KINDS, Kind
from search_api.safety.tokens import DATA

NoticeKind = Literal["emergency", "crisis", "clinician", "info", "warning"]
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_LINE_LINKS = 2


class Link(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a notice leads: a page, or a `tel:` or `sms:` address."""

    label: str
    url: str


class Notice(Struct, frozen=True):
    """What is shown before any result; a `line` is one quiet sentence."""

    id: str
    title: str
    body: str
    links: tuple[Link, ...]
    kind: NoticeKind = "info"
    level: Level = "full"
    language: Language = DEFAULT

    @property
    def leads_to_help(self) -> bool:
        """Whether help comes first wherever this is told: it says in full that somebody is in danger."""
        return self.level == "full" and self.kind in DANGERS


class BuiltIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A notice as its file has it; `numbers` is the sentence that no other wording may lack."""

    kind: Kind
    language: Language
    title: str
    body: str
    numbers: str
    links: tuple[Link, ...]
    line: str

    @property
    def id(self) -> str:
        """Under which editors find it: the kind, with the language where that is not English."""
        return self.kind if self.language == DEFAULT else f"{self.kind}-{self.language}"


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    notice: tuple[BuiltIn, ...]


@cache
def built_in_notices() -> Mapping[str, BuiltIn]:
    """All built-in notices by id, with their facts filled in."""
    text = (DATA / "notices.toml").read_text("utf-8")
    found = msgspec.convert(tomllib.loads(with_facts(text)), type=_File).notice
    return {each.id: each for each in found}


def with_facts(text: str) -> str:
    """A text with the value of each fact for its `{id}`; addresses to dial are without hyphens.

    Raises KeyError for an unknown fact.
    """
    known = facts()
    dialled = re.sub(r"tel:\{(\w+)\}", lambda match: "tel:" + known[match[1]].value.replace("-", ""), text)
    return _PLACEHOLDER.sub(lambda match: known[match[1]].value, dialled)


def notices_for(assessment: Assessment, language: Language, curated: InForce | None = None) -> list[Notice]:
    """The notices of an assessment in the language of its text, else in `language`."""
    spoken = assessment.language or language
    return [_notice(finding, spoken, curated) for finding in assessment.findings]


def with_own(found: Sequence[Notice], text: str, curated: InForce) -> list[Notice]:
    """Built-in notices, followed by editors' own for a search for `text`."""
    own = (own_notice(id, rule) for id, rule in curated.notices(text) if id not in built_in_notices())
    return [*found, *own]


def own_notice(id: str, rule: CuratedNotice) -> Notice:
    """A notice of the editors."""
    return Notice(id, rule.title, rule.body, tuple(Link(link.label, link.url) for link in rule.links))


def _notice(finding: Finding, language: Language, curated: InForce | None) -> Notice:
    built_in = _built_in(finding.kind, language)
    if finding.level == "line":
        links = built_in.links[:_LINE_LINKS]
        return Notice(finding.kind, built_in.line, "", links, finding.kind, "line", language)
    wording = curated.wording(built_in.id) if curated is not None else None
    title, body, links = built_in.title, built_in.body, built_in.links
    if wording is not None:
        title, body, links = reworded(built_in, wording)
    return Notice(finding.kind, title, body, links, finding.kind, "full", language)


def reworded(built_in: BuiltIn, wording: CuratedNotice) -> tuple[str, str, tuple[Link, ...]]:
    """Title, body and links in editors' words; numbers and links of the built-in notice are kept."""
    body = wording.body
    if not numbers_in(built_in.numbers) <= numbers_in(f"{wording.title} {body}"):
        body = f"{body} {built_in.numbers}"
    kept = {link.url for link in built_in.links}
    own = tuple(Link(link.label, link.url) for link in wording.links if link.url not in kept)
    return wording.title, body, (*built_in.links, *own)


def numbers_in(text: str) -> frozenset[str]:
    """The numbers of a text, as they are dialled."""
    return frozenset(re.sub(r"\D", "", run) for run in re.findall(r"\d[\d\-]*", text))


def _built_in(kind: Kind, language: Language) -> BuiltIn:
    found = built_in_notices()
    return found.get(f"{kind}-{language}") or found[kind]


def every_text() -> Iterator[str]:
    """All that may be told, for checking it."""
    for kind in KINDS:
        for language in LANGUAGES:
            built_in = _built_in(kind, language)
            yield from (built_in.title, built_in.body, built_in.numbers, built_in.line)
