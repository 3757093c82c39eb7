"""Declarations of fields, and what is derived from them."""

import subprocess
import sys
from datetime import UTC, date, datetime

import msgspec
import pytest

from indexing.fingerprints import SCHEMA
from indexing.schema.article import Article
from indexing.schema.clinic import Address, Clinic, ClinicFlags, Provider, ShownClinic
from indexing.schema.fields import always_given
from indexing.schema.openings import Hours
from indexing.schema.types import (
    CLASSES,
    FLAGS,
    LABELS,
    NUMBERS,
    filters_of,
    flags_of,
    label_fields,
    naming_labels,
    numbers_of,
)
from indexing.schema.values import Location, Verification
from indexing.taxonomy import FACETS, Taxonomy
from indexing.vocabularies import labels_of, value_of
from search_api.client import ClinicOrArticle
from search_api.pages.texts import every_sentence
from search_api.search.answers import ArticleHit, ClinicHit
from tests.conftest import ROOT

taxonomy = Taxonomy()
OF_THE_SERVICE_ALONE = {"explanation", "matched", "pinned"}
"""Fields of hits that the client leaves out."""

OPENINGS = ("open_weekends", "open_saturdays", "open_sundays", "open_evenings", "open_early")


def made(**fields):
    return Clinic(id="a", name="Lone Star", url="/a", **{"address": Address(), **fields})


def test_the_order_in_stamps_is_that_of_the_indexes_there_are():
    assert SCHEMA.labels == ("condition", "treatment", "insurance", "payment", "state", "city", "language", "tag")
    assert SCHEMA.flags[:2] == ("telehealth", "accepting_patients")
    assert SCHEMA.flags[2:] == OPENINGS


def test_types_are_filtered_by_what_they_declare():
    assert filters_of("article") == {"condition", "treatment", "tag"}
    assert filters_of("clinic") == {*LABELS, *FLAGS} - {"tag"}
    assert naming_labels() == {"provider", "language", "city", "state"}
    assert "provider" not in LABELS


def test_the_taxonomy_holds_the_labels_that_say_so():
    assert {name for name, spec in LABELS.items() if spec.vocabulary == "taxonomy"} == {*FACETS}


@pytest.mark.parametrize("kind", CLASSES)
def test_types_that_share_a_label_declare_it_alike(kind):
    assert all(LABELS[each.spec.name] == each.spec for each in label_fields(CLASSES[kind]) if each.spec.is_filter)


def test_values_are_read_where_they_stand():
    told = made(
        address=Address(city="San José", state="ca"),
        providers=(Provider("Ana Ruiz"), Provider("Bo Li")),
        languages=("Español", "spanish", "ASL"),
        insurance=("Aetna", "My own plan", "!"),
        treatments=(),
    )
    labels = labels_of(taxonomy, told, title="Lone Star", body="Depression, depression and depression.")
    assert labels["state"] == {"CA": "California"}
    assert labels["city"] == {"san jose": "San José"}
    assert labels["provider"] == {"ana ruiz": "Ana Ruiz", "bo li": "Bo Li"}
    assert labels["language"] == {"spanish": "spanish", "american sign language": "ASL"}
    assert labels["insurance"] == {"aetna": "Aetna", "my-own-plan": "My own plan"}
    assert labels["treatment"] == {}
    assert labels["condition"] == {"depression": "Depression"}
    assert [*labels][:4] == ["condition", "treatment", "insurance", "payment"]


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [("state", "Texas", "TX"), ("state", "tx", "TX"), ("city", "Austin", "austin"), ("tag", "Two Words", "two words")],
)
def test_callers_write_values_as_documents_do(name, text, value):
    assert value_of(taxonomy, name, text) == value


def test_numbers_are_seconds_dollars_and_degrees():
    checked = {"phone": Verification(date(2026, 1, 2)), "email": Verification(date(2026, 1, 1))}
    told = made(price_min=300.0, location=Location(30.5, -97.0), verified=checked)
    assert numbers_of(told) == {"price_min": 300.0, "lat": 30.5, "lng": -97.0, "checked_at": 1767312000.0}
    assert numbers_of(made()) == {}
    read = Article(id="a", title="A", body="", url="/a", published_at=datetime(2026, 1, 2, tzinfo=UTC), popularity=3.0)
    assert numbers_of(read) == {"published_at": 1767312000.0, "popularity": 3.0}
    assert {"price_min", "price_max", "published_at", "popularity", "lat", "lng", "checked_at"} == NUMBERS


def test_flags_are_known_of_everything_that_has_them():
    set_of = {"telehealth": True, "accepting_patients": True, **dict.fromkeys(OPENINGS, False)}
    assert flags_of(made(telehealth=True)) == set_of
    assert set(flags_of(ShownClinic())) == set(FLAGS)


@pytest.mark.parametrize(
    ("day", "opens", "closes", "is_open"),
    [
        ("monday", "09:00", "17:30", ()),
        ("saturday", "09:00", "20:00", ("open_weekends", "open_saturdays")),
        ("sunday", "07:00", "12:00", ("open_weekends", "open_sundays")),
        ("friday", "09:00", "18:00", ("open_evenings",)),
        ("friday", "20:00", "02:00", ("open_evenings",)),
        ("tuesday", "07:59", "08:30", ("open_early",)),
        ("tuesday", "08:00", "16:00", ()),
        ("wednesday", "00:00", "24:00", ("open_evenings", "open_early")),
    ],
)
def test_hours_say_when_a_clinic_is_open(day, opens, closes, is_open):
    flags = flags_of(made(hours=(Hours(day, opens, closes),)))
    assert tuple(name for name in OPENINGS if flags[name]) == is_open
    assert filters_of("article").isdisjoint(OPENINGS)


def test_answers_always_carry_what_is_declared():
    given = always_given(ClinicFlags)
    assert all(field.required for field in msgspec.structs.fields(given))
    required = {field.name for field in msgspec.structs.fields(ClinicHit) if field.required}
    assert required >= {field.name for field in msgspec.structs.fields(ShownClinic)}


def test_the_client_knows_every_field_of_a_hit():
    sent = {*ArticleHit.__struct_fields__, *ClinicHit.__struct_fields__}
    assert sent - {*ClinicOrArticle.__struct_fields__} == OF_THE_SERVICE_ALONE


def test_what_pages_offer_has_its_words():
    words = every_sentence()
    assert [name for name in FLAGS if f"flag-{name}" not in words] == []
    assert [name for name, spec in LABELS.items() if spec.is_offered and f"facet-{name}" not in words] == []


def test_declarations_need_msgspec_alone():
    script = (
        "import sys, indexing.schema.types\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} - {*sys.stdlib_module_names}))\n"
    )
    run = subprocess.run([sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{script}"], cwd=ROOT,
                         capture_output=True, text=True, check=True)  # fmt: skip
    assert set(eval(run.stdout)) <= {"indexing", "msgspec", "__main__", "_distutils_hack", "typing_extensions"}


def test_labels_are_in_the_order_of_their_fields():
    assert [each.path for each in label_fields(Article)] == [("tags",), ("conditions",), ("treatments",)]
