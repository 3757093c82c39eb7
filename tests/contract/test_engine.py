"""What every search engine must do. Tests take `engine` and know no vendor."""

import math
import random
import threading

import msgspec
import numpy as np
import pytest

from indexing.embedders.hashing import HashingEmbedder
from indexing.engines.base import positions_of, titles_of
from indexing.engines.entries import Attributes, IndexedDocument, IndexedPassage, KnownQuestion, Removal
from indexing.engines.retrieval import Legs, MatchRule, Retrieval, Taught
from indexing.errors import Conflict, Inconsistent
from indexing.fingerprints import index_stamp
from indexing.queries import Filters, Near, parse_keywords
from indexing.schema.types import FLAGS

embedder = HashingEmbedder()
STAMP = index_stamp(recipe=embedder.recipe.id, dimensions=64, passage_tokens=100)


@pytest.fixture
def live(engine):
    generation = engine.create_generation("article", STAMP)
    engine.promote(generation)
    return generation


def document(id, title="Title", *texts, revision=1, headings=(), questions=(), **attributes):
    texts = texts or (title,)
    passages = tuple(IndexedPassage("", "", text, title) for text in texts)
    return IndexedDocument(
        id=id,
        revision=revision,
        title=title,
        headings=headings,
        names=(),
        card=b"{}",
        attributes=Attributes(**attributes),
        passages=passages,
        title_vector=embedder.embed_query(title),
        document_vector=embedder.embed_query(" ".join(texts)),
        passage_vectors=embedder.embed_documents(list(texts)),
        questions=tuple(KnownQuestion(passage, embedder.embed_query(text)) for passage, text in questions),
    )


def asked(engine, retrieval):
    return engine.retrieve({"article": retrieval})["article"]


def found(engine, text=None, *, vector=None, **filters):
    keywords = parse_keywords(text) if text else None
    vector = embedder.embed_query(vector) if vector else None
    return asked(engine, Retrieval(keywords=keywords, vector=vector, filters=Filters(**filters)))


def ids(engine, text=None, **options):
    return list(found(engine, text, **options).ids)


def test_a_write_is_found_on_return(engine, live):
    engine.write(live, [document("a", "Ketamine for depression")])
    assert ids(engine, "depression") == ["a"]
    assert len(engine.library("article").titles) == 1


def test_updating_twice_leaves_one_document_and_nothing_of_the_old(engine, live):
    engine.write(live, [document("a", "First words")])
    for revision in (2, 3):
        engine.write(live, [document("a", f"Text number {revision}", revision=revision)])
    assert ids(engine, "first") == []
    assert ids(engine, "text") == ["a"]
    assert len(engine.library("article").titles) == 1
    assert found(engine, vector="text number").content(0).revision == 3


def test_an_older_revision_never_replaces_a_newer_one(engine, live):
    engine.write(live, [document("a", "New", revision=5)])
    engine.write(live, [document("a", "Old", revision=4), Removal("a", 3)])
    assert ids(engine, "new") == ["a"]
    engine.write(live, [Removal("a", 6)])
    engine.write(live, [document("a", "Old", revision=5)])
    assert ids(engine) == []
    assert engine.revisions(live, ["a", "b"]) == {"a": 6}


def test_removing_the_unknown_is_no_error(engine, live):
    engine.write(live, [Removal("nobody", 1)])
    assert not engine.library("article").titles


def test_the_newest_of_one_batch_wins_in_any_order(engine, live):
    revisions = [document("a", f"Version {n}", revision=n) for n in range(1, 9)]
    random.Random(1).shuffle(revisions)
    engine.write(live, revisions)
    assert found(engine, vector="version").content(0).title == "Version 8"


def test_wrong_vectors_are_refused_before_anything_is_written(engine, live):
    wrong = document("b", "Wrong")
    wrong = IndexedDocument(
        **{name: getattr(wrong, name) for name in wrong.__struct_fields__} | {"passage_vectors": np.zeros((1, 3), "f4")}
    )
    with pytest.raises(Inconsistent):
        engine.write(live, [document("a", "Fine"), wrong])
    assert ids(engine) == []


def test_the_stamp_reads_back_equal(engine, live):
    assert engine.live_generation("article") == live
    assert engine.live_generation("article").stamp == STAMP


