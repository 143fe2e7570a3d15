"""Runs on the JAX backend: batches, resumption, phases, what is refused, and a device that is too small."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import numpy as np
import popgrad
import pytest
from cases import experiment
from click.testing import CliRunner
from popgrad.cli import main
from popgrad.sim import batches, device
from popgrad.sim.errors import InvalidInput, PopgradError
from popgrad.sim.pace import Stopped

OUTCOME = {"kind": "outcome", "episodes": 4}
JAX = {"backend": "jax"}
POPULATION = {"networks": 70}


def small(loss: Any = OUTCOME, **sections: Any) -> dict[str, Any]:
    return experiment(loss, compute=JAX, population=POPULATION, **sections)


def arrays(run: popgrad.Run) -> dict[str, np.ndarray]:
    """Everything that a run holds of its conditions, by variable and condition."""
    return {
        f"{name} {condition}": np.concatenate(list(run.slabs(name, condition)))
        for name in run.variables
        for condition in run.conditions
    }


def assert_same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    assert one.keys() == other.keys()
    for name, array in one.items():
        assert array.tobytes() == other[name].tobytes(), name


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    with popgrad.run(small(), tmp_path_factory.mktemp("device") / "whole.h5") as run:
        assert run.provenance["backend"] == "jax"
        assert run.provenance["device"].startswith("cpu")
        assert run.spec["compute"] == {"backend": "jax", "precision": "float32"}
        return arrays(run)


def test_the_vectors_train_the_same_networks(whole, tmp_path):
    with popgrad.run(small(), tmp_path / "vectors.h5", backend="numba") as run:
        assert run.provenance["backend"] == "numba"
        vectors = arrays(run)
    for name in vectors:
        kind = name.split()[0]
        if kind in ("visits", "explored_at", "rare_at", "diverged_at", "crossed_at"):
            np.testing.assert_array_equal(whole[name], vectors[name])
        else:
            np.testing.assert_allclose(whole[name], vectors[name], rtol=2e-4, atol=2e-5, err_msg=name)


def test_a_run_again_is_the_same_to_the_bit(whole, tmp_path):
    path = tmp_path / "run.h5"
    with popgrad.run(small(), path) as run:
        assert_same(arrays(run), whole)
    assert "every bit came out the same" in CliRunner().invoke(main, ["rerun", str(path)]).output


def test_a_batch_that_is_more_than_the_device_holds_goes_in_halves(whole, tmp_path, monkeypatch):
    """The device takes 32 networks. When it is given fewer, nothing is left there of what was too much."""
    real, refused, left = device.simulate_batch, [], []

    def tight(plan: Any, condition: Any, ids: range, size: int, *rest: Any) -> Any:
        left.append(sum(array.nbytes for array in jax.live_arrays()))
        if size > 32:
            held = jax.numpy.zeros((1000, size))  # as a batch that fails on its way
            refused.append(size)
            raise jax.errors.JaxRuntimeError(f"RESOURCE_EXHAUSTED: Out of memory beside {held.nbytes} bytes")
        return real(plan, condition, ids, size, *rest)

    monkeypatch.setattr(device, "simulate_batch", tight)
    monkeypatch.setattr("popgrad.sim.work.block_size", lambda experiment, plans: 16)
    with popgrad.run(small(), tmp_path / "halves.h5") as run:
        found = arrays(run)
    assert refused == [80, 48, 48]
    assert max(left[:3]) == left[0]
    for name, array in whole.items():
        np.testing.assert_allclose(found[name], array, rtol=1e-4, atol=1e-5, err_msg=name)


def test_a_device_that_does_not_hold_one_block_says_so(tmp_path, monkeypatch):
    def full(*_: Any) -> Any:
        raise jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: Out of memory")

    monkeypatch.setattr(device, "simulate_batch", full)
    with pytest.raises(PopgradError, match="a block of 80 networks is more than the device holds"):
        popgrad.run(small(), tmp_path / "none.h5")


def test_other_errors_of_the_device_are_not_taken_for_a_lack_of_memory(tmp_path, monkeypatch):
    def broken(*_: Any) -> Any:
        raise jax.errors.JaxRuntimeError("INTERNAL: something else")

    monkeypatch.setattr(device, "simulate_batch", broken)
    with pytest.raises(jax.errors.JaxRuntimeError, match="something else"):
        popgrad.run(small(), tmp_path / "broken.h5")


def test_an_interrupted_run_goes_on(whole, tmp_path, monkeypatch):
    monkeypatch.setattr("popgrad.sim.work.block_size", lambda experiment, plans: 32)
    monkeypatch.setattr(device, "blocks_at_once", lambda work, condition, device: 1)
    real, calls = device.simulate_batch, []

    def stopping(plan: Any, condition: Any, ids: range, *rest: Any) -> Any:
        calls.append(ids.start)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(plan, condition, ids, *rest)

    monkeypatch.setattr(device, "simulate_batch", stopping)
    path = tmp_path / "run.h5"
    with pytest.raises(KeyboardInterrupt):
        popgrad.run(small(), path)
    with popgrad.run(small(), path) as run:
        assert run.provenance["blocks_from_earlier_calls"] == 1
        found = arrays(run)
    assert calls == [0, 32, 32, 64]
    for name, array in whole.items():
        np.testing.assert_allclose(found[name], array, rtol=1e-4, atol=1e-5, err_msg=name)


def test_a_batch_stops_when_it_is_asked_to(tmp_path):
    from popgrad.sim.pace import Control
    from popgrad.sim.work import Work

    work, control = Work(popgrad.read_experiment(small())), Control()
    control.stop.set()
    with pytest.raises(Stopped):
        batches.simulate_batch(work.plans[0], work.experiment.conditions[0], range(16), 16, control)


PHASES = {
    "phase": [{"updates": 7, "loss": {"kind": "imitation"}, "optimiser.learning_rate": 0.5}],
    "optimiser": {"kind": "adam", "learning_rate": 0.1, "schedule": {"kind": "cosine", "warm_up": 3}},
    "training": {
        "updates": 9,
        "record": {"every": 4},
        "watch": [
            {"behaviour": "walks_away", "below": 0.5, "freeze": True},
            {"behaviour": "walks_away", "above": 0.6},
        ],
    },
}


def test_phases_schedules_watches_and_moments_are_those_of_the_vectors(tmp_path):
    tables = small(**PHASES)
    with popgrad.run(tables, tmp_path / "a.h5") as run:
        ours = arrays(run)
    with popgrad.run(tables, tmp_path / "b.h5", backend="numba") as run:
        theirs = arrays(run)
    (crossed,) = (array for name, array in theirs.items() if name.startswith("crossed_at"))
    assert (crossed == -1).any()
    assert (crossed > 7).any()
    for name in theirs:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=2e-4, atol=5e-5, err_msg=name)


def test_networks_go_on_from_a_run_on_the_other_backend(tmp_path):
    first = tmp_path / "first.h5"
    popgrad.run(small({"kind": "imitation"}), first, backend="numba").close()
    own = {"kind": "linear", "init": {"kind": "run", "path": str(first)}}
    with popgrad.run(small(policy=own), tmp_path / "next.h5") as run, popgrad.open_run(first) as before:
        (one,), (other,) = run.conditions, before.conditions
        np.testing.assert_allclose(
            run.rate("walks_away", one)[:, 0], before.final("walks_away", other), rtol=1e-6
        )


def test_float64_is_kept_in_the_file_and_where_float32_gives_up(tmp_path):
    """z goes from ln(1e-4/(1 − 1e-4)) by 1e-9 an update: far below half a unit in float32's last place."""
    tables = {
        **small({"kind": "imitation"}),
        "world": {"kind": "bandit"},
        "policy": {
            "kind": "tabular",
            "head": "logit",
            "init": {"kind": "probability", "of": "arm_1", "value": 1e-4},
        },
        "optimiser": {"kind": "sgd", "learning_rate": 1e-8},
        "population": {"networks": 1},
        "training": {"updates": 10, "record": {"at": [10]}},
    }
    tables["world"] = {"kind": "bandit", "reward": [0.0, 1.0]}
    with popgrad.run(tables, tmp_path / "run.h5", precision="float64") as run:
        (name,) = run.conditions
        margin = run.margin("arm_1", name)[0]
    assert margin.dtype == np.float64
    assert margin[1] - margin[0] == pytest.approx(10 * 1e-8 * (1 - 1e-4), rel=1e-6)


