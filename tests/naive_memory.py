"""The oracle of policies with a memory: states (m, s) and actions (a, m′), and recursion without them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

import naive
import numpy as np
from naive import Array

if TYPE_CHECKING:
    from popgrad.sim.behaviour import Behaviour
    from popgrad.sim.world import World


def remembering(world: World, memory: int) -> World:
    """The world of states m·S + s and actions a·M + m′, without behaviours or demonstrator."""
    S, A, M = world.states, world.actions, memory
    K = world.successor.shape[2]
    successor = np.zeros((M * S, A * M, K), int)
    probability = np.zeros((M * S, A * M, K))
    features = np.zeros((M * S, world.features.shape[1] + M))
    rows: dict[str, Any] = {name: np.zeros((M * S, A * M)) for name in acted_columns(world)}
    for m in range(M):
        for s in range(S):
            features[m * S + s] = [*world.features[s], *(float(m == each) for each in range(M))]
            for a in range(A):
                for after in range(M):
                    at = m * S + s, a * M + after
                    successor[at] = [after * S + world.successor[s, a, k] for k in range(K)]
                    probability[at] = naive.successors(world, s, a)
                    for name, table in rows.items():
                        table[at] = getattr(world, name)[s, a]
    at_entry = ("entry_reward", "observed_entry_reward")
    entries = {name: [*getattr(world, name)] * M for name in at_entry if name in world.columns}
    arrays: dict[str, Any] = {**dict.fromkeys(world.columns), **rows}
    arrays |= {name: np.array(values) for name, values in entries.items()}
    if world.contexts is not None:
        arrays["contexts"] = placed(world.contexts, M)
    return replace(
        world,
        **arrays,
        **dict.fromkeys(("state_names", "state_groups", "action_names", "state_places")),
        behaviours=(),
        successor=successor,
        probability=probability,
        features=features,
        terminal=[*naive.terminals(world)] * M,
        start=placed(world.start, M),
    )


def acted_columns(world: World) -> list[str]:
    """The columns of states and actions that do not ask what the policy remembers."""
    names = ("reward", "observed_reward", "approval", "observed_approval", "catastrophe")
    return [name for name in names if name in world.columns]


def placed(weights: Array, memory: int) -> Array:
    """Weights of states, at memory 0."""
    return np.concatenate([weights, np.zeros((memory - 1) * len(weights))])


def count(world: World, pi: Array, start: Array, weight: Array, entry: Array) -> float:
    """E[Σ_t γᵗ weight[s_t, a_t] + γᵀ entry[s_T]] from memory 0, by recursion over (s, m) and the steps left.

    pi (M, S, A, M): of what is done and remembered next, by what is remembered and the state.
    """
    memory = pi.shape[0]

    @cache
    def to_go(s: int, m: int, left: int) -> float:
        if naive.terminals(world)[s]:
            return float(entry[s])
        if left == 0:
            return 0.0
        total = 0.0
        for a in range(world.actions):
            for after in range(memory):
                ahead = sum(
                    chance * to_go(int(world.successor[s, a, k]), after, left - 1)
                    for k, chance in enumerate(naive.successors(world, s, a))
                    if chance > 0
                )
                total += pi[m, s, a, after] * (weight[s, a] + world.discount * ahead)
        return total

    return sum(chance * to_go(s, 0, world.horizon) for s, chance in enumerate(start) if chance > 0)


def table_policy(world: World, memory: int, theta: Array) -> Array:
    """(M, S, A, M): softmax over (a, m′) of θ[(m, observation), (a, m′)]."""
    seen = naive.observations(world)
    table = theta.reshape(memory, len(seen), world.actions * memory)
    pi = np.zeros((memory, world.states, world.actions, memory))
    for m in range(memory):
        for s, row in enumerate(world.features.tolist()):
            weights = np.exp(table[m, seen.index(tuple(row))])
            pi[m, s] = (weights / weights.sum()).reshape(world.actions, memory)
    return pi


def rate(world: World, behaviour: Behaviour, pi: Array) -> float:
    """What a behaviour measures: over contexts at memory 0, or an expected count, undiscounted."""
    if behaviour.contexts is not None:
        return naive.contexts_rate(behaviour, pi[0].sum(axis=2))
    stage = replace(naive.stage_of(world, behaviour), discount=1.0)
    entry = np.zeros(world.states) if behaviour.entry is None else behaviour.entry
    return count(stage, pi, stage.start, behaviour.weight, entry)
