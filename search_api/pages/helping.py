"""The built-in help pages."""

from search_api.pages.rendering import render
from search_api.safety.help_pages import Page, built_in_page
from search_api.safety.language import LANGUAGES

_NAMES = {"en": "English", "es": "Español"}


def help_page(page: Page) -> str:
    """A page with its numbers as buttons, its sections, and the same page in the other language."""
    others = [
        (other, _NAMES[other], f"/help/{page.name}?lang={other}")
        for other in LANGUAGES
        if other != page.language and built_in_page(page.name, other)
    ]
    return render("help.html", title=f"{page.title} · The Ketamine Channel", page=page, others=others)