def test_what_is_all_but_impossible_disturbs_no_gradient(tmp_path):
    """At q = 3 the square of 1/π of the other arm, which nobody demonstrates, overflows float32."""
    tables = small(
        {"kind": "imitation", "rule": "tsallis", "q": 3.0},
        world={"kind": "bandit"},
        policy={"kind": "tabular", "init": {"kind": "probability", "of": "arm_1", "value": 1e-38}},
        training={"updates": 3, "record": {"at": [0]}},
    )
    with popgrad.run(tables, tmp_path / "run.h5") as run:
        (name,) = run.conditions
        assert (run.diverged_at(name) == -1).all()
        margins = run.margin("arm_1", name)
    np.testing.assert_allclose(margins, np.log(1e-38), rtol=1e-6)


def test_networks_whose_logits_overflow_are_marked(tmp_path):
    tables = small(
        {"kind": "imitation"},
        policy={
            "kind": "mlp",
            "hidden": [1],
            "activation": "relu",
            "bias": False,
            "init": {"kind": "normal", "std": 1e20},
        },
        world={"kind": "bandit"},
        training={"updates": 3, "record": {"at": [0]}},
    )
    with popgrad.run(tables, tmp_path / "run.h5") as run:
        (name,) = run.conditions
        lost, rates = run.diverged_at(name) >= 0, run.rate("best", name)[:, -1]
    assert lost.any()
    np.testing.assert_array_equal(np.isnan(rates), lost)


