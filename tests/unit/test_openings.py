"""When a clinic is to be open, as searches say it."""

import pytest

from indexing.places import Gazetteer
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
        ("ketamine clinic plano appointments after 6:30 pm", {"open_evenings"}),
        ("early morning infusions spokane before work", {"open_early"}),
        ("clinica de ketamina abierta los sábados en laredo", {"open_saturdays"}),
        ("spravato en houston que atiendan los domingos", {"open_sundays"}),
        ("citas de ketamina los fines de semana en el paso", {"open_weekends"}),
        ("ketamina después del trabajo en austin", {"open_evenings"}),
    ],
)
def test_when_a_clinic_is_to_be_open_is_understood(text, wanted):
    understood = interpreter.interpret(text)
    assert {name for name, is_set in understood.flags.items() if is_set} == wanted
    assert understood.near is not None


@pytest.mark.parametrize(
    "text",
    [
        "weekend workshop at a ketamine clinic in austin",
        "weekend retreat ketamine denver",
        "ketamine clinic closed on sundays denver",
        "ketamine clinic not open on saturdays denver",
        "evening or weekend appointments at a clinic in boston",
        "clinic for pain after work injury in denver",
        "doctor for sunday anxiety in denver",
        "clinic for saturday night drinking in tampa",
        "clinic in tampa for early onset depression",
    ],
)
def test_other_words_of_days_and_times_ask_for_no_hours(text):
    assert not interpreter.interpret(text).flags


def test_words_of_hours_leave_what_stands_beside_them():
    understood = interpreter.interpret("weekend ketamine infusions el paso under $400")
    assert understood.labels == {"treatment": ("iv-infusion",)}
    assert understood.near.label == "El Paso, TX"
    assert understood.price_max == 400
    assert interpreter.interpret("ketamine clinic not open on mondays reno").near.label == "Reno, NV"
