"""Kernels are compiled once for everything, and their machine code is kept apart by their source."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import popgrad
import pytest
from cases import LOSSES, WORLDS, condition_of
from policy_cases import fits
from popgrad.kernels.lanes.advance import advance, initialise
from popgrad.kernels.lanes.measure import measure
from popgrad.sim.blocks import Control, simulate_block
from popgrad.sim.lower import lower

POLICIES = [
    {"kind": "tabular"},
    {"kind": "linear", "bias": True},
    {"kind": "mlp", "hidden": [3, 5, 2], "activation": "relu"},
    {"kind": "deep_linear", "hidden": [2, 2], "parameterisation": "mean_field"},
]
DESCENTS = [
    {"kind": "sgd", "momentum": 0.5},
    {"kind": "adam"},
    {"kind": "adamw", "clip_norm": 1.0},
    {"kind": "rmsprop", "schedule": {"kind": "cosine"}},
    {"kind": "sign"},
]


@pytest.mark.parametrize("world_name", WORLDS)
def test_nothing_is_compiled_again_for_another_shape_loss_policy_optimiser_or_watch(world_name):
    world = WORLDS[world_name]
    names = [behaviour.name for behaviour in world.behaviours]
    for number, loss in enumerate(LOSSES.values()):
        policy = POLICIES[number % 4] if loss.get("rule") != "natural" else POLICIES[0]
        if not fits(world, policy, loss):
            continue
        watch = [{"behaviour": name, "above": 0.9, "freeze": True} for name in names[: 1 + number % 2]]
        training = {"updates": 1 + number % 3, "watch": watch, "weights": number % 2 == 0}
        descent = {**DESCENTS[number % 5], "learning_rate": 0.1}
        condition = condition_of(world, policy, loss, training, optimiser=descent)
        ids = np.arange(number, number + 1 + 10 * (number % 3), dtype=np.uint32)
        simulate_block(lower(condition), condition, ids, Control())
    kernels: list[Any] = [initialise, advance, measure]
    assert [len(kernel.signatures) for kernel in kernels] == [1, 1, 1]


def folder_of(kernels: Path) -> str:
    """The name of the cache folder that a copy of the kernels would use."""
    spec = importlib.util.spec_from_file_location("jit_of_a_copy", kernels / "lanes" / "jit.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.cache_folder().name


@pytest.fixture
def copies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """Two copies of the kernels, their cache out of the way."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    source = Path(popgrad.__file__).parent / "kernels"
    for name in ("a", "b"):
        shutil.copytree(source, tmp_path / name / "kernels", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "a" / "kernels", tmp_path / "b" / "kernels"


def test_the_same_source_shares_a_cache(copies: tuple[Path, Path]):
    assert folder_of(copies[0]) == folder_of(copies[1])


@pytest.mark.parametrize("file", ["tables.py", "lanes/dense.py", "lanes/jit.py"])
def test_any_change_of_the_source_has_a_cache_of_its_own(file: str, copies: tuple[Path, Path]):
    with (copies[1] / file).open("a") as text:
        text.write("\n# changed\n")
    assert folder_of(copies[0]) != folder_of(copies[1])


def test_a_file_of_another_name_has_a_cache_of_its_own(copies: tuple[Path, Path]):
    (copies[1] / "lanes" / "dense.py").rename(copies[1] / "lanes" / "denser.py")
    assert folder_of(copies[0]) != folder_of(copies[1])
