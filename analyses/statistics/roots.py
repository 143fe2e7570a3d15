"""Where a function of one number is zero."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast


def root(function: Callable[[float], float], low: float, high: float) -> float:
    """A zero between two ends at which the function has different signs, to 1e-13 (Brent's method)."""
    from scipy.optimize import brentq  # most of a second to import, so only on use

    return cast(float, brentq(function, low, high, xtol=1e-13))
