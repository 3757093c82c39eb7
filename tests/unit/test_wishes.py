"""Wishes of clinics in everyday words, and beside a city that is only mentioned."""

import pytest

from indexing.places import Gazetteer
from indexing.taxonomy import Taxonomy
from search_api.query.understanding import Interpreter

interpreter = Interpreter(Taxonomy(), Gazetteer())


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("noisy spravato humana charlotte carpool", "Charlotte, NC"),
        ("vegan snacks iv ketamine omaha", "Omaha, NE"),
        ("ketamine plano migraine parking", "Plano, TX"),
        ("haitian creole ketamine quiet miami", "Miami, FL"),
        ("ketamine infusion after surgery tucson", "Tucson, AZ"),
        ("does cigna pay for ketamine in reno", "Reno, NV"),
        ("how much does ketamine cost in tulsa", "Tulsa, OK"),
    ],
)
def test_a_city_in_passing_is_preferred_and_nothing_filters(text, place):
    understood = interpreter.interpret(text)
    assert understood.near is None
    assert understood.preferred.label == place
    assert not understood.labels


@pytest.mark.parametrize("text", ["ketamine at its high point of the trip", "is ketamine safe", "in plano"])
def test_no_place_is_preferred_where_none_is_named_beside_ketamine(text):
    assert interpreter.interpret(text).preferred is None


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("soonercare spravato tulsa", {"insurance": ("medicaid",), "treatment": ("spravato",)}),
        ("highmark ketamine pittsburgh", {"insurance": ("blue-cross-blue-shield",)}),
        ("ketamine clinic installments tulsa", {"payment": ("financing",)}),
        ("ketamine for sciatica in boise", {"condition": ("neuropathic-pain",)}),
        ("stop drinking alcohol with ketamine in tampa", {"condition": ("substance-use",)}),
        ("urdu speaking ketamine in plano", {"language": ("urdu",)}),
        ("therapy in spanish near tampa", {"language": ("spanish",)}),
        ("ketamine clinic with russian staff in boston", {"language": ("russian",)}),
        ("ketamine reno vietnamese interpreter and quiet rooms clinic", {"language": ("vietnamese",)}),
        ("sign language ketamine clinic reno", {"language": ("american sign language",)}),
        ("clinica con interprete de lengua de señas en denver", {"language": ("american sign language",)}),
        ("psicoterapia asistida con ketamina austin", {"treatment": ("ketamine-assisted-psychotherapy",)}),
    ],
)
def test_everyday_names_of_payers_complaints_and_languages(text, labels):
    understood = interpreter.interpret(text)
    assert understood.labels == labels
    assert understood.near is not None
