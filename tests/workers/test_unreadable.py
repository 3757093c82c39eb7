"""Documents that an earlier version accepted and that today's rules refuse: each stands alone."""

import json

import pytest

from indexing.cards import ClinicCard
from indexing.engines.retrieval import Retrieval
from indexing.queries import parse_keywords
from tests.conftest import article, clinic, index_all, rebuild_next, store
from workers.doctor import examine


def stored_before_the_rule(parts, kind, document, **fields):
    """Store a document with a payload that an earlier version would have accepted."""
    store(parts, kind, document)
    with parts.database.write() as connection:
        from sqlalchemy import select, update

        from indexing.content.tables import documents

        where = documents.c.type == kind, documents.c.id == document["id"]
        payload = json.loads(connection.execute(select(documents.c.payload).where(*where)).scalar_one())
        for path, value in fields.items():
            *parents, last = path.split("__")
            target = payload
            for parent in parents:
                target = target[parent]
            target[last] = value
        connection.execute(update(documents).where(*where).values(payload=json.dumps(payload).encode()))


REFUSED_TODAY = [
    ("article", article("bad", "Bad"), {"url": "#"}),
    ("article", article("bad", "Bad"), {"title": ""}),
    ("article", article("bad", "Bad"), {"published_at": "yesterday"}),
    ("clinic", clinic("bad", "Bad"), {"address__state": "Texas"}),
    ("clinic", clinic("bad", "Bad"), {"price_min": -1}),
]


@pytest.mark.parametrize(("kind", "document", "fields"), REFUSED_TODAY)
def test_an_unreadable_document_is_set_aside_alone_with_its_reason(parts, kind, document, fields):
    make = article if kind == "article" else clinic
    store(parts, kind, make("before", "Neighbour before"))
    stored_before_the_rule(parts, kind, document, **fields)
    store(parts, kind, make("after", "Neighbour after"))
    index_all(parts)
    found = parts.engine.retrieve({kind: Retrieval(keywords=parse_keywords("neighbour"))})[kind]
    assert sorted(found.ids) == ["after", "before"]
    (failure,) = parts.outbox.failed()
    assert failure.id == "bad"
    assert next(iter(fields)).split("__")[-1] in failure.error
    assert "send it again" in failure.error
    assert parts.outbox.waiting() == 0
    assert any("bad" in finding.text and finding.level == "problem" for finding in examine(parts))


def test_sending_it_again_mends_it(parts):
    stored_before_the_rule(parts, "article", article("bad", "Bad"), url="#")
    index_all(parts)
    store(parts, "article", article("bad", "Mended"))
    index_all(parts)
    (found,) = parts.engine.retrieve({"article": Retrieval(keywords=parse_keywords("mended"))}).values()
    assert list(found.ids) == ["bad"]
    assert parts.outbox.failed() == []


def test_a_rebuild_goes_on_without_it_and_names_it(parts):
    store(parts, "article", *(article(f"a-{number}", f"Good {number}") for number in range(12)))
    stored_before_the_rule(parts, "article", article("bad", "Bad"), url="#")
    index_all(parts)
    job = parts.jobs.open_reindex("article", reembed=False)
    assert rebuild_next(parts)
    done = parts.jobs.get(job)
    assert (done.state, [failure.id for failure in done.failed_documents]) == ("succeeded", ["bad"])


def test_a_card_of_an_earlier_version_is_shown_as_it_is():
    import msgspec

    old = b'{"url": "#", "address": {"state": "Texas", "zip": "none"}, "location": {"lat": 900, "lng": 0}}'
    assert msgspec.json.decode(old, type=ClinicCard).address.state == "Texas"