def test_hyperparameters_that_differ_by_network(tmp_path):
    tables = small(optimiser={"kind": "sgd", "learning_rate": {"log_uniform": [0.01, 0.3]}})
    found = {}
    for backend in ("jax", "numba"):
        with popgrad.run(tables, tmp_path / f"{backend}.h5", backend=backend) as run:
            found[backend] = arrays(run)
    rates = [array for name, array in found["jax"].items() if name.startswith("learning_rate")]
    assert len(np.unique(rates[0])) > 60
    for name, array in found["numba"].items():
        np.testing.assert_allclose(found["jax"][name], array, rtol=2e-4, atol=2e-5, err_msg=name)


def test_float64_of_the_vectors_is_refused():
    with pytest.raises(InvalidInput, match=r'expected precision = "float64" with backend = "jax"'):
        popgrad.read_experiment({**small(), "compute": {"precision": "float64"}})


def test_an_unknown_backend_is_refused():
    with pytest.raises(InvalidInput, match=r"compute.backend: got 'jaxx', expected one of numba, jax"):
        popgrad.read_experiment({**small(), "compute": {"backend": "jaxx"}})


def test_a_device_that_is_not_there_is_refused_before_anything_is_written(tmp_path):
    path = tmp_path / "run.h5"
    with pytest.raises(PopgradError, match=r"device: got 'tpu', expected one that JAX sees here: cpu"):
        popgrad.run(small(), path, device="tpu")
    assert list(tmp_path.iterdir()) == []


def test_a_platform_that_is_not_there_is_refused(monkeypatch):
    def none(kind: str | None = None) -> Any:
        raise AssertionError

    monkeypatch.setattr(jax, "devices", none)
    with pytest.raises(PopgradError, match="device: JAX sees none here"):
        device.device_of(None)


def test_threads_for_a_device_are_refused(tmp_path):
    with pytest.raises(PopgradError, match=r"threads: got 2, expected none with backend = \"jax\""):
        popgrad.run(small(), tmp_path / "run.h5", threads=2)


def test_a_device_for_the_vectors_is_refused(tmp_path):
    with pytest.raises(PopgradError, match=r"device: got 'cpu', expected none unless backend = \"jax\""):
        popgrad.run(small(), tmp_path / "run.h5", backend="numba", device="cpu")


def test_selection_is_the_vectors_alone():
    tables = small({"kind": "imitation"})
    tables["training"] = {"method": "guess_and_check", "select": {"loss": {"below": 0.5}}}
    with pytest.raises(InvalidInput, match=r'compute.backend: got "jax", expected "numba"'):
        popgrad.read_experiment(tables)


def test_by_command(tmp_path: Path):
    import tomlkit

    file = tmp_path / "small.toml"
    file.write_text(tomlkit.dumps(experiment(OUTCOME, population={"networks": 16})))
    runner, output = CliRunner(), tmp_path / "out.h5"
    options = ["--backend", "jax", "--precision", "float64", "--device", "cpu"]
    assert runner.invoke(main, ["run", str(file), "-o", str(output), *options]).exit_code == 0
    with popgrad.open_run(output) as run:
        assert run.spec["compute"] == {"backend": "jax", "precision": "float64"}
    assert "as the device is" in runner.invoke(main, ["check", str(file), "--backend", "jax"]).output
    refused = runner.invoke(main, ["run", str(file), "-o", str(tmp_path / "no.h5"), "--precision", "float64"])
    assert refused.exit_code == 2
    assert 'with backend = "jax" alone' in refused.output


