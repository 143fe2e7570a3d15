"""Averaged over networks that begin alike, the sampled gradient is the exact one within its error."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from cases import EPISODES, NOISY, WORLDS, Z, condition_of, parameters_of, working
from policy_cases import fits
from popgrad.kernels.lanes.advance import advance
from popgrad.kernels.lanes.vector import LANES
from popgrad.sim import losses
from popgrad.sim.errors import InvalidInput
from popgrad.sim.initial import fresh_state
from popgrad.sim.lower import lower
from popgrad.sim.registry import functions_in, make
from popgrad.sim.world import World

NETWORKS = 20_000
UPDATE = 1
"""The second of an epoch, so that what was kept at its beginning is another policy."""


def fixed_length(world: World) -> World:
    """The same world without ends: all episodes have as many visits, so a mean over visits has no bias."""
    return replace(world, terminal=np.zeros(world.states, bool), contexts=np.ones(world.states))


def gradients(world: World, loss: dict[str, Any], networks: int, update: int = UPDATE) -> np.ndarray:
    """(networks, P) gradients of the policy in one update of networks with the same weights and kept logits.

    What is kept differs from the present logits, but at update 0, which keeps these.
    """
    natural = loss.get("rule") == "natural"
    policy = {"kind": "tabular"} if natural else {"kind": "linear", "bias": True}
    condition = condition_of(world, policy, loss)
    plan = lower(condition)
    random = np.random.default_rng(7)
    centre = random.normal(size=len(plan.centre))
    plan = replace(plan, centre=centre, scale=np.zeros_like(centre))
    training = plan.training
    ids = np.arange(networks, dtype=np.uint32)
    state = fresh_state(plan, condition, ids)
    rows = len(state.kept) // len(state.network)
    kept = np.repeat(random.normal(scale=0.5, size=rows), LANES)
    state.kept[:] = np.tile(kept, len(state.network) // LANES)
    before = parameters_of(plan, state)
    assert (before == before[0]).all()
    tiles = len(state.network) // LANES
    advance(training, state, working(plan), np.ones(1, np.float32), 0, tiles, update, update + 1)
    return (before - parameters_of(plan, state))[:networks, : training.network.parameters]


def exact_of(loss: dict[str, Any]) -> dict[str, Any] | None:
    """The exact loss that a sampled one estimates, if there is one."""
    dropped = ("episodes", "rows", "baseline", "critic")
    table = {key: value for key, value in loss.items() if key not in dropped} | {"estimator": "exact"}
    try:
        make(functions_in(losses), table, "loss")
    except InvalidInput:
        return None
    return table


def a_ratio(loss: dict[str, Any]) -> bool:
    """Whether the gradient is one of visits by their number, which episodes that end make random."""
    return loss["kind"] in ("imitation", "preference")


def unbiased(loss: dict[str, Any], world: World) -> bool:
    """Whether the mean is that of the exact loss: not by a random σ, nor by the inverse of random visits."""
    rule = loss.get("rule")
    many_states = world.states > 1
    return rule != "normalised" and not (rule == "natural" and many_states)


def compared_at(loss: dict[str, Any], world: World) -> int:
    """The update to compare: of `clipped` the first, where nothing clips, unless advantages are the actions'.

    The advantage of an episode may have another sign than that of its action, and clip what that does not.
    """
    own = world.states == 1 and loss.get("baseline") == "value"
    return 0 if loss.get("rule") == "clipped" and not own else UPDATE


def expected_of(world: World, loss: dict[str, Any], exact: dict[str, Any], update: int) -> np.ndarray:
    """(P,): the exact gradient; under `mean` that of the signal shrinks by 1 − 1/E, as b holds G/E."""
    whole = gradients(world, exact, LANES, update)[0]
    if loss.get("baseline") != "mean":
        return whole
    signal = gradients(world, {**exact, "entropy": 0.0}, LANES, update)[0]
    return whole - signal / EPISODES


ESTIMATES = {name: (loss, exact) for name, loss in NOISY.items() if (exact := exact_of(loss))}


def test_what_has_no_exact_counterpart_is_known():
    without = {name: loss for name, loss in NOISY.items() if name not in ESTIMATES}
    by_episodes = [name for name, loss in without.items() if loss.get("compare") == "episodes"]
    decoupled = [
        name
        for name, loss in without.items()
        if loss["kind"] == "decoupled_approval" and loss.get("rule") in ("normalised", "clipped")
    ]
    assert set(by_episodes) | set(decoupled) == set(without)


@pytest.mark.parametrize(("loss", "exact"), ESTIMATES.values(), ids=ESTIMATES)
def test_the_mean_over_networks_is_the_exact_gradient(loss, exact):
    checked = []
    for name in ("branching", "reward_register", "bandit"):
        world = fixed_length(WORLDS[name]) if a_ratio(loss) else WORLDS[name]
        policy = {"kind": "tabular"}
        if not (fits(world, policy, loss) and fits(world, policy, exact) and unbiased(loss, world)):
            continue
        update = compared_at(loss, world)
        sampled = gradients(world, loss, NETWORKS, update)
        expected = expected_of(world, loss, exact, update)
        error = sampled.std(axis=0) / np.sqrt(len(sampled))
        assert error.max() > 1e-5 or name != "branching"  # elsewhere some losses have nothing to draw
        np.testing.assert_array_less(np.abs(sampled.mean(axis=0) - expected), Z * error + 1e-6)
        assert np.abs(expected).max() > 3 * error.max()
        checked.append(name)
    assert checked or loss["rule"] == "normalised"


def falling_bias(world: World, loss: dict[str, Any], exact: dict[str, Any]) -> tuple[list[float], float]:
    """How far the mean is from the exact gradient with 4 and with 64 episodes, and the error with 64."""
    expected = gradients(world, exact, LANES)[0]
    bias, error = [], 0.0
    for episodes in (4, 64):
        sampled = gradients(world, {**loss, "episodes": episodes}, NETWORKS)
        bias.append(float(np.abs(sampled.mean(axis=0) - expected).max()))
        error = Z * float(sampled.std(axis=0).max()) / np.sqrt(NETWORKS)
    return bias, error


BIASED: dict[str, dict[str, Any]] = {
    "own states": {"kind": "imitation", "states": "own"},
    "normalised": {"kind": "outcome", "rule": "normalised"},
    "natural": {"kind": "outcome", "rule": "natural"},
    "pairs": {"kind": "preference", "states": "own", "beta": 2.0},
}


@pytest.mark.parametrize("loss", BIASED.values(), ids=BIASED)
def test_a_ratio_of_random_numbers_has_a_bias_that_falls_as_1_over_e(loss):
    exact = {**loss, "estimator": "exact"}
    bias, error = falling_bias(WORLDS["branching"], {**loss, "estimator": "sampled"}, exact)
    assert bias[0] > 5 * error
    assert bias[1] < bias[0] / 8 + error
