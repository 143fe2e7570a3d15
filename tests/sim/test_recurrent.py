"""Recurrent policies: the gradient through an episode's past, what they learn, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import naive
import naive_recurrent
import numpy as np
import popgrad
import pytest
from cases import WORLDS, condition_of, experiment, world_of
from popgrad.sim.batches import simulate_batch
from popgrad.sim.compute import Compute
from popgrad.sim.errors import InvalidInput
from popgrad.sim.lower import lower
from popgrad.sim.pace import Control

HIDDEN, EPISODES, SEED, RATE = 3, 8, 2**40 + 5, 0.5
RECURRENT = {"kind": "recurrent", "hidden": HIDDEN, "init": {"kind": "normal", "std": 0.7}}
LOSS = {"kind": "outcome", "episodes": EPISODES, "baseline": "mean"}
UPDATES = 2


def trained(world: popgrad.World, updates: int) -> dict[str, np.ndarray]:
    """Sixteen networks after some updates, in float64."""
    training = {"updates": updates, "record": {"at": [0]}}
    own = condition_of(world, RECURRENT, LOSS, training, rate=RATE, seed=SEED)
    own = replace(own, compute=Compute(backend="jax", precision="float64"))
    return simulate_batch(lower(own), own, range(16), 16, Control())


PLACES = {"cue": world_of({"kind": "cue", "length": 2}), "branching": WORLDS["branching"]}


@pytest.mark.parametrize("world", PLACES.values(), ids=PLACES)
def test_its_gradient_goes_back_through_the_episode(world):
    paths = [trained(world, 1), trained(world, 2)]
    sizes = []
    for network in (0, 5, 9):
        before, after = (path["weights"][network] for path in paths)
        address = naive.Address(SEED, network, 1)
        drawn = naive_recurrent.episodes(world, before, HIDDEN, address, EPISODES)
        stage = naive.stage_for(world, LOSS)
        G = [naive.returns_to_go(stage, each, *naive.READS["outcome"], False) for each in drawn]
        b = naive.baselines("mean", drawn, G, [np.zeros(world.states)] * world.horizon)
        advantage = [[g - c for g, c in zip(*pair, strict=True)] for pair in zip(G, b, strict=True)]

        def surrogate(theta: np.ndarray, drawn: Any = drawn, advantage: Any = advantage) -> float:
            return naive_recurrent.surrogate(world, theta, HIDDEN, drawn, advantage)

        expected = naive.finite_difference(surrogate, before)
        sizes.append(np.abs(expected).max())
        np.testing.assert_allclose((before - after) / RATE, expected, rtol=1e-6, atol=1e-9)
    assert max(sizes) > 0.01


CUE = {
    "world": {"kind": "cue", "length": 3},
    "policy": {"kind": "recurrent", "hidden": 8},
    "optimiser": {"kind": "adam", "learning_rate": 0.02},
    "population": {"networks": 48},
    "training": {"updates": 300, "record": {"at": [0]}, "recorded": 32},
    "compute": {"backend": "jax"},
}


def test_it_remembers_the_cue_which_a_policy_without_memory_cannot(tmp_path):
    loss = {"kind": "outcome", "episodes": 16, "baseline": "mean"}
    with popgrad.run(experiment(loss, **CUE), tmp_path / "recurrent.h5") as run:
        (name,) = run.conditions
        begins, ends = run.rate("matches_cue", name)[:, 0], run.final("matches_cue", name)
    assert begins.mean() == pytest.approx(0.5, abs=0.05)
    assert (ends > 0.95).mean() > 0.8
    tables = experiment(loss, **{**CUE, "policy": {"kind": "mlp", "hidden": [8]}})
    tables["training"] = {"updates": 300, "record": {"at": [0]}}
    with popgrad.run(tables, tmp_path / "mlp.h5") as run:
        np.testing.assert_allclose(run.final("matches_cue", name), 0.5, atol=1e-5)


def refused(loss: dict[str, Any] = LOSS, **changes: Any) -> str:
    tables = experiment(loss, **{**CUE, "training": {"updates": 3}, **changes})
    with pytest.raises(InvalidInput) as error:
        popgrad.read_experiment(tables)
    return str(error.value)


def test_the_vectors_refuse_it():
    assert 'policy.kind: got "recurrent", with backend = "numba", expected backend = "jax"' in refused(
        compute={}
    )


def test_every_state_at_once_has_no_past():
    assert 'training.rows: got "states", expected "visits"' in refused(
        training={"updates": 3, "rows": "states"}
    )


@pytest.mark.parametrize(
    "loss", [{"kind": "imitation"}, {"kind": "outcome", "estimator": "exact"}], ids=["contexts", "exact"]
)
def test_losses_without_episodes_are_refused(loss):
    assert 'got "exact", expected "sampled": a recurrent policy learns from episodes' in refused(loss)
