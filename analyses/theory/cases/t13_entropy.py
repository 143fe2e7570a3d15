"""The expected reward with an entropy bonus ends at p* = σ(D/τ), and nears it at the rate τ p*(1 − p*).

dz/ds = p(1 − p)(D − τz) vanishes at z* = D/τ, where its derivative is −τ p*(1 − p*). The distance shrinks by
that rate; the mean of both sides of z* is free of what is quadratic in it.

Reference: Mei et al. 2020 (arXiv 2005.06392), linear convergence.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import log

import numpy as np

from ....sim.runfile import Run
from ..arms import HEADS, OUTCOME, begins, by_condition, descent, experiment, final_log_odds
from ..case import Case, Effort
from ..forms import sigmoid
from ..predictions import Array, Exact

TAU = 0.25
GOAL = 1 / TAU
ENTROPIC = {**OUTCOME, "entropy": TAU}
H, UPDATES, ASIDE = 0.1, 5000, 0.01


def cases(effort: Effort) -> Iterator[Case]:
    """Where it ends, and how fast."""
    yield _end(effort)
    yield _rate(effort)


def _end(effort: Effort) -> Case:
    conditions = {
        f"{head} from {start}": {
            "loss": ENTROPIC,
            "policy": {**begins(start), "head": head},
            "optimiser": descent(0.5, head),
        }
        for head in HEADS
        for start in (0.5, 0.999)
    }
    training = {"updates": 16_000, "record": {"at": [0]}}
    tables = experiment("Where an entropy bonus ends", conditions, training=training)
    measure = by_condition(lambda run, name: final_log_odds(run, name)[0], conditions)
    tolerance = effort.tolerance(3e-6, 1e-9)
    prediction = Exact("z* = D/τ", GOAL, measure, absolute=tolerance)
    return Case("T13.end", "where the expected reward with an entropy bonus ends", tables, (prediction,))


def _rate(effort: Effort) -> Case:
    conditions = {
        f"{head} from {side:+g}": {
            "loss": ENTROPIC,
            "policy": {**begins(sigmoid(GOAL + side)), "head": head},
            "optimiser": descent(H, head),
        }
        for head in HEADS
        for side in (ASIDE, -ASIDE)
    }
    training = {"updates": UPDATES, "record": {"at": [0]}}
    tables = experiment("How fast an entropy bonus draws", conditions, training=training)
    rate = TAU * sigmoid(GOAL) * sigmoid(-GOAL)

    def measure(run: Run) -> Array:
        left = by_condition(lambda run, name: abs(final_log_odds(run, name)[0] - GOAL), conditions)(run)
        rates = np.array([log(ASIDE / distance) for distance in left]) / (H * UPDATES)
        return rates.reshape(len(HEADS), 2).mean(axis=1)

    # A step of h r is ln(1 − h r)/h a unit of time: r(1 + h r/2), here 2e-4 of r.
    prediction = Exact("rate", rate * (1 + H * rate / 2), measure, relative=effort.tolerance(1e-4, 5e-5))
    return Case("T13.rate", "how fast it nears its end", tables, (prediction,))
