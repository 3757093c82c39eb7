"""The page on which a visitor says what is wrong with a listing, in English and Spanish; it needs no script."""

from collections.abc import Mapping
from typing import Literal

from search_api.pages.rendering import render
from search_api.safety.language import Language

Step = Literal["asking", "wrong", "sent"]

_REASONS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "wrong_phone": "The phone number",
        "closed": "It has closed",
        "moved": "It has moved",
        "wrong_price": "The price",
        "wrong_insurance": "The insurance",
        "other": "Something else",
    },
    "es": {
        "wrong_phone": "El número de teléfono",
        "closed": "Está cerrada",
        "moved": "Se mudó",
        "wrong_price": "El precio",
        "wrong_insurance": "El seguro médico",
        "other": "Otra cosa",
    },
}
_WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "search": "Search",
        "title": "Something wrong with a listing?",
        "reason": "What is wrong",
        "text": "Anything to add (at most 300 characters)",
        "private": "Please leave out who you are: we keep no names, numbers or addresses.",
        "send": "Tell the editors",
        "sent": "Thank you. The editors look at it.",
        "wrong": "Choose what is wrong, and add at most 300 characters.",
    },
    "es": {
        "search": "Buscar",
        "title": "¿Hay un error en una ficha?",
        "reason": "Qué está mal",
        "text": "Algo que añadir (300 caracteres como máximo)",
        "private": "No escriba quién es usted: no guardamos nombres, números ni direcciones.",
        "send": "Avisar a los editores",
        "sent": "Gracias. Los editores lo revisarán.",
        "wrong": "Elija qué está mal y añada 300 caracteres como máximo.",
    },
}


def report_page(language: Language, *, id: str, name: str, step: Step, text: str = "") -> str:
    """The page as HTML: the form for a listing, with what was typed before, or the thanks for a report."""
    words = _WORDS[language]
    return render(
        "report.html",
        title=words["title"],
        language=language,
        words=words,
        reasons=_REASONS[language],
        listing={"id": id, "name": name},
        step=step,
        text=text,
    )