def test_promotion_shows_the_new_generation_whole_and_keeps_the_old(engine, live):
    engine.write(live, [document("a", "Old")])
    building = engine.create_generation("article", STAMP)
    engine.write(building, [document("b", "New")])
    assert ids(engine) == ["a"]
    engine.promote(building)
    assert ids(engine) == ["b"]
    engine.promote(live)
    assert ids(engine) == ["a"]
    with pytest.raises(Conflict):
        engine.discard(live)
    engine.discard(building)
    assert list(engine.generations("article")) == [live]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("ketamine", ["a", "b"]),
        ("KETAMINE", ["a", "b"]),
        ("ketamne", ["a", "b"]),
        ("keta", ["a", "b"]),
        ("spravatto ", ["c"]),
        ("infusions ", ["a"]),
        ('"nasal spray"', ["c"]),
        ('"spray nasal"', []),
        ("ketamine -lozenge", ["a"]),
        ("ketamine -nausea", ["b"]),
        ("trd", ["a"]),
        ("café", ["b"]),
        ("50mg ", ["b"]),
        ("51mg ", []),
        ("the", ["c"]),
        ("-ketamine", []),
        ("asdfgh", []),
    ],
)
def test_the_keyword_leg(engine, live, query, expected):
    engine.write(
        live,
        [
            document("a", "Ketamine infusion", "treatment-resistant depression", "second passage on nausea"),
            document("b", "Ketamine lozenge", "a cafe and 50mg"),
            document("c", "Spravato", "the nasal spray"),
        ],
    )
    assert ids(engine, query) == expected


def test_synonyms_of_one_question_find_what_the_words_do_not(engine, live):
    engine.write(live, [document("a", "Ketamine troche"), document("b", "Ketamine", "a wobbly drip at home")])
    question = parse_keywords("ketamine lozenge")
    assert not any(asked(engine, Retrieval(keywords=question)).has_all_words)
    same = {("lozenge",): (("troche",),), ("troche",): (("lozenge",),)}
    broader = {("lozenge",): (*same["lozenge",], ("wobbly", "drip", "at", "home"))}
    candidates = asked(engine, Retrieval(keywords=question, synonyms=same | broader))
    assert dict(zip(candidates.ids, candidates.has_all_words, strict=True)) == {"a": True, "b": False}
    alone = Retrieval(keywords=parse_keywords("wobblydrop"), synonyms={("wobblydrop",): (("troche",),)})
    assert list(asked(engine, alone).ids) == ["a"]


def test_words_spread_over_passages_match_one_document(engine, live):
    engine.write(
        live, [document("a", "Title", "about bladder", "about dosing"), document("b", "Title", "about bladder")]
    )
    candidates = found(engine, "bladder dosing")
    assert dict(zip(candidates.ids, candidates.has_all_words, strict=True)) == {"a": True, "b": False}


def test_titles_weigh_more_than_text_and_the_typed_first_letter_more_than_another(engine, live):
    engine.write(
        live,
        [
            document("title", "Nausea", "text"),
            document("text", "Other", "nausea"),
            document("x", "Bladder"),
            document("y", "Sladder"),
        ],
    )
    scores = dict(zip(found(engine, "nausea").ids, found(engine, "nausea").keyword_score, strict=True))
    assert scores["title"] > scores["text"]
    typo = found(engine, "bladdder ")
    by_id = dict(zip(typo.ids, typo.keyword_score, strict=True))
    assert by_id["x"] > by_id.get("y", 0)


def test_the_nearest_leg_is_exact(engine, live):
    rng = random.Random(3)
    vocabulary = [f"word{n}" for n in range(200)]
    texts = {f"d{n:03}": " ".join(rng.choices(vocabulary, k=12)) for n in range(300)}
    engine.write(live, [document(id, "t", text) for id, text in texts.items()])
    query = embedder.embed_query("word1 word2 word3 word4")
    candidates = asked(engine, Retrieval(vector=query))
    expected = {id: float(embedder.embed_query(text) @ query) for id, text in texts.items()}
    measured = dict(zip(candidates.ids, candidates.passage_cosine, strict=True))
    best = sorted(expected, key=expected.__getitem__)[-10:]
    assert all(measured[id] == pytest.approx(expected[id], abs=2e-3) for id in best)


