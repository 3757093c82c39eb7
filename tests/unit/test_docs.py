"""What the documentation names is there: files, environment variables, decisions."""

import importlib.util
import re

import msgspec
import pytest

from indexing.settings import Settings, variable
from tests.conftest import ROOT

DOCS = ROOT / "deploy" / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
EXAMPLE = (ROOT / "deploy" / ".env.example").read_text("utf-8")
KNOWN = {variable(field.name) for field in msgspec.structs.fields(Settings)} | set(
    re.findall(r"^([A-Z_]+)=", EXAMPLE, flags=re.MULTILINE)
)
OF_COMMANDS = {"CONNECT_APPLICATION_PASSWORD", "CONNECT_HOOK_SECRET", "RECORD_FLOORS"}
"""Variables of single commands and of tests; each stands in the code."""
OF_LIBRARIES = {"INFERENCE_PRECISION_HINT", "ONEDNN_MAX_CPU_ISA"}
"""OpenVINO's and oneDNN's."""
MOST_README_LINES = 170


@pytest.fixture(params=PAGES, ids=NAMES)
def page(request):
    return request.param


def code_of(text):
    """All code of a page: fenced and inline."""
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, flags=re.DOTALL))


def slug(heading):
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def test_relative_links_lead_to_files_and_headings(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.is_file(), target
        if anchor:
            assert anchor in {slug(line) for line in re.findall(r"^#+ (.*)$", file.read_text("utf-8"), re.MULTILINE)}


def test_environment_variables_are_known(page):
    code = code_of(page.read_text("utf-8"))
    prefixed = re.findall(r"\b(?:SEARCH|MEILI|REDIS|DATABASE|CONNECT)_[A-Z_]*[A-Z]\b", code)
    given = re.findall(r"\b([A-Z]+(?:_[A-Z]+)+)=", code)
    assert {*prefixed, *given} <= KNOWN | OF_COMMANDS | OF_LIBRARIES


def test_variables_of_commands_stand_in_the_code():
    code = "".join(
        path.read_text("utf-8")
        for top in ("indexing", "tests")
        for path in (ROOT / top).rglob("*.py")
        if path.name != "test_docs.py"
    )
    assert {name for name in OF_COMMANDS if name not in code} == set()


def test_files_that_are_named_exist(page):
    code = code_of(page.read_text("utf-8"))
    named = re.findall(r"`((?:indexing|search_api|workers|deploy|tests)/[\w./-]+)`", code)
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= MOST_README_LINES


def test_the_readme_has_exactly_two_commands_for_setting_up():
    text = (ROOT / "README.md").read_text("utf-8")
    assert re.findall(r"^\./\S+", text, flags=re.MULTILINE) == ["./deploy/demo", "./deploy/test"]


def test_every_page_can_be_reached():
    linked = set()
    for page in PAGES:
        for path in re.findall(r"\]\(([^)\s#]+\.md)", page.read_text("utf-8")):
            linked.add((page.parent / path).resolve())
    assert [name for page, name in zip(PAGES[1:], NAMES[1:], strict=True) if page not in linked] == []


def test_numbers_of_decisions_are_unique():
    numbers = [path.name[:4] for path in (DOCS / "decisions").glob("[0-9]*.md")]
    assert len(numbers) == len(set(numbers))


def test_no_figure_of_relevance_stands_in_the_readme():
    """Figures have one place each: the page of their decision, or of their subject."""
    assert re.findall(r"nDCG|\b0?\.\d{3,}\b", (ROOT / "README.md").read_text("utf-8")) == []


def test_modules_of_commands_exist(page):
    modules = set(re.findall(r"python -m ((?:indexing|search_api|workers|tests)[\w.]*)", page.read_text("utf-8")))
    assert {name for name in modules if importlib.util.find_spec(name) is None} == set()
