"""The oracle of `consequence`: outputs that predict the reward-to-go, and act by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import naive
import numpy as np
from naive import Address, Array, Loss

if TYPE_CHECKING:
    from popgrad.sim.world import World

COLUMNS = ("observed_reward", "observed_entry_reward")


class Regression(NamedTuple):
    """G (S, A), the gradient on the outputs, and the loss that it descends with the visits held fixed."""

    G: Array
    loss: float


def acting_policy(loss: Loss, Z: Array) -> Array:
    """softmax(z/temperature), or ε/A + (1 − ε)[a among the maxima]/#maxima."""
    if loss.get("acting", "softmax") == "softmax":
        return np.exp(naive.log_softmax(Z / loss.get("temperature", 1.0)))
    epsilon = loss.get("epsilon", 0.1)
    best = Z.max(axis=1, keepdims=True) == Z
    return epsilon / Z.shape[1] + (1 - epsilon) * best / best.sum(axis=1, keepdims=True)


def regression(world: World, loss: Loss, Z: Array, at: Address, acted: Array | None) -> Regression:
    """G = N z − W with N = visits/E and W = Σ_visits G/E; the loss is ½ Σ_visits (z − G)²/E.

    exact: N = Σ_t d_t π, W = Σ_t d_t π Q_t and ½ Σ_t d_t π (z − Q_t)², by undiscounted visits.
    """
    pi = acting_policy(loss, Z)
    N, W, total = np.zeros_like(Z), np.zeros_like(Z), 0.0
    if loss.get("estimator", "sampled") == "exact":
        for d, Q in zip(naive.acting(world, pi), naive.action_values(world, pi, *COLUMNS), strict=True):
            N += d[:, None] * pi
            W += d[:, None] * pi * Q
            total += float((d[:, None] * pi * (Z - Q) ** 2).sum()) / 2
        return Regression(N * Z - W, total)
    E = loss.get("episodes", 16)
    for episode in naive.sampled_episodes(world, pi, *at, E, acted):
        G = naive.returns_to_go(world, episode, *COLUMNS)
        for s, a, gain in zip(episode.states, episode.actions, G, strict=True):
            N[s, a] += 1 / E
            W[s, a] += gain / E
            total += (Z[s, a] - gain) ** 2 / (2 * E)
    return Regression(N * Z - W, float(total))
