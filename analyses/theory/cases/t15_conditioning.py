"""Learning from what succeeded multiplies the odds by the ratio of the chances; imitation ends at its labels.

One round of return-conditioned learning to the end, acted on at success, is p′ = p r_g/(p r_g + (1 − p) r_b):
the odds grow by r_g/r_b. Cloning a demonstrator that is right with probability q ends at p = q.

Reference: Kumar, Peng and Levine 2019 (arXiv 1912.13465).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import log

import numpy as np

from ....sim.runfile import Run
from ..arms import (
    HEADS,
    IMITATION,
    begins,
    by_condition,
    descent,
    experiment,
    final_log_odds,
    own_world,
    recorded,
)
from ..case import Case, Curve, Effort, Plot
from ..forms import logit
from ..predictions import Array, Exact

EPOCHS = 1000
ROUNDS = 10
CHANCES = (0.9, 0.6)
LABELS = (0.6, 0.9, 0.999)


def cases(effort: Effort) -> Iterator[Case]:
    """Rounds of conditioning, and noisy labels."""
    yield _conditioned(effort)
    yield _labelled(effort)


def _conditioned(effort: Effort) -> Case:
    loss = {"kind": "return_conditioned", "estimator": "exact", "edges": [0.5], "epochs": EPOCHS}
    conditions = {
        head: {"loss": loss, "policy": {**begins(0.01), "head": head}, "optimiser": descent(4.0, head)}
        for head in HEADS
    }
    tables = experiment(
        "Rounds of learning from what succeeded",
        conditions,
        world=own_world("odds", success=list(CHANCES)),
        training={"updates": ROUNDS * EPOCHS, "record": {"every": EPOCHS}},
    )
    rounds = np.arange(ROUNDS + 1)
    expected = logit(0.01) + rounds * log(CHANCES[0] / CHANCES[1])

    def measure(run: Run) -> Array:
        return np.array([recorded(run, run.margin("best", head), head)[0] for head in HEADS])

    def draw(run: Run) -> Plot:
        found = measure(run)
        curves = tuple(
            Curve(head, rounds, expected, rounds, values) for head, values in zip(HEADS, found, strict=True)
        )
        return Plot("rounds", "log-odds of the better arm", curves)

    prediction = Exact("log-odds by round", expected, measure, absolute=effort.tolerance(1e-5, 2e-6))
    title = "rounds of learning from success multiply the odds by r_g/r_b"
    return Case("T15.conditioned", title, tables, (prediction,), draw)


def _labelled(effort: Effort) -> Case:
    conditions = {
        f"{head}, q = {q}": {
            "loss": IMITATION,
            "world.demonstrator": [q, round(1 - q, 10)],
            "policy": {**begins(0.01), "head": head},
            "optimiser": descent(1.0, head),
        }
        for head in HEADS
        for q in LABELS
    }
    training = {"updates": 40_000, "record": {"at": [0]}}
    tables = experiment("Imitation of noisy labels", conditions, training=training)
    expected = [logit(q) for _ in HEADS for q in LABELS]
    measure = by_condition(lambda run, name: final_log_odds(run, name)[0], conditions)
    # A float32 of π is off by up to 6e-8, and z by that over q(1 − q).
    tolerance = [effort.tolerance(1.2e-7, 1e-9) / (q * (1 - q)) for _ in HEADS for q in LABELS]
    prediction = Exact("logit p = logit q", expected, measure, absolute=tolerance)
    return Case("T15.labels", "imitation of noisy labels ends at their share", tables, (prediction,))
