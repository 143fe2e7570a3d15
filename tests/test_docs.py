"""What the documentation shows works as it stands."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
import tomllib
from pathlib import Path

import popgrad
import pytest
from popgrad.kernels.choices import Hyperparameter
from popgrad.sim import losses, worlds
from popgrad.sim.docstrings import documentation
from popgrad.sim.optimiser import OPTIMISERS
from popgrad.sim.option_table import inner_model
from popgrad.sim.policies import POLICIES
from popgrad.sim.reference import losses_page
from popgrad.sim.registry import functions_in, options_of, shared_by, summary
from popgrad.sim.schedule import Schedule

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("kernels", "sim", "sim.worlds", "sim.losses", "analyses", "analyses.statistics")
MODULES = [
    f"popgrad.{package}.{module.name}"
    for package in PACKAGES
    for module in pkgutil.iter_modules([str(ROOT / package.replace(".", "/"))])
    if not module.ispkg
]
WITH_EXAMPLES = [
    name
    for name in MODULES
    if any(
        not example.options.get(doctest.SKIP)
        for test in doctest.DocTestFinder().find(importlib.import_module(name))
        for example in test.examples
    )
]


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of a page in one language."""
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_in_docstrings(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    results = doctest.testmod(importlib.import_module(name))
    assert results.attempted > 0
    assert results.failed == 0


def in_code(page: str) -> set[str]:
    """Every word that stands in the code of a page."""
    text = (ROOT / page).read_text()
    return {
        word for code in re.findall(r"```.*?```|`.*?`", text, re.DOTALL) for word in re.findall(r"\w+", code)
    }


WORLDS, LOSSES = functions_in(worlds), functions_in(losses)
MAKERS = {**WORLDS, **LOSSES, **POLICIES, **OPTIMISERS}
FILE_PAGE, LOSSES_PAGE = "docs/experiment-file.md", "docs/losses.md"


@pytest.mark.parametrize("name", MAKERS)
def test_every_kind_has_a_summary_and_stands_in_the_page_of_the_file(name: str) -> None:
    assert len(summary(MAKERS[name]).split()) > 4
    assert name in in_code(FILE_PAGE)


@pytest.mark.parametrize("name", MAKERS)
def test_every_option_and_no_other_is_explained_where_it_is_defined_and_in_its_page(name: str) -> None:
    maker = MAKERS[name]
    shared = shared_by(maker).values()
    inherited = {option for model in shared for option in model.model_fields}
    options = set(options_of(maker).model_fields)
    assert documentation(maker).arguments.keys() == options - inherited
    for model in shared:
        assert documentation(model).arguments.keys() == model.model_fields.keys()
    assert options <= in_code(LOSSES_PAGE if name in LOSSES else FILE_PAGE)


def test_every_option_of_a_table_within_is_explained() -> None:
    (critic,) = {
        inner_model(options_of(maker), "critic")
        for maker in LOSSES.values()
        if "critic" in options_of(maker).model_fields
    }
    assert critic is not None
    for model in (critic, Schedule):
        assert documentation(model).arguments.keys() == model.model_fields.keys()
    assert critic.model_fields.keys() <= in_code(LOSSES_PAGE)
    assert Schedule.model_fields.keys() <= in_code(FILE_PAGE)


def test_every_hyperparameter_has_its_number_and_its_name_in_the_documentation() -> None:
    numbers = (ROOT / "docs/random-numbers.md").read_text()
    for which in Hyperparameter:
        assert f"| {int(which)} | `{which.name.lower()}` |" in numbers
        assert which.name.lower() in in_code(FILE_PAGE)


def test_the_page_of_losses_is_what_the_losses_say() -> None:
    """If it is not: `make docs`."""
    page = losses_page()
    assert (ROOT / LOSSES_PAGE).read_text(encoding="utf-8") == page
    assert set(LOSSES) <= set(re.findall(r"^## (\w+)$", page, re.MULTILINE))


@pytest.mark.parametrize(
    "page", ["README.md", *(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))]
)
def test_links_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", (ROOT / page).read_text()):
        if not target.startswith("http"):
            path, _, anchor = target.partition("#")
            there = ((ROOT / page).parent / path) if path else ROOT / page
            assert there.exists(), target
            assert not anchor or anchor in anchors(there), target


