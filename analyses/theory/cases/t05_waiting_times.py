"""Sampled reward on two arms: a sum of independent geometric waiting times.

With rewards (1, 0) and no baseline a network moves when it draws the good arm and not otherwise, and then
z ← z + h(1 − p). So it climbs a ladder p₀ < p₁ < … that chance does not touch, and waits on each rung for a
draw of probability p_k. With rewards (0, −1) it moves when it draws the bad arm, z ← z + hp. The updates to a
level are a sum of independent geometric times,

    E T = Σ 1/q_k,    Var T = Σ (1 − q_k)/q_k²,    q_k = p_k (approving) or 1 − p_k (disapproving)

which is about the same mean for both, and spreads that differ thirty-fold. (The fourth cumulant of a
geometric time of variance v is 6v² + v.)
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ....sim.runfile import Run
from ..arms import begins, descent, experiment, until
from ..case import Case, Curve, Effort, Plot, Table
from ..forms import logit, sigmoid
from ..predictions import Array, Counts
from ..waiting import moments

REWARDS = {"approving": [1.0, 0.0], "disapproving": [0.0, -1.0]}
SETTINGS = ((0.01, 0.5, 0.2), (0.05, 0.9, 1.0), (0.1, 0.9, 0.1))
"""Initial probability, level, h."""

UPDATES = 6000
"""After which every network is there."""


def cases(effort: Effort) -> Iterator[Case]:
    """One for each kind of feedback."""
    for kind, reward in REWARDS.items():
        conditions = {}
        predictions = []
        for start, level, h in SETTINGS:
            name = f"{start} to {level} by {h}"
            conditions[name] = _condition(start, level, h)
            q = rungs(kind, start, level, h)
            times = _times(name)
            edges, law = classes(q)
            predictions += [
                Counts(
                    f"their law in {len(law)} classes, {name}",
                    law,
                    lambda run, name=name, edges=edges: np.bincount(
                        np.digitize(_times(name)(run), edges), minlength=len(edges) + 1
                    ),
                ),
                *moments(f"mean updates, {name}", f"their variance, {name}", q, times),
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


def distribution(q: Array, updates: int) -> Array:
    """P(T ≤ t) for t = 0 … updates: the chance of having left the last rung, from who stands on which."""
    standing = np.zeros(len(q))
    standing[0] = 1.0
    left = [0.0]
    for _ in range(updates):
        climbing = q * standing
        left.append(left[-1] + climbing[-1])
        standing = standing - climbing
        standing[1:] += climbing[:-1]
    return np.array(left)


def classes(q: Array, number: int = 20) -> tuple[NDArray[np.intp], Array]:
    """Classes t < e₁, e₁ ≤ t < e₂, … of about equal probabilities: their edges, and the probabilities."""
    P = distribution(q, UPDATES)
    edges = np.unique(np.searchsorted(P, np.arange(1, number) / number)) + 1
    return edges, np.diff(P[edges - 1], prepend=0.0, append=1.0)


def _condition(start: float, level: float, h: float) -> Table:
    return {
        "loss": {"kind": "outcome", "episodes": 1, "baseline": "none"},
        "policy": begins(start),
        "optimiser": descent(h),
        "training.updates": UPDATES,
        "training.watch": [{"behaviour": "best", "above": level, "freeze": True}],
    }


def _times(name: str):
    return lambda run: until(run, name)


def _plot(kind: str):
    """The distribution of the times."""

    def draw(run: Run) -> Plot:
        curves = []
        for start, level, h in SETTINGS:
            name = f"{start} to {level} by {h}"
            times = np.sort(_times(name)(run))
            P = distribution(rungs(kind, start, level, h), int(times[-1]))
            share = np.linspace(0.02, 0.98, 20)
            first = int(np.searchsorted(P, 1e-3))
            found = np.quantile(times, share, method="inverted_cdf")
            curves.append(Curve(name, np.arange(first, len(P)), P[first:], found, share))
        return Plot("updates to the level", "share of networks", tuple(curves), xscale="log")

    return draw
