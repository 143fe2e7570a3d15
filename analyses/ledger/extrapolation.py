"""From accounts of the beginning of training to its end: three ways to go on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..statistics import Array

ROUNDS = 200
"""Of the bisection, which halves an interval of logarithms."""


def kernel_of(accounts: Array, pushed: Array) -> Array:
    """The network's own tangent kernel, from what the ledger booked to its margins.

        k[b, s] = (account_b[s, 1] − account_b[s, 0]) / Σ_t η (U_t[s, 1] π_t(0|s) + U_t[s, 0] π_t(1|s))

    An account is Σ_t η U_t[s, a] (1 − π_t(a|s)) ∇z_b · ∇z_s, with a minus for action 0: k is the mean of the
    products of gradients, weighted by the pushes that met them.

    Args:
        accounts: (N, B, m, 2), of margins of behaviours b, by pushed state and action.
        pushed: (N, m), the denominator, above 0.

    Returns:
        (N, B, m), the change of margin b by a push of 1 on the logit of each state.
    """
    return (accounts[..., 1] - accounts[..., 0]) / pushed[:, None, :]


def integrated(
    kernel: Array, margins: Array, force: Callable[[Array], Array], rate: float, times: NDArray[np.int64]
) -> Array:
    """Margins that a kernel makes of the loss's own pushes, if it stays as it is.

        z_b ← z_b + η Σ_s k[b, s] F_s(z),    F_s = U[s, 1] π(0|s) − U[s, 0] π(1|s)

    Args:
        kernel: (N, B, m). The last m behaviours are steps right in the m states that are pushed.
        margins: (N, B), to begin with.
        force: of (N, m) margins in these states, F.
        rate: η.
        times: (T,), counts of updates from here, in order.

    Returns:
        (N, T, B), the margins after so many updates.
    """
    now, done, found = margins.copy(), 0, []
    for time in times:
        for _ in range(int(time) - done):
            now = now + rate * (kernel @ force(now[:, -kernel.shape[2] :])[:, :, None])[:, :, 0]
        done = int(time)
        found.append(now)
    return np.stack(found, axis=1)


def straight(time: Array, margins: Array, later: Array) -> Array:
    """The least-squares line of every network, further on.

    Args:
        time: (t,), updates done; margins: (N, t); later: (T,).

    Returns:
        (N, T).
    """
    middle = time.mean()
    slope = (margins - margins.mean(axis=1, keepdims=True)) @ (time - middle) / ((time - middle) ** 2).sum()
    return margins.mean(axis=1)[:, None] + slope[:, None] * (later - middle)


def logarithmic(half: Array, whole: Array, time: float, later: Array) -> Array:
    """Every account by a law of its own, A ln(1 + t/τ), through what it is at t = time/2 and time.

    That is how an account grows whose push fades as 1/(τ + t), as it does where a margin grows by itself. One
    that grew faster than in proportion to time goes on in proportion; one that shrank or turned stays.

    Args:
        half, whole: of one shape, accounts at time/2 and at time.
        time: of the second.
        later: (T,), times of at least `time`.

    Returns:
        (…, T), the accounts at these times.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(half != 0, whole / half, 2.0)[..., None]
    low, high = np.full(ratio.shape, -20.0), np.full(ratio.shape, 600.0)  # ln(time / 2τ)
    for _ in range(ROUNDS):
        middle = (low + high) / 2
        above = _ratio(middle) > ratio
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    scale = 2 * np.exp(low) / time
    grown = np.log1p(scale * later) / np.log1p(scale * time)
    grown = np.where(ratio >= 2, later / time, np.where(ratio > 1, grown, 1.0))
    return whole[..., None] * grown


def _ratio(x: Array) -> Array:
    """ln(1 + 2eˣ)/ln(1 + eˣ), which falls from 2 to 1."""
    return np.log1p(2 * np.exp(x)) / np.log1p(np.exp(x))
