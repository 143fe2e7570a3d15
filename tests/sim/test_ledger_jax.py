"""A ledger on the JAX backend in a whole run: complete, by phases and blocks, without effect on the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
import popgrad
import pytest
from cases import experiment
from popgrad.sim.runfile import Run

BEHAVIOURS = ["collects_coin", "walks_away"]
CONDITION = "0_imitation"


def tables(ledger: bool = True) -> dict[str, Any]:
    """Forty networks of tanh, with a phase that differs in numbers alone."""
    training: dict[str, Any] = {"updates": 20, "record": {"log": 4}}
    if ledger:
        training["ledger"] = {"behaviours": BEHAVIOURS, "networks": 40, "nodes": 4}
    policy = {"kind": "mlp", "hidden": [5], "activation": "tanh", "init": {"kind": "normal", "std": 0.7}}
    return experiment(
        {"kind": "imitation"},
        policy=policy,
        optimiser={"kind": "sgd", "learning_rate": 0.02},
        population={"networks": 40},
        training=training,
        phase=[{"updates": 10, "loss": {"kind": "imitation"}, "optimiser.learning_rate": 0.03}],
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """In float64, three blocks of a batch."""
    path = tmp_path_factory.mktemp("ledger") / "out.h5"
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("popgrad.sim.work.block_size", lambda *_: 16)
        return popgrad.run(tables(), path, backend="jax", precision="float64")


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_accounts_are_complete(run, behaviour):
    ledger, rate = run.ledger(behaviour, CONDITION), run.rate(behaviour, CONDITION)
    change = rate - rate[:, :1]
    assert np.abs(change[:, -1]).mean() > 0.05
    assert np.abs(ledger.unexplained).mean() < 1e-6 * np.abs(change[:, -1]).mean()
    np.testing.assert_array_equal(ledger.counted, 40)
    whole = ledger.over_time.sum(axis=(1, 2, 3)) + ledger.rest_over_time.sum(axis=1)
    np.testing.assert_allclose(whole, change.mean(axis=0), rtol=0, atol=1e-12)
    booked = ledger.by_network.sum(axis=(1, 2, 3))
    np.testing.assert_allclose(booked + ledger.unexplained, change[:, -1], rtol=0, atol=1e-12)
    np.testing.assert_allclose(ledger.mean, ledger.by_network.mean(axis=0), rtol=0, atol=1e-12)


def test_accounts_are_those_of_the_vectors(run, tmp_path):
    with popgrad.run(tables(), tmp_path / "vectors.h5") as vectors:
        for behaviour in BEHAVIOURS:
            ours, theirs = (each.ledger(behaviour, CONDITION) for each in (run, vectors))
            assert np.abs(theirs.by_network).max() > 0.1
            np.testing.assert_allclose(ours.by_network, theirs.by_network, rtol=0, atol=2e-6)
            np.testing.assert_allclose(ours.over_time, theirs.over_time, rtol=0, atol=2e-6)


def test_a_ledger_leaves_the_rest_of_the_run_as_it_is(run, tmp_path):
    bare = popgrad.run(tables(ledger=False), tmp_path / "bare.h5", backend="jax", precision="float64")
    for name in bare.variables:
        np.testing.assert_array_equal(run.values(name), bare.values(name))


def test_steep_steps_are_divided(tmp_path):
    steep = tables()
    del steep["phase"], steep["training"]["ledger"]["nodes"]
    steep["policy"]["init"]["std"], steep["optimiser"]["learning_rate"] = 1.2, 0.5
    steep["population"]["networks"] = 16
    ends = {**steep, "training": {**steep["training"]}}
    ends["training"]["ledger"] = {**steep["training"]["ledger"], "nodes": "ends"}
    divided = popgrad.run(steep, tmp_path / "divided.h5", backend="jax")
    plain = popgrad.run(ends, tmp_path / "ends.h5")
    for behaviour in BEHAVIOURS:
        rate = divided.rate(behaviour, CONDITION)
        size = np.abs(rate[:, -1] - rate[:, 0]).mean()
        left, without = (
            np.abs(each.ledger(behaviour, CONDITION).unexplained).mean() for each in (divided, plain)
        )
        assert left < 5e-3 * size
        assert without > 0.02 * size
