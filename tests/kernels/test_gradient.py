"""The gradient of one update, for every loss and shape of policy, against the oracle's in float64."""

from __future__ import annotations

from typing import Any

import naive
import naive_losses
import numpy as np
import pytest
from cases import EXACT, LOSSES, WORLDS, Taken, condition_of, updates_of
from popgrad.kernels.lanes.vector import LANES
from popgrad.sim.blocks import Control, simulate_block
from popgrad.sim.experiment import Condition
from popgrad.sim.lower import lower, training_episodes
from popgrad.sim.policy import POLICIES
from popgrad.sim.world import World

NORMAL = {"kind": "normal", "std": 0.7}
POLICY_TABLES: dict[str, dict[str, Any]] = {
    "tabular": {"kind": "tabular"},
    "tabular_logit": {"kind": "tabular", "head": "logit"},
    "linear": {"kind": "linear", "bias": True},
    "linear_logit": {"kind": "linear", "head": "logit"},
    "tanh_5": {"kind": "mlp", "hidden": [5]},
    "tanh_5_3_logit": {"kind": "mlp", "hidden": [5, 3], "bias": False, "head": "logit"},
    "tanh_8_6_tangent": {"kind": "mlp", "hidden": [8, 6], "parameterisation": "tangent_kernel"},
    "relu_5": {"kind": "mlp", "hidden": [5], "activation": "relu", "bias": False},
    "relu_3_5_mean_logit": {
        "kind": "mlp",
        "hidden": [3, 5],
        "activation": "relu",
        "head": "logit",
        "parameterisation": "mean_field",
    },
    "relu_5_3": {"kind": "mlp", "hidden": [5, 3], "activation": "relu"},
    "relu_1_1": {"kind": "mlp", "hidden": [1, 1], "activation": "relu"},
    "deep_linear": {"kind": "deep_linear", "hidden": [4, 3]},
    "deep_linear_tangent": {"kind": "deep_linear", "hidden": [4], "parameterisation": "tangent_kernel"},
}
SEED = 2**40 + 5
IDS = np.arange(7, 7 + LANES, dtype=np.uint32)
LANE = 9
"""The lane whose gradients are compared; the others differ from it only by number."""
UPDATES = range(3)
RATE = 0.125
"""A power of two, so that a step tells its gradient exactly; the critic's rate is the same."""


def fits(world: World, policy: dict[str, Any], loss: dict[str, Any]) -> bool:
    """Whether the three go together."""
    condition = condition_of(world, policy, loss)
    faults = condition.policy.faults(world) + condition.loss.faults(world)
    return not faults and not condition.loss.policy_faults(condition.policy)


def net_of(table: dict[str, Any]) -> naive.Net:
    """The oracle's net of a `[policy]` table."""
    shape = {key: value for key, value in table.items() if key != "init"}
    if "hidden" in table:
        shape["hidden"] = tuple(table["hidden"])
    if table["kind"] == "mlp":
        shape = {"bias": True, **shape}
    if table["kind"] == "deep_linear":
        shape = {"activation": "identity", **shape}
    return naive.Net(**shape)


def acted_by(condition: Condition, taken: Taken) -> np.ndarray:
    """(S, A): the float32 probabilities that the kernel sampled from; even chances where it never acts."""
    world = condition.world
    acting = training_episodes(world, condition.loss).acting
    table = np.full((world.states, world.actions), 1 / world.actions)
    table[acting] = taken.acted[:, :, LANE]
    return table


def assert_as_the_oracle(condition: Condition, net: naive.Net, loss: dict[str, Any]) -> None:
    """Three updates, so that what a rule keeps of the first matters in the others."""
    world, plan = condition.world, lower(condition)
    policy = plan.training.network.parameters
    path = updates_of(plan, condition, IDS, UPDATES)
    for update, taken in zip(UPDATES, path, strict=True):
        began = update - update % condition.loss.epochs
        theta, gradient = taken.before[LANE], (taken.before[LANE] - taken.after[LANE]) / RATE
        expected = naive_losses.step(
            net,
            world,
            loss,
            theta[:policy],
            at=naive.Address(SEED, int(IDS[LANE]), update),
            old=path[began].before[LANE][:policy],
            epoch_start=began,
            reference=path[0].before[LANE][:policy],
            critic=theta[policy:] if condition.loss.critic else None,
            acted=acted_by(condition, taken),
        )
        both = np.append(expected.gradient, [] if expected.critic is None else expected.critic)
        size = max(1.0, np.abs(both).max())
        np.testing.assert_allclose(gradient, both, rtol=1e-5, atol=4e-6 * size)


def test_every_kind_of_policy_is_here():
    assert {table["kind"] for table in POLICY_TABLES.values()} == set(POLICIES)


@pytest.mark.parametrize("policy_name", POLICY_TABLES)
@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_gradient_of_the_surrogate(policy_name, loss):
    policy = {**POLICY_TABLES[policy_name], "init": NORMAL}
    worlds = [world for world in WORLDS.values() if fits(world, policy, loss)]
    for world in worlds:
        assert_as_the_oracle(condition_of(world, policy, loss, rate=RATE, seed=SEED), net_of(policy), loss)
