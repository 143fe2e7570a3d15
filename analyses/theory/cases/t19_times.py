"""Momentum and the time of correction.

Under imitation on two arms v ← μv + (1 − p) and z ← z + hv (heavy ball). While memory is short beside
the climb, with h′ = h/(1 − μ) and T, g those of plain descent, the updates to a level are

    K ≈ T/h′ + ½ (1 + μ)/(1 − μ) ln(g₁/g₀) + μ/(1 − μ)

and where it is not, they are iterated. h = κη, and κ = 2 where both logits move, 1 where there is one.

Reference: Polyak 1964; the expansion is the modified equation of the recursion, to first order in h′/(1
− μ).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import log

import numpy as np

from ..arms import IMITATION, above, begins, crossings, descent, experiment
from ..case import Case, Effort
from ..forms import CROSS_ENTROPY, logit, sigmoid
from ..predictions import Exact, Steps

START, LEVEL = 0.01, 0.9
WAITS = ((0.5, 0.01), (0.9, 0.001), (0.9, 0.01), (0.99, 1e-4))
"""μ and h."""
SHORT = WAITS[:2]
"""Where memory is short."""


def cases(effort: Effort) -> Iterator[Case]:
    """One."""
    conditions = {
        f"{head} μ {mu} h {h}": {
            "loss": IMITATION,
            "policy": {**begins(START), "head": head},
            "optimiser": descent(h, head, momentum=mu),
        }
        for head in ("softmax", "logit")
        for mu, h in WAITS
    }
    tables = experiment(
        "Momentum under imitation",
        conditions,
        training={"updates": 1600, "record": {"at": [0]}, "watch": [above(LEVEL)]},
    )
    predictions = []
    for head in ("softmax", "logit"):
        exact = [iterated(mu, h) for mu, h in WAITS]
        near = [expanded(mu, h) for mu, h in SHORT]
        predictions += [
            Exact(f"updates to {LEVEL}, {head}", exact, _times(head, WAITS)),
            Steps(f"the same as expanded, {head}", near, _times(head, SHORT), slack=0.3),
        ]
    yield Case("T19.times", "updates of imitation with momentum", tables, tuple(predictions))


def iterated(mu: float, h: float) -> int:
    """Updates to the level, z on its own."""
    z, v, done = logit(START), 0.0, 0
    while z <= logit(LEVEL):
        v = mu * v + sigmoid(-z)
        z, done = z + h * v, done + 1
    return done


def expanded(mu: float, h: float) -> float:
    """The same while memory is short, before it is rounded up."""
    g0, g1 = (CROSS_ENTROPY.g(logit(p), 0.0) for p in (START, LEVEL))
    lag = (1 + mu) / (1 - mu) * log(g1 / g0) / 2 + mu / (1 - mu)
    return CROSS_ENTROPY.time(START, LEVEL) * (1 - mu) / h + lag


def _times(head: str, waits: tuple[tuple[float, float], ...]):
    names = [f"{head} μ {mu} h {h}" for mu, h in waits]
    return lambda run: np.array([crossings(run, name)[0, 0] for name in names])
