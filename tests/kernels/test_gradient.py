"""The gradient of one update, for every loss and shape of policy, against the oracle's in float64."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import naive
import numpy as np
import pytest
from cases import LOSSES, WORLDS, condition_of, updates_of
from policy_cases import NORMAL, POLICY_TABLES, acted_in, fits, net_of, oracle_step
from popgrad.kernels.lanes.vector import LANES
from popgrad.sim.experiment import Condition
from popgrad.sim.lower import lower
from popgrad.sim.policies import POLICIES
from popgrad.sim.world import World

SEED = 2**40 + 5
IDS = np.arange(7, 7 + LANES, dtype=np.uint32)
LANE = 9
"""The lane whose gradients are compared; the others differ from it only by number."""
UPDATES = range(3)
RATE = 0.125
"""A power of two, so that a step tells its gradient exactly; the critic's rate is the same."""


def assert_as_the_oracle(condition: Condition, policy: dict[str, Any], loss: dict[str, Any]) -> None:
    """Three updates, so that what a rule keeps of the first matters in the others."""
    path = updates_of(lower(condition), condition, IDS, UPDATES)
    for update, taken in zip(UPDATES, path, strict=True):
        gradient = (taken.before[LANE] - taken.after[LANE]) / RATE
        address = naive.Address(SEED, int(IDS[LANE]), update)
        expected = oracle_step(condition, policy, loss, path, address, LANE)
        both = np.append(expected.gradient, [] if expected.critic is None else expected.critic)
        size = max(1.0, np.abs(both).max())
        np.testing.assert_allclose(gradient, both, rtol=1e-5, atol=4e-6 * size)


def test_every_kind_of_policy_is_here():
    assert {table["kind"] for table in POLICY_TABLES.values()} == set(POLICIES) - {"recurrent"}  # JAX's alone


@pytest.mark.parametrize("policy_name", POLICY_TABLES)
@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_gradient_of_the_surrogate(policy_name, loss):
    """In half of the worlds, so that each loss and each policy meets every world with others."""
    policy = {**POLICY_TABLES[policy_name], "init": NORMAL}
    worlds = [world for world in WORLDS.values() if fits(world, policy, loss)]
    turn = list(POLICY_TABLES).index(policy_name) + list(LOSSES.values()).index(loss)
    for world in worlds[turn % 2 :: 2] or worlds:
        assert_as_the_oracle(condition_of(world, policy, loss, rate=RATE, seed=SEED), policy, loss)


@pytest.mark.parametrize("kind", ["outcome", "secure_outcome"])
@pytest.mark.parametrize("policy_name", POLICY_TABLES)
@pytest.mark.parametrize("world_name", sorted(set(WORLDS) - {"coin_line_3"}))  # too many episodes to list
def test_exact_outcome_descends_the_expected_return_itself(world_name, policy_name, kind):
    world, loss = WORLDS[world_name], {"kind": kind, "estimator": "exact"}
    policy = {**POLICY_TABLES[policy_name], "init": NORMAL}
    if not fits(world, policy, loss):
        assert policy["head"] == "logit"
        return
    condition = condition_of(world, policy, loss, rate=RATE, seed=SEED)
    (taken,) = updates_of(lower(condition), condition, IDS, range(1))
    net, theta = net_of(policy), taken.before[LANE]
    world = acted_in(world, policy)

    def expected_return(parameters: np.ndarray) -> float:
        pi = naive.probabilities(net, world, parameters)
        return naive.expected_return_recursive(world, pi, *naive.READS[kind])

    by_paths = naive.expected_return(world, naive.probabilities(net, world, theta), *naive.READS[kind])
    assert expected_return(theta) == pytest.approx(by_paths, abs=1e-12)
    climb = naive.finite_difference(expected_return, theta)
    np.testing.assert_allclose((theta - taken.after[LANE]) / RATE, -climb, rtol=3e-6, atol=3e-6)


def paying_alike(world: World) -> World:
    """The world with the same reward for every episode, whatever happens."""
    nothing = np.zeros((world.states, world.actions))
    return replace(
        world,
        horizon=1,
        terminal=np.zeros(world.states, bool),
        start=np.array([0.3, 0.1, 0.2, 0.0, 0.25, 0.15]),
        observed_reward=nothing + 0.7,
        observed_entry_reward=None,
    )


@pytest.mark.parametrize(
    "options",
    [{"estimator": "exact"}, *({"episodes": n, "baseline": "mean"} for n in (2, 256, 1024))],
    ids=["exact", "2", "256", "1024"],
)
def test_where_all_episodes_are_worth_the_same_normalised_advantages_push_nothing(options):
    world = paying_alike(WORLDS["branching"])
    loss = {"kind": "outcome", "rule": "normalised", **options}
    condition = condition_of(world, {**POLICY_TABLES["tanh_5"], "init": NORMAL}, loss, rate=1.0)
    (taken,) = updates_of(lower(condition), condition, np.arange(LANES, dtype=np.uint32), range(1))
    np.testing.assert_array_equal(taken.after, taken.before)


@pytest.mark.parametrize("estimator", ["exact", "sampled"])
def test_own_states_are_normalised_where_some_episodes_end_as_they_start(estimator):
    world = replace(WORLDS["branching"], horizon=1)
    loss = {"kind": "imitation", "states": "own", "estimator": estimator}
    loss |= {"episodes": 4} if estimator == "sampled" else {}
    policy = {**POLICY_TABLES["tanh_5"], "init": NORMAL}
    assert_as_the_oracle(condition_of(world, policy, loss, rate=RATE, seed=SEED), policy, loss)
