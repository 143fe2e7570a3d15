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
from popgrad.sim import losses, worlds
from popgrad.sim.optimiser import OPTIMISERS
from popgrad.sim.policy import POLICIES
from popgrad.sim.registry import functions_in, options_of, summary

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("kernels", "sim", "sim.worlds", "sim.losses", "analyses")
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


def test_every_kind_is_documented_with_a_summary_and_in_the_page_of_the_file() -> None:
    page = (ROOT / "docs/experiment-file.md").read_text()
    makers = {**functions_in(worlds), **functions_in(losses), **POLICIES, **OPTIMISERS}
    assert len(makers) >= 11
    for name, maker in makers.items():
        assert len(summary(maker).split()) > 4, name
        assert f"`{name}`" in page or f'"{name}"' in page, name
        for option in options_of(maker).model_fields:
            assert option in page, (name, option)
            assert option in (maker.__doc__ or ""), (name, option)


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


def test_every_package_folder_is_declared() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    found = {
        ".".join(("popgrad", *path.parent.relative_to(ROOT).parts))
        for path in ROOT.rglob("__init__.py")
        if not {".venv", ".types", "build", "tests"} & set(path.relative_to(ROOT).parts)
    }
    assert set(declared) == found
