"""Guess-and-check: initial weights given their loss, found after a geometric number of attempts.

One logit z ~ N(0, σ²) of two arms has loss ln(1 + e^−z), so a band of losses is an interval of z. What is
kept is N(0, σ²) cut to it; the attempts until then are geometric, with the interval's probability p:

    E = 1/p,    Var = v = (1 − p)/p²,    κ₄ = 6v² + v

A sum of two parameters is conditioned in the same way, and their difference is not. Of three logits,
(z₁ − z₀, z₂ − z₀) = d is normal with covariance [[2, 1], [1, 2]], and ln(1 + e^{d₁} + e^{d₂}) ≤ ℓ is

    p = ∫ φ(d₁/√2)/√2 Φ((ln(e^ℓ − 1 − e^{d₁}) − d₁/2)/√1.5) dd₁

Reference: Chiang et al. 2023, "Loss landscapes are all you need".
"""

from __future__ import annotations

from collections.abc import Iterator
from math import exp, expm1, inf, log, sqrt

import numpy as np

from ....sim.runfile import Run
from ..arms import experiment
from ..case import Case, Curve, Effort, Plot, Table
from ..predictions import Array, Counts, Law, Mean, Prediction
from ..selection import REFUSED, SIGMA, selected, truncated
from ..waiting import classes, moments

TWO = {"kind": "linear", "bias": True, "head": "logit", "init": {"kind": "normal", "std": SIGMA / sqrt(2)}}
BANDS = ((-1.0, inf), (0.5, 1.25), (2.0, 2.1), (4.0, inf))
"""Intervals of the logit."""

THREE, BELOW = "three arms", 0.4


def cases(effort: Effort) -> Iterator[Case]:
    """Intervals of one logit, a half line of a sum, and three arms."""
    conditions: dict[str, Table] = {str(band): selected(band) for band in BANDS}
    conditions["sum"] = selected((1.5, inf), policy=TWO)
    conditions[THREE] = selected((0, inf), world={"kind": "bandit", "reward": [1.0, 0, 0]}) | {
        "policy": {"kind": "tabular", "init": {"kind": "normal"}},
        "training.select": {"loss": {"below": BELOW}},
    }
    predictions: list[Prediction] = []
    for band in BANDS:
        p, law = truncated(*band, SIGMA)
        predictions += [
            Law(f"the logit in {band}", law, lambda run, name=str(band): run.weights(name)[:, 0]),
            *_geometric(str(band), p),
        ]
    p, law = truncated(1.5, inf, SIGMA)
    predictions += [
        Law("a conditioned sum", law, lambda run: run.weights("sum") @ [1, 1]),
        Law("a difference, free", truncated(-inf, inf, SIGMA)[1], lambda run: run.weights("sum") @ [1, -1]),
        *_geometric("sum", p),
        *_geometric(THREE, three_arms(0)),
        Mean("z₁ − z₀ of three arms", three_arms(1) / three_arms(0), _difference),
    ]
    tables = experiment(
        "Guess and check",
        conditions,
        world={"kind": "bandit", "reward": [0.0, 1.0]},
        population={"networks": effort.population(4000)},
        training={},
    )
    title = "guessed weights follow the law of initial weights given the loss, after geometric attempts"
    yield Case("L02.guessing", title, tables, tuple(predictions), _plot, refused=REFUSED)


def three_arms(power: int) -> float:
    """E[(z₁ − z₀)^power; loss ≤ BELOW]."""
    from scipy.integrate import quad
    from scipy.special import ndtr

    def part(d: float) -> float:
        highest = log(expm1(BELOW) - exp(d))
        density = exp(-(d**2) / 4) / sqrt(4 * np.pi)
        return d**power * density * float(ndtr((highest - d / 2) / sqrt(1.5)))

    return quad(part, -14, log(expm1(BELOW)), points=[-3.0])[0]


def _geometric(name: str, p: float) -> list[Prediction]:
    ends, share = classes(p, np.linspace(0.2, 0.8, 4))
    tried = _attempts(name)
    return [
        *moments(f"attempts, {name}", f"their variance, {name}", p, tried),
        Counts(
            f"how many attempts, {name}",
            share,
            lambda run: np.histogram(tried(run), [0, *(ends + 0.5), inf])[0],
        ),
    ]


def _attempts(name: str):
    return lambda run: run.hyperparameter("attempts", name)


def _difference(run: Run) -> Array:
    weights = run.weights(THREE)
    return weights[:, 1] - weights[:, 0]


def _plot(run: Run) -> Plot:
    share, curves = np.linspace(0.02, 0.98, 25), []
    for band in BANDS[:3]:
        z = np.sort(run.weights(str(band))[:, 0])
        x = np.linspace(z[0], z[-1], 100)
        curves.append(Curve(f"in {band}", x, truncated(*band, SIGMA)[1](x), np.quantile(z, share), share))
    return Plot("logit", "share of networks", tuple(curves))
