"""Optimisers: how a gradient moves the parameters of the lanes that are still learning."""

from __future__ import annotations

from typing import Any

import numpy as np

from .jit import jit
from .memory import load, store
from .vector import LANES, fma, negated, select, splat

f = np.float32


@jit
def sgd(weights: Any, residual: Any, base: int, gradient: Any, rate: Any, learning: Any) -> Any:
    """w ← w − rate · g by compensated sums; returns the lanes whose weights are no longer finite.

    A parameter is weights − residual. The residual keeps what rounding lost, so that steps smaller than half
    a unit in the last place add up instead of vanishing (Kahan 1965).
    """
    zero = splat(f(0.0))
    health = zero
    down = zero - rate
    for k in range(0, len(gradient), LANES):
        w = load(weights, base + k)
        c = load(residual, base + k)
        step = fma(down, load(gradient, k), zero - c)
        moved = w + step
        lost = (moved - w) - step
        store(weights, base + k, select(learning, moved, w))
        store(residual, base + k, select(learning, lost, c))
        health = fma(moved, zero, health)
    return learning & negated(health == zero)
