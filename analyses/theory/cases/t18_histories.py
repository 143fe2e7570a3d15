"""Every history of ten gradients: the law of each optimiser's step is a finite sum.

With probability 0.7 a weight's gradient is −0.2, otherwise 1, whatever the weight
(`worlds/two_minds.py`). So its way after ten updates is one of 2¹⁰, each of known probability: what an
optimiser makes of a history is iterated from its definition. Every network has to end at one of them,
and its mean way and variance are exact. The mean gradient points down. Descent goes there; along the
sign a weight follows the majority, up.

Reference: Bernstein et al. 2018 (arXiv 1802.04434) for the majority; Reddi, Kale and Kumar 2018 (arXiv
1904.09237) for rare gradients that Adam forgets.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np

from ....sim.runfile import Run
from ..arms import experiment, own_world
from ..case import Case, Curve, Effort, Plot, Table
from ..predictions import Array, Exact, Mean, Variance

ODDS, YES, NO = 0.7, 0.2, 1.0
UPDATES, ETA = 10, 0.1
OPTIMISERS: dict[str, Table] = {
    "sgd": {"kind": "sgd", "momentum": 0.8},
    "nesterov": {"kind": "sgd", "momentum": 0.8, "nesterov": True},
    "decayed": {"kind": "sgd", "momentum": 0.8, "weight_decay": 0.5},
    "clipped": {"kind": "sgd", "clip_norm": 0.9},
    "adam": {"kind": "adam", "beta1": 0.8, "beta2": 0.95, "eps": 0.01},
    "adamw": {"kind": "adamw", "beta1": 0.8, "beta2": 0.95, "weight_decay": 0.5},
    "rmsprop": {"kind": "rmsprop", "beta2": 0.8, "eps": 0.1},
    "sign": {"kind": "sign"},
}


def cases(effort: Effort) -> Iterator[Case]:
    """One."""
    loss = {"kind": "process", "labels": "all", "episodes": 1}
    tables = experiment(
        "Every history",
        {
            name: {"loss": loss, "optimiser": {**table, "learning_rate": ETA}}
            for name, table in OPTIMISERS.items()
        },
        world=own_world("two_minds", odds=ODDS, yes=YES, no=NO),
        policy={"kind": "tabular"},
        population={"networks": effort.population(10_000)},
        training={"updates": UPDATES, "record": {"at": [0]}},
    )
    _, odds = histories()
    predictions = []
    for name, table in OPTIMISERS.items():
        ends = way(table)
        mean = float(odds @ ends)
        variance, fourth = float(odds @ (ends - mean) ** 2), float(odds @ (ends - mean) ** 4)
        predictions += [
            Exact(f"beside the nearest way, {name}", 0.0, _beside(name), effort.tolerance(1e-6, 1e-13)),
            Mean(f"mean way, {name}", mean, _ends(name), sd=variance**0.5),
            Variance(f"its variance, {name}", variance, _ends(name), fourth - 3 * variance**2),
        ]
    title = "the law of ten steps of each optimiser"
    yield Case("T18.histories", title, tables, tuple(predictions), _plot)


def histories() -> tuple[Array, Array]:
    """(2ᵏ, update) gradients of the first logit, and (2ᵏ,) their probabilities."""
    up = np.array(list(product([True, False], repeat=UPDATES)))
    yes = up.sum(axis=1)
    return np.where(up, -YES, NO), ODDS**yes * (1 - ODDS) ** (UPDATES - yes)


def way(table: Table) -> Array:
    """Where a weight from 0 is after each history."""
    gradients, _ = histories()
    kind, decay = table["kind"], table.get("weight_decay", 0.0)
    x = m = v = np.zeros(len(gradients))
    for t, gradient in enumerate(gradients.T, 1):
        g = gradient * np.minimum(1, table.get("clip_norm", np.inf) / (np.sqrt(2) * np.abs(gradient)))
        if kind == "sgd":
            mu = table.get("momentum", 0.0)
            pull = g + decay * x
            m = mu * m + pull
            step = pull + mu * m if table.get("nesterov") else m
        elif kind == "sign":
            step = np.sign(g)
        else:
            beta1, beta2, eps = table.get("beta1", 0.0), table["beta2"], table.get("eps", 1e-8)
            m, v = beta1 * m + (1 - beta1) * g, beta2 * v + (1 - beta2) * g**2
            first, second = (1.0, 1.0) if kind == "rmsprop" else (1 - beta1**t, 1 - beta2**t)
            step = m / first / (np.sqrt(v / second) + eps) + decay * x
        x = x - ETA * step
    return x


def _ends(name: str):
    return lambda run: run.weights(name)[:, 0]


def _beside(name: str):
    """(network, logit) distance from the nearest way; that of the second logit is the opposite."""

    def measure(run: Run) -> Array:
        ends = np.sort(way(OPTIMISERS[name]))
        found = run.weights(name) * [1, -1]
        after = np.searchsorted(ends, found).clip(1, len(ends) - 1)
        return np.minimum(np.abs(found - ends[after - 1]), np.abs(found - ends[after]))

    return measure


def _plot(run: Run) -> Plot:
    """The distribution of ways."""
    _, odds = histories()
    curves = []
    for name, table in OPTIMISERS.items():
        ends, share = way(table), np.linspace(0.02, 0.98, 25)
        order = ends.argsort()
        found = np.quantile(_ends(name)(run), share)
        curves.append(Curve(name, ends[order], odds[order].cumsum(), found, share))
    return Plot("way of the weight", "share of networks", tuple(curves))
