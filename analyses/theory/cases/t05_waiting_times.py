"""Sampled reward on two arms: a sum of independent geometric waiting times.

With rewards (1, 0) and no baseline a network moves when it draws the good arm and not otherwise, and then
z ← z + h(1 − p). So it climbs a ladder p₀ < p₁ < … that chance does not touch, and waits on each rung for a
draw of probability p_k. With rewards (0, −1) it moves when it draws the bad arm, z ← z + hp. The updates to a
level are a sum of independent geometric times,

    E T = Σ 1/q_k,    Var T = Σ (1 − q_k)/q_k²,    q_k = p_k (approving) or 1 − p_k (disapproving)

about the same mean for both, and spreads that differ thirty-fold. (The fourth cumulant of a geometric time is
6v² + v, v its variance.)
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

import numpy as np

from ....sim.runfile import Run
from ..arms import begins, crossings, descent, experiment
from ..case import Case, Curve, Effort, Plot, Table
from ..forms import logit, sigmoid
from ..predictions import Array, Mean, Variance

REWARDS = {"approving": [1.0, 0.0], "disapproving": [0.0, -1.0]}
SETTINGS = ((0.01, 0.5, 0.2), (0.05, 0.9, 1.0), (0.1, 0.9, 0.1))
"""Initial probability, level, h."""


def cases(effort: Effort) -> Iterator[Case]:
    """One for each kind of feedback."""
    for kind, reward in REWARDS.items():
        conditions = {}
        predictions = []
        for start, level, h in SETTINGS:
            name = f"{start} to {level} by {h}"
            conditions[name] = _condition(start, level, h)
            q = rungs(kind, start, level, h)
            mean, each = float((1 / q).sum()), (1 - q) / q**2
            variance, fourth = float(each.sum()), float((6 * each**2 + each).sum())
            times = _times(name)
            predictions += [
                Mean(f"mean updates, {name}", mean, times, sd=sqrt(variance)),
                Variance(f"their variance, {name}", variance, times, fourth=fourth),
            ]
        tables = experiment(
            f"Waiting times under {kind} feedback",
            conditions,
            world={"kind": "bandit", "reward": reward},
            population={"networks": effort.population(20_000)},
        )
        title = f"updates to a level under {kind} feedback alone: mean and spread"
        yield Case(f"T05.{kind}", title, tables, tuple(predictions), _plot(kind))


def rungs(kind: str, start: float, level: float, h: float) -> Array:
    """q_k on every rung below the level."""
    z, found = logit(start), []
    while z <= logit(level):
        p = sigmoid(z)
        found.append(p if kind == "approving" else 1 - p)
        z += h * (1 - p if kind == "approving" else p)
    return np.array(found)


def _condition(start: float, level: float, h: float) -> Table:
    return {
        "loss": {"kind": "outcome", "episodes": 1, "baseline": "none"},
        "policy": begins(start),
        "optimiser": descent(h),
        "training.updates": 6000,
        "training.watch": [{"behaviour": "best", "above": level, "freeze": True}],
    }


def _times(name: str):
    def measure(run: Run) -> Array:
        (times,) = crossings(run, name)
        return np.where(times < 0, np.nan, times)

    return measure


def _plot(kind: str):
    """The distribution of the times, each with the normal of its mean and variance."""

    def draw(run: Run) -> Plot:
        from scipy.special import ndtr

        curves = []
        for start, level, h in SETTINGS:
            name = f"{start} to {level} by {h}"
            q = rungs(kind, start, level, h)
            mean, sd = (1 / q).sum(), sqrt(((1 - q) / q**2).sum())
            times = np.sort(_times(name)(run))
            x = np.linspace(mean - 4 * sd, mean + 4 * sd, 200)
            share = np.linspace(0.02, 0.98, 25)
            curves.append(Curve(name, x, ndtr((x - mean) / sd), np.quantile(times, share), share))
        return Plot("updates to the level", "share of networks", tuple(curves))

    return draw
