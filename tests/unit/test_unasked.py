"""Searches that ask for no filter of the kind whose words they use: a story, another meaning, a denial."""

import pytest

from indexing.places import Gazetteer
from indexing.taxonomy import Taxonomy
from search_api.query.understanding import Interpreter

interpreter = Interpreter(Taxonomy(), Gazetteer())

HOURS = """
i babysit on weekends ketamine clinic omaha
my kids are loud on saturdays clinic in reno
we fight on sundays ketamine clinic boise
he drinks on saturdays clinic near mesa
she cries at night ketamine clinic fresno
felt great on sunday after ketamine clinic tucson
crashed on saturday ketamine clinic tulsa
lost my job on saturday ketamine doctor akron
church on sundays ketamine clinic macon
kids visits weekends ketamine clinic reno
football on saturdays and ketamine clinic lincoln
long weekends make me low ketamine clinic dayton
weekend migraines ketamine clinic toledo
weekend dad ketamine clinic spokane
weekend warrior injury ketamine clinic provo
wedding weekend ketamine clinic savannah
labor day weekend ketamine clinic dallas
weekend hangover infusion clinic austin
saturday panic ketamine clinic wichita
sunday scaries ketamine clinic seattle
sunday school teacher ketamine clinic mobile alabama
saturday job ketamine clinic denver
black friday to sunday sale ketamine clinic denver
evening panic ketamine clinic raleigh
evening primrose oil and ketamine clinic boston
evening dose of lithium ketamine clinic tampa
every evening i cry ketamine clinic miami
evenings are worst ketamine clinic memphis
evenings alone depression clinic louisville
night terrors ketamine clinic richmond
night shift nurse ketamine clinic albany
night sweats since infusion clinic portland oregon
up all night ketamine clinic newark
late night thoughts ketamine clinic houston
late period ketamine clinic houston
late stage cancer pain ketamine clinic houston
late for appointments ketamine clinic houston
late appointments annoyed me at a clinic in houston
late cancellation fee ketamine clinic houston
too late for ketamine clinic houston
early menopause depression ketamine clinic austin
early onset dementia ketamine clinic austin
early morning dread ketamine clinic austin
early morning waking ketamine clinic austin
woke early ketamine clinic austin
early appointments made me dizzy clinic austin
early response to ketamine clinic austin
i throw up before work ketamine clinic mesa
anxious before work ketamine clinic mesa
before work accident ketamine clinic mesa
exhausted after work ketamine clinic mesa
after work drinks and ketamine clinic mesa
after school program near ketamine clinic mesa
after hours bar fight trauma clinic mesa
clinic near after hours pharmacy mesa
open wound on saturday ketamine clinic mesa
open marriage weekends therapy clinic mesa
i was open on saturday with my therapist ketamine clinic mesa
my eyes were open at night during infusion clinic mesa
open heart surgery on sunday ketamine clinic mesa
my appointment on saturday went badly ketamine clinic mesa
had an appointment on sunday at a clinic in mesa and felt sick
missed saturday appointment ketamine clinic mesa
forgot sunday appointment at ketamine clinic mesa
hate weekend appointments ketamine clinic mesa
no weekend appointments ketamine clinic mesa
not open weekends ketamine clinic mesa
never open on sundays ketamine clinic mesa
isn't open on saturdays ketamine clinic mesa
closed on saturdays ketamine clinic mesa
closed saturday, sunday ketamine clinic mesa
closed fridays and saturdays ketamine clinic mesa
closed mornings and evenings ketamine clinic mesa
evening or saturday appointments ketamine clinic mesa
saturday/evening appointments ketamine clinic mesa
weekends or evenings ketamine clinic mesa
cry 7 days a week ketamine clinic mesa
use ketamine seven days a week rehab clinic mesa
dosing every day ketamine clinic mesa
no food after 8 pm ketamine clinic mesa
ketamine clinic mesa appointments after 7 pm
ketamine clinic mesa open until 9 pm
ketamine clinic mesa open before 7 am
awake until 4 am ketamine clinic mesa
party on the weekend ketamine mesa
ketamine on saturday night mesa
ketamine on weekends mesa
rave weekend ketamine miami
driving after work ketamine mesa
"""

