"""Which precision a process computes in: what is stored decides before the machine does."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest

from indexing.bootstrap import Parts
from indexing.content.embeddings import text_digest
from indexing.embedders import known, precision, processors
from indexing.embedders.model_files import read_model
from indexing.embedders.openvino import integer_recipe
from indexing.errors import EmbedderUnavailable
from indexing.settings import Settings

SINGLE = read_model("").recipe("")
INTEGER = integer_recipe(SINGLE)


def chosen(tmp_path, *stored, **settings):
    """The recipe of a process on a store that holds a vector of each of the `stored` recipes."""
    parts = Parts(Settings(data_dir=tmp_path, threads=1, **{"precision": "auto", **settings}))
    encoded = parts.embedder.embed_query("x")
    for recipe in stored:
        parts.cache.store(recipe.id, {text_digest("x"): encoded})
    parts.close()
    again = Parts(parts.settings)
    found = again.embedder.recipe
    again.close()
    return found


@pytest.fixture
def machine(monkeypatch):
    """Makes this machine one that multiplies integers fast, or one that does not."""

    def make(is_fast):
        for module in (precision, processors):
            monkeypatch.setattr(module, "multiplies_integers", lambda: is_fast)

    return make


@pytest.mark.parametrize(("is_fast", "recipe"), [(True, INTEGER), (False, SINGLE)])
def test_an_empty_store_leaves_it_to_the_machine(tmp_path, machine, is_fast, recipe):
    machine(is_fast)
    assert chosen(tmp_path) == recipe


@pytest.mark.parametrize("is_fast", [True, False])
@pytest.mark.parametrize("stored", [SINGLE, INTEGER])
def test_stored_vectors_decide_for_every_machine(tmp_path, machine, is_fast, stored):
    machine(is_fast)
    assert chosen(tmp_path, stored) == stored


@pytest.mark.parametrize(("asked", "recipe"), [("fp32", SINGLE), ("int8", INTEGER)])
@pytest.mark.parametrize("stored", [SINGLE, INTEGER])
def test_a_setting_decides_before_all(tmp_path, machine, asked, recipe, stored):
    machine(True)
    assert chosen(tmp_path, stored, precision=asked) == recipe


def test_integers_that_come_out_wrong_are_not_used(tmp_path, machine, monkeypatch):
    machine(True)
    cosines = itertools.cycle([0.9, 1.0])
    monkeypatch.setattr(known, "least_cosine", lambda found, known: next(cosines))
    assert chosen(tmp_path) == SINGLE


def nearness(tmp_path, **settings):
    """The cosine of a question's vector to that of the same words as a passage."""
    parts = Parts(Settings(data_dir=tmp_path, threads=1, **settings))
    text = "how long does it take until ketamine helps against pain"
    found = float(parts.embedder.embed_query(text) @ parts.embedder.embed_documents([text])[0])
    assert parts.embedder.recipe == SINGLE
    parts.close()
    return found


@pytest.mark.parametrize(
    ("is_fast", "settings", "is_equal"),
    [(True, {}, False), (False, {}, True), (True, {"precision": "fp32"}, True), (True, {"query_prompt": "q: "}, None)],
)
def test_questions_alone_come_from_integers_where_these_are_fast(tmp_path, machine, is_fast, settings, is_equal):
    machine(is_fast)
    if is_equal is None:  # nothing is known of vectors with a prompt
        parts = Parts(Settings(data_dir=tmp_path, threads=1, **settings))
        passage = Parts(Settings(data_dir=tmp_path, threads=1, document_prompt="q: ", **settings))
        found = float(parts.embedder.embed_query("x") @ passage.embedder.embed_documents(["x"])[0])
        assert found > 0.99999
    else:
        found = nearness(tmp_path, **settings)
        assert found > 0.998
        assert (found > 0.99999) == is_equal


def test_questions_that_come_out_wrong_in_integers_are_encoded_as_passages_are(tmp_path, machine, monkeypatch):
    machine(True)
    cosines = itertools.chain([0.9], itertools.repeat(1.0))
    monkeypatch.setattr(known, "least_cosine", lambda found, known: next(cosines))
    assert nearness(tmp_path) > 0.99999


def test_passages_that_come_out_wrong_are_never_stored(tmp_path, machine, monkeypatch):
    machine(True)
    cosines = itertools.chain([1.0], itertools.repeat(0.9))
    monkeypatch.setattr(known, "least_cosine", lambda found, known: next(cosines))
    parts = Parts(Settings(data_dir=tmp_path, threads=1))
    parts.embedder.embed_query("x")
    for _ in range(2):
        with pytest.raises(EmbedderUnavailable, match="other vectors"):
            parts.embedder.embed_documents(["x"])
    parts.close()


def test_a_model_with_prompts_may_have_integers_too(tmp_path, machine):
    machine(True)
    found = chosen(tmp_path, query_prompt="query: ")
    assert found.revision == INTEGER.revision
    assert found.query_prompt == "query: "


@pytest.mark.parametrize("recipe", [SINGLE, INTEGER])
def test_the_other_precision_is_at_hand_for_an_index_that_was_built_in_it(tmp_path, recipe):
    for asked in ("fp32", "int8"):
        parts = Parts(Settings(data_dir=tmp_path, threads=1, precision=asked))
        assert parts.embedder_of(recipe.id).recipe == recipe
        assert parts.embedder_of("unknown") is None
        parts.close()


def test_a_model_that_was_configured_before_is_at_hand(tmp_path):
    folder = tmp_path / "another"
    folder.symlink_to(read_model("").folder)
    before = Parts(Settings(data_dir=tmp_path, threads=1, model=str(folder)))
    recipe = before.embedder.recipe
    before.close()
    after = Parts(Settings(data_dir=tmp_path, threads=1))
    assert recipe.id not in {after.embedder.recipe.id, INTEGER.id, SINGLE.id}
    assert after.embedder_of(recipe.id).recipe == recipe
    after.close()


def _weights_in_memory():
    """Kilobytes of the weights' file that are in the memory of this process, by all of its mappings."""
    smaps = Path("/proc/self/smaps")
    mapped = smaps.read_text() if smaps.exists() else ""
    return sum(map(int, re.findall(r"model\.safetensors\n(?:[A-Z].*\n)*?Rss: +(\d+)", mapped)))


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_vectors_stay_the_same_while_what_was_read_of_the_weights_is_given_back(tmp_path, precision):
    before = _weights_in_memory()
    embedder = Parts(Settings(data_dir=tmp_path, threads=1, precision=precision)).embedder
    texts = ["is it safe", "how long does an infusion of ketamine take and who must not have one"]
    vectors = [[embedder.embed_query(text) for text in texts] for _ in range(6)]
    assert all(np.array_equal(vectors[0], later) for later in vectors[1:])
    assert _weights_in_memory() - before < 20_000


def test_flags_of_the_processor_are_read(tmp_path):
    file = tmp_path / "cpuinfo"
    file.write_text("processor\t: 0\nflags\t\t: fpu avx2 avx512_vnni\n\nprocessor\t: 1\nflags\t\t: fpu\n")
    assert processors.processor_flags(file) == {"fpu", "avx2", "avx512_vnni"}
    assert processors.processor_flags(tmp_path / "absent") == set()


def test_the_older_name_of_the_embedder_is_taken_for_the_new_one(tmp_path):
    parts = Parts(Settings(data_dir=tmp_path, threads=1, embedder="onnx", precision="fp32"))
    assert parts.embedder.recipe == SINGLE
    parts.close()
