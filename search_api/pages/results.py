"""The results page: what was found, what was understood, and how to change either. Works without JavaScript."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from indexing.documents import DocumentType
from indexing.taxonomy import Taxonomy
from search_api.pages.chips import chips_of
from search_api.pages.close import close_groups
from search_api.pages.facets import filter_form
from search_api.pages.hits import Presenter, reading_address
from search_api.pages.map import ClinicMap, map_of
from search_api.pages.numbering import numbered
from search_api.pages.questions import related_questions
from search_api.pages.rendering import render
from search_api.pages.site import Frame
from search_api.pages.state import PageState, without_distance
from search_api.pages.texts import Texts
from search_api.pages.wishes import Wishes, wishes_of
from search_api.safety.language import Language
from search_api.safety.notices import Notice
from search_api.search.answers import SearchAnswer
from search_api.search.requests import RESULT_WINDOW


class Found(Struct, frozen=True):
    """What came of a search; without an answer there is trouble to tell."""

    answer: SearchAnswer | None
    tab: DocumentType | None = None
    """The only type that is shown; None shows both, help first."""
    trouble: str = ""
    """Key of what to tell beside or in place of the answer."""
    detail: str = ""
    around: str = ""
    """The city by which a person knows the point that was chosen; empty where a place was named."""
    places: Sequence[str] = ()
    """Places that may be meant by one that is not known."""

    def beside(self, trouble: str, *, detail: str = "", places: Sequence[str] = ()) -> "Found":
        """The same with what was wrong with the request; that nothing can be found at all weighs more."""
        if self.answer is None:
            return self
        return msgspec.structs.replace(self, trouble=trouble, detail=detail, places=places)

    def with_answer(self, answer: SearchAnswer) -> "Found":
        """The same with another answer."""
        return msgspec.structs.replace(self, answer=answer)


class Tab(Struct, frozen=True):
    """One type: how many there are, and where they are shown."""

    type: DocumentType
    text: str
    count: int
    address: str
    is_shown: bool


def results_page(
    state: PageState, found: Found, taxonomy: Taxonomy, frame: Frame, *, notices: Sequence[Notice] = ()
) -> str:
    """The whole page."""
    answer, texts = found.answer, frame.texts
    understood: Mapping[str, Any] = answer.query.interpreted if answer else {}
    words = (answer.query.corrected if answer else None) or state.q
    wishes = wishes_of(state, understood)
    presenter = Presenter(state, wishes, taxonomy, texts)
    close = close_groups(state, answer, taxonomy, texts)
    hits = [presenter.hit(each) for each in answer.hits] if answer else []
    return render(
        "results.html",
        frame,
        state=state,
        answer=answer,
        found=found,
        words=words,
        notices=notices,
        in_need=any(notice.leads_to_help for notice in notices),
        understood=understood,
        title=f"{words} · {frame.site.name}" if words else f"{texts('page-title')} · {frame.site.name}",
        heading=_heading(state, found, words, texts),
        hits=hits,
        map=_map(state, found, hits),
        map_search=state.address(type="clinic", near="", radius_miles=None, sort=without_distance(state.sort)),
        close=[(group, [presenter.clinic(each) for each in group.hits]) for group in close],
        lead=answer.answer if answer else None,
        lead_address=reading_address(answer.answer.url, state) if answer and answer.answer else "",
        is_confident=answer.confident if answer else True,
        tabs=list(_tabs(state, found, texts)),
        form=_form(state, found, words, wishes, taxonomy, texts),
        chips=list(chips_of(state, answer, taxonomy, texts)),
        elsewhere=_elsewhere(state, understood),
        questions=_questions(words, found, texts.language),
        cleared=PageState(q=state.q, type=state.type).address(),
        count=count_of(found, texts),
        **_numbering(state, answer),
    )


def _map(state: PageState, found: Found, hits: Sequence[Mapping[str, Any]]) -> ClinicMap | None:
    if found.answer is None or found.tab != "clinic":
        return None
    return map_of(hits, (state.page - 1) * found.answer.per_page + 1, state.map_area)


def count_of(found: Found, texts: Texts) -> str:
    """How much was found, in words."""
    total = found.answer.total if found.answer else 0
    if not total and found.answer is not None and found.answer.relaxed:
        return texts("count-close")
    return texts.count(f"count-{found.tab or 'both'}", total) if total else texts("count-none")


def _heading(state: PageState, found: Found, words: str, texts: Texts) -> str:
    count = count_of(found, texts)
    return texts("count-for", count=count, text=words) if state.q else count


def _form(state: PageState, found: Found, words: str, wishes: Wishes, taxonomy: Taxonomy, texts: Texts) -> Any:
    answer = found.answer
    return filter_form(
        state,
        words,
        answer.query.interpreted if answer else {},
        wishes,
        answer.facets if answer else {},
        taxonomy,
        texts,
        point=_point(state, found.around, texts),
        of_articles=found.tab == "article",
    )


def _point(state: PageState, around: str, texts: Texts) -> str:
    """What stands for a point in the field for a place."""
    if not state.is_of_a_point:
        return ""
    name = "area" if state.map_area else "point"
    return texts(f"near-{name}", place=around) if around else texts(f"near-{name}-alone")


def _elsewhere(state: PageState, understood: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Other cities of the name that was given, with the address of the search there."""
    near = {} if state.near else understood.get("near", {})
    return [(label, state.address(near=label)) for label in near.get("alternatives", ())]


def _tabs(state: PageState, found: Found, texts: Texts) -> Iterator[Tab]:
    """Each type, articles first, so that nothing moves from search to search."""
    answer = found.answer
    if answer is None or not answer.totals:
        return
    for kind in sorted(answer.totals):
        text = texts(f"{kind}s")
        yield Tab(kind, text, answer.totals[kind], state.address(type=kind), found.tab == kind)


def _questions(words: str, found: Found, language: Language) -> list[tuple[str, str]]:
    answer = found.answer
    if answer is None or not words or found.tab == "clinic" or not answer.hits:
        return []
    related = related_questions(words, [hit.id for hit in answer.hits], language)
    return [(text, PageState(q=text).address()) for text in related]


def _numbering(state: PageState, answer: SearchAnswer | None) -> dict[str, Any]:
    pages = -(-min(answer.total, RESULT_WINDOW) // answer.per_page) if answer else 0
    numbers = [(number, state.address(page=number) if number else "") for number in numbered(state.page, pages)]
    return {
        "pages": pages,
        "numbers": numbers,
        "previous": state.address(page=state.page - 1) if 1 < state.page <= pages else "",
        "next": state.address(page=state.page + 1) if state.page < pages else "",
    }