def test_every_passage_of_what_is_read_is_measured_exactly_however_far_it_is(engine, live):
    texts = {id: tuple(f"{id} word{n} other{n}" for n in range(12)) for id in ("a", "b", "c")}
    engine.write(live, [document(id, "t", *passages) for id, passages in texts.items()])
    query = embedder.embed_query("a word3 other3")
    question = Retrieval(keywords=parse_keywords("word3"), vector=query, match=MatchRule(cosine=0.9))
    candidates = asked(engine, question)
    assert list(candidates.ids) == ["a", "b", "c"]
    candidates.passage_cosines([0, 2])
    for place, id in ((0, "a"), (2, "c"), (1, "b")):
        cosines = [float(embedder.embed_query(text) @ query) for text in texts[id]]
        assert candidates.passage_cosines([place])[0].own == pytest.approx(cosines, abs=2e-3)
    unasked = asked(engine, Retrieval(keywords=parse_keywords("word3")))
    assert list(unasked.passage_cosines([0])[0].own) == [0.0] * 12


def test_what_was_found_can_still_be_read_after_another_generation_is_promoted(engine, live):
    texts = ("one word", "other word")
    engine.write(live, [document("a", "t", *texts)])
    candidates = asked(engine, Retrieval(vector=embedder.embed_query("one word")))
    fresh = engine.create_generation("article", STAMP)
    engine.write(fresh, [document("a", "t", *texts)])
    engine.promote(fresh)
    engine.discard(live)
    assert len(candidates.passage_cosines([0])[0].own) == len(candidates.content(0).passages) == 2


def test_filters_apply_to_both_legs_and_to_browsing(engine, live):
    engine.write(
        live,
        [
            document(
                "a",
                "pain one",
                labels={"condition": {"ptsd": "PTSD"}, "tag": {"x": "X"}},
                numbers={"price_min": 300, "price_max": 400},
                flags={"telehealth": True},
            ),
            document(
                "b",
                "pain two",
                labels={"condition": {"crps": "CRPS"}},
                numbers={"price_min": 500, "price_max": 600},
                flags={"telehealth": False},
            ),
            document("c", "pain three", numbers={"published_at": 1000.0}),
        ],
    )
    for legs in ({}, {"text": "pain"}, {"vector": "pain"}):
        assert ids(engine, **legs, labels={"condition": ("ptsd", "crps")}) == ["a", "b"]
        assert ids(engine, **legs, labels={"condition": ("ptsd",), "tag": ("x",)}) == ["a"]
        assert ids(engine, **legs, labels={"condition": ("'); drop",)}) == []
        assert ids(engine, **legs, flags={"telehealth": False}) == ["b"]
        assert ids(engine, **legs, price_max=350) == ["a"]
        assert ids(engine, **legs, price_min=400, price_max=500) == ["a", "b"]
        assert ids(engine, **legs, published_after=1000.0) == ["c"]
        assert ids(engine, **legs, published_before=1000.0) == []


def test_what_was_checked_since_a_time_is_kept(engine, live):
    checked = {"old": {"checked_at": 1000.0}, "new": {"checked_at": 2000.0}, "never": {}}
    engine.write(live, [document(id, f"pain {id}", numbers=numbers) for id, numbers in checked.items()])
    for legs in ({}, {"text": "pain"}, {"vector": "pain"}):
        assert ids(engine, **legs, checked_after=2000.0) == ["new"]
        assert ids(engine, **legs, checked_after=1000.0) == ["new", "old"]


def test_radius_and_distance_are_right_to_one_percent(engine, live):
    places = {"austin": (30.2672, -97.7431), "dallas": (32.7767, -96.7970), "denver": (39.7392, -104.9903)}
    engine.write(live, [document(id, id, numbers={"lat": lat, "lng": lng}) for id, (lat, lng) in places.items()])
    assert ids(engine, near=Near(*places["austin"], 50)) == ["austin"]
    assert ids(engine, near=Near(*places["austin"], 200)) == ["austin", "dallas"]
    miles = dict(zip(["austin", "dallas", "denver"], found(engine).distances(*places["austin"]), strict=True))
    assert miles["dallas"] == pytest.approx(182.0, rel=0.01)
    assert miles["denver"] == pytest.approx(771.0, rel=0.01)


