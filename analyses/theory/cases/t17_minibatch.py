"""Least mean squares from minibatches: noise that grows with the error.

With questions x ~ N(0, h), answers of variance s² and B of them an update, w ← aw + b where

    a = 1 − (η/B) Σ x²,    b = (η/B) Σ x ε,    Var w → ηs²/(B(2 − ηh(1 + 2/B)))

stable if and only if ηh < 2B/(B + 2). Up to its fourth moment N(0, 1) is the three points −√3, 0, √3 of
odds 1 : 4 : 1, and no more of x enters the variance, so three questions have the same law. Of B
questions n ~ Bin(B, 1/3) are not 0, a = 1 − 3ηn/B, and all of E a^i b^j are sums over n:

    E b²|n = 3ns²(η/B)²,    E b⁴|n = 9s⁴(3n² − 2n)(η/B)⁴

(ε = ±s). They give variance and fourth moment after any number of updates.

Reference: Ziyin, Liu, Mori and Ueda 2022 (arXiv 2102.05375).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import comb, sqrt
from typing import NamedTuple

import numpy as np

from ....sim.runfile import Run
from ..arms import own_world
from ..case import Case, Effort, Plot
from ..least_squares import after, least_squares, sampled, variance_plot
from ..predictions import Variance

EARLY, LATE = 3, 120


class Setting(NamedTuple):
    """η, s² and B."""

    eta: float
    noise: float
    batch: int

    @property
    def label(self) -> str:
        """As it is named."""
        return f"{self.batch} an update, η {self.eta:g}"


SETTINGS = (Setting(0.1, 1.0, 1), Setting(0.5, 0.5, 4), Setting(1.0, 1.0, 16))


def cases(effort: Effort) -> Iterator[Case]:
    """One, with three sizes of minibatch."""
    conditions, predictions = {}, []
    for setting in SETTINGS:
        conditions |= after(
            (EARLY, LATE),
            setting.label,
            loss=sampled(setting.batch),
            world=own_world(
                "regression",
                features=[[-sqrt(3)], [0.0], [sqrt(3)]],
                noise=[sqrt(setting.noise)] * 3,
                start=[1 / 6, 2 / 3, 1 / 6],
            ),
            **{"optimiser.learning_rate": setting.eta},
        )
        for k in (EARLY, LATE):
            value, fourth = moments(setting, k)[-1]
            name = f"{setting.label} {k}"
            predictions.append(
                Variance(f"variance after {k}, {setting.label}", value, _weights(name), fourth - 3 * value**2)
            )
    tables = least_squares(
        "Least mean squares", conditions, {}, population={"networks": effort.population(10_000)}
    )
    title = "how far minibatches of data drive a weight"
    yield Case("T17.minibatch", title, tables, tuple(predictions), _plot)


def moments(setting: Setting, updates: int) -> list[tuple[float, float]]:
    """E w² and E w⁴ after 1 … K updates from 0."""
    eta, s2, B = setting
    n = np.arange(B + 1)
    odds = np.array([comb(B, k) * (1 / 3) ** k * (2 / 3) ** (B - k) for k in n])
    a = 1 - 3 * eta * n / B
    b2, b4 = 3 * n * s2 * (eta / B) ** 2, 9 * s2**2 * (3 * n**2 - 2 * n) * (eta / B) ** 4
    second, fourth, found = 0.0, 0.0, []
    for _ in range(updates):
        fourth = odds @ a**4 * fourth + 6 * odds @ (a**2 * b2) * second + odds @ b4
        second = odds @ a**2 * second + odds @ b2
        found.append((float(second), float(fourth)))
    return found


def stationary(setting: Setting) -> float:
    """The variance in the end."""
    eta, s2, B = setting
    return eta * s2 / (B * (2 - eta * (1 + 2 / B)))


def _weights(condition: str):
    return lambda run: run.weights(condition)[:, 0]


def _plot(run: Run) -> Plot:
    lines = {each.label: np.array(moments(each, LATE))[:, 0] for each in SETTINGS}
    return variance_plot(run, lines, (EARLY, LATE))
