"""Searches for clinics in the many ways in which people ask; and sentences that use the same words and ask nothing."""

import pytest

from indexing.places import Gazetteer
from indexing.taxonomy import Taxonomy
from search_api.query.understanding import Interpreter

interpreter = Interpreter(Taxonomy(), Gazetteer())


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("hi im in bend, need ketamine", "Bend, OR"),
        ("does anybody take molina in spokane", "Spokane, WA"),
        ("where do they do ketamine shots in tulsa", "Tulsa, OK"),
        ("looking for someone near knoxville that does kap", "Knoxville, TN"),
        ("ketamine for chronic pain in providence", "Providence, RI"),
        ("pain dr tulsa", "Tulsa, OK"),
    ],
)
def test_who_asks_seeks_a_clinic_without_a_word_for_one(text, place):
    assert interpreter.interpret(text).near.label == place


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("evening appts spravato plano bcbs", "Plano, TX"),
        ("iv ketamine frisco mckinney plano pls thx", "Frisco, TX"),
        ("ketamine for my dad tampa", "Tampa, FL"),
        ("ketamine clinic for my son dallas", "Dallas, TX"),
        ("therapist for my wife memphis", "Memphis, TN"),
        ("mother, boston, crps", "Boston, MA"),
        ("do u take cigna spravato tampa", "Tampa, FL"),
        ("ketamine clinic in aurora", "Aurora, CO"),
        ("consult lake oswego", "Lake Oswego, OR"),
        ("female psychiatrist ketamine nw dc", "Washington area, DC"),
        ("ketamine overland pk", "Overland Park, KS"),
        ("premera, everett, iv or im", "Everett, WA"),
        ("cash only, how much boise", "Boise, ID"),
        ("abuela con dolor cronico, ketamina, laredo", "Laredo, TX"),
        ("mt lebanon ketamine", "Pittsburgh area, PA"),
        ("pgh spravato", "Pittsburgh, PA"),
    ],
)
def test_words_that_no_filter_answers_hide_no_place(text, place):
    assert interpreter.interpret(text).near.label == place


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("i want my old life back, virginia beach", "Virginia Beach, VA"),
        ("nerve pain since the surgery asheville", "Asheville, NC"),
    ],
)
def test_a_city_that_ends_a_question_is_preferred(text, place):
    understood = interpreter.interpret(text)
    assert (understood.near, understood.preferred.label) == (None, place)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("my friend austin loves ketamine, anything around des moines", "Des Moines, IA"),
        ("my wife brooklyn has depression, we live in erie pa", "Erie, PA"),
    ],
)
def test_the_place_where_somebody_is_counts_before_a_given_name(text, place):
    understood = interpreter.interpret(text)
    assert (understood.near or understood.preferred).label == place


@pytest.mark.parametrize("text", ["is ketamine right for my son austin", "savannah is my dog", "dr boise ketamine"])
def test_a_persons_name_alone_is_no_place(text):
    understood = interpreter.interpret(text)
    assert (understood.near, understood.preferred) == (None, None)


def test_a_denial_is_of_what_stands_behind_it_directly():
    understood = interpreter.interpret("im shot not iv queens ny")
    assert understood.near.label == "Queens (Flushing), NY"
    assert "sliding-scale" in interpreter.interpret("no money madison wi sliding scale").labels["payment"]


@pytest.mark.parametrize(
    ("text", "payer"),
    [
        ("selecthealth ketamine ogden utah", "select-health"),
        ("we have ambetter, ketamine clinic in naples fl", "ambetter"),
        ("takes upmc ketamine clinic pittsburgh", "upmc-health-plan"),
        ("horizon insurance spravato newark nj", "blue-cross-blue-shield"),
        ("apple health everett spravato", "medicaid"),
        ("workmans comp ketamine reno", "workers-compensation"),
        ("geha ketamine harrisburg pa", "geha"),
    ],
)
def test_insurers_of_one_state_and_of_federal_plans(text, payer):
    assert interpreter.interpret(text).labels["insurance"] == (payer,)


