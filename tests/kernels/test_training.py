"""Many updates in a row: training follows the oracle, and the recorded norms are of the updates it makes."""

from __future__ import annotations

from typing import Any

import naive
import naive_losses
import naive_optimisers
import numpy as np
import pytest
from cases import EXACT, LOSSES, WORLDS, condition_of, parameters_of, updates_of, working
from policy_cases import NORMAL, POLICY_TABLES, first_fit, net_of
from popgrad.kernels.lanes.advance import advance
from popgrad.kernels.lanes.vector import LANES
from popgrad.sim.blocks import Control, simulate_block
from popgrad.sim.initial import fresh_state
from popgrad.sim.lower import lower
from popgrad.sim.optimiser import OPTIMISERS

SEED = 2**40 + 5
IDS = np.arange(7, 7 + LANES, dtype=np.uint32)
LANE = 4
UPDATES = 25
SCHEDULES: dict[str, dict[str, Any]] = {
    "constant": {"kind": "constant", "warm_up": 4},
    "linear": {"kind": "linear", "over": 15, "to": 0.2},
    "cosine": {"kind": "cosine", "warm_up": 3},
    "step": {"kind": "step", "every": 6, "factor": 0.7, "warm_up": 2},
}
DESCENTS: dict[str, dict[str, Any]] = {
    "sgd": {"kind": "sgd", "learning_rate": 0.1},
    "momentum": {"kind": "sgd", "learning_rate": 0.05, "momentum": 0.8, "weight_decay": 0.02},
    "nesterov": {"kind": "sgd", "learning_rate": 0.05, "momentum": 0.6, "nesterov": True},
    "clipped": {"kind": "sgd", "learning_rate": 0.2, "clip_norm": 0.15, "momentum": 0.5},
    "adam": {"kind": "adam", "learning_rate": 0.02, "eps": 1e-3, "beta2": 0.98},
    "adamw": {"kind": "adamw", "learning_rate": 0.02, "eps": 1e-3, "weight_decay": 0.1, "clip_norm": 0.3},
    "rmsprop": {"kind": "rmsprop", "learning_rate": 0.02, "eps": 1e-3},
    "sign": {"kind": "sign", "learning_rate": 1e-3},
    **{f"sgd_{name}": {"kind": "sgd", "learning_rate": 0.1, "schedule": s} for name, s in SCHEDULES.items()},
    "adam_cosine": {"kind": "adam", "learning_rate": 0.02, "eps": 1e-3, "schedule": SCHEDULES["cosine"]},
}
SMOOTH = [name for name in DESCENTS if name != "sign"]
"""Those that a rounding error stays small under; a sign is all or nothing."""
POLICIES = ["tanh_5", "linear_logit", "linear", "tabular"]
PLACES = ["branching", "bandit"]


def oracle_path(
    policy: dict[str, Any], loss: dict[str, Any], world_name: str, theta: np.ndarray, descent: dict[str, Any]
) -> np.ndarray:
    """(updates + 1, P): the parameters under a loss that draws nothing."""
    net, world = net_of(policy), WORLDS[world_name]
    optimiser = naive_optimisers.optimiser(descent, UPDATES)
    epochs = loss.get("epochs", 1)
    path = [theta]
    for update in range(UPDATES):
        began = update - update % epochs
        found = naive_losses.step(
            net,
            world,
            loss,
            path[-1],
            at=naive.Address(SEED, int(IDS[LANE]), update),
            old=path[began],
            epoch_start=began,
            reference=path[0],
        )
        path.append(optimiser.step(path[-1], found.gradient, update))
    return np.array(path)


def assert_follows(loss: dict[str, Any], descent: dict[str, Any], policies: list[str]) -> None:
    policy_name, world_name = first_fit(loss, policies, PLACES)
    policy = {**POLICY_TABLES[policy_name], "init": NORMAL}
    condition = condition_of(
        WORLDS[world_name], policy, loss, {"updates": UPDATES}, seed=SEED, optimiser=descent
    )
    plan = lower(condition)
    before = parameters_of(plan, fresh_state(plan, condition, IDS))[LANE]
    after = simulate_block(plan, condition, IDS, Control())["weights"][LANE]
    path = oracle_path(policy, loss, world_name, before, descent)
    moved = np.abs(path[-1] - path[0]).max()
    assert moved > 1e-3
    np.testing.assert_allclose(after, path[-1], atol=2e-5 * max(1.0, np.abs(path[-1]).max()))


