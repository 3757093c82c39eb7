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
CHATTING = frozenset(
    """
    hey please pls plz thx ty lol haha omg jk idk idc btw fyi um uh hmm u ur r w ya yall guys asap soon maybe kinda
    really actually possibly possible preferably ideally siri google alexa
    """.split()
)
"""What people type around a wish, and wish nothing by."""
UNLISTED = frozenset(
    """
    pts patient patients client clients appt appts consult consults intake doc docs dr drs nurse nurses psych psychs
    pro pros expert experts team staff md anesthesiologist anesthesiologists facility facilities wellness spa medspa
    female male woman women man men older younger gay lgbt lgbtq queer trans bipoc black latina latino christian jewish
    muslim friendly affirming respectful kind caring gentle quiet calm private discreet clean modern reputable
    legit trusted experienced licensed certified insured
    wheelchair accessible elevator transit bus metro train ride rides shuttle
    walk walkin same day today tomorrow tonight week weekly month next now late early morning mornings afternoon
    afternoons nights hour
    student students responder responders firefighter firefighters police nurse teacher teachers military army navy
    marine marines vet vets first
    low high dose doses dosing daily booster boosters maintenance series multi single package packages program programs
    affordable budget discount discounts deal deals fee fees pricing
    severe bad chronic acute long term years year yr yrs old age
    north south east west central inner outer upper lower nw ne sw se northside southside eastside westside metro
    greater suburbs suburban outskirts side
    uptown midtown
    much cost spa spas med medspas
    alternative alternatives like nearby somewhere anywhere spot spots
    """.split()
)
"""What people wish of a clinic that no filter answers: beside it a search is one for clinics still."""
SPANISH_ARTICLES = frozenset("el la los las".split())
"""In a Spanish question as good as unsaid, where they begin no name."""
SPANISH_SAID = SPANISH_ARTICLES | frozenset(
    """
    mi mis tu su sus para con sin de del en al a por que q quien donde un una unos unas y o u e se me te le les lo nos
    es esta estoy son hay si porfa porfavor favor gracias hola busco buscando buscamos quiero quisiera necesito
    necesitamos ocupo alguien alguna alguno algun algo tengo tiene tienen soy somos vivo vivimos aqui aca mama papa
    abuela abuelo esposo esposa hijo hija hermano hermana tia tio anos como cual ya muy pero tambien dan hacen ponen
    atienden atienda atiendan tenga tengan haya otra otro mejor buena bueno
    """.split()
)
"""What is said in Spanish around a wish, as far as its words have no English in the lexicon."""
OPERATORS = re.compile(r'(?<!\S)-(?=["“\w])(?:["“][^"”]*["”]?|\S+)|["“][^"“”]*["”]')
"""Excluded words and phrases: they are the keyword leg's, whatever they say."""


def telling(text: str) -> str:
    """The words that are not of every clinic, and all operators."""
    operators = " ".join(OPERATORS.findall(text))
    return f"{telling_rest(Reading(OPERATORS.sub(' ', text)))} {operators}".strip()


def telling_rest(reading: Reading) -> str:
    """What is left of a reading that is not of every clinic."""
    return reading.rest(without=LISTING_WORDS | STOP_WORDS)
