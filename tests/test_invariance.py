"""A network's bits depend on the spec and its number alone, not on how work is cut, shared or killed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import popgrad
import pytest
from cases import experiment
from popgrad.sim import blocks, engine, pace
from popgrad.sim.blocks import Slicer, simulate_block
from popgrad.sim.experiment import Condition
from popgrad.sim.lower import lower
from popgrad.sim.pace import Control
from popgrad.sim.simulate import Silence
from popgrad.sim.spec import read_experiment
from popgrad.sim.store import OutputExists
from popgrad.sim.work import Work

LOSSES = [
    {"kind": "imitation"},
    {"kind": "imitation", "estimator": "minibatch", "rows": 3},
    {"kind": "outcome", "episodes": 4, "baseline": "leave_one_out"},
    {"kind": "process", "estimator": "exact", "labels": "all"},
    {
        **{"kind": "outcome", "episodes": 4, "rule": "clipped", "epochs": 3, "clip": 0.05, "entropy": 0.01},
        **{"baseline": "critic", "critic": {"kind": "linear", "learning_rate": 0.1}},
    },
    {"kind": "return_conditioned", "edges": [0.5], "episodes": 4, "epochs": 4},
    {
        "kind": "preference",
        "pairs": "own",
        "estimator": "sampled",
        "episodes": 4,
        "judged_on": "observed_return",
    },
]
POLICY = {"kind": "mlp", "hidden": [5], "init": {"kind": "normal"}}
TRAINING = {
    "updates": 30,
    "record": {"every": 10},
    "watch": [{"behaviour": "walks_away", "below": 0.5}, {"behaviour": "collects_coin", "above": 0.9}],
}


def spec(networks: int = 64, losses: list[Any] | None = None, **training: Any) -> dict[str, Any]:
    return experiment(
        losses or LOSSES,
        policy=POLICY,
        optimiser={"kind": "sgd", "learning_rate": {"log_uniform": [0.05, 0.5]}},
        population={"networks": networks},
        training={**TRAINING, **training},
    )


def conditions(**options: Any) -> tuple[Condition, ...]:
    return read_experiment(spec(**options)).conditions


def block(condition: Condition, first: int, last: int) -> dict[str, np.ndarray]:
    return simulate_block(lower(condition), condition, np.arange(first, last, dtype=np.uint32), Control())


NAMES = ("rate", "margin", "loss", "observed_return", "intended_return", "gradient_norm", "crossed_at")
NAMES += ("explored_at", "visits", "rare_at", "diverged_at", "weights", "learning_rate")


def records(run: popgrad.Run, condition: int = 0) -> dict[str, np.ndarray]:
    """Every array of one condition, read from the file and the file closed."""
    with run:
        return {name: run.values(name)[condition] for name in NAMES}


def assert_same(
    one: dict[str, np.ndarray], other: dict[str, np.ndarray], networks: int | None = None
) -> None:
    assert one.keys() == other.keys()
    for name, array in one.items():
        a, b = np.ascontiguousarray(array[:networks]), np.ascontiguousarray(other[name][:networks])
        assert (a.dtype, a.shape) == (b.dtype, b.shape), name
        np.testing.assert_array_equal(a.view(np.uint8), b.view(np.uint8), err_msg=name)


def test_the_records_compared_here_are_all_there_are_and_do_differ_between_networks():
    for condition in conditions():
        arrays = block(condition, 0, 16)
        assert arrays.keys() == set(NAMES)
        assert len(np.unique(arrays["weights"][:, 0])) == 16
        assert (arrays["crossed_at"] > 0).any()


@pytest.mark.parametrize("networks", [1, 100, 1000])
def test_whatever_the_size_of_the_population(networks):
    few, many = popgrad.run(spec(16)), popgrad.run(spec(networks))
    for number in range(len(LOSSES)):
        same = min(16, networks)
        with popgrad.open_run(few.path) as a, popgrad.open_run(many.path) as b:
            assert_same(records(a, number), records(b, number), same)
    few.close()
    many.close()


@pytest.mark.parametrize("number", range(len(LOSSES)))
def test_however_networks_are_grouped_and_in_whatever_order(number):
    condition = conditions()[number]
    whole = block(condition, 0, 64)
    parts = {first: block(condition, first, last) for first, last in ((48, 64), (5, 7), (16, 48), (7, 16))}
    for first, part in parts.items():
        count = len(part["weights"])
        assert_same(part, {name: array[first : first + count] for name, array in whole.items()})


@pytest.mark.parametrize("number", range(len(LOSSES)))
def test_whatever_the_recording_schedule(number):
    seldom = conditions(record={"log": 5})[number]
    always = conditions(record={"every": 1})[number]
    one, other = block(seldom, 0, 32), block(always, 0, 32)
    by_time = {name for name, array in one.items() if array.shape[1:2] == (len(seldom.times),)}
    assert by_time == {"rate", "margin", "loss", "observed_return", "intended_return", "gradient_norm"}
    assert len(seldom.times) == 5
    at = np.searchsorted(always.times, seldom.times)
    assert_same(one, {name: array[:, at] if name in by_time else array for name, array in other.items()})


@pytest.mark.parametrize("number", range(len(LOSSES)))
@pytest.mark.parametrize("freeze", [False, True])
def test_however_the_work_is_sliced(number, freeze, monkeypatch):
    watch = [{**TRAINING["watch"][0], "freeze": freeze}]
    condition = conditions(watch=watch)[number]
    whole = block(condition, 0, 48)
    calls = []
    advance = engine.advance
    for module in (blocks, pace):
        monkeypatch.setattr(module, "SLICE_SECONDS", 0.0)
    monkeypatch.setattr(engine, "advance", lambda *given: calls.append(given[4:]) or advance(*given))
    assert Slicer(Control(), 3, condition).training.units == 1
    sliced = block(condition, 0, 48)
    steps = [call for call in calls if call[3] > call[2]]
    assert len(steps) == 3 * 30  # one tile, one update a call
    assert_same(whole, sliced)


def test_whatever_the_number_of_threads():
    tables = spec(3000)
    assert Work(read_experiment(tables)).size < 3000 / 2
    one, two = popgrad.run(tables, threads=1), popgrad.run(tables, threads=2)
    for number in range(len(LOSSES)):
        with popgrad.open_run(one.path) as a, popgrad.open_run(two.path) as b:
            assert_same(records(a, number), records(b, number))
    one.close()
    two.close()


@pytest.mark.parametrize("number", range(len(LOSSES)))
def test_whatever_other_conditions_and_watches_there_are(number):
    alone = popgrad.run(spec(32, [LOSSES[number]]))
    together = popgrad.run(spec(32, watch=[*TRAINING["watch"], {"behaviour": "collects_coin", "below": 0.1}]))
    a, b = records(alone), records(together, number)
    b["crossed_at"] = b["crossed_at"][:, :2]
    b["weights"] = b["weights"][:, : a["weights"].shape[1]]
    assert_same(a, b)


@pytest.mark.parametrize("number", range(len(LOSSES)))
def test_without_watches_at_all(number):
    with_watches, without = (block(conditions(watch=w)[number], 0, 32) for w in (TRAINING["watch"], []))
    assert without.pop("crossed_at").shape == (32, 0)
    with_watches.pop("crossed_at")
    assert_same(with_watches, without)


class Killer(Silence):
    """Interrupts a run from one of its threads when some of its updates are done."""

    def __init__(self, after: float, error: type[BaseException] = KeyboardInterrupt):
        self.after, self.error = after, error
        self.total = self.done = 0
        self.began_with = -1

    def begin(self, total: int, done: int) -> None:
        self.total, self.began_with = total, done

    def advance(self, updates: int) -> None:
        self.done += updates
        if self.done > self.after * self.total:
            raise self.error


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_a_run_that_was_killed_goes_on_to_the_same_bits(error, tmp_path: Path):
    tables = spec(2500)
    path = tmp_path / "run.h5"
    for after in (0.4, 0.3):
        with pytest.raises(error):
            popgrad.run(tables, path, threads=2, progress=Killer(after, error))
        assert not path.exists()
    watcher = Killer(2)
    resumed = popgrad.run(tables, path, threads=2, progress=watcher)
    assert 0.3 * watcher.total < watcher.began_with < watcher.total
    assert watcher.began_with + watcher.done == watcher.total
    whole = popgrad.run(tables, threads=1)
    for number in range(len(LOSSES)):
        with popgrad.open_run(resumed.path) as a, popgrad.open_run(whole.path) as b:
            assert_same(records(a, number), records(b, number))
    resumed.close()
    whole.close()
    with pytest.raises(OutputExists):
        popgrad.run(tables, path)
