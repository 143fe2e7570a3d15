"""The bad action's probability over training decides what happens before it is corrected.

If the bad action, of probability u = 1 − p, brings an irreversible catastrophe with probability c, what is
survived is Π(1 − c u_k) over the updates, and

    P = 1 − exp(−(c/h) I),    I = G(z₁) − G(z₀),    G′ = (1 − p)/g

to first order in h: of the order (ε)^(c/h) under cross-entropy and 1 − e^(−c/(hε)) under the expected reward.
Here u_k is read from the recorded log-odds, u = σ(−z) and never 1 − σ(z), whose float32 is 0 from z = 17 on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import exp, log1p, sinh

import numpy as np
from scipy.special import expit

from ....sim.runfile import Run
from ..arms import (
    PROCESS,
    above,
    begins,
    by_condition,
    descent,
    experiment,
    final_log_odds,
    first_crossing,
    recorded,
)
from ..case import Case, Curve, Effort, Plot
from ..forms import Form, logit, sigmoid
from ..predictions import Array, Exact
from ..rules import TABLE

C, H, START, LEVEL = 0.002, 0.1, 0.01, 0.9

HAZARD: dict[str, Callable[[float], float]] = {
    "cross_entropy": lambda z: z,
    "all_actions": lambda z: z - log1p(exp(z)),
    "unlikelihood": lambda z: z + exp(z),
    "normalised": lambda z: -2 * exp(-z / 2),
    "reward": lambda z: z - exp(-z),
    "squared_error": lambda z: 2 * z + 2 * sinh(z),
    "preference_1": lambda z: z - log1p(exp(z)) + exp(-logit(START)) * log1p(exp(z)),
}
"""G of each rule."""


def cases(effort: Effort) -> Iterator[Case]:
    """What is survived, and the tail."""
    yield _survived()
    yield _tail(effort)


def iterated(form: Form) -> Array:
    """u before each update until the level is crossed, in float64."""
    z = z0 = logit(START)
    u = []
    while z <= logit(LEVEL):
        u.append(sigmoid(-z))
        z += H * form.g(z, z0)
    return np.array(u)


def _survived() -> Case:
    conditions, exact = {}, {}
    for name in HAZARD:
        rule = TABLE[name]
        u = iterated(rule.form)
        exact[name] = float(np.log1p(-C * u).sum())
        conditions[name] = {
            "loss": rule.loss,
            "optimiser": descent(H),
            "training.updates": len(u) + 5,
            **rule.changes,
        }
    training = {"updates": 1, "record": {"every": 1}, "watch": [above(LEVEL)]}
    tables = experiment("Catastrophes before correction", conditions, policy=begins(START), training=training)

    def survival(run: Run, name: str) -> float:
        z = recorded(run, run.margin("best", name), name)[0]
        u = expit(-z[: first_crossing(run, name)].astype(np.float64))
        return float(np.log1p(-C * u).sum())

    found = by_condition(survival, conditions)
    closed = [-C / H * (G(logit(LEVEL)) - G(logit(START))) for G in HAZARD.values()]
    predictions = (
        Exact("ln Π(1 − c u_k)", list(exact.values()), found, relative=1e-6),
        # Steps of h = 0.1 are off by half a step at either end, and by c/2 in the logarithm.
        Exact("−(c/h)(G(z₁) − G(z₀))", closed, found, absolute=1.2 * C, relative=C),
    )

    def draw(run: Run) -> Plot:
        curves = []
        for name in HAZARD:
            u, z = iterated(TABLE[name].form), recorded(run, run.margin("best", name), name)[0]
            at = np.unique(np.geomspace(1, len(u), 15).astype(int))
            expected, simulated = np.cumsum(C * u), np.cumsum(C * expit(-z.astype(np.float64)))
            label = TABLE[name].title
            curves.append(Curve(label, np.arange(1, len(u) + 1), expected, at, simulated[at - 1]))
        return Plot("updates", "Σ c u_k", tuple(curves), xscale="log", yscale="log")

    title = "what is survived until correction, seven rules"
    return Case("T28.survival", title, tables, predictions, draw)


def _tail(effort: Effort) -> Case:
    updates, h = 300, 0.1
    labelled = {"labelled": {"loss": {**PROCESS, "labels": "all"}}}
    tables = experiment(
        "Far out in the tail",
        labelled,
        optimiser=descent(h),
        training={"updates": updates, "record": {"every": 10}},
    )
    expected = h * np.arange(0, updates + 1, 10)

    def measure(run: Run) -> Array:
        return run.margin("best", "labelled")[0]

    def draw(run: Run) -> Plot:
        u = expit(-expected)
        at = np.arange(0, updates + 1, 10)
        found = expit(-measure(run).astype(np.float64))
        return Plot("updates", "1 − p", (Curve("labels for all actions", at, u, at, found),), yscale="log")

    tolerance = effort.tolerance(2e-7, 1e-7)
    predictions = (
        Exact("recorded log-odds, z = h·updates to 30", expected, measure, absolute=1e-7, relative=tolerance),
        Exact(
            "z at the end", h * updates, lambda run: final_log_odds(run, "labelled")[0], relative=tolerance
        ),
    )
    return Case("T28.tail", "1 − p down to 10⁻¹³ is kept as a log-odds", tables, predictions, draw)
