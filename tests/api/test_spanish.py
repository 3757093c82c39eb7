"""Every page in every state, read in Spanish: no sentence and no label of ours is in English."""

import re
from urllib.parse import parse_qs

import pytest
from selectolax.lexbor import LexborHTMLParser

from indexing.taxonomy import FACETS, Taxonomy
from search_api.pages.texts import Texts, every_label, every_sentence
from tests.conftest import article, clinic, index_all, store

SPANISH = {"Accept": "text/html", "Accept-Language": "es-MX,es;q=0.9,en;q=0.5"}
OWN = {"Sec-Fetch-Site": "same-origin"}
NAMED = ("aria-label", "alt", "title", "placeholder", "content")
STATES = [
    "/", "/?q=trauma", "/?q=trauma&type=article&page=9", "/?q=zzz", "/?q=heavy+metal+bands", "/?q=spravatto",
    "/?q=i+want+to+die", "/?q=quiero+morir", "/?q=chest+pain+after+ketamine", "/?q=clinic+near+me",
    "/?q=clinics+in+portland", "/?q=clinics+near+austin+that+take+new+patients", "/?q=trauma&interpret=false",
    "/?type=clinic", "/?type=clinic&near=Austin,+TX", "/?type=clinic&near=32.7,-97.1&radius_miles=80&area=map",
    "/?type=clinic&near=Dallas,+TX&radius_miles=250&sort=distance&verified=true&telehealth=true&price_min=100",
    "/?type=clinic&near=Austn,+TX", "/?type=clinic&sort=distance", "/?price_min=500&price_max=100&type=clinic",
    "/?q=iv+clinic+near+austin+that+takes+aetna+under+%24500+speaks+spanish+hsa+open+to+new+patients",
    "/?q=telehealth+ketamine+for+ptsd+in+texas+medicare+financing", "/?q=cheapest+ketamine+clinics",
    "/?condition=ptsd&treatment=iv-infusion&payment=financing&language=spanish&insurance=aetna&state=TX&near=78701",
    "/?q=ketamine&type=clinic&compare=dallas", "/compare", "/compare?compare=dallas&compare=aspen&compare=full",
    "/clinics/full?q=x&type=clinic", "/clinics/aspen", "/read/full?q=trauma&at=one", "/about/how", "/about/privacy",
    "/help/crisis", "/help/emergency", "/related?article=ptsd", "/related?clinic=full", "/related?article=full",
    "/nowhere", "/?tag=nothing", "/?type=clinic&page=2", "/?q=nearest+ketamine+clinic+dallas",
    "/?q=ketamine+clinic+in+austin+open+on+sundays",
]  # fmt: skip


@pytest.fixture
def whole(filled):
    """A site on which every part of every page has something to show."""
    dates = {"published_at": "2025-02-01T00:00:00Z", "updated_at": "2026-08-03T00:00:00Z"}
    reviewed = {"author": "A. Writer", "reviewed_by": "Dr. B. Reader", "reviewed_at": "2026-08-01T00:00:00Z"}
    body = "<h2>One</h2><p>Zebra trauma text.</p><h2>Two</h2><p>Quagga text.</p><h2>Three</h2><p>More.</p>"
    sources = [{"title": "A study", "url": "https://studies.example/1"}]
    slugs = {facet: [entry.slug for entry in Taxonomy().entries(facet)] for facet in FACETS}
    store(
        filled.parts,
        "article",
        article("full", "Zebras", body, sources=sources, conditions=["ptsd"], **dates, **reviewed)
        | {"url": "/read/full"},
    )
    store(
        filled.parts,
        "clinic",
        clinic(
            "full", "Full Clinic", "Dallas", "TX", "75201", description="We listen to you and take our time with it.",
            treatments=slugs["treatment"], conditions=slugs["condition"], insurance=slugs["insurance"],
            payment=slugs["payment"], languages=["English", "Spanish", "Arabic", "American Sign Language"],
            phone="(512) 555-0100", website="https://clinic.example/", email="a@clinic.example", telehealth=True,
            price_min=400, price_max=500, providers=[{"name": "Mira", "credentials": "MD"}],
            hours=[{"day": "monday", "opens": "09:00", "closes": "17:00"}], npi="1234567893",
            rems_certified={"on": "2026-10-01"}, verified={"phone": {"on": "2024-11-01", "by": "clinic"}},
        ),
        *(clinic(f"more-{n}", f"More {n}", "Houston", "TX", "77002", price_min=300 + n) for n in range(12)),
    )  # fmt: skip
    index_all(filled.parts)
    return filled


