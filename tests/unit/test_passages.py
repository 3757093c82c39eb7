import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexing.chunking.passages import split_passages
from indexing.chunking.sections import Section
from indexing.embedders.hashing import HashingEmbedder

count_tokens = HashingEmbedder().count_tokens


def split(*blocks, max_tokens=40, title="Title", path=("Heading",)):
    return split_passages(title, [Section(path, "a", blocks)], count_tokens=count_tokens, max_tokens=max_tokens)


def test_a_passage_says_where_it_stands():
    (passage,) = split("Some text.")
    assert passage.embedded_text == "Title\nHeading\nSome text."


def test_passages_end_at_sentences_and_lose_nothing():
    sentences = [f"Sentence number {n} has exactly eight words here." for n in range(20)]
    passages = split(" ".join(sentences))
    assert " ".join(passage.text for passage in passages) == " ".join(sentences)
    assert all(passage.text.endswith("here.") for passage in passages)


def test_passages_are_filled_evenly():
    lengths = [count_tokens([p.text])[0] for p in split(" ".join("One two three four five." for _ in range(50)))]
    assert max(lengths) - min(lengths) <= 15


@pytest.mark.parametrize("text", ["word " * 500, "x" * 5_000_000, "no end " * 300 + "."])
def test_no_passage_is_longer_than_the_model_reads(text):
    passages = split(text)
    assert max(count_tokens([passage.embedded_text for passage in passages])) <= 40


def test_a_document_without_text_is_its_title():
    (passage,) = split_passages("Title", [], count_tokens=count_tokens, max_tokens=40)
    assert passage.embedded_text == "Title"


def test_an_endless_title_leaves_room_for_text():
    passages = split("Some text.", title="long " * 1_000)
    assert passages[0].text == "Some text."
    assert count_tokens([passages[0].embedded_text])[0] <= 40


@given(st.lists(st.text(min_size=1)), st.text())
def test_any_blocks_and_title_fit(blocks, title):
    clean = [" ".join(block.split()) for block in blocks if block.split()]
    passages = split(*clean, title=title)
    assert passages
    assert max(count_tokens([passage.embedded_text for passage in passages])) <= 40
