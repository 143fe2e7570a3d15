"""Steps of the adaptive optimisers where gradients are known: the first one, and those under a constant one.

Adam's first step is −ηg/(|g| + ε): the sign of the gradient, unless that is near ε. (With ε inside the
root a gradient of 10⁻⁸ would move 10⁻⁴η, not η/2.) Under a constant gradient g = 1, after k updates,

    adam      ηk/(1 + ε)                      adamw     x ← (1 − ηλ)x + η/(1 + ε)
    rmsprop   η Σ_t 1/(√(1 − βᵗ) + ε)         sign      ηk
    sgd       ηk, or ηk c/√2 where the norm √2 of both logits' gradient is clipped to c

RMSProp has no correction, and its first steps are too long.

Reference: Kingma and Ba 2015 (arXiv 1412.6980); Loshchilov and Hutter 2019 (arXiv 1711.05101).
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

import numpy as np

from ....sim.runfile import Run
from ..adam import corrections
from ..arms import PROCESS, experiment
from ..case import Case, Curve, Effort, Plot
from ..least_squares import EXACT, after, weights_after
from ..predictions import Array, Exact

GRADIENTS = np.array([1e-3, 1e-8, 1e-10, 0.0])
FIRST = {
    "adam": {"kind": "adam", "learning_rate": 1e-3},
    "adam, ε = 0": {"kind": "adam", "learning_rate": 1e-3, "eps": 0.0},
    "adam, ε = 0.001": {"kind": "adam", "learning_rate": 1e-3, "eps": 1e-3},
    "adamw": {"kind": "adamw", "learning_rate": 1e-3},
}

ETA, DECAY, BETA, CLIP = 0.01, 0.5, 0.95, 0.5
TIMES = (1, 2, 10, 100, 1000)
CONSTANT = {
    "adam": {"kind": "adam"},
    "adam, ε = 1": {"kind": "adam", "eps": 1.0},
    "adamw": {"kind": "adamw", "weight_decay": DECAY},
    "rmsprop": {"kind": "rmsprop", "beta2": BETA},
    "sign": {"kind": "sign"},
    "sgd": {"kind": "sgd"},
    "clipped": {"kind": "sgd", "clip_norm": CLIP},
}


def cases(effort: Effort) -> Iterator[Case]:
    """The first step, and many under one gradient."""
    relative, corrected = effort.tolerance(5e-7, 1e-13), corrections(effort)
    tables = experiment(
        "Adam's first step",
        {name: {"loss": EXACT, "optimiser": table} for name, table in FIRST.items()},
        world={"kind": "bandit", "reward": (-4 * GRADIENTS).tolist()},
        policy={"kind": "tabular"},
    )
    predictions = tuple(
        Exact(f"steps of {name}", first_step(table.get("eps", 1e-8)), _weights(name), 0.0, relative)
        for name, table in FIRST.items()
    )
    yield Case("T18.first_step", "Adam's first step for gradients down to 0", tables, predictions)

    conditions = {}
    for name, table in CONSTANT.items():
        conditions |= after(TIMES, name, optimiser={**table, "learning_rate": ETA})
    tables = experiment(
        "Steps under a constant gradient",
        {name: {"loss": {**PROCESS, "labels": "all"}, **table} for name, table in conditions.items()},
        policy={"kind": "tabular"},
    )
    predictions = tuple(
        Exact(
            f"way of {name}",
            moved(name, TIMES[-1])[list(TIMES)],
            _way(name),
            relative=corrected if table["kind"] in ("adam", "adamw") else 2 * relative,
        )
        for name, table in CONSTANT.items()
    )
    yield Case("T18.constant", "steps under a constant gradient", tables, predictions, _plot)


def first_step(eps: float) -> Array:
    """Of a step of 10⁻³."""
    return -1e-3 * np.divide(GRADIENTS, GRADIENTS + eps, out=np.zeros(4), where=GRADIENTS > 0)


def moved(name: str, updates: int) -> Array:
    """How far a logit is after 0 … K updates."""
    k = np.arange(updates + 1.0)
    if name == "adamw":
        return (1 - (1 - ETA * DECAY) ** k) / (DECAY * (1 + 1e-8))
    if name == "rmsprop":
        return np.append(0, ETA * (1 / (np.sqrt(1 - BETA ** k[1:]) + 1e-8)).cumsum())
    factor = {"clipped": CLIP / sqrt(2), "adam": 1 / (1 + 1e-8), "adam, ε = 1": 1 / 2}
    return ETA * k * factor.get(name, 1.0)


def _weights(condition: str):
    return lambda run: run.weights(condition)[0]


def _way(name: str):
    """(updates,) of the approved action; that of the other is its opposite."""

    def measure(run: Run) -> Array:
        approved, other = weights_after(run, TIMES, name)[:, 0].T
        return np.where(np.abs(approved + other) <= 1e-6 * approved, approved, np.nan)

    return measure


def _plot(run: Run) -> Plot:
    k, at = np.arange(1.0, TIMES[-1] + 1), np.array(TIMES, float)
    curves = [Curve(name, k, moved(name, TIMES[-1])[1:], at, _way(name)(run)) for name in CONSTANT]
    return Plot("updates", "way of a logit", tuple(curves), "log", "log")
