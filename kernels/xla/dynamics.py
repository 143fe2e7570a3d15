"""Dynamic programming on the states of an episode: where a policy goes, and what it is worth there."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

DENSE = 1 << 14
"""Entries of a transition matrix that is worth writing out: a product with it is faster than a scatter."""


class Moves:
    """Transitions of N states: successor (N, A, K) int32, N or more where an episode ends; probability."""

    def __init__(self, successor: Any, probability: Any):
        self.successor, self.probability = successor, probability
        self.states, self.actions, _ = successor.shape
        self.matrix = None
        if self.states**2 * self.actions <= DENSE:
            arrives = successor[..., None] == jnp.arange(self.states, dtype=jnp.int32)
            self.matrix = jnp.where(arrives, probability[..., None], 0).sum(axis=2)  # (N, A, N)

    def onward(self, flow: Any) -> Any:
        """(N,): what arrives in each state from flow (N, A) out of states and actions."""
        if self.matrix is not None:
            return jnp.einsum("na,nam->m", flow, self.matrix, precision=jax.lax.Precision.HIGHEST)
        shares = flow[:, :, None] * self.probability
        return jnp.zeros(self.states, flow.dtype).at[self.successor].add(shares, mode="drop")

    def ahead(self, values: Any) -> Any:
        """(N, A): the expected value (N,) of where an action leads, 0 where the episode ends."""
        if self.matrix is not None:
            return jnp.einsum("nam,m->na", self.matrix, values, precision=jax.lax.Precision.HIGHEST)
        return (self.probability * self.after(values)).sum(axis=2)

    def after(self, values: Any) -> Any:
        """(N, A, K): the value of each successor, 0 where the episode ends."""
        return jnp.append(values, jnp.zeros(1, values.dtype))[jnp.minimum(self.successor, self.states)]


def occupancy_by_time(moves: Moves, start: Any, pi: Any, horizon: int) -> Any:
    """(H, N): d_t, the probability of being in a state at step t under π (N, A)."""

    def step(d: Any, _: Any) -> tuple[Any, Any]:
        return moves.onward(d[:, None] * pi), d

    return jax.lax.scan(step, jnp.asarray(start), None, length=horizon)[1]


def occupancy(moves: Moves, start: Any, pi: Any, horizon: int, discount: Any) -> Any:
    """(N,): Σ_t discountᵗ d_t."""

    def step(_: Any, carry: tuple[Any, Any]) -> tuple[Any, Any]:
        total, d = carry
        d = discount * moves.onward(d[:, None] * pi)
        return total + d, d

    start = jnp.asarray(start)
    return jax.lax.fori_loop(0, int(horizon) - 1, step, (start, start))[0]


def values_by_time(moves: Moves, signal: Any, pi: Any, horizon: int) -> tuple[Any, Any]:
    """Q_t (H, N, A) and V_t (H, N) of a signal under π (N, A), from V_H = 0 backwards.

    Q_t = expected payoff + to_go · E[V_{t+1}], V_t = Σ_a π Q_t; gradients go through both.
    """

    def step(after: Any, _: Any) -> tuple[Any, tuple[Any, Any]]:
        q = signal.expected_payoff + signal.to_go * moves.ahead(after)
        v = (pi * q).sum(axis=1)
        return v, (q, v)

    zero = jnp.zeros(moves.states, pi.dtype)
    return jax.lax.scan(step, zero, None, length=horizon, reverse=True)[1]


def variances_by_time(moves: Moves, signal: Any, pi: Any, q: Any, v: Any) -> Any:
    """(H, N): Var(G_t | s), by the variance of what follows and the spread between branches and actions."""

    def step(after: tuple[Any, Any], now: tuple[Any, Any]) -> tuple[Any, Any]:
        value_after, variance_after = after
        q, v = now
        reached = signal.payoff + signal.to_go * moves.after(value_after)
        spread = (reached - q[:, :, None]) ** 2 + signal.to_go**2 * moves.after(variance_after)
        inner = (moves.probability * spread).sum(axis=2) + (q - v[:, None]) ** 2
        variance = (pi * inner).sum(axis=1)
        return (v, variance), variance

    zero = jnp.zeros(moves.states, pi.dtype)
    return jax.lax.scan(step, (zero, zero), (q, v), reverse=True)[1]


NOISE = {np.dtype(np.float32): 1e-6, np.dtype(np.float64): 1e-14}
"""A spread that is less than this part of what is spread is rounding."""


def inverse(deviation: Any, size: Any) -> Any:
    """1/σ, and 0 where σ is only rounding of what is of that size."""
    spread = deviation > NOISE[deviation.dtype] * jnp.abs(size)
    return jnp.where(spread, 1 / jnp.where(spread, deviation, 1), 0)
