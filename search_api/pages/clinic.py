"""The page of a clinic, and up to three clinics side by side."""

from collections.abc import Iterator, Sequence
from typing import Any, get_args

from indexing.content.listings import Reason
from indexing.taxonomy import Facet, Taxonomy
from search_api.pages.flags import flag_rows
from search_api.pages.hits import checked, dialled, directions, dollars, where
from search_api.pages.labels import languages_of, said
from search_api.pages.listing import PublicClinic, linked_clinic
from search_api.pages.map import map_of
from search_api.pages.rendering import render
from search_api.pages.site import Frame
from search_api.pages.state import PageState
from search_api.pages.texts import Texts
from search_api.safety.language import DEFAULT, language_of

REASONS: tuple[str, ...] = get_args(Reason)


def clinic_page(
    clinic: PublicClinic, state: PageState, taxonomy: Taxonomy, frame: Frame, *, base: str, is_reported: bool = False
) -> str:
    """Everything that is known of a clinic; `state` is the search that led here."""
    return render(
        "clinic.html",
        frame,
        title=f"{clinic.name} · {frame.site.name}",
        canonical=clinic.url if clinic.url.startswith("http") else f"{base}{clinic.detail_url}",
        data=linked_clinic(clinic, taxonomy, f"{base}{clinic.detail_url}"),
        clinic=_shown(clinic, taxonomy, frame.texts),
        back="" if state.is_start else state.address(page=state.page),
        state=state,
        compare=_compared(state, clinic.id),
        map=map_of([{"type": "clinic", "title": clinic.name, "location": clinic.location}], 1),
        report=f"{clinic.detail_url}/report",
        reasons=REASONS,
        is_reported=is_reported,
    )


def compare_page(clinics: Sequence[PublicClinic], state: PageState, taxonomy: Taxonomy, frame: Frame) -> str:
    """A row for each thing that is compared, a column for each clinic."""
    texts = frame.texts
    shown = [_shown(clinic, taxonomy, texts) for clinic in clinics]
    return render(
        "compare.html",
        frame,
        title=f"{texts('compare-title')} · {frame.site.name}",
        clinics=[(each, _without(state, each["id"])) for each in shown],
        rows=list(_rows(shown, texts)),
        back=state.address(page=state.page),
    )


def _compared(state: PageState, id: str) -> str:
    chosen = tuple(dict.fromkeys((*state.compare, id)))[-3:]
    return state.address("/compare", page=state.page, compare=chosen)


def _without(state: PageState, id: str) -> str:
    return state.address("/compare", page=state.page, compare=tuple(each for each in state.compare if each != id))


def _shown(clinic: PublicClinic, taxonomy: Taxonomy, texts: Texts) -> dict[str, Any]:
    def labels(facet: Facet, slugs: Sequence[str]) -> list[str]:
        return [said(taxonomy, texts, facet, slug) for slug in slugs]

    return {
        "id": clinic.id,
        "name": clinic.name,
        "detail_url": clinic.detail_url,
        "url": clinic.url,
        "where": where(clinic.address),
        "phone": clinic.phone,
        "dial": dialled(clinic.phone),
        "email": clinic.email,
        "website": clinic.website,
        "directions": directions(clinic.address),
        "paragraphs": clinic.description.split("\n") if clinic.description else [],
        "written_in": language_of(clinic.description) or DEFAULT,
        "treatments": labels("treatment", clinic.treatments),
        "conditions": labels("condition", clinic.conditions),
        "insurance": labels("insurance", clinic.insurance),
        "payment": labels("payment", clinic.payment),
        "price": dollars(texts, clinic.price_min, clinic.price_max),
        "flags": list(flag_rows(texts, clinic)),
        "providers": [", ".join(filter(None, (each.name, each.credentials))) for each in clinic.providers],
        "languages": languages_of(texts, clinic.languages),
        "hours": list(_hours(clinic, texts)),
        "checked": checked(texts, clinic.checked),
        "npi": clinic.npi,
        "rems": texts("rems", date=texts.day(clinic.rems_certified)) if clinic.rems_certified else "",
    }


def _hours(clinic: PublicClinic, texts: Texts) -> Iterator[tuple[str, str]]:
    """Each day with its openings."""
    for day in dict.fromkeys(each.day for each in clinic.hours):
        open_on = [each for each in clinic.hours if each.day == day]
        yield texts(f"day-{day}"), ", ".join(f"{texts.hour(each.opens)}–{texts.hour(each.closes)}" for each in open_on)


def _rows(shown: Sequence[dict[str, Any]], texts: Texts) -> Iterator[tuple[str, list[str]]]:
    """What is compared, in words; a thing that no listing tells is left out."""
    listed = {"insurance": "no-insurance", "price": "no-price"}
    for name in ("price", "insurance", "payment", "treatments", "conditions", "languages", "providers", "where"):
        values = [", ".join(each[name]) if not isinstance(each[name], str) else each[name] for each in shown]
        if any(values):
            key = {"where": "clinic-address"}.get(name, f"clinic-{name}")
            yield texts(key), [value or texts(listed.get(name, "not-listed")) for value in values]
    for told in zip(*(each["flags"] for each in shown), strict=True):
        yield told[0][0], [value for _, value in told]
    yield texts("clinic-checked"), [each["checked"]["text"] for each in shown]
