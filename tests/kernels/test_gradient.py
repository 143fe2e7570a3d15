"""The gradient of one update, for every loss and shape of policy, against the oracle's in float64."""

from __future__ import annotations

from typing import Any

import naive
import numpy as np
import pytest
from cases import EXACT, LOSSES, WORLDS, condition_of, steps_of, working
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
    "tanh_8_6": {"kind": "mlp", "hidden": [8, 6]},
    "relu_5": {"kind": "mlp", "hidden": [5], "activation": "relu", "bias": False},
    "relu_3_5_logit": {"kind": "mlp", "hidden": [3, 5], "activation": "relu", "head": "logit"},
    "relu_5_3": {"kind": "mlp", "hidden": [5, 3], "activation": "relu"},
    "relu_1_1": {"kind": "mlp", "hidden": [1, 1], "activation": "relu"},
}
UPDATE = 3
SEED = 2**40 + 5
IDS = np.arange(7, 7 + LANES, dtype=np.uint32)
CHECKED = (0, 9)
"""Lanes whose gradients are compared; the others differ from them only by number."""


def fits(world: str, policy: str) -> bool:
    """A head of one logit needs two actions."""
    return WORLDS[world].actions == 2 or POLICY_TABLES[policy].get("head") != "logit"


PAIRS = [(world, policy) for world in WORLDS for policy in POLICY_TABLES if fits(world, policy)]


def net_of(table: dict[str, Any]) -> naive.Net:
    """The oracle's net of a `[policy]` table."""
    shape = {key: value for key, value in table.items() if key != "init"}
    if table["kind"] == "mlp":
        shape = {"bias": True, **shape, "hidden": tuple(table["hidden"])}
    return naive.Net(**shape)


class Update:
    """One update of sixteen networks: their parameters, what it took off them, what it acted by."""

    def __init__(self, condition: Condition):
        self.plan = lower(condition)
        scratch = working(self.plan)
        self.parameters, self.gradient = steps_of(self.plan, condition, IDS, UPDATE, scratch)
        table = scratch.probability.reshape(-1, condition.world.actions, LANES)
        self.acting = training_episodes(condition.world, condition.loss).acting
        self.probability = table[: len(self.acting)].astype(np.float64)

    def acted_by(self, pi: np.ndarray, lane: int) -> np.ndarray:
        """π with the float32 probabilities that the kernel sampled from."""
        used = pi.copy()
        used[self.acting] = self.probability[:, :, lane]
        return used


def update_of(world: World, policy: dict[str, Any], loss: dict[str, Any]) -> Update:
    return Update(condition_of(world, {**policy, "init": NORMAL}, loss, seed=SEED))


def test_every_kind_of_policy_is_here():
    assert {table["kind"] for table in POLICY_TABLES.values()} == set(POLICIES)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
@pytest.mark.parametrize(("world_name", "policy_name"), PAIRS, ids=["-".join(pair) for pair in PAIRS])
def test_gradient_of_the_surrogate(world_name, policy_name, loss):
    world, policy = WORLDS[world_name], POLICY_TABLES[policy_name]
    net, update = net_of(policy), update_of(world, policy, loss)
    for lane in CHECKED:
        theta = update.parameters[lane]
        pi = naive.probabilities(net, world, theta)
        acted = update.acted_by(pi, lane)
        np.testing.assert_allclose(acted, pi, atol=1e-6)
        at = naive.Address(SEED, int(IDS[lane]), UPDATE)
        U = naive.push(world, loss, pi, at=at, thresholds_pi=acted)
        expected = naive.backward(net, world, theta, naive.logit_gradient(pi, U))
        np.testing.assert_allclose(update.gradient[lane], expected, rtol=3e-6, atol=3e-6)


@pytest.mark.parametrize("kind", ["outcome", "secure_outcome"])
@pytest.mark.parametrize(
    ("world_name", "policy_name"),
    [pair for pair in PAIRS if pair[0] != "coin_line_3"],  # its episodes are too many to enumerate
    ids=lambda name: name,
)
def test_exact_outcome_descends_the_expected_return_itself(world_name, policy_name, kind):
    world, policy = WORLDS[world_name], POLICY_TABLES[policy_name]
    update = update_of(world, policy, {"kind": kind, "estimator": "exact"})
    net = net_of(policy)

    def expected_return(theta: np.ndarray) -> float:
        pi = naive.probabilities(net, world, theta)
        return naive.expected_return_recursive(world, pi, *naive.READS[kind])

    theta = update.parameters[0]
    pi = naive.probabilities(net, world, theta)
    by_paths = naive.expected_return(world, pi, *naive.READS[kind])
    assert expected_return(theta) == pytest.approx(by_paths, abs=1e-12)
    climb = naive.finite_difference(expected_return, theta)
    np.testing.assert_allclose(update.gradient[0], -climb, rtol=3e-6, atol=3e-6)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_the_recorded_norm_is_of_the_update_that_starts_there(loss):
    policy = {**POLICY_TABLES["tanh_5"], "init": NORMAL}
    training = {"updates": 5, "record": {"every": 1}}
    condition = condition_of(WORLDS["branching"], policy, loss, training, seed=SEED)
    norms = simulate_block(lower(condition), condition, IDS, Control())["gradient_norm"]
    plan = lower(condition)
    _, first = steps_of(plan, condition, IDS, 0, working(plan))
    np.testing.assert_allclose(norms[:, 0], np.linalg.norm(first, axis=1), rtol=1e-5)
    assert (norms[:, 1] != norms[:, 0]).any()


@pytest.mark.parametrize("loss", EXACT.values(), ids=EXACT)
@pytest.mark.parametrize("policy", ["tanh_5", "linear_logit"])
def test_training_follows_the_oracle_for_many_updates(policy, loss):
    world, table = WORLDS["branching"], POLICY_TABLES[policy]
    training = {"updates": 25}
    condition = condition_of(world, {**table, "init": NORMAL}, loss, training, rate=0.1, seed=SEED)
    plan = lower(condition)
    before, _ = steps_of(plan, condition, IDS, 0, working(plan))
    after = simulate_block(plan, condition, IDS, Control())["weights"]
    path = naive.train(
        net_of(table), world, loss, before[4], learning_rate=float(np.float32(0.1)), updates=25
    )
    assert np.abs(path[-1] - path[0]).max() > 1e-2
    np.testing.assert_allclose(after[4], path[-1], atol=1e-5)
