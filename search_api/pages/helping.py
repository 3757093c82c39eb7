"""The built-in help pages, and the pages about the search."""

from search_api.pages.rendering import render
from search_api.pages.site import Frame
from search_api.pages.texts import Texts
from search_api.safety.help_pages import Page, built_in_page
from search_api.safety.language import LANGUAGES

_NAMES = {"en": "English", "es": "Español"}


def help_page(page: Page, frame: Frame) -> str:
    """A page with its numbers as buttons, its sections, and the same page in the other language."""
    others = [
        (other, _NAMES[other], f"/help/{page.name}?lang={other}")
        for other in LANGUAGES
        if other != page.language and built_in_page(page.name, other)
    ]
    own = Frame(frame.site, Texts(page.language))
    return render("help.html", own, title=f"{page.title} · {frame.site.name}", page=page, others=others)


def about_page(name: str, frame: Frame) -> str | None:
    """A page about the search in the visitor's language; None where there is none of this name."""
    about = frame.texts.about(name)
    if about is None:
        return None
    return render("about.html", frame, title=f"{about.title} · {frame.site.name}", about=about)
