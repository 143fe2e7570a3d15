"""What is estimated from episodes of its own: by hand from the addresses, and against exact functionals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import naive
import naive_losses
import numpy as np
import pytest
from cases import WORLDS, Z, condition_of, parameters_of
from policy_cases import NORMAL, POLICY_TABLES, fits, net_of
from popgrad.kernels.lanes.vector import LANES
from popgrad.sim.behaviour import Behaviour
from popgrad.sim.blocks import Control, simulate_block
from popgrad.sim.by_visit import MAX_LISTED
from popgrad.sim.experiment import Condition
from popgrad.sim.initial import fresh_state
from popgrad.sim.lower import lower
from popgrad.sim.world import World

SEED = 2**40 + 5
OUTCOME = {"kind": "outcome", "episodes": 3}
RETURNS = {
    "observed_return": ("observed_reward", "observed_entry_reward"),
    "intended_return": ("reward", "entry_reward"),
}


def still(world: World, policy: dict[str, Any], loss: dict[str, Any], **training: Any) -> Condition:
    """A condition by visit in which nothing moves."""
    options = {"updates": 4, "record": {"at": [0, 3]}, "rows": "visits", **training}
    return condition_of(world, policy, loss, options, rate=1e-30, seed=SEED)


def recorded(own: Condition, ids: np.ndarray) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """A block's arrays, and the parameters that they are of."""
    plan = lower(own)
    return simulate_block(plan, own, ids, Control()), parameters_of(plan, fresh_state(plan, own, ids))


def surveyed(
    world: World,
    pi: np.ndarray,
    network: int,
    update: int,
    episodes: int,
    weight: np.ndarray,
    discount: float,
) -> float:
    """The mean over episodes of Σ_t γᵗ Σ_a weight[s_t, a] π(a|s_t), the episodes drawn for the record."""
    total = 0.0
    for episode in range(episodes):
        state = naive.choose_start(
            world, naive.draw(SEED, network, "recorded", update, 2**32 - 1 - episode)[0]
        )
        for t in range(world.horizon):
            if naive.terminals(world)[state]:
                break
            total += discount**t * float(weight[state] @ pi[state])
            words = naive.draw(SEED, network, "recorded", update, episode * 2**12 + t)
            action = naive.choose(pi[state], words[0])
            branch = naive.choose_branch(naive.successors(world, state, action), words[1])
            state = int(world.successor[state, action, branch])
    return total / episodes


def weights_of(world: World, column: np.ndarray, entry: np.ndarray | None, discount: float) -> np.ndarray:
    """(S, A): what acting is worth, and what it leads to where that ends the episode."""
    entry = np.zeros(world.states) if entry is None else np.where(naive.terminals(world), entry, 0.0)
    ahead = (world.probability * entry[world.successor]).sum(axis=2)
    return column + discount * ahead


def started(world: World, entry: np.ndarray | None) -> float:
    """What entering is worth where an episode ends as it starts."""
    return 0.0 if entry is None else float(world.start @ np.where(naive.terminals(world), entry, 0.0))


@pytest.mark.parametrize("world_name", ["branching", "coin_line_3", "reward_register"])
@pytest.mark.parametrize("policy_name", ["tanh_5", "tabular", "tanh_8_6_tangent"])
def test_a_survey_is_what_its_addresses_say(world_name, policy_name):
    world, policy = WORLDS[world_name], {**POLICY_TABLES[policy_name], "init": NORMAL}
    if not fits(world, policy, OUTCOME):
        return
    ids = np.arange(20, 20 + LANES, dtype=np.uint32)
    arrays, parameters = recorded(still(world, policy, OUTCOME, recorded=5), ids)
    for lane in (0, 11):
        pi = naive.probabilities(net_of(policy), world, parameters[lane])
        for place, update in enumerate((0, 3)):
            for number, behaviour in enumerate(world.behaviours):
                stage = naive.stage_of(world, behaviour)
                if behaviour.contexts is not None:
                    continue
                pi_there = naive.probabilities(net_of(policy), world, parameters[lane], stage.features)
                weight = weights_of(stage, behaviour.weight, behaviour.entry, 1.0)
                value = surveyed(stage, pi_there, int(ids[lane]), update, 5, weight, 1.0)
                expected = value + started(stage, behaviour.entry)
                np.testing.assert_allclose(
                    arrays["rate"][lane, place, number], expected, rtol=5e-6, atol=5e-6
                )
            for name, (column, entry) in RETURNS.items():
                if getattr(world, column) is None:
                    continue
                paid = getattr(world, entry)
                weight = weights_of(world, getattr(world, column), paid, world.discount)
                value = surveyed(world, pi, int(ids[lane]), update, 5, weight, world.discount)
                expected = value + started(world, paid)
                np.testing.assert_allclose(arrays[name][lane, place], expected, rtol=5e-6, atol=5e-6)
            np.testing.assert_array_equal(-arrays["loss"][lane], arrays["observed_return"][lane])


