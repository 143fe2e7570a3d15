"""What selection finds depends on the spec and a network's number alone; it stands beside other methods."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import popgrad
import pytest
from cases import Table
from popgrad.sim import pace
from popgrad.sim import select as select_module
from popgrad.sim.blocks import Control, simulate_block
from popgrad.sim.lower import lower
from popgrad.sim.rerun import differing
from popgrad.sim.simulate import Silence
from popgrad.sim.spec import read_experiment
from popgrad.sim.variables import SELECTED
from popgrad.sim.work import Work
from selection_cases import COIN, GUESS, SPLIT, attempts, condition_of, selected

METHODS = [GUESS, SPLIT]
TRAINING = {"updates": 20, "record": {"every": 10}}


def tables_of(method: str, networks: int = 48, **sections: Any) -> Table:
    """Some networks of these find nothing."""
    swarm = {"particles": 16, "moves": 4} if method == SPLIT else {}
    select = {"loss": {"below": 0.1}, "margin": {"above": 0.0}, "attempts": 340, **swarm}
    sections = {"training": TRAINING, **sections}
    policy_std = {"log_uniform": [0.3, 2.0]}
    tables = selected(select, method, networks, world={**COIN, "diversity": 0.3}, **sections)
    tables["policy"] = {**tables["policy"], "init": {"kind": "normal", "std": policy_std}}
    return tables


def block(tables: Table, first: int, last: int) -> dict[str, np.ndarray]:
    condition = condition_of(tables)
    return simulate_block(lower(condition), condition, np.arange(first, last, dtype=np.uint32), Control())


def bits(arrays: dict[str, np.ndarray]) -> dict[str, bytes]:
    return {name: np.ascontiguousarray(array).tobytes() for name, array in arrays.items()}


def whole(path: Path, condition: str = "a") -> dict[str, bytes]:
    """Every array of a condition, to the bit."""
    with popgrad.open_run(path) as run:
        number = run.conditions.index(condition)
        return bits({name: run.values(name)[number] for name in run.variables})


@pytest.mark.parametrize("method", METHODS)
def test_however_networks_are_grouped(method):
    tables = tables_of(method)
    together = block(tables, 0, 48)
    assert together.keys() >= {*SELECTED, "weights", "init_std"}
    assert {True, False} == {*(together["attempts"] == -1)}
    for first, last in ((0, 16), (5, 7), (16, 48), (47, 48)):
        part = {name: array[first:last] for name, array in together.items()}
        assert bits(block(tables, first, last)) == bits(part)


@pytest.mark.parametrize("method", METHODS)
def test_however_the_work_is_sliced(method, monkeypatch):
    tables = tables_of(method)
    coarse, calls = block(tables, 0, 48), []
    kernel = {GUESS: "guess", SPLIT: "split"}[method]
    work = getattr(select_module, kernel)
    monkeypatch.setattr(pace, "SLICE_SECONDS", 0.0)
    monkeypatch.setattr(select_module, kernel, lambda *given: calls.append(given) or work(*given))
    assert bits(block(tables, 0, 48)) == bits(coarse)
    assert len(calls) > 20


def test_a_block_is_given_up_when_the_run_is_to_stop():
    for method in METHODS:
        condition, control = condition_of(tables_of(method)), Control()
        control.stop.set()
        with pytest.raises(pace.Stopped):
            select_module.select(lower(condition), condition, range(16), control)


class Killer(Silence):
    """Interrupts a run after some of its blocks."""

    def __init__(self, after: int):
        self.left = after

    def advance(self, updates: int) -> None:
        """A selected block tells of itself once."""
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt


@pytest.mark.parametrize("method", METHODS)
def test_whatever_the_threads_and_after_a_kill(method, tmp_path: Path):
    tables = tables_of(method, 2100)
    assert Work(read_experiment(tables)).size <= 1024
    paths = [tmp_path / f"{name}.h5" for name in ("one", "two", "killed")]
    for path, threads in zip(paths[:2], (1, 2), strict=True):
        popgrad.run(tables, path, threads=threads).close()
    with pytest.raises(KeyboardInterrupt):
        popgrad.run(tables, paths[2], threads=1, progress=Killer(1))
    assert not paths[2].exists()
    with popgrad.run(tables, paths[2], threads=2) as run:
        assert run.provenance["blocks_from_earlier_calls"] == 1
    assert whole(paths[0]) == whole(paths[1]) == whole(paths[2])
    assert differing(paths[1]) == []


def test_beside_other_conditions(tmp_path: Path):
    """Each as it is alone; what was selected does not change, so its records repeat."""
    own = {method: tables_of(method)["training"] for method in METHODS}
    conditions: list[Table] = [
        {"name": method, "loss": {"kind": "imitation"}, "training": training}
        for method, training in own.items()
    ]
    conditions.append({"name": "gradient", "loss": {"kind": "imitation"}})
    tables = tables_of(GUESS, condition=conditions)
    tables["training"] = TRAINING
    path = tmp_path / "together.h5"
    with popgrad.run(tables, path) as run:
        assert run.conditions == (*METHODS, "gradient")
        assert run.time.tolist() == [0, 10, 20]
        for method in METHODS:
            found = attempts(run, method) >= 0
            assert 0 < found.sum() < len(found)
            for curve in (run.loss, run.gradient_norm, lambda name: run.rate("walks_away", name)):
                records = curve(method)
                np.testing.assert_array_equal(records, np.tile(records[:, :1], 3))
                np.testing.assert_array_equal(np.isfinite(records[:, 0]), found)
            assert (run.explored_at("walks_away", method) == -2).all()
        for name in SELECTED:
            assert np.isnan(run.hyperparameter(name, "gradient")).all()
        assert (run.loss("gradient")[:, -1] < run.loss("gradient")[:, 0]).mean() > 0.8
    for method in METHODS:
        alone = tmp_path / f"{method}.h5"
        popgrad.run(tables_of(method), alone).close()
        assert whole(alone) == whole(path, method)
