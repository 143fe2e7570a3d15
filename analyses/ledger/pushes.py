"""What a loss pushes, by its own rule, in worlds of two actions: the push table of many policies at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ...sim.world import World
from ..statistics import Array

Rule = Callable[[World, Array], Array]
"""Of a world and (N, S) probabilities of action 1, the (N, S, 2) push tables."""


def probability(margin: Array) -> Array:
    """σ(z), without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * margin))


def pushed(rule: Rule, world: World, states: NDArray[np.int64], margins: Array) -> tuple[Array, Array]:
    """What a loss does to the logits of the states that training comes to.

    Args:
        rule: the loss's own.
        world: where.
        states: (m,), all that training comes to.
        margins: (N, m), the logit of action 1 there.

    Returns:
        (N, m) twice: U[s, 1] π(0|s) − U[s, 0] π(1|s), which is what moves a logit, and the sum of the two.
    """
    right = np.full((len(margins), world.states), 0.5)
    right[:, states] = probability(margins)
    table = rule(world, right)
    up, down = (table[:, :, 1] * (1 - right))[:, states], (table[:, :, 0] * right)[:, states]
    return up - down, up + down


def imitation(world: World, right: Array) -> Array:
    """U[s, a] = d(s) · demonstrator[s, a], d the contexts of training.

    Args:
        world: with contexts and a demonstrator.
        right: (N, S), π(1|s) of every policy.

    Returns:
        (N, S, 2), how hard ln π(a|s) is pushed up.
    """
    assert world.contexts is not None
    assert world.demonstrator is not None
    table = (world.contexts / world.contexts.sum())[:, None] * world.demonstrator
    return np.broadcast_to(table, (len(right), *table.shape))


def outcome(world: World, right: Array) -> Array:
    """U[s, a] = Σ_t γᵗ d_t(s) π(a|s) Q_t(s, a), by dynamic programming over the horizon.

    Args:
        world: with a single successor of each action, and observed rewards.
        right: (N, S), π(1|s) of every policy.

    Returns:
        (N, S, 2), what the exact estimator of `outcome` pushes.
    """
    count, states = right.shape
    policy = np.stack([1 - right, right], axis=2)
    after = world.successor[:, :, 0]
    nothing = np.zeros(states)
    entry = nothing if world.observed_entry_reward is None else world.observed_entry_reward
    acted = np.zeros((states, 2)) if world.observed_reward is None else world.observed_reward
    ends = world.terminal
    now = acted + world.discount * np.where(ends, entry, 0.0)[after]
    value, returns = np.zeros((count, states)), []
    for _ in range(world.horizon):
        ahead = np.where(ends, 0.0, value)
        returns.append(now + world.discount * ahead[:, after])
        value = (policy * returns[-1]).sum(axis=2)
    table = np.zeros_like(policy)
    here = np.broadcast_to(np.where(ends, 0.0, world.start), (count, states))
    to = np.zeros((states, 2, states))
    np.put_along_axis(to, after[:, :, None], 1.0, axis=2)
    to[:, :, ends] = 0.0
    for t, each in enumerate(reversed(returns)):
        taken = here[:, :, None] * policy
        table += world.discount**t * taken * each
        here = np.einsum("nsa,sak->nk", taken, to, optimize=True)
    return table