def test_every_kind_of_optimiser_and_schedule_is_here():
    assert {table["kind"] for table in DESCENTS.values()} == set(OPTIMISERS)
    used = {table["schedule"]["kind"] for table in DESCENTS.values() if "schedule" in table}
    assert used == set(SCHEDULES)


@pytest.mark.parametrize("number", range(len(EXACT)), ids=list(EXACT))
def test_every_loss_that_draws_nothing_follows_the_oracle(number):
    """Each with an optimiser of its own, and a policy in turn."""
    loss = list(EXACT.values())[number]
    turn = number % len(POLICIES)
    descent = DESCENTS[SMOOTH[number % len(SMOOTH)]]
    assert_follows(loss, descent, [*POLICIES[turn:], *POLICIES[:turn]])


@pytest.mark.parametrize("descent", DESCENTS.values(), ids=DESCENTS)
@pytest.mark.parametrize("kind", ["outcome", "imitation"])
def test_every_optimiser_follows_the_oracle(kind, descent):
    assert_follows({"kind": kind, "estimator": "exact"}, descent, POLICIES)


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_the_recorded_norm_is_of_the_policys_update_that_starts_there(loss):
    """A critic's gradient, which the update holds too, is none of it."""
    policy_name, world_name = first_fit(loss, ["tanh_5", "tabular"], PLACES)
    policy = {**POLICY_TABLES[policy_name], "init": NORMAL}
    training = {"updates": 4, "record": {"every": 1}}
    condition = condition_of(WORLDS[world_name], policy, loss, training, rate=0.125, seed=SEED)
    plan = lower(condition)
    norms = simulate_block(plan, condition, IDS, Control())["gradient_norm"]
    path = updates_of(plan, condition, IDS, range(5))
    size = plan.training.network.parameters
    for update, taken in enumerate(path):
        gradient = (taken.before - taken.after)[:, :size] / 0.125
        np.testing.assert_allclose(norms[:, update], np.linalg.norm(gradient, axis=1), rtol=1e-5, atol=1e-9)
    assert (norms[:, 1] != norms[:, 0]).any()


@pytest.mark.parametrize("kind", ["outcome", "secure_outcome", "mona"])
def test_a_natural_gradient_of_actions_that_die_out_stays_bounded(kind):
    world = WORLDS["reward_register"]
    policy = {"kind": "tabular", "init": {"kind": "normal", "std": 20.0}}
    loss = {"kind": kind, "rule": "natural", "estimator": "exact"}
    condition = condition_of(world, policy, loss, {"updates": 300, "record": {"every": 30}}, rate=0.1)
    arrays = simulate_block(lower(condition), condition, np.arange(64, dtype=np.uint32), Control())
    assert (arrays["diverged_at"] == -1).all()
    advantages = 2 * world.horizon * np.abs(world.observed_reward).max() + 2
    assert arrays["gradient_norm"].max() < advantages * np.sqrt(world.states * world.actions)


@pytest.mark.parametrize("rate", [1e-4, 0.1, 5.0])
def test_the_float32_of_a_weight_is_the_nearest_to_it_also_after_steps_that_are_larger(rate):
    policy = {"kind": "mlp", "hidden": [8], "init": {"kind": "normal"}}
    condition = condition_of(WORLDS["coin_line_2"], policy, {"kind": "imitation"}, rate=rate)
    plan = lower(condition)
    state, scratch = fresh_state(plan, condition, np.arange(64, dtype=np.uint32)), working(plan)
    advance(plan.training, state, scratch, np.ones(10, np.float32), 0, 4, 0, 10)
    exact = state.weights.astype(np.float64) - state.residual
    np.testing.assert_array_equal(exact.astype(np.float32), state.weights)
