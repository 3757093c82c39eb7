"""Listings of the same place are found, and neighbours are left alone."""

import pytest

from indexing.documents import Clinic, parse_document
from indexing.duplicates import find_duplicates, phone_digits
from indexing.redaction import MAX_CHARACTERS, redacted
from tests.conftest import clinic


def listing(id: str, name: str, **fields: object) -> Clinic:
    document = parse_document("clinic", clinic(id, name, **fields)).document
    assert isinstance(document, Clinic)
    return document


def place(street: str, zip: str = "78701", city: str = "Austin") -> dict[str, object]:
    return {"address": {"street": street, "city": city, "state": "TX", "zip": zip}}


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [
        ({"name": "Calm Waters Ketamine"}, {"name": "Calm Waters Ketamine Clinic, LLC"}, True),
        ({"name": "Calm Waters"}, {"name": "Still Waters"}, False),
        ({"name": "A One", "phone": "(512) 555-0101"}, {"name": "B Two", "phone": "+1 512.555.0101 ext. 4"}, True),
        ({"name": "A", **place("100 North Main Street")}, {"name": "B", **place("100 N. Main St.")}, True),
        ({"name": "A", **place("100 Main St Suite 2")}, {"name": "B", **place("100 Main St #300")}, False),
        ({"name": "A", **place("100 Main St")}, {"name": "B", **place("102 Main St")}, False),
        ({"name": "Calm Waters"}, {"name": "Calm Waters", **place("1 Elm St", "75201", "Dallas")}, False),
        ({"name": "Calm Waters"}, {"name": "Calm Waters", "status": "draft"}, False),
    ],
)
def test_two_listings_are_one_place_or_two(one: dict[str, object], other: dict[str, object], is_one: bool) -> None:
    pair = [listing("a", str(one.pop("name")), **one), listing("b", str(other.pop("name")), **other)]
    assert bool(find_duplicates(pair, distinct=frozenset())) is is_one
    assert find_duplicates(pair, distinct=frozenset({("a", "b")})) == []


def test_the_one_checked_last_is_shown_then_the_fullest() -> None:
    check = {"verified": {"phone": {"on": "2026-01-01"}}}
    group = [
        listing("a", "Calm Waters", description="Long and full", email="a@b.example"),
        listing("b", "Calm Waters", **check),
    ]
    assert [each.shown for each in find_duplicates(group, distinct=frozenset())] == ["b"]
    assert [each.shown for each in find_duplicates([group[0], listing("c", "Calm Waters")], distinct=frozenset())] == [
        "a"
    ]


def test_the_phone_of_a_chain_makes_no_duplicates() -> None:
    chain = [listing(f"c{n}", f"Chain {n}", phone="800-555-0100") for n in range(8)]
    assert find_duplicates(chain, distinct=frozenset()) == []


@pytest.mark.parametrize(
    ("text", "digits"), [("", ""), ("911", ""), ("+1 (512) 555 0101", "5125550101"), ("+44 20 7946 0000", "")]
)
def test_phones_are_compared_by_their_digits(text: str, digits: str) -> None:
    assert phone_digits(text) == digits


@pytest.mark.parametrize(
    ("text", "private"),
    [
        ("call me at 512-555-0199 please", "0199"),
        ("call (512) 555 0199", "555"),
        ("my cell is five one two five five five oh one nine nine", "five one two"),
        ("mail jane.doe+x@example.co.uk", "jane"),
        ("jane dot doe at gmail dot com", "gmail"),
        ("jane (at) example.org", "jane"),
        ("I live at 1200 West Elm Avenue Apt 4B, Austin", "Elm"),
        ("P.O. Box 443", "443"),
        ("vivo en Calle Ocho 1234", "Ocho"),
        ("my name is Jane Doe and they were rude", "Jane"),
        ("me llamo Juana Pérez", "Juana"),
        ("see https://evil.example/x?y=1", "evil"),
        ("see evil-site.com/me", "evil"),
        ("ssn 123456789", "123456789"),
        ("patient number 48812", "48812"),
        ("I am @janedoe there", "janedoe"),
        ("I am Rosa Whitfield and they were rude", "Rosa"),
        ("I’m Dr. Paul O'Neill, nobody answers", "Neill"),
        ("hi, it's wanda here, the number rings out", "wanda"),
        ("This is Tomasz Nowak from Dallas", "Nowak"),
        ("closed. Signed by Ivy van der Berg", "Ivy"),
        ("it moved. Thanks, Priya", "Priya"),
        ("soy Inés de la Torre, cerró", "Torre"),
        ("Habla Joaquín Ruiz", "Joaqu"),
        ("cerrado. Atentamente, Lucía", "Luc"),
        ("mail ｉｎｅｓ＠ｅｘａｍｐｌｅ．ｏｒｇ", "ines"),
        ("call ６０２ ５５５ ０１７７", "0177"),
        ("write to wa.me/rosa or m.vk.ru/rosa", "rosa"),
        ("call six zero two 555 0177", "six zero two"),
        ("call 602 cinco cinco cinco 0177", "cinco"),
    ],
)
def test_what_tells_who_wrote_is_taken_out(text: str, private: str) -> None:
    assert private.lower() not in redacted(text).lower()


@pytest.mark.parametrize(
    "text",
    [
        *("They charged $650 and not $450.", "It moved two years ago.", "No acepta Aetna.", "Open 9 to 5"),
        *(
            "I am tired of calling",
            "I'm a patient",
            "I AM TIRED",
            "This is wrong and/or old, open 24/7",
            "it's right here",
        ),
        *("Soy paciente, estoy cansada", "Thanks, they moved", "It is Tuesday only", "I'm on Medicare", "I signed up"),
        *("soy ético", "2 or 3 sessions at $400, 5 or 6 at $350", "nobody is here", "Gracias, cerraron"),
    ],
)
def test_what_a_report_is_about_stays(text: str) -> None:
    assert redacted(text) == text


def test_a_report_is_short() -> None:
    assert len(redacted("word " * 1_000)) <= MAX_CHARACTERS
