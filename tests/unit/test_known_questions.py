"""Questions that articles are known to answer: how they are read, worded, and which section answers."""

import json
from pathlib import Path

import numpy as np
import pytest

from deploy.demo import QUESTIONS, sample_articles
from indexing.chunking.sections import split_sections
from indexing.connectors.base import Known
from indexing.connectors.markdown import MarkdownSource
from indexing.documents import parse_document
from indexing.engines.entries import IndexedPassage
from indexing.errors import InvalidDocument
from indexing.known_questions import composed_questions
from indexing.queries import words_of
from indexing.taxonomy import Taxonomy
from search_api.confidence.__main__ import ON_TOPIC, questions_of

TAXONOMY = Taxonomy()
BODY = "<p>First.</p><h2>Side  effects</h2><p>Some.</p><p>More.</p><h2>What it costs</h2><p>Much.</p>"
HEADINGS = ("", "Side effects", "Side effects", "What it costs")
PASSAGES = tuple(IndexedPassage(heading, "", f"text {number}", "") for number, heading in enumerate(HEADINGS))
JUDGED = Path(__file__).parents[1] / "relevance" / "data"


def parsed(*questions):
    sent = {"id": "a", "title": "Ketamine", "body": BODY, "url": "/a", "questions": list(questions)}
    return parse_document("article", sent)


def composed(*questions):
    return composed_questions(parsed(*questions).document, "Ketamine", PASSAGES, TAXONOMY)


def test_title_and_headings_stand_for_questions_of_their_own():
    found = composed()
    assert [(each.text, each.passages) for each in found] == [
        ("Ketamine", ()),
        ("Side effects", (1, 2)),
        ("What it costs", (3,)),
    ]


def test_an_article_of_one_text_has_no_question_but_those_that_are_told():
    plain = PASSAGES[:1]
    assert composed_questions(parsed().document, "Ketamine", plain, TAXONOMY) == ()
    told = composed_questions(parsed("how much").document, "Ketamine", plain, TAXONOMY)
    assert [each.passages for each in told] == [(), ()]


@pytest.mark.parametrize(
    ("sent", "passages"),
    [
        ("how much", ()),
        ({"text": "how much"}, ()),
        ({"text": "how much", "section": "What it costs"}, (3,)),
        ({"text": "will I be sick", "section": " side effects "}, (1, 2)),
        ({"text": "how much", "section": "A heading that is gone"}, ()),
    ],
)
def test_a_question_is_of_its_section_or_of_the_whole_article(sent, passages):
    assert composed(sent)[1].passages == passages


def test_a_question_is_worded_as_a_search_is():
    _, spanish, subject, *_ = composed("cuánto cuesta", "is it safe")
    assert "cost" in spanish.text
    assert "ketamine" in subject.text


def test_of_a_section_the_nearest_passage_answers():
    _, question, *_ = composed({"text": "will I be sick", "section": "Side effects"})
    passages = np.eye(4, dtype=np.float32)
    assert question.with_vectors(np.array([0, 0.1, 0.2, 0.9], dtype=np.float32), passages).passage == 2
    assert composed("how much")[1].with_vectors(passages[0], passages).passage == -1


@pytest.mark.parametrize(
    ("questions", "field"),
    [
        ("how much", "questions"),
        ([7], "questions[0]"),
        ([{"section": "What it costs"}], "questions[0]"),
        ([""], "questions[0]"),
    ],
)
def test_a_question_that_is_none_is_named(questions, field):
    with pytest.raises(InvalidDocument) as refused:
        parse_document("article", {"id": "a", "title": "T", "body": BODY, "url": "/a", "questions": questions})
    assert [error.field.startswith(field) for error in refused.value.errors] == [True]


def test_a_section_that_is_gone_is_told():
    sent = parsed("fine", {"text": "how much", "section": "Prices"}, {"text": "sick", "section": "Side effects"})
    assert [warning.field for warning in sent.warnings] == ["questions[1].section"]


@pytest.mark.parametrize(
    ("front", "questions"),
    [
        ("questions: how much", ["how much"]),
        ("questions: [how much, 7]", ["how much", "7"]),
        ("questions:\n- text: how much\n  section: Side effects", [{"text": "how much", "section": "Side effects"}]),
        ("title: Costs", None),
    ],
)
def test_front_matter_tells_questions(tmp_path, front, questions):
    (tmp_path / "costs.md").write_text(f"---\n{front}\n---\n\n## Side effects\n\nText.\n")
    source = MarkdownSource(tmp_path, site="https://example.org", roots=[tmp_path])
    (found,) = source.fetch([Known("costs.md")])
    assert found.fields.get("questions") == questions


def test_the_sample_s_questions_are_of_sections_that_there_are():
    for each in sample_articles():
        headings = {section.heading for section in split_sections(each["body"], "markdown", title=each["title"])}
        assert {asked["section"] for asked in each["questions"]} <= headings | {""}, each["id"]


def test_no_list_that_judges_or_teaches_holds_a_question_that_the_sample_knows():
    known = {alike(line.split("\t")[2]) for line in QUESTIONS.read_text("utf-8").splitlines()[1:]}
    assert len(known) > 1_000
    for path in (ON_TOPIC, *JUDGED.glob("*.tsv"), *JUDGED.glob("*.txt")):
        assert known.isdisjoint(map(alike, questions_of(path))), path.name
    for path in JUDGED.rglob("*.jsonl"):
        said = {alike(text) for line in path.read_text("utf-8").splitlines() for text in texts_in(json.loads(line))}
        assert known.isdisjoint(said), path.name


def alike(text):
    return " ".join(words_of(text))


def texts_in(value):
    if isinstance(value, str):
        return [value]
    within = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for each in within for text in texts_in(each)]
