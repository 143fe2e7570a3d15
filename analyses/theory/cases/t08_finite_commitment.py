"""Reward for either arm and an edge: which arm a network reaches first.

One episode without baseline, rewards (r_g, r_b), both positive: z goes up by h r_g (1 − p) with probability
p = σ(z) and down by h r_b p otherwise. The chance of the good arm's edge obeys

    P(z) = p P(z + h r_g (1 − p)) + (1 − p) P(z − h r_b p)

and so do times, with one more. By small steps P is that of a diffusion,

    P(bad first) = ∫_{z₀}^{L} e^{−I} / ∫_{−L}^{L} e^{−I},    I′ = 2(r_g − r_b)/(h[r_g²(1 − p) + r_b² p])

which errs by some 6 % of the chance at h = 0.1 already (L = ln 99), so the equation itself is solved, on a
grid.

Reference: Karlin and Taylor 1981, A Second Course in Stochastic Processes, chapter 15 (diffusions and their
exits).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import log

import numpy as np
from scipy.special import expit

from ....sim.runfile import Run
from ..arms import above, begins, crossings, descent, experiment, share_error, until
from ..case import Case, Curve, Effort, Plot, Table
from ..forms import sigmoid
from ..predictions import Mean, Share
from ..walks import Ending, any_steps

GOOD, BAD = 1.05, 1.0
SETTINGS = (("softmax", 0.5, 99.0), ("logit", 0.5, 19.0), ("softmax", 0.2, 19.0), ("logit", 0.1, 19.0))
"""Head, h, and the odds at the edges, from even ones."""


def cases(effort: Effort) -> Iterator[Case]:
    """Four edges and steps."""
    conditions: dict[str, Table] = {}
    predictions = []
    for head, h, odds in SETTINGS:
        name = f"h = {h:g}, odds of {odds:g}"
        ending = exits(h, log(odds))
        conditions[name] = {
            "loss": {"kind": "outcome", "episodes": 1, "baseline": "none"},
            "policy": {**begins(0.5), "head": head},
            "optimiser": descent(h, head),
            "training.updates": int(20 * ending.mean),
            "training.watch": [above(sigmoid(log(odds)), arm) for arm in ("arm_0", "arm_1")],
        }
        predictions += [
            Share(f"bad arm first, {name}", 1 - ending.top, _lost(name)),
            Mean(f"updates, {name}", ending.mean, _times(name), sd=ending.sd),
        ]
    tables = experiment(
        "Which of two good arms is preferred first",
        conditions,
        world={"kind": "bandit", "reward": [GOOD, BAD]},
        population={"networks": effort.population(3000)},
    )
    title = "two arms that pay nearly alike: the share that goes for the worse one"
    yield Case("T08.edges", title, tables, tuple(predictions), _plot)


def exits(h: float, edge: float) -> Ending:
    """Of the exact equation."""
    return any_steps(lambda z: h * GOOD * expit(-z), lambda z: h * BAD * expit(z), 0.0, edge)


def diffusion(h: float, edge: float) -> float:
    """P(bad first) by small steps, by the trapezoidal rule."""
    z = np.linspace(-edge, edge, 20_001)
    p = expit(z)
    rate = 2 * (GOOD - BAD) / (h * (GOOD**2 * (1 - p) + BAD**2 * p))
    dz = z[1] - z[0]
    I = np.concatenate([[0.0], np.cumsum((rate[1:] + rate[:-1]) / 2)]) * dz  # noqa: E741  (the paper's letter)
    density = np.exp(-(I - I[len(z) // 2]))
    upper = density[len(z) // 2 :]
    return float(
        (upper.sum() - (upper[0] + upper[-1]) / 2) / (density.sum() - (density[0] + density[-1]) / 2)
    )


def _lost(name: str):
    return lambda run: crossings(run, name)[1] >= 0


def _times(name: str):
    return lambda run: until(run, name)


def _plot(run: Run) -> Plot:
    """Diffusion's line for either edge, and what the steps made of it."""
    h = np.geomspace(0.08, 0.8, 40)
    curves = []
    for odds in (19.0, 99.0):
        own = [(each, f"h = {each:g}, odds of {odds:g}") for _, each, edge in SETTINGS if edge == odds]
        found = np.array([_lost(name)(run).mean() for _, name in own])
        line = np.array([diffusion(each, log(odds)) for each in h])
        error = share_error(found, run)
        curves.append(Curve(f"odds of {odds:g}", h, line, np.array([each for each, _ in own]), found, error))
    return Plot("h", "share that prefers the bad arm first", tuple(curves), xscale="log")
