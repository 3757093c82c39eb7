"""Payers, payments, treatments, complaints and orders in everyday words; and words like them that wish nothing."""

import pytest

from indexing.places import Gazetteer
from indexing.taxonomy import Taxonomy
from search_api.query.understanding import Interpreter

interpreter = Interpreter(Taxonomy(), Gazetteer())


@pytest.mark.parametrize(
    ("text", "payers"),
    [
        ("washington apple health ketamine clinic tacoma", ("medicaid",)),
        ("oregon health plan ketamine clinic eugene oregon", ("medicaid",)),
        ("forwardhealth spravato clinic madison", ("medicaid",)),
        ("uhc community plan spravato clinic tampa", ("medicaid",)),
        ("hmsa ketamine clinic honolulu", ("blue-cross-blue-shield",)),
        ("bcbstx ketamine in waco", ("blue-cross-blue-shield",)),
        ("untied health care ketamine clinic tulsa", ("united-healthcare",)),
        ("sigma insurance ketamine clinic austin", ("cigna",)),
        ("meritain ketamine clinic dayton", ("aetna",)),
        ("champva spravato clinic boise", ("va",)),
        ("i used to have cigna but now i have anthem, ketamine clinic in dayton", ("blue-cross-blue-shield",)),
        ("my husband has tricare and i have aetna, ketamine clinic in el paso", ("aetna",)),
        ("my mom has medicare, need a ketamine clinic for her in tampa", ("medicare",)),
        ("mi esposo tiene medicare pero yo tengo humana, clinica de ketamina en ocala", ("humana",)),
        ("aceptan cigna en raleigh?", ("cigna",)),
        ("aetna", ("aetna",)),
        ("ketamine with humana", ("humana",)),
    ],
)
def test_payers_by_all_their_names(text, payers):
    assert interpreter.interpret(text).labels["insurance"] == payers


@pytest.mark.parametrize(
    "text",
    [
        "lost my medicaid, ketamine clinic macon georgia",
        "dropped our kaiser plan, ketamine clinic in fresno",
        "we were on cigna, ketamine clinic in fresno",
        "antes tenia aetna, clinica de ketamina en tucson",
        "sigma male ketamine clinic austin",
        "good signal in the waiting room clinic austin",
        "iehp ketamine clinic riverside",
        "aetna cover ketamine",
        "medicaid coverage",
        "insurance",
        "va",
        "va ketamine",
    ],
)
def test_no_payer_that_was_had_and_none_by_other_words(text):
    assert "insurance" not in interpreter.interpret(text).labels


@pytest.mark.parametrize(
    ("text", "payment"),
    [
        ("clinic with fsa card reno", "hsa-fsa"),
        ("gastos flexibles ketamina en miami", "hsa-fsa"),
        ("clinica segun mis ingresos en laredo", "sliding-scale"),
        ("pay what i can ketamine clinic reno", "sliding-scale"),
        ("ketamina meses sin intereses en miami", "financing"),
        ("pagos mensuales spravato en laredo", "financing"),
        ("clinical trails ketamine clinic reno", "clinical-trial"),
    ],
)
def test_payment_in_words(text, payment):
    assert interpreter.interpret(text).labels["payment"] == (payment,)


@pytest.mark.parametrize(
    "text",
    [
        "flex schedule ketamine clinic reno",
        "monthly migraines ketamine clinic reno",
        "hiking trails ketamine clinic reno",
    ],
)
def test_no_payment_by_words_like_these(text):
    assert "payment" not in interpreter.interpret(text).labels


@pytest.mark.parametrize(
    ("text", "treatment"),
    [
        ("ketamine gummies by mail, montana", "oral"),
        ("pastillas de ketamina en casa en miami", "oral"),
        ("ketamine psychotherapy in asheville", "ketamine-assisted-psychotherapy"),
        ("k.a.p. clinic asheville", "ketamine-assisted-psychotherapy"),
        ("ketamina con psicologo en miami", "ketamine-assisted-psychotherapy"),
        ("nasal ketamine clinic in boise", "spravato"),
        ("spray veto clinic boise", "spravato"),
        ("clinica inyeccion en el brazo, stockton", "im-injection"),
        ("don't want spravato. iv ketamine clinic in reno", "iv-infusion"),
    ],
)
def test_treatments_in_words(text, treatment):
    assert interpreter.interpret(text).labels["treatment"] == (treatment,)


@pytest.mark.parametrize(
    "text",
    [
        "gummies made me sick ketamine clinic reno",
        "my therapist and i looked for a ketamine clinic in asheville",
        "no spravato or iv ketamine clinic in reno",
    ],
)
def test_no_treatment_by_words_like_these(text):
    assert "treatment" not in interpreter.interpret(text).labels


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("drinking a lot, ketamine clinic in reno", "substance-use"),
        ("cocaine cravings clinic, toledo", "substance-use"),
        ("morphine stopped working, pain clinic in reno", "opioid-resistant-pain"),
        ("la morfina ya no me sirve, ketamina en miami", "opioid-resistant-pain"),
        ("trigeminal neuralgia ketamine, tulsa", "neuropathic-pain"),
        ("postpartum depression clinic, reno", "depression"),
    ],
)
def test_complaints_in_lay_words(text, condition):
    assert condition in interpreter.interpret(text).labels["condition"]


@pytest.mark.parametrize(
    "text", ["drinking a lot of water before a visit clinic in reno", "drinking too much coffee ketamine clinic reno"]
)
def test_no_complaint_by_words_like_these(text):
    assert "condition" not in interpreter.interpret(text).labels


@pytest.mark.parametrize(
    ("text", "sort"),
    [
        ("cheapest", "price"),
        ("prices low to high ketamine clinics reno", "price"),
        ("clinic in reno sorted by price", "price"),
        ("clinica mas economica en reno", "price"),
        ("clinicas de ketamina en reno ordenadas por precio", "price"),
        ("newly opened clinics in reno", "newest"),
        ("clinics that just opened in reno", "newest"),
        ("la mas cerca de modesto", "distance"),
        ("my mood is low to high all day clinic reno", None),
        ("just opened up to my wife about a ketamine clinic in reno", None),
    ],
)
def test_orders_in_words(text, sort):
    assert interpreter.interpret(text).sort == sort


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("i can afford about 300 a visit clinic in reno", 300),
        ("budget 350 ketamine provo", 350),
        ("puedo pagar 200 dolares por sesion en houston", 200),
        ("maximo 300 dolares, clinica de ketamina en dallas", 300),
        ("can i pay 300 a month at a clinic in reno", None),
        ("i could only pay 400 at a clinic in reno", 400),
        ("i can pay 300 a month at a clinic in reno", None),
        ("willing to spend 200 hours driving to a clinic in reno", None),
    ],
)
def test_what_can_be_paid_at_once_is_the_highest_price(text, price):
    assert interpreter.interpret(text).price_max == price


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("ketamine clinic in reno preferably on a saturday", {"open_saturdays": True}),
        ("ketamine clinic in reno, ideally evenings", {"open_evenings": True}),
        ("clinica de ketamina en reno, de preferencia los sabados", {"open_saturdays": True}),
        ("i drink preferably on saturdays ketamine clinic in reno", {}),
        ("clinica abierta despues de las 6 en miami", {}),
    ],
)
def test_days_that_are_preferred(text, flags):
    assert interpreter.interpret(text).flags == flags
