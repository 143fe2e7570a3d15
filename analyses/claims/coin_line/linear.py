"""When the linear policy turns to the coin: its updates and its flow, from the definition of the coin line.

From w = 0 the policy f = w·(1, p, c) descends L(w) = Σ d(s) ln(1 + exp(−y f)). Where ε is small it first
grows along what the states with the coin at L share, f ≈ ln t there, and walks right at the probe. The
states with the coin elsewhere have weight ε and push at a rate that does not vanish until they are right,
so that the time to turn is 1/ε times a factor that varies slowly; MAIS-O84 conjectures ε^(−1 + o(1)).
Here the flow dw/dt = −η∇L is integrated in ln(1 + t), which gives the slope d ln t*/d ln ε at any ε.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.integrate import solve_ivp
from scipy.special import expit

from .line import Array, states

STEP = 0.1
"""Of ln ε, over which slopes are taken."""


def flip(length: int, diversity: float, rate: float, limit: int) -> int:
    """The first update after which f < 0 at the probe; −1 where that is not within the limit."""
    x, y, d, probe = states(length, diversity)
    rows, w = x * y[:, None], np.zeros(3)
    for update in range(1, limit + 1):
        w += rate * (d * expit(-rows @ w)) @ rows
        if w @ probe < 0:
            return update
    return -1


def flow_flip(length: int, diversity: float, rate: float) -> float:
    """The time at which the flow turns, in updates."""
    x, y, d, probe = states(length, diversity)
    rows = x * y[:, None]

    def slope(tau: float, w: Array) -> Array:
        return np.exp(tau) * rate * (d * expit(-rows @ w)) @ rows

    def jacobian(tau: float, w: Array) -> Array:
        p = expit(-rows @ w)
        return -np.exp(tau) * rate * (rows.T * (d * p * (1 - p))) @ rows

    def turned(tau: float, w: Array) -> float:
        return float(w @ probe) if tau > 0 else 1.0

    turned.terminal, turned.direction = True, -1  # type: ignore[attr-defined]
    found = solve_ivp(
        slope, (0.0, np.log(1e3 / diversity / rate)), np.zeros(3), "Radau",
        events=turned, jac=jacobian, rtol=1e-8, atol=1e-10,
    )  # fmt: skip
    return float(np.expm1(found.t_events[0][0])) if found.t_events[0].size else float("inf")


def flow_slope(length: int, diversity: float, rate: float) -> float:
    """d ln t*/d ln ε of the flow."""
    ends = [flow_flip(length, diversity * np.exp(side * STEP / 2), rate) for side in (-1, 1)]
    return float(np.log(ends[1] / ends[0]) / STEP)


def slopes(length: int, diversities: Sequence[float], rate: float) -> Array:
    """The slope of the flow at each."""
    return np.array([flow_slope(length, each, rate) for each in diversities])
