"""Dynamic programming on the states of an episode: where a policy goes, and what it is worth there."""

from __future__ import annotations

from typing import Any

import numpy as np

from .jit import inlined, jit
from .memory import load, store
from .vector import LANES, fma, splat

f = np.float32


@inlined
def clear(array: Any, at: int, vectors: int):
    """Set vectors to zero."""
    for k in range(at, at + vectors * LANES, LANES):
        store(array, k, splat(f(0.0)))


@jit
def step_forward(
    table: Any, first: int, states: int, probability: Any, actions: int, discount: f, d: Any, at: int, to: int
):
    """d'[s'] = discount · Σ_{s, a} d[s] π(a|s) P(s'|s, a), from element `at` of d to element `to`.

    `table` has row, successor and probability; the setting's states are first … first + states.
    """
    clear(d, to, states)
    branches = table.successor.shape[2]
    for n in range(states):
        mass = load(d, at + n * LANES) * splat(discount)
        row = table.row[first + n]
        for a in range(actions):
            flow = mass * load(probability, (row * actions + a) * LANES)
            for k in range(branches):
                after = table.successor[first + n, a, k]
                if after < states:
                    share = splat(table.probability[first + n, a, k])
                    store(d, to + after * LANES, fma(flow, share, load(d, to + after * LANES)))


@jit
def occupancy(
    table: Any, first: int, states: int, horizon: int, probability: Any, actions: int, discount: f, d: Any
):
    """Σ_t d_t(s) over an episode, d_t carrying discountᵗ.

    It is left in the first `states` vectors of d, which has room for three times that.
    """
    for n in range(states):
        start = splat(table.start[first + n])
        store(d, n * LANES, start)
        store(d, (states + n) * LANES, start)
    at = states * LANES
    to = 2 * states * LANES
    for _ in range(1, horizon):
        step_forward(table, first, states, probability, actions, discount, d, at, to)
        for k in range(0, states * LANES, LANES):
            store(d, k, load(d, k) + load(d, to + k))
        at, to = to, at


@jit
def occupancy_by_time(episodes: Any, probability: Any, actions: int, d: Any):
    """d_t(s) for every step t, (H, N) in d, undiscounted."""
    states = len(episodes.row)
    for n in range(states):
        store(d, n * LANES, splat(episodes.start[n]))
    for t in range(1, episodes.horizon):
        at = (t - 1) * states * LANES
        step_forward(episodes, 0, states, probability, actions, f(1.0), d, at, at + states * LANES)


@inlined
def action_value(episodes: Any, signal: Any, n: int, a: int, values: Any, v_at: int) -> Any:
    """Q_t(s, a) = expected payoff + to_go · Σ_k P_k V_{t+1}(s'_k)."""
    states = len(episodes.row)
    ahead = splat(f(0.0))
    for k in range(episodes.successor.shape[2]):
        after = episodes.successor[n, a, k]
        if after < states:
            ahead = fma(splat(episodes.probability[n, a, k]), load(values, v_at + after * LANES), ahead)
    return fma(splat(signal.to_go), ahead, splat(signal.expected_payoff[n, a]))


@jit
def values_by_time(episodes: Any, signal: Any, probability: Any, actions: int, values: Any):
    """V_t(s) = Σ_a π(a|s) Q_t(s, a) for every step, (H + 1, N) in `values`, V_H = 0."""
    states = len(episodes.row)
    size = states * LANES
    clear(values, episodes.horizon * size, states)
    for t in range(episodes.horizon - 1, -1, -1):
        for n in range(states):
            total = splat(f(0.0))
            for a in range(actions):
                q = action_value(episodes, signal, n, a, values, (t + 1) * size)
                total = fma(load(probability, (episodes.row[n] * actions + a) * LANES), q, total)
            store(values, t * size + n * LANES, total)
