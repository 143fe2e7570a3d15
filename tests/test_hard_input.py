"""Input that is legal and awkward, and input that only a person could think of."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import popgrad
import pytest
from popgrad import Behaviour, InvalidInput, PopgradError, World
from popgrad.sim.blocks import Control, simulate_block
from popgrad.sim.lower import draws, lower

BANDIT: dict[str, Any] = {
    "title": "two arms",
    "world": {"kind": "bandit", "reward": [1.0, 0.0]},
    "policy": {"kind": "tabular"},
    "optimiser": {"kind": "sgd", "learning_rate": 0.1},
    "population": {"networks": 16},
    "training": {"updates": 5},
    "condition": [{"name": "imitation", "loss": {"kind": "imitation"}}],
}


def condition_of(**changes: Any) -> Any:
    (condition,) = popgrad.read_experiment({**BANDIT, **changes}).conditions
    return condition


def faults_of(**changes: Any) -> str:
    with pytest.raises(InvalidInput) as caught:
        popgrad.read_experiment({**BANDIT, **changes})
    return str(caught.value)


def line(**changes: Any) -> dict[str, Any]:
    """Three states in a row, the last of them terminal."""
    arrays = {
        "successor": [[1, 1], [2, 2], [2, 2]],
        "start": [1.0, 0, 0],
        "features": np.eye(3),
        "horizon": 3,
        "terminal": [0, 0, 1],
        "contexts": [1.0, 1, 0],
        "reward": np.ones((3, 2)),
        "demonstrator": np.full((3, 2), 0.5),
    }
    return {**arrays, **changes}


def test_logits_that_overflow_mark_a_network_as_diverged() -> None:
    condition = condition_of(policy={"kind": "linear", "init": {"kind": "normal", "std": 1.0}})
    plan = lower(condition)
    plan.scale[:] = 0
    plan.centre[:] = [3e38, -3e38]
    plan.training.rows.features[:] = 100
    plan.measurement.rows.features[:] = 100
    arrays = simulate_block(plan, condition, range(16), Control())
    assert (arrays["diverged_at"] == 1).all()
    assert np.isnan(arrays["rate"]).all()


def test_a_table_has_no_row_for_what_only_a_variant_shows(tmp_path: Path) -> None:
    elsewhere = World(**line(features=2 * np.eye(3)))
    behaviour = Behaviour("first", "Acts first.", np.eye(3)[:, :2], contexts=[1, 0, 0], variant=elsewhere)
    source = tmp_path / "w.npz"
    world = World(**line(behaviours=(behaviour,)))
    from popgrad.sim.custom_world import arrays_of

    np.savez(source, **arrays_of(world))
    assert "variant of first" in faults_of(world={"kind": str(source)})
    popgrad.read_experiment({**BANDIT, "world": {"kind": str(source)}, "policy": {"kind": "linear"}})


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"behaviours": (Behaviour("a", "A.", np.ones((3, 2)), contexts=[0, 0, 1]),)}, "terminal state"),
        ({"behaviours": (Behaviour("a/b", "A.", np.ones((3, 2))),)}, "without slashes"),
        ({"behaviours": (Behaviour("", "A.", np.ones((3, 2))),)}, "without slashes"),
        ({"behaviours": Behaviour("a", "A.", np.ones((3, 2)))}, "a tuple of Behaviour"),
        ({"behaviours": ("a",)}, "a tuple of Behaviour"),
        ({"contexts": [0, 0, 1.0]}, "terminal state"),
        ({"reward": [[1e300, 0]] * 3}, "reward"),
        ({"reward": [["a", "b"]] * 3}, "numbers, in rows"),
        ({"features": [[1.0], [1.0, 2.0], [0.0]]}, "numbers, in rows"),
        ({"start": None}, "start"),
        ({"start": [0.5, 0, 0]}, "sum of 0.5"),
        ({"horizon": 2.5}, "horizon"),
        ({"horizon": 5000}, "4,096"),
        ({"discount": 0.0}, "discount"),
        ({"approval": np.full((3, 2), 2.0)}, "approval"),
        ({"successor": [[0, 3], [0, 0], [0, 0]]}, "from 0 to 2"),
    ],
)
def test_a_world_that_does_not_hold_together(changes: dict[str, Any], expected: str) -> None:
    with pytest.raises(InvalidInput, match=expected):
        World(**line(**changes))


def test_a_horizon_may_come_as_a_whole_float() -> None:
    assert World(**line(horizon=4.0)).horizon == 4


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("raise ValueError('boom')", "ValueError: boom at line 1"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("def w(*, a=1):\n    return 3", "returns a popgrad.World, not int"),
        ("def w(*, a=1):\n    raise KeyError(a)", "KeyError: 1 at line 2"),
        ("def w(a):\n    return a", "keyword-only, unlike a"),
        ("x = 1", "defines a function `w` or `world`"),
    ],
)
def test_a_world_file_that_is_wrong_is_a_fault_of_the_file(
    source: str, expected: str, tmp_path: Path
) -> None:
    path = tmp_path / "w.py"
    path.write_text(source)
    assert expected in faults_of(world={"kind": str(path)})


@pytest.mark.parametrize("watch", [{"below": 7}, {"below": 0}, {"above": 1}, {"above": -0.1}])
def test_a_level_that_no_probability_crosses(watch: dict[str, float]) -> None:
    changes = {"training": {"updates": 5, "watch": [{"behaviour": "best", **watch}]}}
    assert "a level that a probability can be" in faults_of(**changes)


def test_levels_far_in_the_tail_keep_their_names_apart() -> None:
    levels = [1 - 1e-8, 1 - 1e-12]
    watch = [{"behaviour": "best", "above": level} for level in levels]
    names = [watch.name for watch in condition_of(training={"updates": 5, "watch": watch}).watches]
    assert names == [f"best > {level!r}" for level in levels]


def test_very_many_outcomes_keep_their_thresholds_in_order() -> None:
    thresholds = draws(np.ones(250_000)).thresholds
    assert (np.diff(thresholds.astype(np.int64)) >= 0).all()


def test_a_large_minibatch_counts_every_draw() -> None:
    loss = {"kind": "imitation", "estimator": "minibatch", "rows": 2**20}
    condition = condition_of(condition=[{"name": "a", "loss": loss}], training={"updates": 1})
    arrays = simulate_block(lower(condition), condition, range(16), Control())
    # The demonstrator always takes arm 0: U is 1 there, and one step moves its logit by η(1 − ½).
    np.testing.assert_allclose(arrays["weights"][:, 0], 0.1 * 0.5, rtol=1e-6)


def test_python_values_are_as_good_as_those_of_toml() -> None:
    tables = {
        **BANDIT,
        "population": {"networks": np.int64(16)},
        "world": {"kind": "bandit", "reward": np.array([1.0, 0.0]), "approval": None},
        "condition": ({"name": "a", "loss": {"kind": "imitation", "rows": None}},),
    }
    assert popgrad.read_experiment(tables).networks == 16


def test_the_file_keeps_what_was_run_with_its_defaults(tmp_path: Path) -> None:
    with popgrad.run(BANDIT, tmp_path / "out.h5") as run:
        assert run.spec["policy"] == {"kind": "tabular", "head": "softmax", "init": {"kind": "zeros"}}
        assert run.spec["condition"][0]["loss"]["estimator"] == "exact"
        assert run.spec["training"]["record"] == {"log": 60}
        assert run.hyperparameters == ()
        assert (run.rare_at("imitation") == -2).all()


def test_watches_weights_and_rates_are_each_conditions_own(tmp_path: Path) -> None:
    other = {
        "name": "other",
        "loss": {"kind": "outcome", "episodes": 2},
        "training.watch": [{"behaviour": "arm_1", "below": 0.4}],
        "training.weights": False,
        "optimiser.learning_rate": {"grid": [0.1, 0.2]},
    }
    with popgrad.run({**BANDIT, "condition": [*BANDIT["condition"], other]}, tmp_path / "out.h5") as run:
        assert run.own_watches("imitation") == ()
        assert run.own_watches("other") == ("arm_1 < 0.4",)
        assert (run.crossed_at("arm_1 < 0.4", "imitation") == -2).all()
        assert run.weights("imitation").shape == (16, 2)
        with pytest.raises(PopgradError, match="no weights were kept"):
            run.weights("other")
        assert run.hyperparameter("learning_rate", "other").tolist() == [np.float32(0.1), np.float32(0.2)] * 8


def test_an_action_without_a_word_is_noted(tmp_path: Path) -> None:
    policy = {"kind": "tabular", "init": {"kind": "probability", "of": "arm_1", "value": 1e-11}}
    loss = {"kind": "outcome", "episodes": 2}
    with popgrad.run(
        {**BANDIT, "policy": policy, "condition": [{"name": "a", "loss": loss}]}, tmp_path / "out.h5"
    ) as run:
        assert (run.rare_at("a") == 1).all()
        assert (run.explored_at("arm_1", "a") == -1).all()


def test_what_does_not_fit_is_refused_before_any_compute(tmp_path: Path) -> None:
    world = {"kind": "reward_register", "horizon": 4096}
    loss = {"kind": "outcome", "episodes": 2**20}
    experiment = {**BANDIT, "world": world, "condition": [{"name": "a", "loss": loss}]}
    with pytest.raises(InvalidInput, match="at most 8 GB"):
        popgrad.run(experiment, tmp_path / "out.h5")
    assert "parameters" in faults_of(policy={"kind": "mlp", "hidden": [100_000, 100_000]})
    with pytest.raises(PopgradError, match="this machine has"):
        popgrad.run({**BANDIT, "policy": {"kind": "mlp", "hidden": [11_000, 11_000]}}, threads=64)
    with pytest.raises(PopgradError, match="threads: got 0"):
        popgrad.run(BANDIT, tmp_path / "out.h5", threads=0)
    assert not list(tmp_path.iterdir())


def test_faults_cross_the_border_of_a_process() -> None:
    import pickle

    with pytest.raises(InvalidInput) as caught:
        World(**line(horizon=0))
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.faults == caught.value.faults
    assert str(again) == str(caught.value)


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="timers")
@pytest.mark.parametrize("after", [4.0, 7.0])
def test_ctrl_c_while_kernels_are_compiled(after: float, tmp_path: Path) -> None:
    import tomlkit

    (tmp_path / "small.toml").write_text(tomlkit.dumps(BANDIT))
    command = [sys.executable, "-m", "popgrad", "run", "small.toml"]
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True)
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert time.monotonic() - began < 10
    assert "Traceback" not in errors
    assert not (tmp_path / "small.h5").exists()
