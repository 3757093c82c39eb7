"""What somebody is told who looks for a clinic outside the United States."""

from collections.abc import Mapping

from search_api.query.interpretation import Interpretation
from search_api.safety.language import Language
from search_api.safety.notices import Notice

_TITLES: Mapping[Language, str] = {
    "en": "We list clinics in the United States",
    "es": "Mostramos clínicas de los Estados Unidos",
}
_BODIES: Mapping[Language, str] = {
    "en": "You named {}, and we know no clinics there. Name a US city, state or ZIP code to see clinics; the articles "
    "are for readers everywhere.",
    "es": "Usted nombró {}, y no conocemos clínicas allí. Escriba una ciudad, un estado o un código postal de los "
    "Estados Unidos para ver clínicas; los artículos son para quien los lea en cualquier lugar.",
}


def abroad_notices(understood: Interpretation, language: Language) -> list[Notice]:
    """One notice where the place is abroad: no clinic is listed there, and articles are for everybody."""
    if understood.abroad is None:
        return []
    body = _BODIES[language].format(understood.abroad)
    return [Notice(id="outside-us", title=_TITLES[language], body=body, links=(), language=language)]
