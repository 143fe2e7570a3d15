"""Momentum: how far it carries, and where it is stable.

v ← μv + g, w ← w − ηv (heavy ball) or w ← w − η(g + μv) (Nesterov). Under a constant gradient 1 the
ways are

    A_k = η(k − μ(1 − μᵏ)/(1 − μ))/(1 − μ)        ηk + μA_k

In L = ½λw² the error is αr₁ᵏ + βr₂ᵏ, with r the roots of

    r² − (1 + μ − ηλ) r + μ = 0                    r² − (1 + μ)(1 − ηλ) r + μ(1 − ηλ) = 0

stable for ηλ < 2(1 + μ), and for ηλ < 2(1 + μ)/(1 + 2μ).

Reference: Polyak 1964; Sutskever, Martens, Dahl and Hinton 2013.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ....sim.runfile import Run
from ..arms import PROCESS, experiment
from ..case import Case, Curve, Effort, Plot, Table
from ..least_squares import after, least_squares, weights_after
from ..predictions import Array, Exact

TIMES = (1, 2, 5, 10, 20, 50)
MU = 0.9
STEPS = {"heavy ball": (0.5, 3.79, 3.81), "Nesterov": (0.5, 1.35, 1.36)}
"""ηλ; the last but one just stable, the last not."""


def cases(effort: Effort) -> Iterator[Case]:
    """Constant gradients and a quadratic."""
    yield _constant(effort)
    yield _quadratic(effort)


def _ball(way: str, **options: float) -> Table:
    return {"kind": "sgd", "momentum": MU, "nesterov": way == "Nesterov", **options}


def _constant(effort: Effort) -> Case:
    conditions = {}
    for way in STEPS:
        conditions |= after(TIMES, way, optimiser=_ball(way, learning_rate=0.1))
    loss = {**PROCESS, "labels": "all"}
    tables = experiment(
        "Momentum under a constant gradient",
        {name: {"loss": loss, **table} for name, table in conditions.items()},
        policy={"kind": "tabular"},
    )
    relative = effort.tolerance(5e-7, 1e-13)
    predictions = tuple(
        Exact(
            f"way of {way}",
            carried(way, np.array(TIMES))[:, None] * [1, -1],
            lambda run, way=way: weights_after(run, TIMES, way)[:, 0],
            relative=relative,
        )
        for way in STEPS
    )

    def plot(run: Run) -> Plot:
        k, at = np.arange(1.0, TIMES[-1] + 1), np.array(TIMES, float)
        curves = [
            Curve(way, k, carried(way, k), at, weights_after(run, TIMES, way)[:, 0, 0]) for way in STEPS
        ]
        return Plot("updates", "way of a logit", tuple(curves))

    return Case("T19.constant", "how far momentum carries", tables, predictions, plot)


def carried(way: str, k: Array) -> Array:
    """After k updates by η = 0.1."""
    ball = 0.1 * (k - MU * (1 - MU**k) / (1 - MU)) / (1 - MU)
    return ball if way == "heavy ball" else 0.1 * k + MU * ball


def _quadratic(effort: Effort) -> Case:
    conditions, predictions = {}, []
    for way, sizes in STEPS.items():
        for size in sizes:
            label = f"{way} {size}"
            conditions |= after(TIMES, label, optimiser=_ball(way, learning_rate=size))
            predictions.append(
                Exact(
                    f"error of {way}, ηλ = {size}",
                    errors(way, size, np.array(TIMES)),
                    lambda run, label=label: _errors(run, label),
                    absolute=effort.tolerance(1e-6, 1e-13),
                    relative=effort.tolerance(1e-5, 1e-11),
                )
            )
    tables = least_squares("Momentum in a quadratic", conditions, {"target": [1.0]})

    def plot(run: Run) -> Plot:
        k, at, curves = np.arange(TIMES[-1] + 1.0), np.array(TIMES, float), []
        for way, sizes in STEPS.items():
            for size in sizes[1:]:
                label = f"{way} ηλ {size}"
                found = _errors(run, f"{way} {size}")
                curves.append(Curve(label, k, errors(way, size, k), at, found))
        return Plot("updates", "error", tuple(curves))

    return Case("T19.quadratic", "where momentum is stable", tables, tuple(predictions), plot)


def errors(way: str, size: float, k: Array) -> Array:
    """w − 1 after k updates from w = 0."""
    shrink = 1 - size
    if way == "heavy ball":
        roots, first = np.roots([1, -(shrink + MU), MU]), shrink
    else:
        roots, first = np.roots([1, -(1 + MU) * shrink, MU * shrink]), 1 - size * (1 + MU)
    beta = (roots[0] - first) / (roots[0] - roots[1])
    found = -((1 - beta) * roots[0] ** k + beta * roots[1] ** k)
    return np.real(found).astype(np.float64)


def _errors(run: Run, label: str) -> Array:
    return weights_after(run, TIMES, label)[:, 0, 0] - 1