def test_facets_count_what_matches_under_the_filters_that_are_given(engine, live):
    engine.write(
        live,
        [
            document(f"d{n}", "t", labels={"condition": {"ptsd": "PTSD"} if n % 2 else {"crps": "CRPS"}})
            for n in range(5)
        ],
    )
    candidates = found(engine, labels={"condition": ("ptsd",)})
    assert list(candidates.ids) == ["d1", "d3"]
    everything = candidates.facets("condition", Filters(), Legs())
    assert [(facet.value, facet.label, facet.count) for facet in everything] == [
        ("crps", "CRPS", 3),
        ("ptsd", "PTSD", 2),
    ]
    kept = candidates.facets("condition", Filters(labels={"condition": ("ptsd",)}), Legs())
    assert [(facet.value, facet.count) for facet in kept] == [("ptsd", 2)]


def test_every_flag_is_filtered_by_and_counted(engine, live):
    texts = {name: f"pain {number}" for number, name in enumerate(FLAGS)}
    engine.write(
        live, [document(name, text, flags={each: each == name for each in FLAGS}) for name, text in texts.items()]
    )
    for name in FLAGS:
        for legs in ({}, {"text": "pain"}, {"vector": "pain"}):
            assert ids(engine, **legs, flags={name: True}) == [name]
        counts = found(engine).facets(name, Filters(), Legs())
        assert {(each.value, each.count) for each in counts} == {("true", 1), ("false", len(FLAGS) - 1)}


def test_words_match_by_the_share_of_information_that_a_document_holds(engine, live):
    common = [document(f"c{n}", "Ketamine", "ketamine clinic") for n in range(8)]
    engine.write(live, [*common, document("a", "Bladder", "ketamine bladder pain"), document("b", "Pain", "pain")])
    keywords = parse_keywords("ketamine bladder pain zebra ")

    def matching(share):
        found = asked(engine, Retrieval(keywords=keywords, match=MatchRule(idf_share=share)))
        return [id for id, is_match in zip(found.ids, found.by_words, strict=True) if is_match]

    assert len(matching(0.0)) == 10
    assert matching(0.3) == ["a"]
    assert matching(0.9) == []


def test_meaning_matches_from_a_cosine_on_whatever_the_filters(engine, live):
    texts = ["nausea after infusion", "nausea", "price of a session"]
    labels = [{"condition": {"ptsd": "PTSD"}}, {}, {}]
    engine.write(live, [document(f"d{n}", t, t, labels=labels[n]) for n, t in enumerate(texts)])
    vector = embedder.embed_query("nausea")
    cosine = float(embedder.embed_query(texts[0]) @ vector)
    for least, expected in ((cosine - 0.01, ["d0", "d1"]), (cosine + 0.01, ["d1"])):
        rule = MatchRule(cosine=least)
        found = asked(engine, Retrieval(vector=vector, match=rule))
        assert list(found.ids) == expected
        assert found.by_meaning.all()
        narrowed = Retrieval(vector=vector, match=rule, filters=Filters(labels={"condition": ("ptsd",)}))
        assert list(asked(engine, narrowed).ids) == [id for id in expected if id == "d0"]


def test_missing_numbers_read_as_not_a_number(engine, live):
    engine.write(live, [document("a", "t")])
    assert math.isnan(found(engine).numbers("price_min")[0])


def test_an_index_without_a_generation_is_unavailable_or_empty(engine):
    assert engine.live_generation("article") is None
    assert titles_of(engine, "article") == ()


def test_it_reopens_with_everything(engine, live, make_engine):
    engine.write(live, [document("a", "Kept", labels={"condition": {"ptsd": "PTSD"}}), document("b", "Gone")])
    engine.write(live, [Removal("b", 2)])
    engine.close()
    again = make_engine()
    assert ids(again) == ["a"]
    assert ids(again, "kept") == ["a"]
    again.write(live, [document("b", "Late", revision=1)])
    assert ids(again) == ["a"]


@pytest.mark.realtime
def test_readers_in_other_engines_follow_within_a_second(engine, live, make_engine):
    engine.write(live, [document("a", "One")])
    reader = make_engine()
    assert ids(reader) == ["a"]
    engine.write(live, [document("b", "Two")])
    waited = threading.Event()
    for _ in range(20):
        if ids(reader) == ["a", "b"]:
            break
        waited.wait(0.05)
    assert ids(reader, "two") == ["b"]


