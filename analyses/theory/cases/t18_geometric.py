"""Adam under gradients that grow by ρ an update: steps longer than η.

With g_t = ρᵗ and its beginning forgotten, the t-th step is η times

    (1 − β₁)/(1 − β₁/ρ) · √((1 − β₂/ρ²)/(1 − β₂)) · √(1 − β₂ᵗ)/(1 − β₁ᵗ)

In front of a gate (`worlds/gate.py`) gradients are ±1, so that each of two logits moves by η an update
and the odds of opening it grow by ρ = e^{2η}; while they are small they are the gradient behind it.

Reference: Kingma and Ba 2015 (arXiv 1412.6980) for the recursion, whose geometric sums these are.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import exp, log, sqrt

import numpy as np

from ....sim.runfile import Run
from ..arms import PROCESS, begins, experiment, own_world
from ..case import Case, Curve, Effort, Plot
from ..forms import sigmoid
from ..least_squares import after, weights_after
from ..predictions import Array, Exact

SETTINGS = {1.001: 6000, 1.01: 2000, 1.1: 280}
"""ρ, and the update whose step is looked at."""
END = -12.0
"""Log-odds of opening the gate at that update: e^z is within 10⁻⁵ of the probability."""


def cases(effort: Effort) -> Iterator[Case]:
    """One."""
    conditions, predictions = {}, []
    for rho, t in SETTINGS.items():
        eta = log(rho) / 2
        conditions |= after(
            _updates(t),
            f"{rho}",
            policy=begins(sigmoid(END - t * log(rho)), "opens"),
            optimiser={"kind": "adam", "learning_rate": eta, "eps": 0.0},
        )
        predictions.append(
            Exact(
                f"step {t} over η, ρ = {rho}",
                ratio(rho, t),
                lambda run, rho=rho: _steps(run, rho)[-1],
                relative=exp(END) + effort.tolerance(1e-5, 1e-7),
            )
        )
    tables = experiment(
        "Gradients that grow",
        {name: {"loss": {**PROCESS, "labels": "all"}, **table} for name, table in conditions.items()},
        world=own_world("gate"),
    )
    yield Case("T18.geometric", "Adam's steps under growing gradients", tables, tuple(predictions), _plot)


def ratio(rho: float, t: float) -> float:
    """Of a step to η."""
    first, second = 0.1 / (1 - 0.9 / rho), sqrt((1 - 0.999 / rho**2) / 0.001)
    return first * second * sqrt(1 - 0.999**t) / (1 - 0.9**t)


def _updates(t: int) -> list[int]:
    """Pairs of neighbours."""
    return [n for end in (t // 4, t // 2, t) for n in (end - 1, end)]


def _steps(run: Run, rho: float) -> Array:
    """The steps of the approved logit behind the gate, over η: at a quarter, half and all of the way."""
    found = weights_after(run, _updates(SETTINGS[rho]), f"{rho}")[:, 0, 2]
    return (found[1::2] - found[::2]) / (log(rho) / 2)


def _plot(run: Run) -> Plot:
    curves = []
    for rho, t in SETTINGS.items():
        line = np.geomspace(t / 8, t, 60)
        expected = np.array([ratio(rho, k) for k in line])
        at = np.array(_updates(t)[1::2], float)
        curves.append(Curve(f"ρ = {rho}", line, expected, at, _steps(run, rho)))
    return Plot("updates", "step/η", tuple(curves), "log")
