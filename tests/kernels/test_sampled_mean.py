"""Averaged over networks that begin alike, the sampled gradient is the exact one within its error."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from cases import EPISODES, EXACT, NOISY, WORLDS, Z, condition_of, steps_of, working
from popgrad.kernels.lanes.vector import LANES
from popgrad.sim.lower import lower
from popgrad.sim.world import World

NETWORKS = 20_000
POLICY = {"kind": "linear", "bias": True}


def fixed_length(world: World) -> World:
    """The same world without ends: all episodes have as many visits, so a mean over visits has no bias."""
    return replace(world, terminal=np.zeros(world.states, bool), contexts=np.ones(world.states))


def gradients(world: World, loss: dict[str, Any], networks: int) -> np.ndarray:
    """(networks, P) gradients of one update of networks with the same weights, nothing special about them."""
    condition = condition_of(world, POLICY, loss)
    plan = lower(condition)
    centre = np.random.default_rng(7).normal(size=len(plan.centre))
    plan = replace(plan, centre=centre, scale=np.zeros_like(centre))
    before, gradient = steps_of(plan, condition, np.arange(networks, dtype=np.uint32), 0, working(plan))
    assert (before == before[0]).all()
    return gradient


def exact_of(loss: dict[str, Any]) -> dict[str, Any]:
    """The exact loss that a sampled one estimates."""
    kept = {key: value for key, value in loss.items() if key in ("kind", "states", "labels")}
    table = {**kept, "estimator": "exact"}
    assert table in EXACT.values()
    return table


@pytest.mark.parametrize("loss", NOISY.values(), ids=NOISY)
@pytest.mark.parametrize("world_name", ["branching", "reward_register", "bandit"])
def test_the_mean_over_networks_is_the_exact_gradient(world_name, loss):
    world = WORLDS[world_name]
    if loss["kind"] == "imitation":
        world = fixed_length(world)
    sampled = gradients(world, loss, NETWORKS)
    exact = gradients(world, exact_of(loss), LANES)[0]
    if loss.get("baseline") == "mean":
        exact = (1 - 1 / EPISODES) * exact
    error = sampled.std(axis=0) / np.sqrt(len(sampled))
    assert error.max() > 1e-4 or world_name != "branching"  # elsewhere some losses have nothing to draw
    np.testing.assert_array_less(np.abs(sampled.mean(axis=0) - exact), Z * error + 1e-6)
    assert np.abs(exact).max() > 10 * error.max()


def test_own_states_of_episodes_that_end_are_a_ratio_whose_bias_falls_as_1_over_e():
    world = WORLDS["branching"]
    exact = gradients(world, {"kind": "imitation", "states": "own", "estimator": "exact"}, LANES)[0]
    bias = []
    for episodes in (2, 64):
        loss = {"kind": "imitation", "states": "own", "estimator": "sampled", "episodes": episodes}
        sampled = gradients(world, loss, NETWORKS)
        bias.append(np.abs(sampled.mean(axis=0) - exact).max())
        error = Z * sampled.std(axis=0).max() / np.sqrt(NETWORKS)
    assert bias[0] > 5 * error
    assert bias[1] < bias[0] / 16 + error