@pytest.mark.realtime
def test_many_updates_are_compacted_without_a_trace(engine, live, monkeypatch):
    monkeypatch.setattr("indexing.engines.embedded.engine._LEAST_DEAD", 20)
    for revision in range(1, 60):
        engine.write(
            live_of(engine),
            [document("a", f"Version {revision}", revision=revision), document(f"b{revision}", "Other")],
        )
        engine.write(live_of(engine), [Removal(f"b{revision}", 2)])
    assert ids(engine) == ["a"]
    assert found(engine, "version").content(0).title == "Version 59"
    assert len(engine.generations("article")) == 1
    engine.write(live_of(engine), [document("b1", "Late")])
    assert ids(engine) == ["a"]


def live_of(engine):
    return engine.live_generation("article")


def test_what_is_always_wanted_is_a_candidate_if_it_passes_its_filters_and_what_never_is_not(engine, live):
    engine.write(
        live,
        [
            document("a", "Ketamine", labels={"tag": {"x": "X"}}),
            document("b", "Infusion", labels={"tag": {"x": "X"}}),
            document("c", "Ketamine again", labels={"tag": {"y": "Y"}}),
        ],
    )
    question = Retrieval(keywords=parse_keywords("ketamine"), always=("b", "nowhere"), never=frozenset({"a", "gone"}))
    candidates = asked(engine, question)
    assert list(candidates.ids) == ["b", "c"]
    assert positions_of(["c", "a", "b"], candidates) == (1, 0)
    assert candidates.keyword_score[0] == 0
    only_y = Filters(labels={"tag": ("y",)})
    filtered = Retrieval(filters=only_y, always=("b",), always_within=only_y)
    assert list(asked(engine, filtered).ids) == ["c"]
    assert list(asked(engine, Retrieval(filters=only_y, always=("b",))).ids) == ["b", "c"]


def test_where_all_that_passes_the_filters_is_kept_words_only_measure(engine, live):
    spanish, english = ({"labels": {"language": {name: name.title()}}} for name in ("spanish", "english"))
    engine.write(
        live,
        [
            document("a", "Ketamine for pain", **spanish),
            document("b", "Quiet rooms", **spanish),
            document("c", "Ketamine drips", **english),
        ],
    )
    filters = Filters(labels={"language": ("spanish",)})
    question = Retrieval(keywords=parse_keywords("ketamine -drips"), filters=filters, keeps_all=True)
    candidates = asked(engine, question)
    assert list(candidates.ids) == ["a", "b"]
    assert candidates.keyword_score[0] > candidates.keyword_score[1] == 0
    assert list(asked(engine, msgspec.structs.replace(question, keeps_all=False)).ids) == ["a"]
    without = msgspec.structs.replace(question, keywords=parse_keywords("rooms -ketamine"))
    assert list(asked(engine, without).ids) == ["b"]


def test_a_generation_can_be_tried_before_it_is_promoted(engine, live):
    engine.write(live, [document("old", "Old text")])
    beside = engine.create_generation("article", STAMP)
    engine.write(beside, [document("new", "New text"), Removal("gone", 4)])
    engine.verify(beside)
    (candidates,) = engine.retrieve_from(beside, [Retrieval(keywords=parse_keywords("text"))])
    assert list(candidates.ids) == ["new"]
    assert ids(engine, "text") == ["old"]
    assert engine.revisions(beside) == {"new": 1, "gone": 4}


def test_a_library_is_one_state_that_stays_while_it_is_held(engine, live):
    engine.write(live, [document("a", "First", "one")])
    library = engine.library("article")
    version = library.version
    assert [title.id for title in library.titles] == ["a"]
    engine.write(live, [document("a", "Changed", "two", revision=2), document("b", "Second", "three")])
    assert library.version == version
    assert library.contents(["a", "b"])["a"].title == "First"
    assert library.revisions(["a", "b"]) == {"a": 1}
    newer = engine.library("article")
    assert newer.version != version
    assert newer.generation == live
    assert [title.id for title in newer.titles] == ["a", "b"]
    assert newer.revisions(["b", "a", "nowhere"]) == {"b": 1, "a": 2}
    assert newer.words.frequency("changed") == 1


def test_a_library_compares_documents_by_their_vectors(engine, live):
    titles = {"a": "ketamine infusion", "b": "ketamine infusion clinic", "c": "insurance papers"}
    engine.write(live, [document(id, title, numbers={"popularity": float(ord(id))}) for id, title in titles.items()])
    engine.write(live, [Removal("c", 2), document("d", "insurance forms")])
    library = engine.library("article")
    vectors = library.vectors(["a", "d", "c"])
    assert vectors.keys() == {"a", "d"}
    near = library.nearest(np.stack([vectors["a"], vectors["d"]]), limit=2)
    assert [list(found) for found in near] == [["a", "b"], ["d", near[1][1]]]
    assert "c" not in near[1]
    expected = np.mean(list(library.vectors(["a", "b", "d"]).values()), axis=0)
    assert np.allclose(library.mean_vector(), expected, atol=1e-3)
    assert [title.popularity for title in library.titles][:2] == [97.0, 98.0]


