"""When a clinic is to be open, as searches say it."""

import pytest

from indexing.places import Gazetteer
from indexing.schema.openings import Hours, is_open_early
from indexing.taxonomy import Taxonomy
from search_api.query.understanding import Interpreter

interpreter = Interpreter(Taxonomy(), Gazetteer())


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("ketamine clinic in tampa open on saturdays", {"open_saturdays"}),
        ("saturday infusions reno", {"open_saturdays"}),
        ("spravato open sunday memphis", {"open_sundays"}),
        ("ketamine clinic open saturdays and sundays boise", {"open_saturdays", "open_sundays"}),
        ("clinic in omaha open seven days a week", {"open_saturdays", "open_sundays"}),
        ("clinic with saturday or sunday appointments in fresno", {"open_weekends"}),
        ("weekend iv ketamine appointments in mesa", {"open_weekends"}),
        ("evening and weekend hours ketamine clinic seattle", {"open_evenings", "open_weekends"}),
        ("spravato after work hours richmond", {"open_evenings"}),
        ("ketamine doctor open late in tucson", {"open_evenings"}),
        ("early morning appointments spokane ketamine", {"open_early"}),
        ("ketamine clinic in spokane that opens early", set()),
        ("ketamine clinic open early in spokane", {"open_early"}),
        ("before work appointments spravato tulsa", {"open_early"}),
        ("open on saturdays ketamine clinic reno", {"open_saturdays"}),
        ("ketamine reno open on saturdays", {"open_saturdays"}),
        ("is there a ketamine clinic open on sunday in mesa", {"open_sundays"}),
        ("i need a ketamine clinic in mesa open weekends", {"open_weekends"}),
        ("ketamine mesa for my mom, open on weekends", {"open_weekends"}),
        ("weekend appointments ketamine clinic toledo", {"open_weekends"}),
        ("toledo ketamine clinic with weekend hours", {"open_weekends"}),
        ("can't take days off, so saturday appointments at a clinic in toledo", {"open_saturdays"}),
        ("no insurance weekend appointments ketamine toledo", {"open_weekends"}),
        ("without referral evening appointments ketamine toledo", {"open_evenings"}),
        ("saturday evening appointments ketamine toledo", {"open_saturdays"}),
        ("open saturday and sunday ketamine toledo", {"open_saturdays", "open_sundays"}),
        ("saturday or sunday slots ketamine toledo", {"open_weekends"}),
        ("evening appointments ketamine akron", {"open_evenings"}),
        ("ketamine clinic akron available evenings", {"open_evenings"}),
        ("akron spravato open late", {"open_evenings"}),
        ("after work appointments ketamine akron", {"open_evenings"}),
        ("ketamine clinic akron appointments after work", {"open_evenings"}),
        ("after hours appointments ketamine clinic akron", {"open_evenings"}),
        ("late appointments ketamine akron medicaid", {"open_evenings"}),
        ("ketamine clinic akron takes humana and open on saturdays", {"open_saturdays"}),
        ("ketamine clinic akron open every day", {"open_saturdays", "open_sundays"}),
        ("clinic open weekends near me", {"open_weekends"}),
        ("clinica de ketamina abierta los sábados en laredo", {"open_saturdays"}),
        ("spravato en houston que atiendan los domingos", {"open_sundays"}),
        ("citas de ketamina los fines de semana en el paso", {"open_weekends"}),
        ("citas después del trabajo ketamina en austin", {"open_evenings"}),
        ("citas los sábados ketamina en austin", {"open_saturdays"}),
        ("abierto los domingos clínica de ketamina en austin", {"open_sundays"}),
        ("clínica de ketamina con citas el fin de semana en austin", {"open_weekends"}),
        ("clínicas que abren los sábados en austin", {"open_saturdays"}),
        ("atienden los domingos ketamina austin", {"open_sundays"}),
        ("horario nocturno clínica de ketamina austin", {"open_evenings"}),
        ("clínica de ketamina abierta sábados y domingos en austin", {"open_saturdays", "open_sundays"}),
    ],
)
def test_when_a_clinic_is_to_be_open_is_understood(text, wanted):
    understood = interpreter.interpret(text)
    assert {name for name, is_set in understood.flags.items() if is_set} == wanted
    assert understood.near or understood.preferred or understood.place_wanted


@pytest.mark.parametrize(
    "text",
    [
        "weekend workshop at a ketamine clinic in austin",
        "weekend retreat ketamine denver",
        "ketamine clinic closed on sundays denver",
        "ketamine clinic not open on saturdays denver",
        "evening or weekend appointments at a clinic in boston",
        "clinic in tampa for early onset depression",
        "ketamine clinic plano appointments after 6:30 pm",
        "early morning infusions spokane before work",
        "ketamina después del trabajo en austin",
    ],
)
def test_what_no_flag_answers_and_what_is_no_wish_ask_for_no_hours(text):
    assert not interpreter.interpret(text).flags


def test_words_of_hours_leave_what_stands_beside_them():
    understood = interpreter.interpret("weekend ketamine infusions el paso under $400")
    assert understood.labels == {"treatment": ("iv-infusion",)}
    assert understood.near.label == "El Paso, TX"
    assert understood.price_max == 400
    assert interpreter.interpret("ketamine clinic not open on mondays reno").near.label == "Reno, NV"


@pytest.mark.parametrize(
    ("opens", "closes", "is_early"),
    [("07:30", "15:00", True), ("08:00", "15:00", False), ("00:00", "03:00", False), ("00:00", "00:00", True)],
)
def test_a_clinic_is_open_early_where_it_is_open_between_five_and_eight(opens, closes, is_early):
    assert is_open_early([Hours("monday", opens, closes)]) is is_early
