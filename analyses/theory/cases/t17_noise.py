"""Noise that is added to the gradient: how far one weight strays from its optimum.

In L = ½hw² with noise ξ of variance c in the gradient, a weight is w_K = −Σ_j ψ_{K−j} ξ_j with ψ what one
unit of noise does to the weight k updates later: ψ₁ = η (Nesterov η(1 + μ)) and, with v ← μv + hw,

    w ← w − ηv  (heavy ball)        w ← w − η(hw + μv)  (Nesterov)

from then on. So Var w_K = c Σ ψ², and its fourth cumulant is κ₄(ξ) Σ ψ⁴ with κ₄ = −2c² of ξ = ±√c. In
the end

    Var w = ηc(1 + μ) / (h(1 − μ)(2(1 + μ) − ηh))

of the heavy ball, ηc/(h(2 − ηh)) without momentum.

Reference: Liu, Ziyin and Ueda 2021 (arXiv 2012.03636); Gitman et al. 2019 (arXiv 1910.13962).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt
from typing import NamedTuple

import numpy as np

from ....sim.runfile import Run
from ..arms import own_world
from ..case import Case, Effort, Plot
from ..least_squares import after, least_squares, sampled, variance_plot
from ..predictions import Array, Variance

EARLY, LATE = 4, 120


class Setting(NamedTuple):
    """μ, η, h and c of a condition."""

    mu: float
    eta: float
    h: float
    c: float
    nesterov: bool = False

    @property
    def label(self) -> str:
        """As it is named."""
        way = "Nesterov" if self.nesterov else "heavy ball" if self.mu else "descent"
        return f"{way} μ {self.mu:g} η {self.eta:g} h {self.h:g}"


DESCENT = (Setting(0.0, 0.1, 1.0, 1.0), Setting(0.0, 1.5, 1.0, 0.25), Setting(0.0, 0.1, 4.0, 1.0))
MOMENTUM = (
    Setting(0.9, 0.1, 1.0, 1.0),
    Setting(0.5, 1.0, 1.0, 2.0),
    Setting(0.9, 1.0, 0.5, 1.0),
    Setting(0.9, 0.1, 1.0, 1.0, nesterov=True),
    Setting(0.5, 0.5, 1.0, 2.0, nesterov=True),
)


def cases(effort: Effort) -> Iterator[Case]:
    """Without momentum and with it."""
    for name, settings in (("descent", DESCENT), ("momentum", MOMENTUM)):
        conditions, predictions = {}, []
        for setting in settings:
            label = setting.label
            conditions |= after(
                (EARLY, LATE),
                label,
                loss=sampled(),
                world=_world(setting),
                optimiser={
                    "kind": "sgd",
                    "learning_rate": setting.eta,
                    "momentum": setting.mu,
                    "nesterov": setting.nesterov,
                },
            )
            for k in (EARLY, LATE):
                value, fourth = moments(setting, k)
                weights = _weights(f"{label} {k}")
                predictions.append(Variance(f"variance after {k}, {label}", value, weights, fourth))
        tables = least_squares(
            f"Noise in the gradient: {name}",
            conditions,
            {},
            population={"networks": effort.population(10_000)},
        )
        title = f"how far noise drives a weight: {name}"
        yield Case(f"T17.{name}", title, tables, tuple(predictions), _plot(settings))


def _world(setting: Setting):
    """One question x = √h whose answer is ±√(c/h): the gradient is hw − x·(±√(c/h))."""
    root = sqrt(setting.h)
    return own_world("regression", features=[[root]], noise=[sqrt(setting.c) / root])


def response(setting: Setting, updates: int) -> Array:
    """ψ₁ … ψ_K."""
    w, v, found = 0.0, 0.0, []
    for k in range(updates):
        g = setting.h * w + (k == 0)
        v = setting.mu * v + g
        w -= setting.eta * (g + setting.mu * v if setting.nesterov else v)
        found.append(-w)
    return np.array(found)


def moments(setting: Setting, updates: int) -> tuple[float, float]:
    """Variance and fourth cumulant of the weight after some updates."""
    psi = response(setting, updates)
    return float(setting.c * (psi**2).sum()), float(-2 * setting.c**2 * (psi**4).sum())


def stationary(setting: Setting) -> float:
    """The variance in the end, of the heavy ball and of descent."""
    mu, eta, h, c, _ = setting
    return eta * c * (1 + mu) / (h * (1 - mu) * (2 * (1 + mu) - eta * h))


def _weights(condition: str):
    return lambda run: run.weights(condition)[:, 0]


def _plot(settings: tuple[Setting, ...]):
    def draw(run: Run) -> Plot:
        lines = {each.label: each.c * (response(each, LATE) ** 2).cumsum() for each in settings}
        return variance_plot(run, lines, (EARLY, LATE))

    return draw
