"""Pages for what could not be answered; each says what to do, and whom to call in a crisis."""

from search_api.pages.rendering import render
from search_api.pages.site import Frame
from search_api.safety.language import Language
from search_api.safety.notices import Notice, built_in_notices


def trouble_page(status: int, frame: Frame) -> str:
    """The page of an error in the visitor's language. Raises KeyError for a status without a text."""
    texts = frame.texts
    heading = texts(f"status-{status}-title")
    return render(
        "trouble.html",
        frame,
        title=f"{heading} · {frame.site.name}",
        heading=heading,
        text=texts(f"status-{status}-text"),
        notice=_line(texts.language),
        may_search=status != 401,
    )


def _line(language: Language) -> Notice:
    built_in = built_in_notices()["crisis" if language == "en" else f"crisis-{language}"]
    return Notice(built_in.kind, built_in.line, "", built_in.links[:2], built_in.kind, "line", language)