@pytest.mark.parametrize(
    "text",
    [
        "presbyterian church friend told me of a clinic in reno",
        "sharp pain ketamine clinic in reno",
        "horizon of my trip ketamine clinic in reno",
        "husky died, ketamine clinic in reno",
        "providence ketamine clinic",
        "workers comp denied me ketamine clinic in reno",
        "psychologist at upmc told me of a ketamine clinic in reno",
    ],
)
def test_names_of_insurers_in_other_meanings_are_none(text):
    assert "insurance" not in interpreter.interpret(text).labels


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("spravato clinic in reno, weeknights only", {"open_evenings": True}),
        ("ketamine clinic reno open after 5pm", {"open_evenings": True}),
        ("ketamine reno evenings after 6pm because i teach", {"open_evenings": True}),
        ("ketamine clinic reno appointments before 8 am", {"open_early": True}),
        ("ketamine reno early mornings", {"open_early": True}),
        ("troches by telemed, ketamine clinic in georgia", {"telehealth": True}),
        ("i work weeknights ketamine clinic in reno", {}),
        ("weeknights are hardest ketamine clinic in reno", {}),
        ("crying after 5 pm every day ketamine clinic in reno", {}),
        ("before 8 weeks pregnant ketamine clinic in reno", {}),
        ("on the computer all day ketamine clinic in reno", {}),
    ],
)
def test_times_that_the_flags_of_hours_answer(text, flags):
    assert interpreter.interpret(text).flags == flags


@pytest.mark.parametrize(
    ("text", "treatment"), [("infusions", "iv-infusion"), ("lozenges please", "oral"), ("spravto", "spravato")]
)
def test_a_treatment_alone_lists_who_offers_it_and_articles_lead(text, treatment):
    understood = interpreter.interpret(text)
    assert understood.labels == {"treatment": (treatment,)}
    assert not understood.seeks_clinics


@pytest.mark.parametrize("text", ["iv drip rate", "spravato side effects", "is kap worth it", "infusion day snacks"])
def test_a_treatment_beside_other_words_filters_nothing(text):
    assert not interpreter.interpret(text).has_filters


STORIES = """
need help understanding spravato and blood pressure
want to know if ketamine helps ocd
someone does not believe me about ptsd
looking for a place to cry
i need someone to talk to
who does ketamine work for
is there any difference between iv and im
does anyone have insomnia on ketamine
do you have to fast before ketamine
drive to work after ketamine
moving to a lower dose of ketamine
i cant pay by month anymore
and can pay 300 in rent only
my horse has a bad back
low dose ketamine daily
dr austin said ketamine is safe
ketamine nurse salary
workers comp lawyer in court
ptsd since moving to tampa
fear of driving to denver
spravato then drive to houston same day
my troches got stolen in chicago
troches confiscated in canada
drip stung in denver last week
do you take ketamine with cigna meds
who takes spravato every day
need iv fluids chicago
find dog sitter infusion day boise
ketamine in aurora borealis colors
ketamine in salem witch story
ketamine in carolina
sobra ketamina
old salem ketamine
speaking greek while on ketamine
polish doctors say no to ketamine
linea de crisis hablen español
numero de ayuda donde hablen español
dra molina ketamina
my doctor takes horizon pictures
workers comp lawyer ketamine denver
overdose rates ohio
meth use oregon
"""


@pytest.mark.parametrize("text", STORIES.strip().splitlines())
def test_the_same_words_in_a_story_ask_for_nothing(text):
    understood = interpreter.interpret(text)
    assert (understood.near, understood.labels, understood.flags) == (None, {}, {})
    assert (understood.price_min, understood.price_max) == (None, None)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("polish speaking doctor ketamine chicago", "polish"),
        ("clinic in miami for somebody who speaks haitian creole", "creole"),
        ("ketamine clinic fresno with hmong staff", "hmong"),
        ("nail polish smell ketamine clinic chicago", None),
        ("greek salad before an infusion clinic in chicago", None),
        ("danish design of the clinic in reno", None),
    ],
)
def test_languages_that_are_spoken(text, language):
    found = interpreter.interpret(text).labels.get("language", (None,))
    assert found[0] == language


def test_where_somebody_fought_is_not_where_he_looks():
    understood = interpreter.interpret("vietnam vet with ptsd in abilene tx, ketamine clinic")
    assert (understood.abroad, understood.near.label) == (None, "Abilene, TX")


@pytest.mark.parametrize("text", ["panic while driving to boston", "schedule a scan after iv tulsa"])
def test_a_way_to_a_city_and_what_comes_after_prefer_no_place(text):
    understood = interpreter.interpret(text)
    assert (understood.near, understood.preferred) == (None, None)
