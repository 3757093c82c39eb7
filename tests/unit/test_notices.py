import pytest

from search_api.search.notices import Notices

notices = Notices()


def due(text):
    return [notice.id for notice in notices.due(text)]


@pytest.mark.parametrize(
    "text",
    [
        "want to die", "i want to kill myself", "suicidal tonight", "sucidal thoughts", "end my life",
        "i dont want to be here anymore", "I don't want to live", "suicide", "better off dead", "i want to kil myself",
        "im going to end it", "i feel like dying", "wish i wasnt alive",
        "suicidal ideation treatment with Spravato",
    ],
)  # fmt: skip
def test_a_crisis_is_never_missed(text):
    assert "crisis" in due(text)


@pytest.mark.parametrize(
    "text", ["killer migraine", "ketamine cost", "is it normal to cry", "depression", "die hard fan", ""]
)
def test_ordinary_questions_raise_no_alarm(text):
    assert due(text) == []


@pytest.mark.parametrize(
    "text",
    ["can i mix ketamine with xanax", "ketamine while pregnant", "took an extra lozenge", "spravato and alcohol"],
)
def test_risky_questions_get_the_clinicians_notice(text):
    assert "clinician" in due(text)
