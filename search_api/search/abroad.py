"""What somebody is told who looks for a clinic outside the United States."""

from search_api.query.interpretation import Interpretation
from search_api.safety.notices import Notice


def abroad_notices(understood: Interpretation) -> list[Notice]:
    """One notice where the place is abroad: no clinic is listed there, and articles are for everybody."""
    if understood.abroad is None:
        return []
    body = (
        f"You named {understood.abroad}, and we know no clinics there. Name a US city, state or ZIP code to see "
        "clinics; the articles are for readers everywhere."
    )
    return [Notice(id="outside-us", title="We list clinics in the United States", body=body, links=())]
