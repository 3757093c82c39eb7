"""English or Spanish, by small words: enough to answer somebody in the language in which they ask for help."""

from functools import cache
from typing import Literal, get_args

from search_api.safety.tokens import words_file, words_in_order

Language = Literal["en", "es"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
DEFAULT: Language = "en"


@cache
def small_words(language: Language) -> frozenset[str]:
    """The small words of a language."""
    return frozenset((words_file().spanish if language == "es" else words_file().english).split())


@cache
def _small_words() -> dict[str, int]:
    """+1 for words of Spanish, -1 for words of English; words of both say nothing."""
    spanish, english = small_words("es"), small_words("en")
    return dict.fromkeys(spanish - english, 1) | dict.fromkeys(english - spanish, -1)


def language_of(text: str, *, spanish_words: frozenset[str] = frozenset()) -> Language | None:
    """The language of a text, or None where it does not tell. `spanish_words` are further words of Spanish alone."""
    small = _small_words()
    score = sum(small.get(word, 1 if word in spanish_words else 0) for word in words_in_order(text))
    score += 2 * any(sign in text for sign in "ñ¿¡Ñ")
    return None if score == 0 else "es" if score > 0 else "en"


def preferred(accept_language: str) -> Language:
    """The first of ours in an `Accept-Language` header; English where there is none."""
    ranked: list[tuple[float, Language]] = []
    for part in accept_language.split(",")[:20]:
        name, _, parameters = part.strip().lower().partition(";")
        language = next((known for known in LANGUAGES if name.split("-")[0] == known), None)
        if language is not None:
            ranked.append((_quality(parameters), language))
    best = max(ranked, key=lambda pair: pair[0], default=(0.0, DEFAULT))
    return best[1] if best[0] > 0 else DEFAULT


def _quality(parameters: str) -> float:
    try:
        return float(parameters.strip().removeprefix("q=")) if parameters.strip() else 1.0
    except ValueError:
        return 0.0


def chosen(wanted: str, accept_language: str) -> Language:
    """What a visitor asked for by name, else what the browser prefers."""
    return next((known for known in LANGUAGES if wanted == known), None) or preferred(accept_language)
