"""What is recorded, against the oracle: rates, margins, losses, returns, and what sampled episodes showed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import naive
import naive_losses
import numpy as np
import pytest
from cases import EPISODES, LOSSES, WORLDS, condition_of, parameters_of, updates_of
from policy_cases import NORMAL, POLICY_TABLES, first_fit, net_of, oracle_step
from popgrad.kernels.lanes.vector import LANES
from popgrad.sim.behaviour import Behaviour
from popgrad.sim.blocks import Control, simulate_block
from popgrad.sim.experiment import Condition
from popgrad.sim.initial import fresh_state
from popgrad.sim.lower import lower
from popgrad.sim.world import World

IDS = np.arange(LANES, dtype=np.uint32)
POLICY = {"kind": "mlp", "hidden": [5], "init": {"kind": "normal"}}
NET = naive.Net("mlp", hidden=(5,), bias=True)
CHECKED = (0, 13)


def still(world: World, loss: dict[str, Any], updates: int = 1, seed: int = 3) -> Condition:
    """A condition in which nothing moves."""
    watch = [{"behaviour": world.behaviours[0].name, "below": 0.5}]
    return condition_of(world, POLICY, loss, {"updates": updates, "watch": watch}, rate=1e-30, seed=seed)


def recorded(condition: Condition) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """A block's arrays, and the policies (networks, S, A) that they are of."""
    plan = lower(condition)
    thetas = parameters_of(plan, fresh_state(plan, condition, IDS))
    policies = [naive.probabilities(NET, condition.world, theta) for theta in thetas]
    return simulate_block(plan, condition, IDS, Control()), np.array(policies)


@pytest.fixture(scope="module", params=WORLDS)
def measured(request: pytest.FixtureRequest) -> Any:
    world = WORLDS[request.param]
    return world, *recorded(still(world, {"kind": "process", "episodes": 1}))


def test_rates_are_probabilities_or_expected_counts(measured):
    world, arrays, policies = measured
    for lane in CHECKED:
        expected = [naive.behaviour_rate_recursive(world, b, policies[lane]) for b in world.behaviours]
        np.testing.assert_allclose(arrays["rate"][lane, 0], expected, rtol=2e-6, atol=2e-6)


def test_margins_are_log_odds_where_a_behaviour_has_one_state(measured):
    world, arrays, policies = measured
    for number, behaviour in enumerate(world.behaviours):
        state = behaviour.margin_state
        if state is None:
            assert np.isnan(arrays["margin"][:, :, number]).all()
            continue
        inside = (policies[:, state] * behaviour.weight[state]).sum(axis=1)
        np.testing.assert_allclose(
            arrays["margin"][:, 0, number], np.log(inside) - np.log1p(-inside), rtol=1e-5, atol=1e-5
        )


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("observed_return", ("observed_reward", "observed_entry_reward")),
        ("intended_return", ("reward", "entry_reward")),
    ],
)
def test_returns_are_of_the_reward_that_they_name(measured, name, columns):
    world, arrays, policies = measured
    for lane in CHECKED:
        expected = naive.expected_return_recursive(world, policies[lane], *columns)
        np.testing.assert_allclose(arrays[name][lane, 0], expected, rtol=2e-6, atol=2e-6)


SEED = 3
RATE = 0.125


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
@pytest.mark.parametrize("worlds", [["branching", "bandit"], ["coin_line_3", "reward_register", "bandit"]])
def test_the_loss_is_the_objective_or_that_of_the_update_that_starts_there(worlds, loss):
    """The exact objective whatever the estimator; of the rules that have none, the update's own."""
    fitting = first_fit(loss, ["tanh_5", "tabular"], worlds)
    policy, world = {**POLICY_TABLES[fitting[0]], "init": NORMAL}, WORLDS[fitting[1]]
    training = {"updates": 3, "record": {"every": 1}}
    condition = condition_of(world, policy, loss, training, rate=RATE, seed=SEED)
    plan = lower(condition)
    losses = simulate_block(plan, condition, IDS, Control())["loss"]
    path = updates_of(plan, condition, IDS, range(4))
    size = plan.training.network.parameters
    for lane in CHECKED:
        for update, taken in enumerate(path):
            address = naive.Address(SEED, int(IDS[lane]), update)
            expected = oracle_step(condition, policy, loss, path, address, lane).loss
            if expected is None:
                expected = naive_losses.objective(net_of(policy), world, loss, taken.before[lane][:size])
            np.testing.assert_allclose(losses[lane, update], expected, rtol=5e-6, atol=5e-6)


