"""Which precision a process computes in: what is stored decides before the machine does."""

import pytest

from indexing.bootstrap import Parts
from indexing.content.embeddings import text_digest
from indexing.embedders import precision, processors
from indexing.embedders.model_files import read_model
from indexing.embedders.openvino import integer_recipe
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
    monkeypatch.setattr(precision, "least_cosine", lambda embedder, known: 0.9 if embedder.recipe == INTEGER else 1.0)
    assert chosen(tmp_path) == SINGLE


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


def test_flags_of_the_processor_are_read(tmp_path):
    file = tmp_path / "cpuinfo"
    file.write_text("processor\t: 0\nflags\t\t: fpu avx2 avx512_vnni\n\nprocessor\t: 1\nflags\t\t: fpu\n")
    assert processors.processor_flags(file) == {"fpu", "avx2", "avx512_vnni"}
    assert processors.processor_flags(tmp_path / "absent") == set()


def test_the_older_name_of_the_embedder_is_taken_for_the_new_one(tmp_path):
    parts = Parts(Settings(data_dir=tmp_path, threads=1, embedder="onnx", precision="fp32"))
    assert parts.embedder.recipe == SINGLE
    parts.close()
