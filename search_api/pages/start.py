"""The start page: two doors, subjects, and common questions."""

from typing import Any

from search_api.pages.rendering import render
from search_api.pages.site import Frame
from search_api.pages.state import PageState


def start_page(frame: Frame, base: str) -> str:
    """The page; `base` is the address under which visitors reach us."""
    texts = frame.texts
    return render(
        "start.html",
        frame,
        title=frame.site.name,
        data=_linked(frame, base),
        learn=PageState(q=texts("door-learn-query"), type="article").address(),
        topics=[(each, PageState(q=each.words, type="article").address()) for each in texts.topics()],
        questions=[(text, PageState(q=text).address()) for text in texts.questions()],
        articles=PageState(type="article").address(),
    )


def _linked(frame: Frame, base: str) -> dict[str, Any]:
    """The site and how it is searched, for search engines."""
    return {
        "@context": "https://schema.org",
        "@type": "WebSite",
        "name": frame.site.name,
        "url": f"{base}/",
        "inLanguage": ["en", "es"],
        "potentialAction": {
            "@type": "SearchAction",
            "target": {"@type": "EntryPoint", "urlTemplate": f"{base}/?q={{search_term_string}}"},
            "query-input": "required name=search_term_string",
        },
    }