@pytest.mark.parametrize("world_name", WORLDS)
def test_estimates_are_within_their_standard_errors(world_name):
    """Of the mean over many networks, each with its own episodes."""
    world, policy = WORLDS[world_name], {**POLICY_TABLES["linear"], "init": NORMAL}
    ids = np.arange(512, dtype=np.uint32)
    held, visits = (
        recorded(still(world, policy, OUTCOME, rows=rows, **more), ids)[0]
        for rows, more in (("states", {}), ("visits", {"recorded": 16}))
    )
    for name in ("rate", "loss", "observed_return", "intended_return"):
        off = (visits[name] - held[name]).astype(np.float64)
        if np.isnan(off).all():
            continue
        error = off.std(axis=0, ddof=1) / np.sqrt(len(ids))
        exact = np.abs(off).max(axis=0) < 1e-5
        assert (exact | (np.abs(off.mean(axis=0)) < Z * error)).all(), name
    np.testing.assert_array_equal(visits["margin"], held["margin"])


def test_more_episodes_bring_the_estimates_nearer():
    world, policy = WORLDS["branching"], {**POLICY_TABLES["linear"], "init": NORMAL}
    ids = np.arange(256, dtype=np.uint32)
    exact = recorded(still(world, policy, OUTCOME, rows="states"), ids)[0]["observed_return"]
    spread = [
        np.std(recorded(still(world, policy, OUTCOME, recorded=n), ids)[0]["observed_return"] - exact)
        for n in (4, 64)
    ]
    assert spread[0] / spread[1] == pytest.approx(4.0, rel=0.2)


def wide(states: int) -> World:
    """A bandit of many states, and a behaviour over all of them and over the first few."""
    random = np.random.default_rng(1)
    weight = np.tile([1.0, 0.0], (states, 1))
    contexts = random.uniform(0.5, 1.5, states)
    few = contexts * (np.arange(states) < MAX_LISTED)
    return World(
        successor=np.zeros((states, 2), np.int32),
        start=np.full(states, 1 / states),
        features=random.normal(size=(states, 3)),
        horizon=2,
        contexts=contexts,
        observed_reward=weight,
        demonstrator=weight,
        behaviours=(
            Behaviour("everywhere", "Takes action 0 in a context.", weight, contexts),
            Behaviour("somewhere", "Takes action 0 in one of the first contexts.", weight, few),
        ),
    )


def test_behaviours_over_few_contexts_are_exact_and_over_many_are_estimated():
    world, policy = wide(MAX_LISTED + 1), {**POLICY_TABLES["linear"], "init": NORMAL}
    ids = np.arange(64, dtype=np.uint32)
    own = still(world, policy, OUTCOME)
    plan = lower(own)
    assert plan.functionals[0] == "somewhere"
    assert len(plan.measurement.evaluations.setting) == 1
    assert len(plan.measurement.rows.features) == MAX_LISTED
    assert {int(k) for survey in plan.surveys for k in survey.functional} == set(
        range(1, len(plan.functionals))
    )
    visits = recorded(own, ids)[0]["rate"]
    held = recorded(still(world, policy, OUTCOME, rows="states"), ids)[0]["rate"]
    np.testing.assert_array_equal(visits[:, :, 1], held[:, :, 1])
    assert (visits[:, :, 0] != held[:, :, 0]).any()
    np.testing.assert_allclose(visits[:, :, 0], held[:, :, 0], atol=0.25)


def test_functionals_of_one_setting_share_their_episodes():
    world = WORLDS["branching"]
    twice = replace(
        world,
        behaviours=(
            *world.behaviours,
            replace(world.behaviours[0], name="again"),
            Behaviour("acts", "Acts.", np.ones((world.states, world.actions))),
        ),
    )
    own = still(twice, {**POLICY_TABLES["linear"], "init": NORMAL}, OUTCOME)
    plan = lower(own)
    assert [survey.weight.shape[0] for survey in plan.surveys] == [3, 3]  # undiscounted; returns and the loss
    arrays, _ = recorded(own, np.arange(LANES, dtype=np.uint32))
    np.testing.assert_array_equal(arrays["rate"][:, :, 0], arrays["rate"][:, :, 2])


@pytest.mark.parametrize(
    "loss",
    [{"rule": "squared_error"}, {"rule": "tsallis", "q": 0.4}, {}],
    ids=["squared", "tsallis", "cross"],
)
def test_the_loss_on_own_states_is_that_of_the_episodes_of_the_update(loss):
    """At the demonstrator's probabilities, whose distance to the policy's it is."""
    world, policy = WORLDS["branching"], {**POLICY_TABLES["tanh_5"], "init": NORMAL}
    own = {"kind": "imitation", "states": "own", "estimator": "sampled", "episodes": 3, **loss}
    ids = np.arange(LANES, dtype=np.uint32)
    arrays, parameters = recorded(still(world, policy, own), ids)
    for lane in (0, 9):
        pi = naive.probabilities(net_of(policy), world, parameters[lane])
        for place, update in enumerate((0, 3)):
            at = naive.Address(SEED, int(ids[lane]), update)
            C = naive_losses.demonstrations(world, own, pi, at, None)
            if "q" in loss:
                expected = -(C * (pi**0.6 - 1) / 0.6).sum()
            elif loss:
                errors = (naive.demonstrator_of(world) - pi) ** 2
                expected = (C.sum(axis=1, keepdims=True) * errors).sum() / (2 * world.actions)
            else:
                expected = -(C * np.log(pi)).sum()
            np.testing.assert_allclose(arrays["loss"][lane, place], expected, rtol=5e-6)
