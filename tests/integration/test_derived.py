"""What is computed once and read back: the same value, made anew where anything that decides it changed."""

import pytest

from indexing import places
from indexing.derived import kept
from indexing.places import Gazetteer


def numbers(made):
    def make():
        made.append(None)
        return [1, 2, 3]

    return make


def test_it_is_made_once_for_the_same_sources(tmp_path):
    made = []
    for _ in range(3):
        assert kept(tmp_path / "new", "numbers", sources=["1.0"], of=list[int], make=numbers(made)) == [1, 2, 3]
    assert len(made) == 1


def test_other_sources_take_the_place_of_the_earlier_file(tmp_path):
    made = []
    for version in ("1.0", "2.0", "2.0"):
        kept(tmp_path, "numbers", sources=[version], of=list[int], make=numbers(made))
    assert len(made) == 2
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("damage", [b"", b"not what was written", b"\x93\x01\x02"])
def test_a_damaged_file_is_made_again(tmp_path, damage):
    made = []
    kept(tmp_path, "numbers", sources=["1.0"], of=list[int], make=numbers(made))
    (file,) = tmp_path.iterdir()
    file.write_bytes(damage)
    assert kept(tmp_path, "numbers", sources=["1.0"], of=list[int], make=numbers(made)) == [1, 2, 3]
    assert kept(tmp_path, "numbers", sources=["1.0"], of=list[int], make=numbers(made)) == [1, 2, 3]
    assert len(made) == 2


@pytest.mark.parametrize("folder", [None, "in a file"])
def test_without_a_folder_that_can_be_written_it_is_made_each_time(tmp_path, folder):
    if folder:
        (tmp_path / "file").write_text("")
        folder = tmp_path / "file" / "folder"
    made = []
    for _ in range(2):
        assert kept(folder, "numbers", sources=["1.0"], of=list[int], make=numbers(made)) == [1, 2, 3]
    assert len(made) == 2


def test_places_that_were_kept_are_those_that_were_computed(tmp_path):
    computed, made, kept_then = (places._load(folder) for folder in (None, tmp_path, tmp_path))
    assert made == kept_then == computed
    assert len(list(kept_then.cities)) > 20_000


def test_gazetteers_of_one_process_hold_the_places_once(tmp_path):
    one, other = Gazetteer(tmp_path / "one"), Gazetteer(tmp_path / "other")
    assert one.zip("78701") == other.zip("78701")
    assert one.find("Hot Springs, AR") is not None
    assert one.words is other.words
    assert one._loaded.cities is other._loaded.cities