def in_another_language(node):
    while node is not None:
        if node.tag in {"script", "style"} or (node.tag != "html" and node.attributes.get("lang") not in {None, "es"}):
            return True
        node = node.parent
    return False


def said(html):
    """All that a reader of Spanish sees or hears: pieces of text, and names in attributes."""
    for node in LexborHTMLParser(html).root.traverse(include_text=True):
        if in_another_language(node):
            continue
        if node.tag == "-text":
            text = " ".join(node.text_content.split())
            yield from (text, *text.split(" · "), *re.split(r" · |, |; ", text))
        elif node.tag == "ketamine-search" or node.attributes.get("data-search") is None:
            names = node.attributes.keys() if node.tag == "ketamine-search" else {*NAMED, *data_names(node)}
            yield from (node.attributes.get(name) or "" for name in names)


def data_names(node):
    return {name for name in node.attributes if name.startswith("data-") and name not in {"data-places", "data-area"}}


def english():
    """Patterns of all sentences that are other ones in Spanish, and all labels that are."""
    for key, (en, es) in every_sentence().items():
        if en != es and re.sub(r"\{\w+\}|\W", "", en):
            yield key, re.compile(re.sub(r"\\\{\w+\\\}", ".+?", re.escape(en)))
    for name, labels in every_label().items():
        yield from ((f"{name} {value}", re.compile(re.escape(en))) for value, (en, es) in labels.items() if en != es)


ENGLISH = list(english())


def found_in(html, words=""):
    """English among what is said, but for the visitor's own words."""
    pieces = {piece.strip().replace(words or "\0", "«»") for piece in said(html)} - {""}
    return {(key, piece) for piece in pieces for key, pattern in ENGLISH if pattern.fullmatch(piece)}


@pytest.mark.parametrize("path", STATES)
def test_no_page_holds_an_english_sentence_or_label(whole, path):
    answer = whole.client.get(path, headers=SPANISH)
    assert '<html lang="es">' in answer.text
    words = parse_qs(path.partition("?")[2]).get("q", [""])[0]
    assert found_in(answer.text, words) == set()


def test_errors_and_thanks_are_in_spanish_too(whole):
    thanks = whole.client.post("/clinics/full/report", data={"reason": "closed"}, headers={**SPANISH, **OWN})
    assert "Gracias" in thanks.text
    assert found_in(thanks.text) == set()
    for status in (401, 404, 429, 503):
        from search_api.pages.site import Frame, Site
        from search_api.pages.trouble import trouble_page

        assert found_in(trouble_page(status, Frame(Site("Sitio"), Texts("es")))) == set()


def test_the_pages_together_say_most_of_what_there_is_to_say(whole):
    """Else the pages above would be too few to find what is English."""
    spoken = {piece.strip() for path in STATES for piece in said(whole.client.get(path, headers=SPANISH).text)}
    keys = [(key, es) for key, (en, es) in every_sentence().items() if en != es]
    patterns = {key: re.compile(re.sub(r"\\\{\w+\\\}", ".+?", re.escape(es))) for key, es in keys}
    silent = {key for key, pattern in patterns.items() if not any(map(pattern.fullmatch, spoken))}
    assert len(silent) < len(patterns) / 4, sorted(silent)


def test_english_is_found_where_it_is(whole):
    text = whole.client.get("/clinics/full", headers={"Accept": "text/html"}).text.replace('lang="en"', 'lang="es"')
    keys = {key for key, _ in found_in(text)}
    assert {"clinic-cost", "treatment iv-infusion", "language spanish", "checked-long-ago"} <= keys


def test_labels_are_those_of_the_taxonomy():
    taxonomy, labels = Taxonomy(), every_label()
    for facet in FACETS:
        for entry in taxonomy.entries(facet):
            if facet != "insurance":
                assert labels[facet][entry.slug][0] == entry.label
