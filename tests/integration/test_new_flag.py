"""A new flag of clinics touches two files, its declaration and its words: seen in a copy of the packages."""

from pathlib import Path

from tests.integration.copies import copy_of_packages, run_on

DECLARATION = """
    wheelchair_accessible: Annotated[
        bool,
        flag(
            sentence="Is wheelchair accessible.",
            lacking="not known to be wheelchair accessible",
            asked=r"\\bwheelchair(?: accessible)?\\b",
            columns=("wheelchair", "accessible"),
        ),
    ] = False


class ShownClinic("""
CHANGES = {
    "indexing/schema/clinic.py": [("\n\nclass ShownClinic(", DECLARATION)],
    "search_api/pages/texts.toml": [
        (
            "\nflag-not = ",
            '\nflag-wheelchair_accessible = ["Wheelchair accessible", "Accesible en silla de ruedas"]\nflag-not = ',
        )
    ],
}


def test_a_flag_that_is_declared_is_served_everywhere(tmp_path):
    copy = copy_of_packages(tmp_path / "copy", CHANGES)
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    run_on(copy, Path(__file__).with_name("new_flag.py"), data_dir)


def test_the_flag_is_not_there_without_its_declaration():
    from indexing.schema.types import FLAGS

    assert "wheelchair_accessible" not in FLAGS