def test_an_empty_library_answers_with_nothing(engine, live):
    library = engine.library("article")
    assert not library.titles
    assert library.mean_vector().tolist() == [0.0] * 64
    assert [list(found) for found in library.nearest(np.zeros((1, 64), dtype=np.float32), limit=3)] == [[]]


QUESTIONS = ((1, "numb lips afterwards"), (1, "cannot feel my mouth"), (-1, "does it wear off"))


def test_known_questions_find_their_document_and_its_passage(engine, live):
    engine.write(live, [document("a", "Anaesthesia", "first", "second", questions=QUESTIONS), document("b", "Bills")])
    match = MatchRule(cosine=0.99, question=0.6)
    asking = Retrieval(vector=embedder.embed_query("cannot feel my mouth"), match=match)
    candidates = asked(engine, asking)
    assert list(candidates.ids) == ["a"]
    assert candidates.question_cosine[0] == pytest.approx(1.0, abs=1e-3)
    assert candidates.passage_cosines([0])[0].known.tolist() == pytest.approx([0.0, 1.0], abs=1e-3)
    whole = asked(engine, msgspec.structs.replace(asking, vector=embedder.embed_query("does it wear off")))
    assert whole.question_cosine[0] == pytest.approx(1.0, abs=1e-3)
    assert max(whole.passage_cosines([0])[0].known) < 0.6
    far = asked(engine, msgspec.structs.replace(asking, match=MatchRule(cosine=0.99, question=1.01)))
    assert list(far.ids) == []
    browsed = asked(engine, Retrieval())
    assert browsed.question_cosine.tolist() == [0.0, 0.0]
    assert browsed.passage_cosines([0])[0].known.tolist() == [0.0, 0.0]


def test_known_questions_go_with_the_revision_that_has_them(engine, live, make_engine):
    asking = Retrieval(vector=embedder.embed_query("cannot feel my mouth"), match=MatchRule(cosine=0.99, question=0.9))
    engine.write(live, [document("a", "Anaesthesia", questions=((0, "cannot feel my mouth"),)), document("c", "Costs")])
    engine.write(live, [document("b", "Bladder", questions=((0, "cannot feel my mouth"),))])
    assert list(asked(engine, asking).ids) == ["a", "b"]
    engine.write(live, [document("a", "Anaesthesia", revision=2), Removal("b", 2)])
    assert list(asked(engine, asking).ids) == []
    engine.write(live, [document("c", "Costs", revision=2, questions=((0, "cannot feel my mouth"),))])
    assert list(asked(engine, asking).ids) == ["c"]
    engine.close()
    assert list(asked(make_engine(), asking).ids) == ["c"]


def test_what_a_question_is_taught_counts_as_known(engine, live):
    engine.write(live, [document("a", "Anaesthesia", "first", "second"), document("b", "Bills")])
    match = MatchRule(cosine=0.99, question=0.6)
    taught = (Taught("a", "", 0.8), Taught("b", "", 0.5), Taught("nowhere", "", 0.9))
    asking = Retrieval(vector=embedder.embed_query("numb lips"), match=match, taught=taught)
    candidates = asked(engine, asking)
    assert list(candidates.ids) == ["a"]
    assert candidates.question_cosine[0] == pytest.approx(0.8)
    assert candidates.passage_cosines([0])[0].known.tolist() == [0.0, 0.0]
    titled = msgspec.structs.replace(asking, taught=(Taught("c", "Costs ", 0.7),))
    engine.write(live, [sections("c", "", "costs", "Else")])
    assert asked(engine, titled).passage_cosines([0])[0].known.tolist() == pytest.approx([0.0, 0.7, 0.0])


def sections(id, *headings):
    """A document of passages under these headings."""
    made = document(id, "Sections", *(f"text {number}" for number in range(len(headings))))
    passages = (IndexedPassage(heading, "", f"text {number}", "") for number, heading in enumerate(headings))
    return msgspec.structs.replace(made, passages=tuple(passages))
