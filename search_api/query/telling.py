"""The words of a query that tell one listing from another: what every clinic has tells nothing."""

import re

from indexing.analysis import STOP_WORDS
from search_api.query.reading import Reading

FILLER = frozenset(
    """
    clinic clinics provider providers doctor doctors center centers near nearby around in at with that take
    takes accept accepts accepting cheap cheapest affordable under below less than over above between and for me
    my miles mile within price cost per a the who which find best place places somewhere anyone both ok okay speaking
    speaks
    """.split()
)
LISTING_WORDS = FILLER | frozenset(
    """
    ketamine treatment treatments therapy therapist session sessions help thoughts state new patients taking
    insurance insured covered coverage language visit visits prices costs max only any
    looking need get want online virtual video telehealth practice practices psychiatrist office offices
    person free open weekend weekends saturday saturdays sunday sundays evening evenings hours days good great top
    rated reviews
    local area region city county downtown self pay cash clinical closest nearest lowest newest not or specialist
    specialists
    consultation appointment appointments waitlist list waiting immediate openings hospital lives live airport afb base
    psychologist psychologists counselor counselors physician physicians prescriber prescribers
    couple couples teen teens adolescent adolescents adult adults senior seniors veteran veterans kids
    """.split()
)
"""What listings are searched by, beside the words of the taxonomy."""
SPANISH_ARTICLES = frozenset("el la los las".split())
"""In a Spanish question as good as unsaid, where they begin no name."""
OPERATORS = re.compile(r'(?<!\S)-(?=["“\w])(?:["“][^"”]*["”]?|\S+)|["“][^"“”]*["”]')
"""Excluded words and phrases: they are the keyword leg's, whatever they say."""


def telling(text: str) -> str:
    """The words that are not of every clinic, and all operators."""
    operators = " ".join(OPERATORS.findall(text))
    return f"{telling_rest(Reading(OPERATORS.sub(' ', text)))} {operators}".strip()


def telling_rest(reading: Reading) -> str:
    """What is left of a reading that is not of every clinic."""
    return reading.rest(without=LISTING_WORDS | STOP_WORDS)
