"""A schedule of the learning rate: what counts is the sum of its factors f_k.

Under a constant gradient (labels of both actions) the log-odds are 2η Σ_{k<K} f_k after K updates. Under
imitation z ← z + 2ηf_k (1 − p) is iterated until a level.

Reference: Loshchilov and Hutter 2017 (arXiv 1608.03983) for the cosine.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import cos, pi

import numpy as np

from ....sim.runfile import Run
from ..arms import IMITATION, PROCESS, above, begins, crossings, experiment
from ..case import Case, Curve, Effort, Plot, Table
from ..forms import logit, sigmoid
from ..predictions import Array, Exact

UPDATES, ETA, START, LEVEL = 400, 0.05, 0.01, 0.9
SCHEDULES: dict[str, Table] = {
    "constant": {"kind": "constant"},
    "warm-up": {"kind": "constant", "warm_up": 100},
    "linear": {"kind": "linear", "to": 0.1},
    "linear over 150": {"kind": "linear", "warm_up": 50, "over": 150, "to": 0.25},
    "cosine": {"kind": "cosine"},
    "cosine over 200": {"kind": "cosine", "warm_up": 20, "over": 200, "to": 0.5},
    "step": {"kind": "step", "every": 80, "factor": 0.75, "warm_up": 10},
}


def cases(effort: Effort) -> Iterator[Case]:
    """One."""
    conditions = {}
    for name, schedule in SCHEDULES.items():
        optimiser = {"kind": "sgd", "learning_rate": ETA, "schedule": schedule}
        conditions[name] = {"loss": {**PROCESS, "labels": "all"}, "optimiser": optimiser}
        conditions[f"{name}, imitation"] = {
            "loss": IMITATION,
            "optimiser": optimiser,
            "policy": begins(START),
            "training.watch": [above(LEVEL)],
        }
    tables = experiment(
        "Schedules of the learning rate",
        conditions,
        training={"updates": UPDATES, "record": {"every": 10}},
    )
    predictions = [
        Exact(
            f"log-odds, {name}",
            2 * ETA * sums(schedule)[::10],
            lambda run, name=name: run.margin("best", name)[0],
            relative=effort.tolerance(5e-7, 1e-12),
        )
        for name, schedule in SCHEDULES.items()
    ]
    predictions.append(
        Exact(
            f"updates to {LEVEL}",
            [iterated(schedule) for schedule in SCHEDULES.values()],
            lambda run: np.array([crossings(run, f"{name}, imitation")[0, 0] for name in SCHEDULES]),
        )
    )

    def plot(run: Run) -> Plot:
        k = np.arange(UPDATES + 1.0)
        curves = [
            Curve(name, k, 2 * ETA * sums(schedule), run.time.astype(float), run.margin("best", name)[0])
            for name, schedule in SCHEDULES.items()
        ]
        return Plot("updates", "log-odds", tuple(curves))

    yield Case("L23.schedules", "the sum of a schedule's factors", tables, tuple(predictions), plot)


def factor(schedule: Table, k: int) -> float:
    """f_k."""
    warm = schedule.get("warm_up", 0)
    if k < warm:
        return (k + 1) / warm
    kind, to = schedule["kind"], schedule.get("to", 0.0)
    if kind == "constant":
        return 1.0
    if kind == "step":
        return schedule["factor"] ** ((k - warm) // schedule["every"])
    s = min(1.0, (k - warm) / schedule.get("over", UPDATES - warm))
    return 1 - (1 - to) * (s if kind == "linear" else (1 - cos(pi * s)) / 2)


def sums(schedule: Table) -> Array:
    """Σ_{k<K} f_k for K from 0."""
    return np.cumsum([0.0] + [factor(schedule, k) for k in range(UPDATES)])


def iterated(schedule: Table) -> int:
    """Updates to the level; −1 where they are too few."""
    z = logit(START)
    for k in range(UPDATES + 1):
        if z > logit(LEVEL):
            return k
        z += 2 * ETA * factor(schedule, k) * sigmoid(-z)
    return -1