HOURS_IN_SPANISH = """
lloro los domingos clinica de ketamina en miami
lloro todos los sabados clinica de ketamina en miami
trabajo los sabados clinica de ketamina en houston
trabajo los fines de semana clinica ketamina dallas
trabajo de noche clinica de ketamina en houston
mi mama murio el domingo clinica de ketamina en houston
mi hijo bebe los sabados clinica de ketamina en houston
mi esposo toma los fines de semana clinica de ketamina en houston
me emborracho los sabados clinica de ketamina en houston
me deprimo los domingos clinica de ketamina en houston
me duele la cabeza los domingos clinica de ketamina en houston
me senti mal el sabado clinica de ketamina en houston
me senti peor el fin de semana clinica de ketamina en houston
tristeza los domingos ketamina tampa
depresion los domingos ketamina tampa
panico los sabados ketamina tampa
dolor los fines de semana ketamina tampa
migrañas el fin de semana clinica de ketamina en tampa
insomnio toda la semana clinica de ketamina en tampa
dolor toda la semana clinica de ketamina en tampa
cansada toda la semana clinica de ketamina en tampa
deprimido los siete dias clinica de ketamina en tampa
ansiedad en la noche clinica de ketamina en tampa
ansiedad por la tarde clinica de ketamina en tampa
pesadillas en la noche clinica de ketamina en tampa
no duermo de noche clinica de ketamina en tampa
llanto por la noche clinica de ketamina en tampa
llego cansado despues del trabajo clinica de ketamina en tampa
bebo despues del trabajo clinica de ketamina en tampa
dolor despues de trabajar clinica de ketamina en tampa
ansiedad antes del trabajo clinica de ketamina en tampa
vomito antes de trabajar clinica de ketamina en tampa
llegue tarde a la cita clinica de ketamina en tampa
perdi la cita del sabado clinica de ketamina en tampa
perdi mi cita del domingo clinica de ketamina en tampa
mi cita el sabado fue horrible clinica de ketamina en tampa
tuve una cita el domingo y me senti mal clinica de ketamina en tampa
cancelaron mi cita del sabado clinica de ketamina en tampa
cerrado los domingos clinica de ketamina en tampa
cerrada los sabados clinica de ketamina en tampa
no abren los domingos clinica de ketamina en tampa
no atienden los sabados clinica de ketamina en tampa
no abierto los fines de semana clinica de ketamina en tampa
sin citas los sabados clinica de ketamina en tampa
misa los domingos clinica de ketamina en el paso
futbol los sabados clinica de ketamina en el paso
fiesta el fin de semana ketamina el paso
fiesta de sabado ketamina miami
salgo los sabados clinica de ketamina en el paso
visito a mi hija los domingos clinica de ketamina en el paso
cuido a mis nietos los fines de semana clinica de ketamina en el paso
infusion el sabado que puedo comer clinica de ketamina en el paso
tengo infusion el domingo clinica de ketamina en el paso
mi infusion fue el sabado clinica de ketamina en el paso
despierto temprano con ansiedad clinica de ketamina en el paso
me despierto temprano clinica de ketamina en el paso
menopausia temprana clinica de ketamina en el paso
tarde o temprano necesito clinica de ketamina en el paso
es tarde para mi clinica de ketamina en el paso
domingo de pascua clinica de ketamina en el paso
viernes y sabado de fiesta clinica de ketamina en el paso
ketamina los sabados en la disco el paso
herida abierta el domingo clinica de ketamina en el paso
fui honesto y abierto en la noche clinica de ketamina en el paso
"""

LABELS = [
    ("french fries craving ketamine clinic boston", "language"),
    ("german shepherd service dog ketamine clinic boston", "language"),
    ("italian food near ketamine clinic boston", "language"),
    ("korean war veteran ketamine clinic boston", "language"),
    ("vietnamese coffee before infusion clinic boston", "language"),
    ("japanese knotweed and ketamine clinic boston", "language"),
    ("portuguese water dog ketamine clinic boston", "language"),
    ("persian cat allergy ketamine clinic boston", "language"),
    ("swahili lessons ketamine clinic boston", "language"),
    ("family apple health plan ketamine spokane clinic", "insurance"),
    ("centennial care home ketamine clinic denver", "insurance"),
    ("healthy connections in marriage ketamine clinic denver", "insurance"),
    ("turquoise care bracelet ketamine clinic denver", "insurance"),
    ("child care credit ketamine clinic denver", "payment"),
    ("home care credits ketamine clinic denver", "payment"),
    ("bone health savings ketamine clinic denver", "payment"),
    ("quit drinking coffee ketamine clinic denver", "condition"),
    ("stop drinking fluids ketamine clinic denver", "condition"),
    ("ketamina a domicilio en tampa", "treatment"),
]

TELEHEALTH = [
    "zoom lens photographer ketamine clinic boston",
    "thoughts zoom by on ketamine clinic boston",
    "can't focus on zoom meetings ketamine clinic boston",
    "skype interview after infusion clinic boston",
    "facetime with my sister during infusion clinic boston",
    "video games and ketamine clinic boston",
    "video of my infusion clinic boston",
    "video chat with my dad during infusion clinic boston",
]


@pytest.mark.parametrize("text", [*HOURS.split("\n")[1:-1], *HOURS_IN_SPANISH.split("\n")[1:-1], *TELEHEALTH])
def test_words_of_hours_and_calls_in_other_meanings_ask_for_no_flag(text):
    assert not interpreter.interpret(text).flags


@pytest.mark.parametrize(("text", "facet"), LABELS)
def test_words_of_payers_languages_and_complaints_in_other_meanings_filter_nothing(text, facet):
    assert facet not in interpreter.interpret(text).labels


@pytest.mark.parametrize(
    "text",
    [
        "lake county ketamine",
        "they pierce county ketamine",
        "stephen king county ketamine",
        "maricopa county jail ketamine",
        "travis county ia ketamine",
        "bucks county tn ketamine clinic",
        "wayne county pa ketamine",
        "orange county ny ketamine",
        "hiking in the woodlands ketamine",
        "harris county court ketamine",
        "ketamine denver co worker died",
        "ketamine cleveland oh brother",
        "yo yo ma boston ma concert ketamine",
    ],
)
def test_places_that_may_not_be_meant_filter_nothing(text):
    understood = interpreter.interpret(text)
    assert understood.near is None


