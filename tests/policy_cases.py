"""Shapes of policies for the tests of kernels, and the oracle's step beside the kernel's."""

from __future__ import annotations

from typing import Any

import naive
import naive_losses
import naive_memory
import numpy as np
from cases import WORLDS, Taken, condition_of
from popgrad.sim.experiment import Condition
from popgrad.sim.lower import training_episodes
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
    "controller": {"kind": "controller", "memory": 3},
}


def fits(world: World, policy: dict[str, Any], loss: dict[str, Any]) -> bool:
    """Whether the three go together."""
    condition = condition_of(world, policy, loss)
    faults = condition.policy.faults(world) + condition.loss.faults(world)
    return not faults and not condition.loss.policy_faults(condition.policy)


def first_fit(loss: dict[str, Any], policies: list[str], worlds: list[str]) -> tuple[str, str]:
    """The names of the first policy and world, in that order of preference, that a loss goes with."""
    pairs = ((policy, world) for policy in policies for world in worlds)
    return next(pair for pair in pairs if fits(WORLDS[pair[1]], POLICY_TABLES[pair[0]], loss))


def net_of(table: dict[str, Any]) -> naive.Net:
    """The oracle's net of a `[policy]` table, in the world that the policy acts in."""
    if table["kind"] == "controller":
        return naive.Net("tabular")
    shape = {key: value for key, value in table.items() if key != "init"}
    if "hidden" in table:
        shape["hidden"] = tuple(table["hidden"])
    if table["kind"] == "mlp":
        shape = {"bias": True, **shape}
    if table["kind"] == "deep_linear":
        shape = {"activation": "identity", **shape}
    return naive.Net(**shape)


def acted_in(world: World, policy: dict[str, Any]) -> World:
    """The world that a policy acts in: where it has a memory, what it remembers is a part of the state."""
    return (
        naive_memory.remembering(world, policy.get("memory", 2)) if policy["kind"] == "controller" else world
    )


def acted_by(world: World, condition: Condition, taken: Taken, lane: int) -> np.ndarray:
    """(S, A): the float32 probabilities that the kernel sampled from; even chances where it never acts."""
    acting = training_episodes(world, condition.loss).acting
    table = np.full((world.states, world.actions), 1 / world.actions)
    table[acting] = taken.acted[:, :, lane]
    return table


def oracle_step(
    condition: Condition,
    policy: dict[str, Any],
    loss: dict[str, Any],
    path: list[Taken],
    at: naive.Address,
    lane: int,
) -> naive_losses.Step:
    """What the oracle makes of update number `at.update`, the kernel's `path` of parameters being given."""
    net, world = net_of(policy), acted_in(condition.world, policy)
    size = naive.parameter_count(net, seen_by(world, loss))
    began = at.update - at.update % condition.loss.epochs
    theta = path[at.update].before[lane]
    return naive_losses.step(
        net,
        world,
        loss,
        theta[:size],
        at=at,
        old=path[began].before[lane][:size],
        epoch_start=began,
        reference=path[0].before[lane][:size],
        critic=theta[size:] if condition.loss.critic else None,
        acted=acted_by(world, condition, path[at.update], lane),
    )


def seen_by(world: World, loss: dict[str, Any]) -> World:
    """The world as a policy sees it: with the bin of the return beside each state, where a loss has bins."""
    return naive_losses.every_bin(world, loss) if loss["kind"] == "return_conditioned" else world
