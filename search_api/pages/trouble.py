"""Pages for what could not be answered; each tells in one line whom to call in a crisis."""

from search_api.pages.rendering import render
from search_api.safety.language import Language, preferred
from search_api.safety.notices import Notice, built_in_notices

_TEXTS: dict[tuple[int, Language], tuple[str, str]] = {
    (404, "en"): ("There is nothing here", "The page may have moved."),
    (404, "es"): ("Aquí no hay nada", "Es posible que la página se haya movido."),
    (429, "en"): ("Too many searches at once", "Please wait a minute, then try again."),
    (429, "es"): ("Demasiadas búsquedas a la vez", "Espere un minuto e intente de nuevo."),
    (503, "en"): ("The search cannot answer at the moment", "Please try again in a minute."),
    (503, "es"): ("La búsqueda no puede responder en este momento", "Intente de nuevo en un minuto."),
}


def trouble_page(status: int, accept_language: str) -> str:
    """The page of an error in the visitor's language. Raises KeyError for a status without a text."""
    language = preferred(accept_language)
    heading, text = _TEXTS[status, language]
    return render("trouble.html", title=heading, heading=heading, text=text, language=language, notice=_line(language))


def _line(language: Language) -> Notice:
    built_in = built_in_notices()["crisis" if language == "en" else f"crisis-{language}"]
    return Notice(built_in.kind, built_in.line, "", built_in.links[:2], built_in.kind, "line", language)