def anchors(page: Path) -> set[str]:
    """What the headings of a page are called in links, as GitHub names them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_phases_of_the_documentation_are_valid() -> None:
    phases = next(block for block in blocks(FILE_PAGE, "toml") if "[[phase]]" in block)
    (readme,) = blocks("README.md", "toml")
    tables = tomllib.loads(readme.partition("[[condition]]")[0]) | tomllib.loads(phases)
    (condition,) = popgrad.read_experiment(tables).conditions
    assert [phase.training.updates for phase in condition.phases] == [500]
    assert condition.ends == 2_500


def test_the_experiment_of_the_readme_is_valid() -> None:
    (block,) = blocks("README.md", "toml")
    experiment = popgrad.read_experiment(tomllib.loads(block))
    assert len(experiment.conditions) == 2 * 3


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.toml")), ids=lambda path: path.stem)
def test_examples_are_valid(path: Path) -> None:
    assert popgrad.read_experiment(path).conditions


def test_the_world_of_the_documentation_runs_and_runs_again(tmp_path: Path) -> None:
    from popgrad.sim.rerun import differing

    (source,) = blocks("docs/own-world.md", "python")
    (tmp_path / "two_doors.py").write_text(source)
    (world,) = blocks("docs/own-world.md", "toml")
    (tmp_path / "doors.toml").write_text(
        world
        + """
[policy]
kind = "tabular"
[optimiser]
kind = "sgd"
learning_rate = 0.1
[population]
networks = 16
[training]
updates = 20
[[condition]]
name = "outcome"
loss = { kind = "outcome", episodes = 4 }
[[condition]]
name = "secure"
loss = { kind = "secure_outcome", episodes = 4 }
"""
    )
    with popgrad.run(tmp_path / "doors.toml", tmp_path / "doors.h5") as run:
        assert (run.rate("left", "outcome")[:, -1] < 0.5).all()
        assert (run.rate("left", "secure")[:, -1] > 0.5).all()
    (tmp_path / "two_doors.py").unlink()
    assert differing(tmp_path / "doors.h5") == []


def plugin_of_the_documentation(name: str, folder: Path) -> Path:
    """A file of the guide, written out under its own name."""
    (source,) = (block for block in blocks("docs/plugins.md", "python") if block.startswith(f"# {name}.py\n"))
    (folder / f"{name}.py").write_text(source)
    return folder / f"{name}.py"


PLUGIN_BASE = """
[compute]
backend = "jax"
[world]
kind = "bandit"
[policy]
kind = "linear"
[optimiser]
kind = "sgd"
learning_rate = 0.1
[population]
networks = 16
[training]
updates = 20
"""
IMITATION = """
[[condition]]
name = "imitation"
loss = { kind = "imitation" }
"""


@pytest.mark.parametrize("name", ["reverse", "weighted", "floored"])
def test_the_functions_of_the_guide_to_plugins_become_plans(name: str, tmp_path: Path) -> None:
    from popgrad.sim.lower import lower

    file = plugin_of_the_documentation(name, tmp_path)
    (block,) = (block for block in blocks("docs/plugins.md", "toml") if f'"{name}"' in block)
    tables = tomllib.loads(PLUGIN_BASE) | tomllib.loads(IMITATION) | tomllib.loads(block)
    (condition,) = popgrad.read_experiment(tables, plugins=[file]).conditions
    assert [own.name for own in condition.own] == [name]
    assert [function is not None for function in lower(condition).own].count(True) == 1


def test_the_world_and_the_behaviour_of_the_guide_to_plugins_run_and_run_again(tmp_path: Path) -> None:
    from popgrad.sim.rerun import differing

    files = [plugin_of_the_documentation(name, tmp_path) for name in ("doors", "second")]
    (world,) = (block for block in blocks("docs/plugins.md", "toml") if '"doors"' in block)
    tables = tomllib.loads(PLUGIN_BASE + IMITATION) | tomllib.loads(world) | {"compute": {}}
    with popgrad.run(tables, tmp_path / "doors.h5", plugins=files) as run:
        assert run.world("imitation")["reward"].tolist() == [[2.0, 0.0]]
        assert (run.final("second", "imitation") < 0.5).all()
    for file in files:
        file.unlink()
    assert differing(tmp_path / "doors.h5") == []


def test_every_file_of_the_guide_to_plugins_is_tested() -> None:
    names = {block.partition(".py")[0] for block in blocks("docs/plugins.md", "python")}
    assert names == {"# reverse", "# weighted", "# floored", "# doors", "# second"}


def test_every_package_folder_is_declared() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    found = {
        ".".join(("popgrad", *path.parent.relative_to(ROOT).parts))
        for path in ROOT.rglob("__init__.py")
        if not {".venv", ".types", "build", "tests", "examples"} & set(path.relative_to(ROOT).parts)
    }
    assert set(declared) == found
