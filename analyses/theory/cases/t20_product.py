"""A product of two weights beyond the edge of stability.

L = ½(ab − 1)² has valleys ab = 1 whose sharpness a² + b² is at least 2. Below η = 1 balanced weights, a = ±b,
come to rest; for 1 < η < √5 − 1 descent ends in a cycle of two,

    xx′ = 1/η,    x² + x′² = 1 + 1/η

to which a deviation comes back by the factor 9 − 2(1 + η)² a turn, and at 1.24 in one of four. On the way
d = a² − b² is multiplied by 1 − η²e² a step, e = ab − 1, so the sharpness at rest, √(d² + 4), is known from
the residuals: flatter than the flow's √(d₀² + 4).

Reference: Chen and Bruna 2023 (arXiv 2206.04172).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ....sim.runfile import Run
from ..case import Case, Curve, Effort, Plot
from ..least_squares import UNTOUCHED, after, least_squares, product_step, weights_after
from ..predictions import Array, Exact

CYCLES = (1.05, 1.2, 1.23)
FOUR, LONG = 1.24, 6000
RESTING = (0.1, 0.3, 0.45)
"""η, small enough that weights of this spread come to rest: of 400,000 pairs all did."""


def cases(effort: Effort) -> Iterator[Case]:
    """Cycles, and sharpness at rest."""
    yield _cycles(effort)
    yield _resting(effort)


PRODUCT = {"kind": "deep_linear", "hidden": [1]}


def _cycles(effort: Effort) -> Case:
    conditions = {}
    for eta in (*CYCLES, FOUR):
        conditions |= after(range(LONG, LONG + 4), f"{eta}", **{"optimiser.learning_rate": eta})
    tables = least_squares(
        "Cycles beyond the edge",
        conditions,
        {"target": [1.0]},
        policy={**PRODUCT, "init": {"kind": "normal", "std": 0.1}},
        population={"networks": 16},
    )
    predictions = []
    for eta in CYCLES:
        tolerance = effort.tolerance(1e-6, 1e-13) / (1 - abs(9 - 2 * (1 + eta) ** 2))
        predictions += [
            Exact(f"xx′ at η = {eta}", 1 / eta, lambda run, eta=eta: _cycle(run, eta)[0], tolerance),
            Exact(f"x² + x′² at η = {eta}", 1 + 1 / eta, lambda run, eta=eta: _cycle(run, eta)[1], tolerance),
        ]
    predictions.append(
        Exact(f"x² at η = {FOUR}, sorted", orbit(FOUR, 4)[:, None], _four, effort.tolerance(2e-5, 1e-12))
    )

    def plot(run: Run) -> Plot:
        eta = np.linspace(1.001, max(CYCLES), 60)
        root = np.sqrt((1 + 1 / eta) ** 2 - 4 / eta**2)
        at = np.array(CYCLES)
        found = np.sort([_squares(run, e)[:2, 0] for e in CYCLES], axis=1)
        curves = [
            Curve(name, eta, (1 + 1 / eta + sign * root) / 2, at, found[:, i])
            for i, (name, sign) in enumerate((("lower", -1), ("upper", 1)))
        ]
        return Plot("η", "x²", tuple(curves))

    return Case("T20.cycles", "cycles beyond the edge of stability", tables, tuple(predictions), plot)


def orbit(eta: float, period: int) -> Array:
    """x² of balanced weights, x ← x − ηx(x² − 1), on what it is attracted to; sorted."""
    x = 0.3
    for _ in range(20_000):
        x -= eta * x * (x * x - 1)
    found = []
    for _ in range(period):
        x -= eta * x * (x * x - 1)
        found.append(x * x)
    return np.sort(found)


def _squares(run: Run, eta: float) -> Array:
    """(update, network) ab = x²; NaN where the weights are not balanced."""
    weights = weights_after(run, range(LONG, LONG + 4), f"{eta}")
    balanced = np.abs(np.abs(weights[..., 0]) - np.abs(weights[..., 1])) < 1e-5
    return np.where(balanced, weights.prod(axis=2), np.nan)


def _cycle(run: Run, eta: float) -> tuple[Array, Array]:
    """xx′ and x² + x′² of each update and network."""
    squares = _squares(run, eta)
    now, then = squares[:-1], squares[1:]
    return np.sqrt(now * then), now + then


def _four(run: Run) -> Array:
    return np.sort(_squares(run, FOUR), axis=0)


def _resting(effort: Effort) -> Case:
    tables = least_squares(
        "Sharpness at rest",
        {
            "start": dict(UNTOUCHED),
            **{f"{eta}": {"training.updates": 600, "optimiser.learning_rate": eta} for eta in RESTING},
        },
        {"target": [1.0]},
        policy={**PRODUCT, "init": {"kind": "normal", "std": 0.5}},
        population={"networks": 64},
    )
    predictions = tuple(
        Exact(
            f"sharpness over its expectation, η = {eta}",
            1.0,
            lambda run, eta=eta: _sharpness(run, eta) / at_rest(run.weights("start"), eta),
            absolute=effort.tolerance(1e-6, 1e-11),
        )
        for eta in RESTING
    )

    def plot(run: Run) -> Plot:
        start = run.weights("start")
        line = np.abs(start[:, 0] ** 2 - start[:, 1] ** 2)
        order = line.argsort()
        curves = [
            Curve(
                f"η {eta:g}",
                line[order],
                at_rest(start, eta)[order],
                line[order][::4],
                _sharpness(run, eta)[order][::4],
            )
            for eta in RESTING
        ]
        return Plot("|a² − b²| at the start", "sharpness at rest", tuple(curves))

    return Case("T20.sharpness", "the sharpness at which descent comes to rest", tables, predictions, plot)


def at_rest(weights: Array, eta: float) -> Array:
    """√(d² + 4), from the recursion of u = ab and d alone: u ← u(1 + η²e²) − ηe√(d² + 4u²)."""
    u, d = weights.prod(axis=1), weights[:, 0] ** 2 - weights[:, 1] ** 2
    for _ in range(600):
        u, d = product_step(u, d, eta * (u - 1))
    return np.sqrt(d**2 + 4)


def _sharpness(run: Run, eta: float) -> Array:
    """a² + b² of weights with ab = 1; NaN of others."""
    weights = run.weights(f"{eta}")
    return np.where(np.abs(weights.prod(axis=1) - 1) < 1e-5, (weights**2).sum(axis=1), np.nan)