@pytest.mark.parametrize(
    "text",
    [
        "iv ketamine ruined my week tulsa",
        "sick of spravato omaha",
        "ketamine bad idea for ptsd reno",
        "my cousin in ohio loved spravato then moved to memphis",
        "humana denied ketamine again tulsa",
        "medicare nonsense ketamine wichita",
    ],
)
def test_a_story_beside_a_city_in_passing_filters_nothing(text):
    understood = interpreter.interpret(text)
    assert understood.near is None
    assert not understood.labels
    assert not understood.flags


REFUSED = """
cigna wont pay for iv ketamine, cash clinics in charlotte
aetna denied me ketamine clinic tampa
humana rejected my claim ketamine clinic mesa
kaiser no me cubre la ketamina clinica en oakland
tricare refused, ketamine provider near san antonio
medicaid doesnt cover it ketamine clinic toledo
cigna did not approve spravato clinic in omaha
"""


@pytest.mark.parametrize("text", REFUSED.strip().splitlines())
def test_who_does_not_pay_is_no_wish(text):
    assert "insurance" not in interpreter.interpret(text).labels


HAD = """
had my first infusion on sunday in mesa and feel worse
i did spravato and it failed, looking for a ketamine clinic in portland oregon
tried spravato twice ketamine clinic in boise
i was in a clinical trial for depression that failed, ketamine clinic durham
did iv infusions last year, ketamine clinic in fort worth
i did telehealth ketamine and hated it want a real clinic in nashville
"""


@pytest.mark.parametrize("text", HAD.strip().splitlines())
def test_what_was_had_is_no_wish(text):
    understood = interpreter.interpret(text)
    assert "treatment" not in understood.labels
    assert "payment" not in understood.labels
    assert "telehealth" not in understood.flags


PAID = """
paid $3000 at a clinic in vegas and felt nothing
they charged me $700 at a ketamine clinic in orlando is it normal
me cobraron 700 dolares en una clinica de orlando
i was quoted $900 by a clinic in tampa
spent 4000 dollars on ketamine in denver
"""


@pytest.mark.parametrize("text", PAID.strip().splitlines())
def test_what_was_paid_is_no_limit(text):
    assert interpreter.interpret(text).price_max is None


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("born in mexico living in phoenix need depression help ketamine", "Phoenix, AZ"),
        ("i live in phoenix now, born in mexico, ketamine clinic", "Phoenix, AZ"),
        ("grew up in india ketamine clinic in fremont california", "Fremont, CA"),
        ("soy de colombia, clinica de ketamina en orlando", "Orlando, FL"),
        ("i moved from boston to denver need a new ketamine clinic", "Denver, CO"),
        ("grew up in detroit now in phoenix with bad ptsd ketamine", "Phoenix, AZ"),
        ("lived in chicago for years, ketamine clinic in milwaukee", "Milwaukee, WI"),
        ("just moved from tulsa ketamine clinic", "Tulsa, OK"),
        ("ketamine clinic 20 minutes from tucson", "Tucson, AZ"),
    ],
)
def test_where_somebody_comes_from_is_not_where_he_looks(text, place):
    understood = interpreter.interpret(text)
    assert understood.abroad is None
    assert understood.near is not None
    assert understood.near.label == place


@pytest.mark.parametrize(
    ("text", "abroad"), [("ketamine clinic in toronto", "Toronto"), ("clinica de ketamina en mexico", "Mexico")]
)
def test_who_looks_abroad_is_told(text, abroad):
    assert (interpreter.interpret(text).abroad or "").startswith(abroad)


@pytest.mark.parametrize(
    "text",
    [
        "we can't afford 900 for an infusion clinic",
        "no podemos pagar 700, clinica de ketamina",
        "they want me to pay 650 ketamine clinic",
        "my sister can only pay 120 ketamine clinic",
        "i can pay 300 every 2 weeks ketamine clinic",
    ],
)
def test_what_is_too_much_or_somebody_elses_money_is_no_limit(text):
    understood = interpreter.interpret(text)
    assert (understood.price_min, understood.price_max) == (None, None)


@pytest.mark.parametrize(
    "text",
    [
        "itching, flushing, ketamine",
        "Sydney, my niece, has ptsd",
        "Savannah, mi hija, tiene depresion",
        "i am outside reading and crying, depressed",
        "golden gate bridge jumper depression",
        "superior",
        "flushing",
    ],
)
def test_a_name_or_a_word_between_commas_or_alone_is_no_place(text):
    assert interpreter.interpret(text).near is None


@pytest.mark.parametrize(
    "text",
    ["i've had cigna for 4 years ketamine clinic", "we have had cigna since may, clinic"],
)
def test_an_insurer_that_one_still_has_is_a_wish(text):
    assert interpreter.interpret(text).labels.get("insurance") == ("cigna",)
