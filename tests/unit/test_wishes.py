"""Wishes of clinics in everyday words, and beside a city that is only mentioned."""

import pytest

from indexing.places import Gazetteer
from indexing.taxonomy import Taxonomy
from search_api.query.understanding import Interpreter

interpreter = Interpreter(Taxonomy(), Gazetteer())


@pytest.mark.parametrize(
    ("text", "place", "labels"),
    [
        ("noisy spravato humana charlotte carpool", "Charlotte, NC", {"treatment", "insurance"}),
        ("vegan snacks iv ketamine omaha", "Omaha, NE", {"treatment"}),
        ("polite spravato ann arbor medicare", "Ann Arbor, MI", {"treatment", "insurance"}),
        ("ketamine plano migraine parking", "Plano, TX", {"condition"}),
        ("haitian creole ketamine quiet miami", "Miami, FL", {"language"}),
        ("ketamine versus ect fresno humana", "Fresno, CA", set()),
        ("ketamine infusion after surgery tucson", "Tucson, AZ", set()),
        ("does cigna pay for ketamine in reno", "Reno, NV", set()),
        ("how much does ketamine cost in tulsa", "Tulsa, OK", set()),
    ],
)
def test_wishes_beside_a_city_in_passing_are_kept_where_nothing_asks_to_read(text, place, labels):
    understood = interpreter.interpret(text)
    assert understood.near is None
    assert understood.preferred.label == place
    assert understood.labels.keys() == labels


@pytest.mark.parametrize("text", ["ketamine at its high point of the trip", "is ketamine safe", "in plano"])
def test_no_place_is_preferred_where_none_is_named_beside_ketamine(text):
    assert interpreter.interpret(text).preferred is None


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("apple health spravato seattle", {"insurance": ("medicaid",), "treatment": ("spravato",)}),
        ("highmark ketamine pittsburgh", {"insurance": ("blue-cross-blue-shield",)}),
        ("ketamine clinic installments tulsa", {"payment": ("financing",)}),
        ("ketamine for sciatica in boise", {"condition": ("neuropathic-pain",)}),
        ("stop drinking with ketamine in tampa", {"condition": ("substance-use",)}),
        ("urdu speaking ketamine in plano", {"language": ("urdu",)}),
        ("sign language ketamine clinic reno", {"language": ("american sign language",)}),
        ("clinica con interprete de lengua de señas en denver", {"language": ("american sign language",)}),
        ("psicoterapia asistida con ketamina austin", {"treatment": ("ketamine-assisted-psychotherapy",)}),
    ],
)
def test_everyday_names_of_payers_complaints_and_languages(text, labels):
    understood = interpreter.interpret(text)
    assert understood.labels == labels
    assert understood.near is not None
