"""Closed forms for the probability p = σ(z) of the good one of two actions, as the loss descends.

dz/ds = g(z) in s = h · updates, so z₀ to z₁ takes T = F(z₁) − F(z₀) with F′ = 1/g, and in steps of h

    K = ⌈T/h + ½ ln(g(z₁)/g(z₀))⌉

updates, the logarithm being the first correction for the steps' length. Nothing here is popgrad's.
"""

from __future__ import annotations

from collections.abc import Callable
from math import asinh, exp, inf, log, sinh, sqrt
from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.special import expi


def logit(p: float) -> float:
    """ln(p/(1 − p))."""
    return log(p) - log(1 - p)


def sigmoid(z: float) -> float:
    """1/(1 + e^−z)."""
    return 1 / (1 + exp(-z))


class Form(NamedTuple):
    """g and F, both of (z, z₀)."""

    g: Callable[[float, float], float]
    F: Callable[[float, float], float]

    def time(self, start: float, level: float) -> float:
        """T from the probability `start` to `level`."""
        z0, z1 = logit(start), logit(level)
        return self.F(z1, z0) - self.F(z0, z0)

    def updates(self, start: float, level: float, h: float) -> float:
        """K before it is rounded up."""
        z0, z1 = logit(start), logit(level)
        return self.time(start, level) / h + log(self.g(z1, z0) / self.g(z0, z0)) / 2

    def log_odds(self, start: float, updates: float, h: float) -> float:
        """z after so many updates: the inverse of `updates`, where g > 0."""
        z0 = logit(start)

        def late(z: float) -> float:
            g = self.g(z, z0) / self.g(z0, z0)
            return (self.F(z, z0) - self.F(z0, z0)) / h + log(g) / 2 - updates if g > 0 else inf

        far = 1.0
        while late(z0 + far) < 0:
            far *= 2
        return float(np.asarray(brentq(late, z0, z0 + far, xtol=1e-12)))


def times(form: Form, factor: float) -> Form:
    """The same dynamics, `factor` times as fast."""
    return Form(lambda z, z0: factor * form.g(z, z0), lambda z, z0: form.F(z, z0) / factor)


def _tsallis_half(z: float) -> float:
    w, v = sqrt(1 + exp(z)), exp(z / 2)
    return 2 * (-(w**3) / v + 1.5 * v * w + 1.5 * asinh(v))


def preference(beta: float) -> Form:
    """Direct preference optimisation with the initial policy as its reference."""
    return Form(
        lambda z, z0: beta * sigmoid(-beta * (z - z0)),
        lambda z, z0: (beta * (z - z0) + exp(beta * (z - z0))) / beta**2,
    )


def entropic(tau: float) -> Form:
    """Expected reward, gap 1, plus τ times the entropy."""
    a = 1 / tau

    def integral(z: float, z0: float) -> float:
        return a * float(-2 * log(a - z) - exp(a) * expi(z - a) - exp(-a) * expi(a - z))

    return Form(lambda z, z0: sigmoid(z) * sigmoid(-z) * (1 - tau * z), integral)


def _two_in_a_row(z: float, z0: float) -> float:
    return (-exp(-2 * z) / 2 - 3 * exp(-z) + 3 * z + exp(z)) / 2


def _three_in_a_row(z: float, z0: float) -> float:
    return (-exp(-3 * z) / 3 - 2 * exp(-2 * z) - 6 * exp(-z) + 4 * z + exp(z)) / 3


def _two_normalised(z: float) -> float:
    w = sqrt(1 + 2 * exp(z))
    return w + z - 2 * log(1 + w) - w / (2 * exp(z))


CONSTANT = Form(lambda z, z0: 1.0, lambda z, z0: z)
CROSS_ENTROPY = Form(lambda z, z0: sigmoid(-z), lambda z, z0: z + exp(z))
UNLIKELIHOOD = Form(lambda z, z0: sigmoid(-z) ** 2, lambda z, z0: z + 2 * exp(z) + exp(2 * z) / 2)
EXPECTED_REWARD = Form(lambda z, z0: sigmoid(z) * sigmoid(-z), lambda z, z0: 2 * z + 2 * sinh(z))
NORMALISED_REWARD = Form(lambda z, z0: sqrt(sigmoid(z) * sigmoid(-z)), lambda z, z0: 4 * sinh(z / 2))
TSALLIS_HALF = Form(lambda z, z0: sqrt(sigmoid(z)) * sigmoid(-z), lambda z, z0: _tsallis_half(z))
SQUARED_ERROR = Form(
    lambda z, z0: sigmoid(z) * sigmoid(-z) ** 2,
    lambda z, z0: -exp(-z) + 3 * z + 3 * exp(z) + exp(2 * z) / 2,
)
TWO_STEPS = Form(lambda z, z0: 2 * sigmoid(z) ** 2 * sigmoid(-z), _two_in_a_row)
THREE_STEPS = Form(lambda z, z0: 3 * sigmoid(z) ** 3 * sigmoid(-z), _three_in_a_row)
TWO_NORMALISED = Form(lambda z, z0: 2 * sigmoid(z) / sqrt(1 + 2 * exp(z)), lambda z, z0: _two_normalised(z))
"""J = p² over √(p²(1 − p²)): at both steps returns are 1 or 0, and so is one that has ended."""
