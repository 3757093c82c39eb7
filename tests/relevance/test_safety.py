"""What is heard of lists that nothing was made from: neither rules, nor weights, nor thresholds.

Their writers had seen no rule and no other list. The figures are printed by
`python -m search_api.safety evaluate tests/relevance/data/safety/*.jsonl`; the floors are those figures less half
of their 95 % interval.

The fresh lists (`data/safety_fresh`) hold the hardest look-alikes and the most indirect crises that their writer
could think of, written before the newest training lists and by the same hand; none of their lines was looked at while
rules, weights or thresholds changed. The look-alikes (`data/safety_lookalikes`) are the half that was kept apart of
what became `train_lookalikes_*`. The typical list (`data/safety_typical`) and that of visitors (`data/safety_visitors`)
are of the end of November 2026: what people type every day, and dangers as they are typed, by writers who were not
asked to be missed. The calm list (`data/safety_calm`) is the third that was kept apart of `train_calm_*`: what visitors
ask in words that sound dark or bodily without danger, and a few real dangers that resemble them.
"""

from pathlib import Path

import pytest

from indexing.bootstrap import Parts
from indexing.settings import Settings
from search_api.safety.assessment import built_in_safety
from search_api.safety.evaluation import assess_all, figures
from search_api.safety.fit import vectors_of
from search_api.safety.lists import read_list, training_lists

DATA = Path(__file__).with_name("data")


def lists_of(folder):
    return [each for path in sorted((DATA / folder).glob("*.jsonl")) for each in read_list(path)]


LISTS, FRESH, LOOKALIKES, TYPICAL, VISITORS, CALM = map(
    lists_of, ("safety", "safety_fresh", "safety_lookalikes", "safety_typical", "safety_visitors", "safety_calm")
)


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    parts = Parts(Settings(data_dir=tmp_path_factory.mktemp("safety")))
    yield parts
    parts.close()


def held(hold, found, run):
    for figure in found:
        is_alarm = " none " in figure.name
        share = 1 - figure.share if is_alarm else figure.share
        hold(f"safety, {run}: {figure.name}{', not' if is_alarm else ''}", share, margin=figure.interval)


def test_the_lists_are_large_and_apart():
    for language in ("en", "es"):
        own = [each for each in LISTS if each.language == language]
        assert sum(each.kind in {"crisis", "emergency"} for each in own) >= 400
        assert sum(each.kind == "none" for each in own) >= 400
    seen = {each.text.casefold() for each in training_lists()}
    for lists in (LISTS, FRESH, LOOKALIKES, TYPICAL, CALM):
        shared = sum(each.text.casefold() in seen for each in lists)
        assert shared <= 0.01 * len(lists), f"{shared} texts stand in training lists as well"


def test_what_is_heard_with_the_model(parts, hold):
    recipe = parts.embedder.recipe.id
    assert built_in_safety().knows(recipe), "no weights for this model: run `python -m search_api.safety fit`"
    vectors = vectors_of(LISTS, parts.embedder, parts.taxonomy)
    held(hold, figures(LISTS, assess_all(built_in_safety(), LISTS, vectors, recipe)), "held out")


@pytest.mark.parametrize(
    ("name", "lists"),
    [
        ("fresh", FRESH),
        ("look-alikes", LOOKALIKES),
        ("typical", TYPICAL),
        ("visitors", VISITORS),
        ("calm", CALM),
    ],
)
def test_what_is_heard_of_further_lists(parts, hold, name, lists):
    vectors = vectors_of(lists, parts.embedder, parts.taxonomy)
    held(hold, figures(lists, assess_all(built_in_safety(), lists, vectors, parts.embedder.recipe.id)), name)


def test_what_is_heard_while_the_embedder_is_away(hold):
    held(hold, figures(LISTS, assess_all(built_in_safety(), LISTS, None, "")), "embedder away")


def test_no_training_text_of_danger_is_missed_altogether():
    """A regression test on what the weights were made from, no figure."""
    lists = [each for each in training_lists() if each.kind in {"crisis", "emergency"}]
    missed = [each.text for each in lists if built_in_safety().assess(each.text).kind is None]
    assert len(missed) <= 0.02 * len(lists), missed