@pytest.mark.parametrize("world_name", ["branching", "coin_line_3"])
@pytest.mark.parametrize("acting", [{"temperature": 0.4}, {"acting": "epsilon_greedy", "epsilon": 0.2}])
def test_a_policy_that_predicts_is_measured_as_it_acts(world_name, acting):
    world, loss = WORLDS[world_name], {"kind": "consequence", **acting}
    condition = still(world, loss)
    arrays, _ = recorded(condition)
    plan = lower(condition)
    for lane in CHECKED:
        theta = parameters_of(plan, fresh_state(plan, condition, IDS))[lane]
        pi = naive_losses.acting_policy(loss, naive.logits(NET, world, theta))
        expected = [naive.behaviour_rate_recursive(world, b, pi) for b in world.behaviours]
        np.testing.assert_allclose(arrays["rate"][lane, 0], expected, rtol=2e-6, atol=2e-6)


@pytest.mark.parametrize("world_name", ["branching", "coin_line_3"])
@pytest.mark.parametrize("encoding", ["scalar", "one_hot"])
@pytest.mark.parametrize("target", [0, 1, 2])
def test_a_policy_that_is_told_a_return_is_measured_at_its_target(world_name, encoding, target):
    world = WORLDS[world_name]
    loss = {"kind": "return_conditioned", "edges": [0.0, 0.6], "target": target, "encoding": encoding}
    condition = still(world, loss)
    plan = lower(condition)
    rates = simulate_block(plan, condition, IDS, Control())["rate"]
    told = naive_losses.conditioned(world, loss, target)
    for lane in CHECKED:
        theta = parameters_of(plan, fresh_state(plan, condition, IDS))[lane]
        for number, behaviour in enumerate(told.behaviours):
            pi = naive.probabilities(NET, behaviour.variant or told, theta)
            expected = naive.behaviour_rate_recursive(told, behaviour, pi)
            np.testing.assert_allclose(rates[lane, 0, number], expected, rtol=2e-6, atol=2e-6)


def shows(world: World, behaviour: Behaviour, episode: naive.Episode) -> int:
    """How often an episode shows a behaviour: visits that its weights count, and counted endings."""
    weight = behaviour.weight
    if behaviour.contexts is not None:
        weight = weight * (behaviour.contexts > 0)[:, None]
    times = sum(weight[s, a] != 0 for s, a in zip(episode.states, episode.actions, strict=True))
    if episode.terminal is not None and behaviour.entry is not None:
        times += behaviour.entry[episode.terminal] != 0
    return int(times)


@pytest.mark.parametrize("world_name", WORLDS)
def test_visits_and_first_exploration_are_those_of_the_episodes(world_name):
    world, updates = WORLDS[world_name], 6
    arrays, policies = recorded(still(world, {"kind": "outcome", "episodes": EPISODES}, updates))
    for lane in CHECKED:
        drawn = [
            naive.sampled_episodes(world, policies[lane], 3, lane, update, EPISODES)
            for update in range(updates)
        ]
        for number, behaviour in enumerate(world.behaviours):
            counts = [sum(shows(world, behaviour, episode) for episode in episodes) for episodes in drawn]
            first = next((update + 1 for update, count in enumerate(counts) if count), -1)
            assert arrays["visits"][lane, number] == sum(counts)
            assert arrays["explored_at"][lane, number] == first


def test_where_nothing_is_sampled_visits_say_so():
    arrays, _ = recorded(still(WORLDS["branching"], {"kind": "imitation"}))
    assert (arrays["visits"] == -2).all()
    assert (arrays["explored_at"] == -2).all()


@pytest.mark.parametrize("rest", [1e-3, 1e-6, 1e-9, 1e-12])
def test_a_cross_entropy_near_zero_keeps_its_precision(rest):
    world = WORLDS["coin_line_2"]
    condition = condition_of(world, {"kind": "tabular", "head": "logit"}, {"kind": "imitation"})
    plan = lower(condition)
    z = np.log1p(-rest) - np.log(rest)
    right = naive.demonstrator_of(world)[:, 1] == 1
    plan = replace(plan, centre=np.where(right, z, -z))
    loss = simulate_block(plan, condition, IDS, Control())["loss"][:, 0]
    np.testing.assert_allclose(loss, -np.log1p(-rest), rtol=5e-6)