VISITS = {
    "training": {"updates": 6, "record": {"every": 3}, "rows": "visits", "recorded": 8},
    "world": {"kind": "coin_line", "length": 2, "diversity": 0.3},
}


@pytest.mark.parametrize(
    "loss",
    [
        {"kind": "imitation", "estimator": "minibatch", "rows": 5},
        {"kind": "imitation", "states": "own", "estimator": "sampled", "episodes": 4},
        {"kind": "outcome", "episodes": 4, "rule": "clipped", "epochs": 2, "baseline": "leave_one_out"},
        {
            "kind": "decoupled_approval",
            "episodes": 4,
            "baseline": "critic",
            "critic": {"kind": "mlp", "hidden": [3], "learning_rate": 0.1},
            "entropy": 0.1,
        },
        {"kind": "preference", "compare": "episodes", "judged_on": "observed_return", "episodes": 4},
    ],
    ids=["minibatch", "own states", "clipped", "decoupled", "preference"],
)
def test_rows_of_an_update_are_those_of_the_vectors(tmp_path, loss):
    """Minibatches that the population shares, and visits that differ by network; so are the surveys."""
    found = {}
    for backend in ("jax", "numba"):
        with popgrad.run(small(loss, **VISITS), tmp_path / f"{backend}.h5", backend=backend) as run:
            found[backend] = arrays(run)
    for name, array in found["numba"].items():
        np.testing.assert_allclose(found["jax"][name], array, rtol=2e-4, atol=2e-5, err_msg=name)


def test_plugged_in_losses_train_and_run_again(tmp_path):
    """The focal loss at γ = 1 by hand: L = −Σ d Σ demonstrator (1 − π) ln π, of one state and two arms."""
    example = Path(__file__).resolve().parents[2] / "examples" / "plugins" / "focal.py"
    tables = {
        **small({"kind": "focal", "gamma": 1.0}),
        "plugins": [str(example)],
        "world": {"kind": "bandit"},
        "policy": {"kind": "tabular"},
        "population": {"networks": 2},
        "training": {"updates": 3, "record": {"every": 1}},
        "optimiser": {"kind": "sgd", "learning_rate": 0.5},
        "compute": {"backend": "jax", "precision": "float64"},
    }
    path = tmp_path / "focal.h5"
    with popgrad.run(tables, path) as run:
        (name,) = run.conditions
        rates = run.rate("best", name)[0]
    z, expected = 0.0, [0.5]
    for _ in range(3):
        p = 1 / (1 + np.exp(-z))
        slope = -((1 - p) / p - np.log(p))  # dL/dp
        z -= 2 * 0.5 * slope * p * (1 - p)
        expected.append(1 / (1 + np.exp(-z)))
    np.testing.assert_allclose(rates, expected, rtol=1e-12)
    assert "every bit came out the same" in CliRunner().invoke(main, ["rerun", str(path)]).output


@pytest.mark.parametrize(
    "setting",
    [
        ("jax_numpy_dtype_promotion", "strict"),
        ("jax_numpy_rank_promotion", "raise"),
        ("jax_debug_nans", True),
    ],
    ids=lambda setting: setting[0],
)
def test_what_the_calling_program_set_does_not_matter(tmp_path, setting):
    name, value = setting
    before = getattr(jax.config, name)
    jax.config.update(name, value)
    try:
        tables = small(OUTCOME, optimiser={"kind": "adam", "learning_rate": 0.1})
        popgrad.run(tables, tmp_path / "run.h5").close()
        assert getattr(jax.config, name) == value
    finally:
        jax.config.update(name, before)


def test_saturated_units_have_no_gradient_on_either_backend(tmp_path):
    """1 − h² of a unit that says ±1 is 0: behind it a weight of 10⁸ would make much of what is left of it."""
    own = {"kind": "mlp", "hidden": [8], "init": {"kind": "normal", "std": 1e8}}
    norms = {}
    for backend, precision in (("numba", "float32"), ("jax", "float32"), ("jax", "float64")):
        path = tmp_path / f"{backend}-{precision}.h5"
        tables = small({"kind": "imitation"}, policy=own, training={"updates": 1, "record": {"at": [0]}})
        with popgrad.run(tables, path, backend=backend, precision=precision) as run:
            norms[backend, precision] = run.gradient_norm(run.conditions[0])[:, 0]
    exact = norms["jax", "float64"]
    for found in norms.values():
        close = np.abs(found - exact) < 1e-5 * (1 + exact)
        assert close.mean() > 0.95  # but where a sum of 10⁸s cancels
