"""The invented clinics show what listings can tell, and what they may lack."""

from deploy.sample.clinics import clinics
from indexing.cards import Check
from indexing.documents import parse_document
from search_api.search.listings import checked_of


def parsed():
    for each in clinics(300):
        found = parse_document("clinic", {name: value for name, value in each.items() if name != "type"})
        assert found.warnings == ()
        yield found.document


def test_they_speak_ten_languages_and_some_tell_no_hours():
    found = list(parsed())
    assert len({language for clinic in found for language in clinic.languages}) >= 10
    assert 100 < sum(bool(clinic.hours) for clinic in found) < 300


def test_some_were_checked_lately_some_long_ago_and_some_never():
    checks = [
        checked_of({name: Check(each.on, each.by) for name, each in clinic.verified.items()}) for clinic in parsed()
    ]
    assert sum(check is None for check in checks) > 50
    assert sum(check is not None and check.is_current for check in checks) > 100
    assert sum(check is not None and not check.is_current for check in checks) > 20
